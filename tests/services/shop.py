"""A provider that says what it can do and how it is, and is never asked for a picture."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from image_generation.domain.generations import CostSource, Operation
from image_generation.providers.base import (
    Availability,
    GeneratedImage,
    Health,
    PriceRange,
    ProviderJob,
    ProviderRequest,
)
from image_generation.providers.models import ModelSpec, Range, Sizes


def spec(**changes: Any) -> ModelSpec:
    """Describe a model that has everything; changes take away."""
    values: dict[str, Any] = {
        "name": "studio-1",
        "title": "Studio One",
        "operations": frozenset({Operation.TEXT_TO_IMAGE}),
        "sizes": Sizes(smallest=256, largest=1024),
        "seed": True,
        "negative_prompt": True,
        "steps": Range(10, 40),
        "guidance_scale": Range(2, 8.25),
    }
    return ModelSpec(**{**values, **changes})


class Shop:
    """The provider; its health is what the test sets, once it lets the answer go."""

    def __init__(self, *models: ModelSpec, name: str = "shop", missing: str | None = None) -> None:
        self.name = name
        self.title = name.title()
        self.missing = missing
        self.models: Mapping[str, ModelSpec] = {model.name: model for model in models}
        self.health_answer = Health(Availability.AVAILABLE)
        self.questions = 0
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    def find_model(self, name: str) -> ModelSpec | None:
        return next((model for model in self.models.values() if model.answers_to(name)), None)

    def estimate(self, request: ProviderRequest) -> PriceRange:
        return PriceRange(Decimal(0), Decimal(0), CostSource.FREE)

    async def generate(self, request: ProviderRequest, job: ProviderJob) -> GeneratedImage:
        raise AssertionError("nobody is to ask for a picture here")

    async def health(self) -> Health:
        self.questions += 1
        self.asked.set()
        await self.may_answer.wait()
        return self.health_answer

    async def aclose(self) -> None:
        return None
