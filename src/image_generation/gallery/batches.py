"""Batches as callers see them: how many items are where, and how far all of them are."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func

from image_generation.domain.gallery import Page, PageRequest
from image_generation.domain.generations import (
    FREE,
    UNKNOWN_COST,
    Cost,
    CostSource,
    GenerationStatus,
)
from image_generation.domain.identifiers import moment_of
from image_generation.gallery.database import Database
from image_generation.gallery.records import BATCHES, TABLE, Generation
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.gallery.views import columns_of, read_as


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """A batch and the sum of its items. `unfinished`: progress of each item, as committed."""

    id: UUID
    total: int
    status: GenerationStatus
    finished_at: datetime | None
    counts: Counter[GenerationStatus]
    unfinished: dict[UUID, float]
    cost: Cost | None
    started_at: datetime | None

    @property
    def created_at(self) -> datetime:
        """When the request was accepted: the id tells."""
        return moment_of(self.id)

    @property
    def progress(self) -> float:
        """How much is done, 0…1; a finished item counts as done, whatever became of it."""
        return 1 - (len(self.unfinished) - sum(self.unfinished.values())) / self.total

    @property
    def duration_ms(self) -> int | None:
        """Milliseconds from the start of the first item to the end of the last."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


# Built once: building a statement takes longer than running it.

_ITEMS = TABLE.c.batch_id.in_(bindparam("batches", expanding=True))

_SUMS = (
    EVERYBODY.select(
        TABLE.c.batch_id,
        TABLE.c.status,
        func.count().label("items"),
        func.count(TABLE.c.cost_source).label("costed"),
        func.sum(TABLE.c.cost_usd, type_=TABLE.c.cost_usd.type).label("usd"),
        func.count().filter(TABLE.c.cost_source == CostSource.UNKNOWN).label("unpriced"),
        func.count().filter(TABLE.c.cost_source == CostSource.PRICE_LIST).label("listed"),
        func.min(TABLE.c.started_at).label("started_at"),
    )
    .where(_ITEMS)
    .group_by(TABLE.c.batch_id, TABLE.c.status)
)

_PROGRESS = EVERYBODY.select(TABLE.c.batch_id, TABLE.c.id, TABLE.c.progress).where(
    _ITEMS, TABLE.c.finished_at.is_(None)
)


class Batches:
    """Reads batches; each call is one unit of work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_id(self, scope: Scope, ids: Collection[UUID]) -> dict[UUID, BatchState]:
        """Return the batches among these ids."""
        statement = scope.select_batches(*BATCHES.c).where(BATCHES.c.id.in_(ids))

        def work(connection: Connection) -> dict[UUID, BatchState]:
            return _states(connection, connection.execute(statement).all())

        return await self._database.read(work)

    async def page(
        self, scope: Scope, statuses: Collection[GenerationStatus] | None, asked: PageRequest
    ) -> Page[BatchState]:
        """Return a page of batches, the newest first."""
        statement = scope.select_batches(*BATCHES.c).limit(asked.size + 1)
        if statuses is not None:
            statement = statement.where(BATCHES.c.status.in_(statuses))
        if asked.after is not None:
            statement = statement.where(BATCHES.c.id < asked.after)
        if asked.before is not None:
            statement = statement.where(BATCHES.c.id > asked.before)
        order = BATCHES.c.id.asc() if asked.backward else BATCHES.c.id.desc()

        def work(connection: Connection) -> Page[BatchState]:
            rows = connection.execute(statement.order_by(order)).all()
            states = _states(connection, rows)
            return Page.of([states[row.id] for row in rows], asked)

        return await self._database.read(work)

    async def generations(
        self, scope: Scope, batch_id: UUID, asked: PageRequest
    ) -> Page[Generation]:
        """Return a page of a batch's generations, in the order they were asked for."""
        statement = (
            scope.select(*columns_of(Generation))
            .where(TABLE.c.batch_id == batch_id, TABLE.c.deleted_at.is_(None))
            .order_by(TABLE.c.id)
            .limit(asked.size + 1)
        )
        if asked.after is not None:
            statement = statement.where(TABLE.c.id > asked.after)

        def work(connection: Connection) -> Page[Generation]:
            return Page.of(read_as(Generation, connection.execute(statement)), asked)

        return await self._database.read(work)

    async def count(self, scope: Scope, batch_id: UUID) -> int:
        """Count a batch's generations."""
        statement = scope.select(func.count()).where(
            TABLE.c.batch_id == batch_id, TABLE.c.deleted_at.is_(None)
        )
        return await self._database.read(lambda connection: connection.scalar(statement) or 0)


def _states(connection: Connection, rows: Collection[Row[Any]]) -> dict[UUID, BatchState]:
    ids = [row.id for row in rows]
    sums: dict[UUID, list[Row[Any]]] = {id: [] for id in ids}
    for row in connection.execute(_SUMS, {"batches": ids}):
        sums[row.batch_id].append(row)
    unfinished: dict[UUID, dict[UUID, float]] = {id: {} for id in ids}
    for row in connection.execute(_PROGRESS, {"batches": ids}):
        unfinished[row.batch_id][row.id] = row.progress
    return {row.id: _state(row, sums[row.id], unfinished[row.id]) for row in rows}


def _state(row: Row[Any], sums: list[Row[Any]], unfinished: dict[UUID, float]) -> BatchState:
    counts = Counter({part.status: part.items for part in sums})
    starts = [part.started_at for part in sums if part.started_at is not None]
    return BatchState(
        id=row.id,
        total=row.total,
        status=row.status,
        finished_at=row.finished_at,
        counts=counts,
        unfinished=unfinished,
        cost=_cost(sums),
        started_at=min(starts, default=None),
    )


def _cost(sums: list[Row[Any]]) -> Cost | None:
    """Add up what is known; None as long as nothing was made."""
    made = [part for part in sums if part.costed]
    if not made:
        return None
    if any(part.unpriced for part in made):
        return UNKNOWN_COST
    total = sum((part.usd or Decimal(0) for part in made), Decimal(0))
    listed = any(part.listed for part in made)
    source = CostSource.PRICE_LIST if listed else CostSource.USAGE
    return Cost(total, source) if total else FREE
