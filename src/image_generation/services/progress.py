"""How far running generations are, between the commits."""

import time
from uuid import UUID

from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus, Change
from image_generation.gallery.records import Generation, Job

PREVIEW_PAUSE = 0.5
"""Seconds between two previews of one generation, and for one watcher."""


class LiveProgress:
    """The newest progress of what runs in this process, 0…1; it never goes back."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._fractions: dict[UUID, float] = {}

    def of(self, generation: Generation) -> float:
        """Return how far a generation is."""
        return self.latest(generation.id, generation.progress)

    def latest(self, id: UUID, committed: float) -> float:
        """Return how far a generation is, given what was committed."""
        return max(committed, self._fractions.get(id, 0.0))

    def advance(self, job: Job, fraction: float, *, tell: bool) -> float:
        """Note progress, tell watchers if it is time to, and return what counts."""
        known = self.of(job)
        progress = min(fraction, 1.0) if fraction > known else known  # NaN is no progress
        self._fractions[job.id] = progress
        if tell or progress == 1.0:
            self._publish(job, GenerationStatus.RUNNING, progress)
        return progress

    def show(self, job: Job, preview: bytes) -> None:
        """Publish a picture as it is so far."""
        self._publish(job, GenerationStatus.RUNNING, self.of(job), preview)

    def reopened(self, job: Job) -> None:
        """Forget how far finished work was, for it begins again."""
        self._fractions.pop(job.id, None)
        self._publish(job, GenerationStatus.QUEUED, 0.0)

    def changed(self, job: Job, status: GenerationStatus) -> None:
        """Publish a state that was committed."""
        progress = 1.0 if status is GenerationStatus.SUCCEEDED else self.of(job)
        if status.finished:
            self._fractions.pop(job.id, None)
        self._publish(job, status, progress)

    def wants_previews(self, job: Job) -> bool:
        """Whether somebody looks at the previews of a generation or its batch."""
        return self._bus.wants_previews(job.id) or self._bus.wants_previews(job.batch_id)

    def _publish(
        self, job: Job, status: GenerationStatus, progress: float, preview: bytes | None = None
    ) -> None:
        self._bus.publish(
            Change(
                generation_id=job.id,
                batch_id=job.batch_id,
                owner=job.owner,
                status=status,
                progress=progress,
                preview=preview,
            )
        )


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
