"""Planners over a shop, for the tests of plans."""

from typing import Any

from image_generation.domain.pictures import Size
from image_generation.domain.styles import PRESETS, StyleBook
from image_generation.providers.models import ModelSpec, Sizes
from image_generation.providers.registry import Providers
from image_generation.services.planning import Planner
from tests.services.shop import Shop, spec

FULL = spec(aliases=("studio", "S1"))
PLAIN = spec(
    name="plain-1",
    title="Plain One",
    seed=False,
    negative_prompt=False,
    steps=None,
    guidance_scale=None,
    sizes=Sizes(fixed=(Size(1024, 1024), Size(1536, 1024), Size(1024, 1536))),
)


def planner(*models: ModelSpec, **settings: Any) -> Planner:
    """Make a planner over one shop with these models, and a second one that is closed."""
    shops = Providers([Shop(*(models or (FULL, PLAIN))), Shop(name="closed", missing="No key.")])
    values = {
        "providers": shops,
        "styles": StyleBook(PRESETS),
        "default_size": Size(512, 512),
        "enhancer": False,
        "enhance_by_default": True,
    }
    return Planner(**{**values, **settings})
