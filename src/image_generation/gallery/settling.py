"""A batch's own state, brought up to date in the change that finishes or reopens its items."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam

from image_generation.domain.generations import GenerationStatus
from image_generation.gallery.records import BATCHES, TABLE
from image_generation.gallery.scope import EVERYBODY

# Built once: building a statement takes longer than running it.

_ITEMS = TABLE.c.batch_id == bindparam("batch")
_UNFINISHED = EVERYBODY.select(TABLE.c.id).where(_ITEMS, TABLE.c.finished_at.is_(None)).limit(1)
_STATES = EVERYBODY.select(TABLE.c.status).where(_ITEMS).distinct()
_CHANGE = EVERYBODY.update_batches().where(
    BATCHES.c.id == bindparam("batch"), BATCHES.c.status != bindparam("state")
)


def settle(connection: Connection, batch_id: UUID | None) -> None:
    """Finish a batch whose last item is finished."""
    if batch_id is None or connection.execute(_UNFINISHED, {"batch": batch_id}).first():
        return
    found = set(connection.scalars(_STATES, {"batch": batch_id}))
    _change(connection, batch_id, _sum(found), datetime.now(UTC))


def begin(connection: Connection, batch_id: UUID | None) -> None:
    """Mark a batch as running, once work on it is begun or taken up again."""
    if batch_id is not None:
        _change(connection, batch_id, GenerationStatus.RUNNING, None)


def _sum(found: set[GenerationStatus]) -> GenerationStatus:
    """Sum up finished items: one success is enough, and a failure outweighs a cancellation."""
    for status in (GenerationStatus.SUCCEEDED, GenerationStatus.FAILED):
        if status in found:
            return status
    return GenerationStatus.CANCELED


def _change(
    connection: Connection, batch_id: UUID, status: GenerationStatus, finished_at: datetime | None
) -> None:
    values = {"batch": batch_id, "state": status, "status": status, "finished_at": finished_at}
    connection.execute(_CHANGE, values)
