"""Watching: a snapshot from the row, then changes, until nothing will change any more."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from image_generation.domain.gallery import GalleryFilter
from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.records import Generation, Image
from image_generation.gallery.scope import Scope
from image_generation.services.generations import Generations
from image_generation.services.progress import PREVIEW_PAUSE, LiveProgress, Pace


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a watched generation. `progress` is 0…1, `preview` an encoded picture."""

    sequence: int
    generation: Generation
    progress: float
    preview: bytes | None = field(default=None, repr=False)


_AHEAD = timedelta(seconds=10)


class Sequence:
    """Numbers that grow within a stream, and from one stream to the next.

    A number is the milliseconds since the work was accepted, or one more than the last. The number
    of finished work is fixed, and ahead of all that other streams can have given until then.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._last = -1

    def next_until(self, finished_at: datetime | None) -> int:
        """Return the next number; `finished_at` is None as long as the work goes on."""
        end = datetime.now(UTC) if finished_at is None else finished_at + _AHEAD
        elapsed = int((end - self._start).total_seconds() * 1000)
        self._last = max(self._last + 1, elapsed)
        return self._last


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Streams of what happens to a caller's generations and pictures."""

    generations: Generations
    gallery: Gallery
    progress: LiveProgress
    bus: Bus

    async def generation(
        self, scope: Scope, id: UUID, *, previews: bool
    ) -> AsyncGenerator[Progress, None]:
        """Stream a generation's progress; the last event is its last state.

        Raises `Stopping` when the service stops before that.
        """
        with self.bus.subscribe(id, previews=previews) as changes:
            generation = await self.generations.get(scope, id)
            sequence, pace = Sequence(generation.created_at), Pace(PREVIEW_PAUSE)
            yield self._event(sequence, generation)
            if generation.status.finished:
                return
            async for change in changes:
                generation = await self.generations.get(scope, id)
                preview = change.preview if change.preview and pace.is_due() else None
                yield self._event(sequence, generation, preview)
                if generation.status.finished:
                    return

    async def images_added(
        self, scope: Scope, owner: str, wanted: GalleryFilter
    ) -> AsyncGenerator[Image, None]:
        """Stream the pictures that enter the gallery from now on and pass the filter.

        Raises `Stopping` when the service stops: there is no other end.
        """
        wanted.check()
        with self.bus.subscribe(owner) as changes:
            async for change in changes:
                if change.status is GenerationStatus.SUCCEEDED:
                    image = await self.gallery.matching(scope, wanted, change.generation_id)
                    if image is not None:
                        yield image

    def _event(
        self, sequence: Sequence, generation: Generation, preview: bytes | None = None
    ) -> Progress:
        number = sequence.next_until(generation.finished_at)
        return Progress(number, generation, self.progress.of(generation), preview)
