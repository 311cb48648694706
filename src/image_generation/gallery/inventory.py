"""The inventory: what bytes the rows stand for, gone through from end to end."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, case, false, true

from image_generation.domain.errors import ErrorCode
from image_generation.domain.generations import CostSource, GenerationStatus
from image_generation.gallery import settling
from image_generation.gallery.database import Database
from image_generation.gallery.records import LISTED, TABLE, Step
from image_generation.gallery.scope import EVERYBODY

_AT_ONCE = 1000

_COLUMNS = (
    TABLE.c.id,
    TABLE.c.byte_size,
    TABLE.c.sha256,
    TABLE.c.deleted_at,
    TABLE.c.finished_at,
    TABLE.c.step,
)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a row says of its bytes.

    `is_open`: its work is not finished, or its picture was made and may still be kept.
    """

    id: UUID
    byte_size: int | None
    sha256: str | None
    is_deleted: bool
    is_open: bool

    @property
    def is_listed(self) -> bool:
        """Whether it is a picture in the gallery."""
        return self.sha256 is not None and not self.is_deleted


class Inventory:
    """Goes through the rows by id, and takes pictures out of the gallery whose bytes are lost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holdings(self) -> AsyncIterator[Holding]:
        """Go through all rows, in the order of their ids."""
        page = await self._page(None)
        while page:
            for holding in page:
                yield holding
            page = await self._page(page[-1].id)

    async def find(self, id: UUID) -> Holding | None:
        """Return what the row of that id says, if there is one."""
        statement = EVERYBODY.select(*_COLUMNS).where(TABLE.c.id == id)
        found = await self._database.read(lambda c: _holdings(c.execute(statement)))
        return found[0] if found else None

    async def lose(self, id: UUID) -> None:
        """Write that the bytes of a picture are gone: its work has failed then, and is told so."""
        was_paid = TABLE.c.cost_source != CostSource.FREE
        statement = (
            EVERYBODY.update()
            .where(TABLE.c.id == id, LISTED)
            .values(
                status=GenerationStatus.FAILED,
                error_code=ErrorCode.RESULT_LOST,
                error_message="The picture was kept, and its bytes are gone.",
                error_retryable=True,
                error_charged=case((was_paid, true()), else_=false()),
                image_width=None,
                image_height=None,
                format=None,
                byte_size=None,
                sha256=None,
            )
            .returning(TABLE.c.batch_id)
        )

        def work(connection: Connection) -> None:
            for batch_id in connection.scalars(statement).all():
                settling.settle(connection, batch_id)

        await self._database.write(work)

    async def _page(self, after: UUID | None) -> list[Holding]:
        statement = EVERYBODY.select(*_COLUMNS).order_by(TABLE.c.id).limit(_AT_ONCE)
        if after is not None:
            statement = statement.where(TABLE.c.id > after)
        return await self._database.read(lambda c: _holdings(c.execute(statement)))


def _holdings(rows: Iterable[Row[Any]]) -> list[Holding]:
    return [
        Holding(
            id,
            byte_size,
            sha256,
            is_deleted=deleted_at is not None,
            is_open=finished_at is None or (step is Step.KEEPING and sha256 is None),
        )
        for id, byte_size, sha256, deleted_at, finished_at, step in map(tuple, rows)
    ]
