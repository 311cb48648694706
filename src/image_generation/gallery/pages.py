"""Pages of pictures: which index drives, where the page starts, what is on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Join, Select, exists, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from image_generation.domain.gallery import GalleryFilter, GalleryOrder, Page, PageRequest
from image_generation.domain.identifiers import first_of, number_of
from image_generation.gallery.records import LISTED, PROMPTS, TABLE, TAGS, Image
from image_generation.gallery.scope import Scope
from image_generation.gallery.search import full_text_query
from image_generation.gallery.views import columns_of, read_as

_LAST_NUMBER, _LAST_ID = 2**63 - 1, 2**128 - 1

_CARRIED = (TAGS.c.owner == TABLE.c.owner) & (TAGS.c.image_id == TABLE.c.id)
"""A tag belongs to a picture."""


@dataclass(frozen=True, slots=True)
class Span:
    """Keys from `low` on and below `high`, as integers; None leaves a side open.

    Bounds are merged before SQLite sees them: of two on the same side it takes either.
    """

    low: int | None = None
    high: int | None = None

    def __and__(self, other: "Span") -> "Span":
        """Return the keys that are in both."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Span(max(lows, default=None), min(highs, default=None))


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures that pass a filter, with the key by which they are paged.

    Rows are found through the narrowest index: the full-text index for a search, the tag index
    for a tag, else an index of the table. The key's order is the order of ids in each.
    """

    scope: Scope
    conditions: tuple[ColumnElement[bool], ...]
    source: FromClause
    key: ColumnElement[Any]
    searching: bool
    span: Span = Span()

    @classmethod
    def of(cls, scope: Scope, wanted: GalleryFilter) -> "Listing":
        """Choose the index for a filter."""
        conditions = [LISTED, *_equalities(wanted)]
        if wanted.search is not None:
            match = PROMPTS.c.prompt_index.match(full_text_query(wanted.search))
            source = _Lookup(PROMPTS, TABLE, TABLE.c.number == PROMPTS.c.rowid)
            conditions = [match, *conditions, *_tagged(wanted.tag)]
            listing = cls(scope, tuple(conditions), source, PROMPTS.c.rowid, searching=True)
        elif wanted.tag is not None:
            source = _Lookup(TAGS, TABLE, _CARRIED)
            conditions = [TAGS.c.tag == wanted.tag, *conditions]
            listing = cls(scope, tuple(conditions), source, TAGS.c.image_id, searching=False)
        else:
            listing = cls(scope, tuple(conditions), TABLE, TABLE.c.id, searching=False)
        return replace(listing, span=listing._made(wanted))

    def page(
        self, columns: Sequence[ColumnElement[Any]], order: GalleryOrder, asked: PageRequest
    ) -> Select[Any]:
        """Return the statement for a page and one row more, in reading direction."""
        newest_first = (order is GalleryOrder.NEWEST) != asked.backward
        direction = self.key.desc() if newest_first else self.key.asc()
        within = self._between(order, asked)
        return self._select(within, *columns).limit(asked.size + 1).order_by(direction)

    def beyond(self, order: GalleryOrder, asked: PageRequest) -> Select[Any] | None:
        """Return the statement that tells whether rows lie on the cursor's other side."""
        cursor = asked.before if asked.backward else asked.after
        if cursor is None:
            return None
        earlier = (order is GalleryOrder.NEWEST) == asked.backward
        key = self._key_of(cursor)
        other_side = Span(high=key + 1) if earlier else Span(low=key)
        return select(exists(self._select(other_side, self.key)))

    def only(self, columns: Sequence[ColumnElement[Any]], id: UUID) -> Select[Any]:
        """Return the statement for one picture, found only if it passes the filter."""
        return self._select(Span(), *columns).where(self.key == self._bound(self._key_of(id)))

    def count(self) -> Select[Any]:
        """Return the statement that counts the pictures."""
        return self._select(Span(), func.count())

    def _select(self, within: Span, *columns: ColumnElement[Any]) -> Select[Any]:
        span = self.span & within
        statement = self.scope.select(*columns).select_from(self.source).where(*self.conditions)
        if span.low is not None:
            statement = statement.where(self.key >= self._bound(span.low))
        if span.high is not None:
            statement = statement.where(self.key < self._bound(span.high))
        return statement

    def _made(self, wanted: GalleryFilter) -> Span:
        start, end = wanted.created_after, wanted.created_before
        return Span(
            low=None if start is None else self._key_of(first_of(start)),
            high=None if end is None else self._key_of(first_of(end)),
        )

    def _between(self, order: GalleryOrder, asked: PageRequest) -> Span:
        newest = order is GalleryOrder.NEWEST
        above, below = (asked.before, asked.after) if newest else (asked.after, asked.before)
        return Span(
            low=None if above is None else self._key_of(above) + 1,
            high=None if below is None else self._key_of(below),
        )

    def _key_of(self, identifier: UUID) -> int:
        return number_of(identifier) if self.searching else identifier.int

    def _bound(self, key: int) -> UUID | int:
        return min(key, _LAST_NUMBER) if self.searching else UUID(int=min(key, _LAST_ID))


def _equalities(wanted: GalleryFilter) -> list[ColumnElement[bool]]:
    columns = TABLE.c
    asked = (
        (columns.provider, wanted.provider),
        (columns.model, wanted.model),
        (columns.style, wanted.style),
        (columns.operation, wanted.operation),
        (columns.seed, wanted.seed),
        (columns.batch_id, wanted.batch_id),
        (columns.favorite, wanted.favorite),
    )
    return [column == value for column, value in asked if value is not None]


def _tagged(tag: str | None) -> list[ColumnElement[bool]]:
    if tag is None:
        return []
    return [exists().where(_CARRIED, TAGS.c.tag == tag)]


def lineage(
    connection: Connection, scope: Scope, sources: Sequence[UUID], asked: PageRequest
) -> list[tuple[UUID, Page[Image]]]:
    """Return the same page of what was made from each of these pictures, in one statement.

    A page without anything is left out.
    """
    columns = columns_of(Image)
    place = func.row_number().over(partition_by=TABLE.c.source_id, order_by=TABLE.c.id.desc())
    made = scope.select(*columns, place.label("place")).where(
        TABLE.c.source_id.in_(sources), LISTED
    )
    if asked.after is not None:
        made = made.where(TABLE.c.id < asked.after)
    each = made.subquery()
    statement = (
        select(*(each.c[column.name] for column in columns))
        .where(each.c.place <= asked.size + 1)
        .order_by(each.c.id.desc())
    )
    rows: dict[UUID | None, list[Image]] = {id: [] for id in sources}
    for image in read_as(Image, connection.execute(statement)):
        rows[image.source_id].append(image)
    return [(id, Page.of(rows[id], asked)) for id in sources if rows[id]]


class _Lookup(Join):
    """A join that starts at its left side.

    SQLite keeps no statistics here and would rather walk all pictures of the owner, looking each
    of them up in the other index; the order of a CROSS JOIN binds it.
    """

    inherit_cache = True


@compiles(_Lookup, "sqlite")
def _from_left_to_right(join: _Lookup, compiler: SQLCompiler, **options: Any) -> str:
    rendered: str = compiler.visit_join(join, **options)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return rendered.replace(" JOIN ", " CROSS JOIN ", 1)
