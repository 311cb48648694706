"""Accepting work: rows are written once, whatever key they come with and however often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table

from image_generation.domain.errors import Conflict
from image_generation.domain.generations import GenerationStatus
from image_generation.domain.identifiers import number_of
from image_generation.gallery.records import BATCHES, TABLE, Job
from image_generation.gallery.scope import Scope
from image_generation.gallery.views import columns_of, read_as


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, and a digest of what it asked for."""

    key: str
    digest: str


def accept(connection: Connection, job: Job, key: IdempotencyKey | None) -> tuple[Job, bool]:
    """Write a generation; return it, or the earlier one of its key, and whether it is new."""
    scope = Scope(job.owner)
    if key is not None and _earlier(connection, scope, key, TABLE):
        held = scope.select(*columns_of(Job)).where(TABLE.c.idempotency_key == key.key)
        return read_as(Job, connection.execute(held))[0], False
    connection.execute(TABLE.insert(), {**_row(job), **_columns(key)})
    return job, True


def accept_batch(
    connection: Connection, id: UUID, jobs: Sequence[Job], key: IdempotencyKey | None
) -> tuple[UUID, bool]:
    """Write a batch with its generations; return its id, or the earlier one of its key."""
    owner = jobs[0].owner
    if key is not None and (earlier := _earlier(connection, Scope(owner), key, BATCHES)):
        return earlier.id, False
    batch = {"id": id, "owner": owner, "total": len(jobs), "status": GenerationStatus.QUEUED}
    connection.execute(BATCHES.insert(), {**batch, **_columns(key)})
    connection.execute(TABLE.insert(), [_row(job) for job in jobs])
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


def _row(job: Job) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in Job.model_fields}
    return values | {"number": number_of(job.id), "favorite": False, "tags": []}


def _columns(key: IdempotencyKey | None) -> dict[str, str]:
    if key is None:
        return {}
    return {"idempotency_key": key.key, "idempotency_digest": key.digest}
