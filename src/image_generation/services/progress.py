"""Telling watchers what was committed."""

import time
from uuid import UUID

from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus, Change
from image_generation.gallery.records import Job

PREVIEW_PAUSE = 0.5
"""Seconds between two previews of one generation, and for one watcher."""


class Announcer:
    """Publishes changes of generations, each after its commit: a crash takes nothing back."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def changed(self, job: Job, status: GenerationStatus) -> None:
        """Publish a state, or how far a generation in that state is."""
        self._publish(job, status)

    def show(self, job: Job, preview: bytes) -> None:
        """Publish a picture as it is so far."""
        self._publish(job, GenerationStatus.RUNNING, preview)

    def wants_previews(self, job: Job) -> bool:
        """Whether somebody looks at the previews of a generation or its batch."""
        return any(self._bus.wants_previews(topic) for topic in _topics(job))

    def _publish(self, job: Job, status: GenerationStatus, preview: bytes | None = None) -> None:
        self._bus.publish(
            Change(
                generation_id=job.id,
                batch_id=job.batch_id,
                owner=job.owner,
                status=status,
                preview=preview,
            )
        )


def _topics(job: Job) -> tuple[UUID | None, ...]:
    return (job.id, job.batch_id)


class Pace:
    """Lets something happen at most once in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether it may happen now; if so, the time counts from now."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True
