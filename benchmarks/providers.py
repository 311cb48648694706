"""A provider that costs nothing, so that what remains is the service."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO

from PIL import Image

from image_generation.domain.generations import FREE, CostSource, Operation
from image_generation.providers.base import (
    Availability,
    GeneratedImage,
    Health,
    PriceRange,
    ProviderJob,
    ProviderRequest,
)
from image_generation.providers.models import ModelSpec, Sizes

EDGE = 256
"""Width and height of its one picture, in pixels."""

_MODEL = ModelSpec(
    name="blank-1",
    title="Blank 1",
    operations=frozenset({Operation.TEXT_TO_IMAGE}),
    sizes=Sizes(smallest=EDGE, largest=EDGE),
    seed=True,
    price_usd=Decimal(0),
)


class BlankProvider:
    """Gives the same picture for everything, after so many seconds, while its gate is open.

    Like a provider that is paid it says that it is about to submit, which is a commit.
    """

    name = "blank"
    title = "Blank"
    missing: str | None = None

    def __init__(self, seconds: float, gate: asyncio.Event) -> None:
        self._seconds = seconds
        self._gate = gate
        self._picture = _blank()

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The one model."""
        return {_MODEL.name: _MODEL}

    def find_model(self, name: str) -> ModelSpec | None:
        """Return the model, when it is meant."""
        return self.models.get(name)

    def estimate(self, request: ProviderRequest) -> PriceRange:
        """Say that it costs nothing."""
        return PriceRange(Decimal(0), Decimal(0), CostSource.FREE)

    async def generate(self, request: ProviderRequest, job: ProviderJob) -> GeneratedImage:
        """Wait, and give the picture."""
        await self._gate.wait()
        await job.submitting()
        await asyncio.sleep(self._seconds)
        return GeneratedImage(data=self._picture, seed=request.seed, cost=FREE)

    async def health(self) -> Health:
        """Say that it is well."""
        return Health(Availability.AVAILABLE)

    async def aclose(self) -> None:
        """Have nothing to let go of."""


def _blank() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (EDGE, EDGE), "white").save(buffer, "png")
    return buffer.getvalue()
