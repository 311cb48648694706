"""Whose rows: every statement on rows starts here and is bound to an owner."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, select, true, update

from image_generation.gallery.records import BATCHES, SPENDING, TABLE


@dataclass(frozen=True, slots=True)
class Scope:
    """One owner's rows; without an owner, everybody's: the service itself at work."""

    owner: str | None

    @property
    def mine(self) -> ColumnElement[bool]:
        """The condition that a row is within the scope."""
        return true() if self.owner is None else TABLE.c.owner == self.owner

    @property
    def my_batches(self) -> ColumnElement[bool]:
        """The condition that a batch is within the scope."""
        return true() if self.owner is None else BATCHES.c.owner == self.owner

    def select_batches(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Start a query for batches."""
        return select(*columns).where(self.my_batches)

    def update_batches(self) -> Update:
        """Start a change of batches."""
        return update(BATCHES).where(self.my_batches)

    def select_spending(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Start a query for what was spent."""
        mine = true() if self.owner is None else SPENDING.c.owner == self.owner
        return select(*columns).where(mine)

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Start a query."""
        return select(*columns).where(self.mine)

    def update(self) -> Update:
        """Start a change."""
        return update(TABLE).where(self.mine)

    def delete(self) -> Delete:
        """Start a removal."""
        return delete(TABLE).where(self.mine)


EVERYBODY = Scope(None)
