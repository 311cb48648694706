"""Watching: a snapshot from the row, then changes, until nothing will change any more."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from image_generation.domain.gallery import GalleryFilter
from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus, Change
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.records import Generation, Image
from image_generation.gallery.scope import Scope
from image_generation.services.feeds import Event, Feeds, Numbers, Watched
from image_generation.services.generations import Generations
from image_generation.services.progress import PREVIEW_PAUSE, Pace


@dataclass(frozen=True, slots=True, eq=False)
class Progress(Event):
    """One event of a watched generation."""

    generation: Generation

    @property
    def progress(self) -> float:
        """How much is done, 0…1."""
        return self.generation.progress


class Watching:
    """Streams of what happens to a caller's generations and pictures."""

    def __init__(self, generations: Generations, gallery: Gallery, bus: Bus) -> None:
        self._gallery = gallery
        self._bus = bus
        self._feeds = Feeds(bus, lambda watched: _Source(generations, watched))

    def generation(self, watched: Watched) -> AsyncGenerator[Progress, None]:
        """Stream a generation's progress; see `Feeds.watch`."""
        return self._feeds.watch(watched)

    async def images_added(
        self, scope: Scope, owner: str, wanted: GalleryFilter
    ) -> AsyncGenerator[Image, None]:
        """Stream the pictures that enter the gallery from now on and pass the filter.

        Raises `Stopping` when the service stops: there is no other end.
        """
        wanted.check()
        with self._bus.subscribe(owner) as changes:
            async for change in changes:
                if change.status is GenerationStatus.SUCCEEDED:
                    image = await self._gallery.matching(scope, wanted, change.generation_id)
                    if image is not None:
                        yield image


class _Source:
    """A watched generation."""

    def __init__(self, generations: Generations, watched: Watched) -> None:
        self._generations = generations
        self._watched = watched
        self._numbers, self._pace = Numbers(), Pace(PREVIEW_PAUSE)

    async def now(self) -> Progress:
        return await self._read(None)

    async def after(self, change: Change) -> Sequence[Progress]:
        preview = change.preview if change.preview and self._pace.is_due() else None
        return [await self._read(preview)]

    async def _read(self, preview: bytes | None) -> Progress:
        generation = await self._generations.get(self._watched.scope, self._watched.id)
        number = self._numbers.next_since(generation.created_at)
        is_last = generation.status.finished
        return Progress(number, generation, preview=preview, is_last=is_last)
