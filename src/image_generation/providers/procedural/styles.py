"""The styles by name: each is the last hand laid on a picture."""

from collections.abc import Callable
from typing import TypeAlias

from image_generation.providers.procedural.canvas import Pixels
from image_generation.providers.procedural.graphic import anime, pixel_art, sketch
from image_generation.providers.procedural.painterly import artistic, oil_painting
from image_generation.providers.procedural.photographic import (
    cinematic,
    clean,
    digital_art,
    photorealistic,
)
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.watercolor import watercolor

Finish: TypeAlias = Callable[[Pixels, View], Pixels]
"""Turns painted pixels into finished ones. It may use up what it is given."""

_FINISHES: dict[str, Finish] = {
    "photorealistic": photorealistic,
    "artistic": artistic,
    "anime": anime,
    "cinematic": cinematic,
    "digital_art": digital_art,
    "watercolor": watercolor,
    "oil_painting": oil_painting,
    "pixel_art": pixel_art,
    "sketch": sketch,
}


def finish_of(style: str) -> Finish:
    """Return the finish of a style; a style the painter does not know is finished plainly."""
    return _FINISHES.get(style.lower().replace("-", "_").replace(" ", "_"), clean)
