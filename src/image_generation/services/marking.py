"""The mark that a picture gets before it is kept."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from image_generation.domain.errors import StorageFailed
from image_generation.domain.generations import Operation
from image_generation.domain.origins import Maker, Origin
from image_generation.gallery.records import Image, Job
from image_generation.imaging.marks import mark, term_of
from image_generation.providers.base import GeneratedImage, ImageProvider
from image_generation.providers.registry import Providers
from image_generation.services.keys import storage_key
from image_generation.storage.base import Missing, Store


@dataclass(frozen=True, slots=True)
class Marking:
    """Marks pictures as what they are; with their words only where that is allowed."""

    store: Store
    tells_prompts: bool

    async def mark(self, job: Job, provider: ImageProvider, image: GeneratedImage) -> bytes:
        """Return the bytes to keep; what is no picture stays as it is."""
        maker = _maker(provider, job.model)
        term = maker.term_from_words()
        if job.source_id is not None:
            term = maker.term_from_picture(await self._term_of_source(storage_key(job.source_id)))
        words = _words(job, image) if self.tells_prompts else None
        return await asyncio.to_thread(mark, image.data, Origin(term, maker, words))

    async def _term_of_source(self, key: str) -> str | None:
        with suppress(Missing, StorageFailed):  # it may be deleted by now
            return await asyncio.to_thread(term_of, await self.store.get(key))
        return None


def origin_of(image: Image, providers: Providers) -> Origin | None:
    """Tell how a picture of the gallery came to be, as far as its row does; None for an upload."""
    if image.operation is Operation.UPLOAD:
        return None
    maker = _maker(providers.find(image.provider), image.model)
    from_words = image.operation is Operation.TEXT_TO_IMAGE
    return Origin(maker.term_from_words() if from_words else maker.term_from_picture(None), maker)


def _maker(provider: ImageProvider | None, name: str) -> Maker:
    model = None if provider is None else provider.find_model(name)
    return Maker(name, is_algorithm=model is not None and model.is_algorithm)


def _words(job: Job, image: GeneratedImage) -> str:
    numbers = {
        "Negative prompt": job.negative_prompt,
        "Size": f"{job.width}x{job.height}",
        "Steps": job.steps,
        "Guidance scale": job.guidance_scale,
        "Strength": job.strength,
        "Seed": image.seed,
    }
    told = [f"{name}: {value}" for name, value in numbers.items() if value is not None]
    return "\n".join([job.final_prompt or job.prompt, *told])
