"""Accepting work: rows are written once, whatever key they come with and however often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table

from image_generation.domain.errors import Conflict, NotFound
from image_generation.domain.generations import GenerationStatus
from image_generation.domain.identifiers import number_of
from image_generation.gallery.records import BATCHES, LISTED, TABLE, Job
from image_generation.gallery.scope import Scope
from image_generation.gallery.views import columns_of, read_as


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, and a digest of what it asked for."""

    key: str
    digest: str


Admit = Callable[[Connection, Sequence[Job]], None]
"""Raises a `RequestRefused` unless their owner may have these jobs."""


def accept(
    connection: Connection, job: Job, key: IdempotencyKey | None, admit: Admit
) -> tuple[Job, bool]:
    """Write a generation; return it, or the earlier one of its key, and whether it is new."""
    if key is not None and (earlier := accepted(connection, Scope(job.owner), key)):
        return earlier, False
    admit(connection, [job])
    connection.execute(TABLE.insert(), {**row(job), **_columns(key)})
    return job, True


def accepted(connection: Connection, scope: Scope, key: IdempotencyKey) -> Job | None:
    """Return the generation of a key, or raise `Conflict` when it stands for something else."""
    if not _earlier(connection, scope, key, TABLE):
        return None
    held = scope.select(*columns_of(Job)).where(TABLE.c.idempotency_key == key.key)
    return read_as(Job, connection.execute(held))[0]


def check_source(connection: Connection, job: Job) -> None:
    """Raise `NotFound` when the picture that a generation starts from is not its owner's."""
    if job.source_id is None:
        return
    source = Scope(job.owner).select(TABLE.c.id).where(TABLE.c.id == job.source_id, LISTED)
    if connection.execute(source).first() is None:
        raise NotFound("There is no such picture.", "image")


def accept_batch(
    connection: Connection,
    id: UUID,
    jobs: Sequence[Job],
    key: IdempotencyKey | None,
    admit: Admit,
) -> tuple[UUID, bool]:
    """Write a batch with its generations; return its id, or the earlier one of its key."""
    owner = jobs[0].owner
    if key is not None and (earlier := _earlier(connection, Scope(owner), key, BATCHES)):
        return earlier.id, False
    admit(connection, jobs)
    batch = {"id": id, "owner": owner, "total": len(jobs), "status": GenerationStatus.QUEUED}
    connection.execute(BATCHES.insert(), {**batch, **_columns(key)})
    connection.execute(TABLE.insert(), [row(job) for job in jobs])
    return id, True


def _earlier(
    connection: Connection, scope: Scope, key: IdempotencyKey, table: Table
) -> Row[Any] | None:
    """Find what the key stands for, or raise `Conflict` when that is something else."""
    generations = scope.select(TABLE.c.id, TABLE.c.idempotency_digest).where(
        TABLE.c.idempotency_key == key.key
    )
    batches = scope.select_batches(BATCHES.c.id, BATCHES.c.idempotency_digest).where(
        BATCHES.c.idempotency_key == key.key
    )
    for kind, statement in ((TABLE, generations), (BATCHES, batches)):
        found = connection.execute(statement).first()
        if found is not None and (kind is not table or found.idempotency_digest != key.digest):
            raise Conflict("This idempotency key was used for another request. Take a new one.")
        if found is not None:
            return found
    return None


def row(job: Job) -> dict[str, Any]:
    """Return what is written of a new row."""
    values = {name: getattr(job, name) for name in Job.model_fields}
    return values | {
        "number": number_of(job.id),
        "favorite": False,
        "tags": [],
        "reserved_usd": job.price_usd or Decimal(0),
        "booked_on": job.created_at.date(),
    }


def _columns(key: IdempotencyKey | None) -> dict[str, str]:
    if key is None:
        return {}
    return {"idempotency_key": key.key, "idempotency_digest": key.digest}
