"""The embedded provider: needs no key, paints in a worker thread, tells every step."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal

from image_generation.domain.errors import ProviderError
from image_generation.domain.generations import FREE, CostSource, Operation
from image_generation.providers.base import (
    Availability,
    GeneratedImage,
    Health,
    PriceRange,
    ProviderJob,
    ProviderRequest,
)
from image_generation.providers.models import ModelSpec, Range, Sizes
from image_generation.providers.procedural.canvas import png, thumbnail
from image_generation.providers.procedural.composition import DEFAULT_STEPS
from image_generation.providers.procedural.painter import paint

PREVIEW_EDGE = 256

_PAINTER = ModelSpec(
    name="painter-1",
    title="Painter 1",
    operations=frozenset({Operation.TEXT_TO_IMAGE, Operation.IMG2IMG, Operation.INPAINT}),
    sizes=Sizes(smallest=256, largest=2048),
    seed=True,
    negative_prompt=True,
    steps=Range(1, 150),
    guidance_scale=Range(1, 30),
    strength=Range(0, 1),
    mask_is_exact=True,
    price_usd=Decimal(0),
    is_algorithm=True,
)


class ProceduralProvider:
    """An algorithm, not a model: it paints what the words name, the same for the same seed.

    `delay` is how many seconds one picture takes longer, spread evenly over its steps. Each call
    takes the next of `faults` and raises it, as long as there are any.

    `steps` is how finely forms are drawn (up to 32), how crisp they are, and how often progress is
    told. `guidance_scale` is how strongly the colours named and the contrast of the scene act.
    """

    name = "procedural"
    title = "Procedural painter"
    missing: str | None = None

    def __init__(self, delay: float = 0.0, faults: Sequence[ProviderError] = ()) -> None:
        self._delay = delay
        self._faults = deque(faults)

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The one painter."""
        return {_PAINTER.name: _PAINTER}

    def find_model(self, name: str) -> ModelSpec | None:
        """Return the painter, when it is the one that is meant."""
        return _PAINTER if name.lower() == _PAINTER.name else None

    def estimate(self, request: ProviderRequest) -> PriceRange:
        """Say that it costs nothing."""
        return PriceRange(Decimal(0), Decimal(0), CostSource.FREE)

    async def generate(self, request: ProviderRequest, job: ProviderJob) -> GeneratedImage:
        """Paint one picture, a layer at a time in a worker thread; nothing runs on when canceled.

        Raises the next fault, or `ProviderRejected` for a source or mask that cannot be read.
        """
        if self._faults:
            raise self._faults.popleft()
        frames = paint(request)
        steps = request.steps or DEFAULT_STEPS
        told = 0
        while (frame := await asyncio.to_thread(next, frames)).done < 1:
            due = int(frame.done * steps)
            if due > told and job.wants_previews:
                job.preview(await asyncio.to_thread(thumbnail, frame.pixels, PREVIEW_EDGE))
            await self._tell(job, range(told + 1, due + 1), steps)
            told = due
        data = await asyncio.to_thread(png, frame.pixels)
        if job.wants_previews:
            job.preview(await asyncio.to_thread(thumbnail, frame.pixels, PREVIEW_EDGE))
        await self._tell(job, range(told + 1, steps + 1), steps)
        return GeneratedImage(data=data, seed=request.seed, cost=FREE)

    async def _tell(self, job: ProviderJob, numbers: range, steps: int) -> None:
        for number in numbers:
            if self._delay > 0:
                await asyncio.sleep(self._delay / steps)
            job.progress(number / steps)

    async def health(self) -> Health:
        """Say that it is well, and what it is."""
        message = "Paints by an algorithm, not by a model: landscapes and abstract forms."
        return Health(Availability.AVAILABLE, message)

    async def aclose(self) -> None:
        """Have nothing to let go of."""
