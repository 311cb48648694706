"""The ledger: how work moves from accepted to finished, one committed change at a time.

A worker holds a generation by its attempt number: each change it writes is conditional on that
number, so that a worker that was frozen and comes back cannot overwrite its successor.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, case, false, func, null

from image_generation.domain.errors import ErrorCode, WorkFailed
from image_generation.domain.generations import UNFINISHED, GenerationStatus
from image_generation.domain.identifiers import first_of
from image_generation.domain.pictures import ImageFormat
from image_generation.gallery import acceptance, booking, settling
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.booking import Allowances
from image_generation.gallery.database import Database
from image_generation.gallery.records import LISTED, TABLE, Job, Step
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.gallery.views import columns_of, read_as


class Superseded(Exception):
    """The generation is not this worker's any more: finished, canceled or taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of a finished picture's bytes; sizes in pixels and bytes.

    `placeholder` is its ThumbHash in base64.
    """

    image_width: int
    image_height: int
    format: ImageFormat
    byte_size: int
    sha256: str
    placeholder: str


class Upload(NamedTuple):
    """A picture that was sent: its row, as it will be, and what is known of its bytes."""

    job: Job
    picture: Picture


_REOPENED = (GenerationStatus.FAILED, GenerationStatus.CANCELED)

_LONGEST_AT_A_PROVIDER = timedelta(days=1)

_MAY_BE_HELD = (
    ErrorCode.RESULT_LOST,
    ErrorCode.STORAGE_FAILED,
    ErrorCode.PROVIDER_UNAVAILABLE,
    ErrorCode.INTERNAL_SERVER_ERROR,
)
"""Failures after which the provider may have the picture all the same."""


# Built once: building a statement takes longer than running it.

_HELD = EVERYBODY.update().where(
    TABLE.c.id == bindparam("held_id"),
    TABLE.c.attempts == bindparam("held_attempt"),
    TABLE.c.status == GenerationStatus.RUNNING,
)
"""A generation that a worker holds; what is set comes with the parameters."""

_CLAIM = (
    EVERYBODY.update()
    .where(TABLE.c.id == bindparam("wanted_id"), TABLE.c.finished_at.is_(None))
    .values(
        status=GenerationStatus.RUNNING,
        attempts=TABLE.c.attempts + 1,
        started_at=func.coalesce(TABLE.c.started_at, bindparam("now")),
        not_before=None,
    )
    .returning(*columns_of(Job))
)


_GIVEN_BACK = {
    "status": GenerationStatus.QUEUED,
    "attempts": TABLE.c.attempts + 1,  # its worker does not hold it any more
    "step": None,
    "step_at": None,
    "request_id": None,
}


class Ledger:
    """Writes the states of generations."""

    def __init__(self, database: Database, allowances: Allowances | None = None) -> None:
        self._database = database
        self._admit = partial(booking.admit, allowances=allowances or Allowances())

    async def accept(
        self, job: Job, key: IdempotencyKey | None, uploads: Sequence[Upload] = ()
    ) -> tuple[Job, bool]:
        """Write a new generation and the uploads it starts from; return it and whether it is new.

        A key that was used before gives the earlier generation, or raises `Conflict` when it
        stood for another request. Raises `NotFound` when the source is gone.
        """

        def work(connection: Connection) -> tuple[Job, bool]:
            accepted, is_new = acceptance.accept(connection, job, key, self._admit)
            if is_new:
                _keep(connection, uploads)
                acceptance.check_source(connection, job)
            return accepted, is_new

        return await self._database.write(work)

    async def accepted(self, owner: str, key: IdempotencyKey) -> Job | None:
        """Return the generation that a key stands for, if any; raises `Conflict` as `accept`."""
        return await self._database.read(lambda c: acceptance.accepted(c, Scope(owner), key))

    async def made(self, scope: Scope, id: UUID) -> Job | None:
        """Return the work behind a picture of the gallery; None when there is no such picture."""
        statement = scope.select(*columns_of(Job)).where(TABLE.c.id == id, LISTED)
        found = await self._database.read(lambda c: read_as(Job, c.execute(statement)))
        return found[0] if found else None

    async def keep(self, upload: Upload) -> None:
        """Write a picture that was sent: with this it is in the gallery."""
        await self._database.write(lambda connection: _keep(connection, [upload]))

    async def accept_batch(
        self, id: UUID, jobs: Sequence[Job], key: IdempotencyKey | None
    ) -> tuple[UUID, bool]:
        """Write a batch and its generations at once; return its id and whether it is new."""
        return await self._database.write(
            lambda connection: acceptance.accept_batch(connection, id, jobs, key, self._admit)
        )

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
        values = {"wanted_id": id, "now": datetime.now(UTC)}

        def work(connection: Connection) -> Job | None:
            for job in read_as(Job, connection.execute(_CLAIM, values)):
                settling.begin(connection, job.batch_id)
                return job
            return None

        return await self._database.write(work)

    async def advance(self, job: Job, **changes: Any) -> None:
        """Write changes of a generation that is being worked on, or raise `Superseded`."""
        await self._database.write(lambda connection: _advance(connection, job, changes))

    async def enhance(self, job: Job, changes: dict[str, Any]) -> None:
        """Write the final prompt; for a batch, of all its items, and the cost with this one."""

        def work(connection: Connection) -> None:
            _advance(connection, job, changes)
            if job.batch_id is not None:
                others = EVERYBODY.update().where(
                    TABLE.c.batch_id == job.batch_id, TABLE.c.final_prompt.is_(None)
                )
                connection.execute(others.values({**changes, "enhancement_usd": Decimal(0)}))

        await self._database.write(work)

    async def submitting(self, job: Job) -> None:
        """Write that the call that costs money comes next."""
        await self.advance(job, step=Step.SUBMITTING, step_at=datetime.now(UTC))

    async def submitted(self, job: Job, request_id: str) -> None:
        """Write the provider's id for the work.

        Whoever had taken it for its own, being asked the same, gives it back and begins again.
        """
        taken = EVERYBODY.update().where(
            TABLE.c.provider == job.provider,
            TABLE.c.request_id == request_id,
            TABLE.c.id != job.id,
            TABLE.c.status == GenerationStatus.RUNNING,
        )

        def work(connection: Connection) -> None:
            connection.execute(taken.values(_GIVEN_BACK))
            _advance(connection, job, {"step": Step.SUBMITTED, "request_id": request_id})

        await self._database.write(work)

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
        await self._finish(
            job,
            status=GenerationStatus.SUCCEEDED,
            progress=1.0,
            finished_at=datetime.now(UTC),
            **asdict(picture),
        )

    async def fail(self, job: Job, error: WorkFailed) -> None:
        """Finish without a picture."""
        await self._finish(
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
        canceled = await self._cancel(scope, TABLE.c.id == id)
        return canceled[0] if canceled else None

    async def cancel_batch(self, scope: Scope, batch_id: UUID) -> list[Job]:
        """Cancel what is not finished in a batch; return it."""
        return await self._cancel(scope, TABLE.c.batch_id == batch_id)

    async def reopen_batch(self, scope: Scope, batch_id: UUID) -> list[Job]:
        """Put what failed or was canceled in a batch back into the queue; return it.

        What the provider may still hold is to be salvaged before it is asked for again.
        """
        statement = (
            scope.update()
            .where(TABLE.c.batch_id == batch_id, TABLE.c.status.in_(_REOPENED))
            .values(_reopened_columns())
            .returning(*columns_of(Job))
        )
        wanted = scope.select(*columns_of(Job)).where(
            TABLE.c.batch_id == batch_id, TABLE.c.status.in_(_REOPENED)
        )

        def work(connection: Connection) -> list[Job]:
            if failed := read_as(Job, connection.execute(wanted)):
                self._admit(connection, failed)
                booking.reopen(connection, TABLE.c.id.in_([job.id for job in failed]))
            jobs = read_as(Job, connection.execute(statement))
            if jobs:
                settling.begin(connection, batch_id)
            return jobs

        return await self._database.write(work)

    async def _cancel(self, scope: Scope, which: ColumnElement[bool]) -> list[Job]:
        untouched = TABLE.c.step.is_(None)
        statement = (
            scope.update()
            .where(
                which,
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

        def work(connection: Connection) -> list[Job]:
            jobs = read_as(Job, connection.execute(statement))
            booking.settle(connection, [job.id for job in jobs])
            for batch_id in {job.batch_id for job in jobs}:
                settling.settle(connection, batch_id)
            return jobs

        return await self._database.write(work)

    async def _finish(self, job: Job, **changes: Any) -> None:
        def work(connection: Connection) -> None:
            _advance(connection, job, changes)
            booking.settle(connection, [job.id])
            settling.settle(connection, job.batch_id)

        await self._database.write(work)

    async def canceled(self) -> list[Job]:
        """Return the work of the last day that was canceled here, and maybe not at its provider."""
        statement = EVERYBODY.select(*columns_of(Job)).where(
            TABLE.c.id >= first_of(datetime.now(UTC) - _LONGEST_AT_A_PROVIDER),
            TABLE.c.status == GenerationStatus.CANCELED,
            TABLE.c.step == Step.SUBMITTED,
        )
        return await self._database.read(lambda c: read_as(Job, c.execute(statement)))

    async def settle_canceled(self, job: Job, *, charged: bool | None) -> None:
        """Write that the provider was told of canceled work, and whether it is charged."""
        statement = (
            EVERYBODY.update()
            .where(TABLE.c.id == job.id, TABLE.c.status == GenerationStatus.CANCELED)
            .values(error_charged=charged, step=None)
        )

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount:
                booking.settle(connection, [job.id])

        await self._database.write(work)


def _keep(connection: Connection, uploads: Sequence[Upload]) -> None:
    for job, picture in uploads:
        connection.execute(TABLE.insert(), {**acceptance.row(job), **asdict(picture)})


def _advance(connection: Connection, job: Job, changes: dict[str, Any]) -> None:
    values = {**changes, "held_id": job.id, "held_attempt": job.attempts}
    if connection.execute(_HELD, values).rowcount != 1:
        raise Superseded


_ERROR_COLUMNS = (
    "error_code",
    "error_message",
    "error_provider",
    "error_retryable",
    "error_retry_after",
    "error_charged",
)


def _error_columns(error: WorkFailed) -> dict[str, Any]:
    return {
        "error_code": error.code,
        "error_message": error.message,
        "error_provider": error.provider,
        "error_retryable": error.retryable,
        "error_retry_after": error.retry_after,
        "error_charged": error.charged,
    }


def _reopened_columns() -> dict[str, Any]:
    is_charged = TABLE.c.error_charged.is_not(False)
    held = TABLE.c.error_code.in_(_MAY_BE_HELD) & TABLE.c.step.is_not(None) & is_charged
    return {
        "status": GenerationStatus.QUEUED,
        "finished_at": None,
        "failures": 0,
        "progress": 0.0,
        "salvage": held,
        "step": case((held, TABLE.c.step), else_=null()),
        "step_at": case((held, TABLE.c.step_at), else_=null()),
        "request_id": case((held, TABLE.c.request_id), else_=null()),
        **dict.fromkeys(_ERROR_COLUMNS),
    }
