"""Watching: a snapshot from the row, then changes, until nothing will change any more."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from image_generation.domain.gallery import GalleryFilter
from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.records import Generation, Image
from image_generation.gallery.scope import Scope
from image_generation.services.generations import Generations
from image_generation.services.progress import LiveProgress


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a watched generation. `progress` is 0…1, `preview` an encoded picture."""

    sequence: int
    generation: Generation
    progress: float
    preview: bytes | None = field(default=None, repr=False)


def media_type(preview: bytes) -> str:
    """Return the media type of an encoded picture, read from its first bytes."""
    if preview.startswith(b"\xff\xd8"):
        return "image/jpeg"
    return "image/webp" if preview.startswith(b"RIFF") else "image/png"


class Sequence:
    """Numbers that grow within a stream, and from one stream to the next.

    A number is the milliseconds since the work was accepted, or one more than the last.
    """

    def __init__(self, generation: Generation) -> None:
        self._start = generation.created_at
        self._last = -1

    def next_for(self, generation: Generation) -> int:
        """Return the next number; for finished work it stops at the time it finished."""
        now = generation.finished_at or datetime.now(UTC)
        elapsed = int((now - self._start).total_seconds() * 1000)
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
        """Stream a generation's progress; the last event is its last state."""
        with self.bus.subscribe(id, previews=previews) as changes:
            generation = await self.generations.get(scope, id)
            sequence = Sequence(generation)
            yield self._event(sequence, generation)
            if generation.status.finished:
                return
            async for change in changes:
                generation = await self.generations.get(scope, id)
                yield self._event(sequence, generation, change.preview)
                if generation.status.finished:
                    return

    async def images_added(
        self, scope: Scope, owner: str, wanted: GalleryFilter
    ) -> AsyncGenerator[Image, None]:
        """Stream the pictures that enter the gallery from now on and pass the filter."""
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
        number = sequence.next_for(generation)
        return Progress(number, generation, self.progress.of(generation), preview)
