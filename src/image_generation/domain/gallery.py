"""How the gallery is asked: filters, order and pages."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from image_generation.domain import limits
from image_generation.domain.errors import InvalidInput
from image_generation.domain.generations import Operation

DEFAULT_PAGE = 20

T = TypeVar("T")


class GalleryOrder(StrEnum):
    """Which picture comes first."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryFilter:
    """Which pictures; every condition that is not None must hold.

    `created_after` is included and `created_before` is not, so that ranges join without overlap.
    """

    provider: str | None = None
    model: str | None = None
    style: str | None = None
    operation: Operation | None = None
    search: str | None = None
    seed: int | None = None
    batch_id: UUID | None = None
    favorite: bool | None = None
    tag: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def check(self) -> None:
        """Raise `InvalidInput` when a value is outside its limits."""
        for name in ("provider", "model", "style"):
            limits.NAME.check(f"filter.{name}", getattr(self, name))
        limits.SEARCH.check("filter.search", self.search)
        limits.SEED.check("filter.seed", self.seed)
        limits.TAG.check("filter.tag", self.tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A page of a list: the first or the last so many, after or before an id."""

    first: int | None = None
    after: UUID | None = None
    last: int | None = None
    before: UUID | None = None

    def check(self) -> None:
        """Raise `InvalidInput` when the page is too large or asked for from both ends."""
        limits.PAGE.check("first", self.first)
        limits.PAGE.check("last", self.last)
        if self.first is not None and self.last is not None:
            raise InvalidInput("last", "It comes together with first.", "Give one of the two.")

    @property
    def backward(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    @property
    def size(self) -> int:
        """How many rows fit on the page, 0…100."""
        if self.last is not None:
            return self.last
        return DEFAULT_PAGE if self.first is None else self.first


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in the order asked for, and whether there are more on either side."""

    rows: list[T] = field(default_factory=list)
    has_next: bool = False
    has_previous: bool = False

    @classmethod
    def of(cls, rows: list[T], asked: PageRequest, *, other_side: bool | None = None) -> "Page[T]":
        """Cut a page out of rows read in the direction asked for, one more than fit if there are.

        `other_side`: whether rows lie beyond the cursor; without it, wherever there is a cursor.
        """
        more, rows = len(rows) > asked.size, rows[: asked.size]
        if asked.backward:
            behind = asked.before is not None if other_side is None else other_side
            return cls(rows[::-1], has_next=behind, has_previous=more)
        behind = asked.after is not None if other_side is None else other_side
        return cls(rows, has_next=more, has_previous=behind)
