"""The ledger: how work moves from accepted to finished, one committed change at a time.

A worker holds a generation by its attempt number: each change it writes is conditional on that
number, so that a worker that was frozen and comes back cannot overwrite its successor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, false, func, null

from image_generation.domain.errors import Conflict, ErrorCode, WorkFailed
from image_generation.domain.generations import UNFINISHED, GenerationStatus
from image_generation.domain.identifiers import number_of
from image_generation.domain.pictures import ImageFormat
from image_generation.gallery.database import Database
from image_generation.gallery.records import TABLE, Job, Step
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.gallery.views import columns_of, read_as


class Superseded(Exception):
    """The generation is not this worker's any more: finished, canceled or taken over."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, and a digest of what it asked for."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of a finished picture's bytes; sizes in pixels and bytes."""

    image_width: int
    image_height: int
    format: ImageFormat
    byte_size: int
    sha256: str


class Ledger:
    """Writes the states of generations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, job: Job, key: IdempotencyKey | None) -> tuple[Job, bool]:
        """Write a new generation; return it and whether it is new.

        A key that was used before gives the earlier generation, or raises `Conflict` when it
        stood for another request.
        """
        return await self._database.write(lambda connection: _accept(connection, job, key))

    async def unfinished(self) -> list[Job]:
        """Return all work that is not finished, oldest first."""
        statement = (
            EVERYBODY.select(*columns_of(Job))
            .where(TABLE.c.finished_at.is_(None))
            .order_by(TABLE.c.id)
        )
        return await self._database.read(lambda c: read_as(Job, c.execute(statement)))

    async def claim(self, id: UUID) -> Job | None:
        """Take a generation to work on it; None when there is nothing left to do."""
        statement = (
            EVERYBODY.update()
            .where(TABLE.c.id == id, TABLE.c.status.in_(UNFINISHED))
            .values(
                status=GenerationStatus.RUNNING,
                attempts=TABLE.c.attempts + 1,
                started_at=func.coalesce(TABLE.c.started_at, datetime.now(UTC)),
                not_before=None,
            )
            .returning(*columns_of(Job))
        )
        rows = await self._database.write(lambda c: read_as(Job, c.execute(statement)))
        return rows[0] if rows else None

    async def advance(self, job: Job, **changes: Any) -> None:
        """Write changes of a generation that is being worked on, or raise `Superseded`."""
        await self._database.write(lambda connection: _advance(connection, job, changes))

    async def submitting(self, job: Job) -> None:
        """Write that the call that costs money comes next."""
        await self.advance(job, step=Step.SUBMITTING, step_at=datetime.now(UTC))

    async def submitted(self, job: Job, request_id: str) -> None:
        """Write the provider's id for the work."""
        await self.advance(job, step=Step.SUBMITTED, request_id=request_id)

    async def adopt(self, job: Job, request_ids: Sequence[str]) -> str | None:
        """Take up the first of these requests that no other generation holds; None without one."""

        def work(connection: Connection) -> str | None:
            holders = EVERYBODY.select(TABLE.c.request_id).where(
                TABLE.c.provider == job.provider,
                TABLE.c.request_id.in_(request_ids),
                TABLE.c.id != job.id,
            )
            held = set(connection.scalars(holders))
            free = next((id for id in request_ids if id not in held), None)
            if free is not None:
                _advance(connection, job, {"step": Step.SUBMITTED, "request_id": free})
            return free

        return await self._database.write(work)

    async def succeed(self, job: Job, picture: Picture) -> None:
        """Finish: the same change puts the picture into the gallery."""
        await self.advance(
            job,
            status=GenerationStatus.SUCCEEDED,
            progress=1.0,
            finished_at=datetime.now(UTC),
            image_width=picture.image_width,
            image_height=picture.image_height,
            format=picture.format,
            byte_size=picture.byte_size,
            sha256=picture.sha256,
        )

    async def fail(self, job: Job, error: WorkFailed) -> None:
        """Finish without a picture."""
        await self.advance(
            job,
            status=GenerationStatus.FAILED,
            finished_at=datetime.now(UTC),
            **_error_columns(error),
        )

    async def postpone(self, job: Job, seconds: float, failures: int) -> None:
        """Put work that failed so often back into the queue, for so many seconds at least."""
        await self.advance(
            job,
            status=GenerationStatus.QUEUED,
            step=None,
            step_at=None,
            request_id=None,
            failures=failures,
            not_before=datetime.now(UTC) + timedelta(seconds=seconds),
        )

    async def cancel(self, scope: Scope, id: UUID) -> Job | None:
        """Cancel work that is not finished; None when there is none, or the picture is made."""
        untouched = TABLE.c.step.is_(None)
        statement = (
            scope.update()
            .where(
                TABLE.c.id == id,
                TABLE.c.status.in_(UNFINISHED),
                func.coalesce(TABLE.c.step, "") != Step.KEEPING,
            )
            .values(
                status=GenerationStatus.CANCELED,
                finished_at=datetime.now(UTC),
                error_code=ErrorCode.CANCELED,
                error_message="Canceled on request.",
                error_retryable=True,
                error_charged=case((untouched, false()), else_=null()),
            )
            .returning(*columns_of(Job))
        )
        rows = await self._database.write(lambda c: read_as(Job, c.execute(statement)))
        return rows[0] if rows else None

    async def note_charge(self, job: Job, *, charged: bool | None) -> None:
        """Write whether canceled work is charged, once the provider has said so."""
        statement = (
            EVERYBODY.update()
            .where(TABLE.c.id == job.id, TABLE.c.status == GenerationStatus.CANCELED)
            .values(error_charged=charged)
        )
        await self._database.write(lambda connection: connection.execute(statement))


def _advance(connection: Connection, job: Job, changes: dict[str, Any]) -> None:
    statement = (
        EVERYBODY.update()
        .where(
            TABLE.c.id == job.id,
            TABLE.c.attempts == job.attempts,
            TABLE.c.status == GenerationStatus.RUNNING,
        )
        .values(changes)
    )
    if connection.execute(statement).rowcount != 1:
        raise Superseded


def _accept(connection: Connection, job: Job, key: IdempotencyKey | None) -> tuple[Job, bool]:
    if key is not None and (earlier := _earlier(connection, Scope(job.owner), key)):
        return earlier, False
    values = {name: getattr(job, name) for name in Job.model_fields}
    if key is not None:
        values |= {"idempotency_key": key.key, "idempotency_digest": key.digest}
    connection.execute(TABLE.insert().values(number=number_of(job.id), tags=[], **values))
    return job, True


def _earlier(connection: Connection, scope: Scope, key: IdempotencyKey) -> Job | None:
    columns = (*columns_of(Job), TABLE.c.idempotency_digest)
    found = connection.execute(
        scope.select(*columns).where(TABLE.c.idempotency_key == key.key)
    ).first()
    if found is None:
        return None
    if found.idempotency_digest != key.digest:
        raise Conflict("This idempotency key was used for another request. Take a new one.")
    return read_as(Job, [found])[0]


def _error_columns(error: WorkFailed) -> dict[str, Any]:
    return {
        "error_code": error.code,
        "error_message": error.message,
        "error_provider": error.provider,
        "error_retryable": error.retryable,
        "error_retry_after": error.retry_after,
        "error_charged": error.charged,
    }
