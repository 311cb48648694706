"""What was spent, added up; deleting a picture does not undo what it cost."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, String, cast, func

from image_generation.domain.budgets import Period, SpendBy
from image_generation.gallery.database import Database
from image_generation.gallery.records import SPENDING
from image_generation.gallery.scope import Scope

MOST = 1000
"""How many sums are given at once."""

_DOLLARS = SPENDING.c.spent_usd.type

_COLUMNS = {
    SpendBy.PROVIDER: SPENDING.c.provider,
    SpendBy.MODEL: SPENDING.c.model,
    SpendBy.STYLE: SPENDING.c.style,
    SpendBy.CALLER: SPENDING.c.owner,
    SpendBy.DAY: SPENDING.c.day,
}


@dataclass(frozen=True, slots=True)
class Spend:
    """What was spent on one thing, and what is reserved for work that may still cost."""

    key: str
    usd: Decimal
    reserved_usd: Decimal


def booked(connection: Connection, scope: Scope, period: Period) -> Decimal:
    """Return what was spent and is reserved in a day or a month."""
    both = func.sum(SPENDING.c.spent_usd + SPENDING.c.reserved_usd, type_=_DOLLARS)
    statement = scope.select_spending(both).where(
        SPENDING.c.day >= period.first, SPENDING.c.day < period.end
    )
    return connection.scalar(statement) or Decimal(0)


class Spending:
    """Reads what was spent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def total(self, scope: Scope, period: Period) -> Decimal:
        """Return what was spent and is reserved in a day or a month."""
        return await self._database.read(lambda connection: booked(connection, scope, period))

    async def by(self, scope: Scope, by: SpendBy, since: date, until: date) -> list[Spend]:
        """Add up from one day to another, both included; the largest sum first, days in order."""
        column = _COLUMNS[by]
        spent = func.sum(SPENDING.c.spent_usd, type_=_DOLLARS)
        reserved = func.sum(SPENDING.c.reserved_usd, type_=_DOLLARS)
        statement = (
            scope.select_spending(cast(column, String), spent, reserved)
            .where(SPENDING.c.day >= since, SPENDING.c.day <= until)
            .group_by(column)
            .order_by(*((column,) if by is SpendBy.DAY else (spent.desc(), column)))
            .limit(MOST)
        )
        return await self._database.read(
            lambda connection: [Spend(*row) for row in connection.execute(statement)]
        )
