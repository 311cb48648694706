"""The painter: composes a scene and paints it layer by layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import log

import numpy as np

from image_generation.domain.generations import Operation
from image_generation.providers.base import ProviderRequest
from image_generation.providers.procedural.abstract import paint_abstract
from image_generation.providers.procedural.canvas import (
    Pixels,
    blend,
    blurred,
    luma,
    rgb,
    saturate,
    scaled,
)
from image_generation.providers.procedural.city import paint_city
from image_generation.providers.procedural.composition import DEFAULT_STEPS, abstract, look
from image_generation.providers.procedural.land import paint_dunes, paint_meadow
from image_generation.providers.procedural.landmarks import (
    Layer,
    foot_on_land,
    on_the_horizon,
    on_the_land,
    on_the_water,
)
from image_generation.providers.procedural.mountains import paint_mountains
from image_generation.providers.procedural.plants import (
    paint_flowers,
    paint_forest,
    paint_grass,
    paint_tree_line,
)
from image_generation.providers.procedural.sky import (
    paint_birds,
    paint_orb,
    paint_sky,
    paint_stars,
)
from image_generation.providers.procedural.styles import finish_of
from image_generation.providers.procedural.transform import (
    mask_of,
    mixed,
    set_in,
    source_of,
    toward,
)
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.water import paint_water
from image_generation.providers.procedural.waves import paint_breakers
from image_generation.providers.procedural.weather import (
    paint_fog,
    paint_lightning,
    paint_rain,
    paint_snowfall,
)
from image_generation.providers.procedural.words import Scene, Subject, Weather

DEFAULT_GUIDANCE = 7.5
DEFAULT_STRENGTH = 0.75
_STRIKES = 0.45  # the share of storms with lightning
_DIM = 0.32  # how bright three quarters of a picture's tones may stay below


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture so far: how much is done (0…1), and its pixels, still being painted on."""

    done: float
    pixels: Pixels


def paint(request: ProviderRequest) -> Iterator[Frame]:
    """Paint a request, one frame a layer; the last frame is the finished picture.

    Raises `ProviderRejected` before anything is painted when source or mask cannot be read.
    """
    view = look(request)
    source = mask = None
    if request.operation is not Operation.TEXT_TO_IMAGE:
        source = source_of(request.source, view)
    if request.operation is Operation.INPAINT:
        mask = mask_of(request.mask, view)
    pixels = np.zeros((3, request.height, request.width), dtype=np.float32)
    layers = list(_layers(view))
    for number, layer in enumerate(layers, start=1):
        layer(pixels)
        yield Frame(number / (len(layers) + 2), pixels)
    guide(pixels, view.scene, request.guidance_scale or DEFAULT_GUIDANCE)
    expose(pixels)
    pixels = focus(pixels, view, request.steps or DEFAULT_STEPS)
    strength = DEFAULT_STRENGTH if request.strength is None else request.strength
    if source is not None:
        pixels = mixed(source, pixels, view, strength)
    yield Frame((len(layers) + 1) / (len(layers) + 2), pixels)
    pixels = finish_of(request.style)(pixels, view)
    if source is not None:
        pixels = toward(source, pixels, strength)
        pixels = pixels if mask is None else set_in(source, pixels, mask, view)
    yield Frame(1.0, pixels)


def _layers(view: View) -> Iterator[Layer]:
    """Yield the layers of a scene from the back to the front."""
    if abstract(view.scene):
        yield partial(paint_abstract, view=view)
        return
    yield from _sky(view)
    yield from _distance(view)
    yield from _ground(view)
    yield from _weather(view)


def _sky(view: View) -> Iterator[Layer]:
    yield partial(paint_sky, view=view)
    yield partial(paint_stars, view=view)
    yield partial(paint_orb, view=view)
    if Weather.STORM in view.scene.weather and view.rng("strike").random() < _STRIKES:
        yield partial(paint_lightning, view=view)
    if view.scene.has(Subject.BIRDS):
        yield partial(paint_birds, view=view)


def _distance(view: View) -> Iterator[Layer]:
    scene = view.scene
    grounded = scene.has(Subject.WATER, Subject.DESERT, Subject.MEADOW, Subject.CITY)
    if scene.has(Subject.MOUNTAINS):
        bottom = view.horizon if grounded else view.height
        yield partial(paint_mountains, view=view, bottom=bottom)
    if scene.has(Subject.FOREST) and grounded:
        yield partial(paint_tree_line, view=view)
    if scene.has(Subject.CITY):
        yield partial(paint_city, view=view, foot=view.horizon)


def _ground(view: View) -> Iterator[Layer]:
    scene = view.scene
    shore = view.horizon
    if scene.has(Subject.WATER):
        yield from _water(view)
        shore = round(view.height * 0.84)
    elif scene.has(Subject.CITY):
        yield partial(paint_water, view=view, calm=0.9)
    if scene.has(Subject.DESERT):
        yield partial(paint_dunes, view=view, top=shore)
    if scene.has(Subject.FOREST) and not scene.has(Subject.WATER, Subject.MEADOW, Subject.CITY):
        yield partial(paint_forest, view=view, bottom=view.height)
    if scene.has(Subject.MEADOW):
        yield partial(paint_meadow, view=view, top=shore)
    yield from _on_the_ground(view, shore)


def _on_the_ground(view: View, top: int) -> Iterator[Layer]:
    """Yield the landmarks on the ground, and what grows before them."""
    scene = view.scene
    foot = top
    if not scene.has(Subject.WATER):
        yield from on_the_land(view, top)
        foot = foot_on_land(view, top)
    if scene.has(Subject.MEADOW):
        yield partial(paint_grass, view=view, top=foot)
    if scene.has(Subject.FLOWERS):
        yield partial(paint_flowers, view=view, top=foot)


def _water(view: View) -> Iterator[Layer]:
    """Yield the water and what stands in it; in a storm, waves behind it and before it."""
    storm = Weather.STORM in view.scene.weather
    yield from on_the_horizon(view)
    yield partial(paint_water, view=view, calm=_calm(view))
    if storm:
        yield partial(paint_breakers, view=view, part=(0.0, 0.35))
    yield from on_the_water(view)
    if storm:
        yield partial(paint_breakers, view=view, part=(0.35, 1.1))


def _calm(view: View) -> float:
    if Weather.STORM in view.scene.weather:
        return 0.0
    inland = view.scene.has(Subject.MOUNTAINS, Subject.FOREST, Subject.CITY)
    return 0.65 if inland else 0.25


def _weather(view: View) -> Iterator[Layer]:
    weather = view.scene.weather
    if Weather.FOG in weather:
        yield partial(paint_fog, view=view)
    if Weather.RAIN in weather:
        yield partial(paint_rain, view=view)
    if Weather.SNOW in weather:
        yield partial(paint_snowfall, view=view)


def guide(pixels: Pixels, scene: Scene, guidance: float) -> None:
    """Pull the picture toward the words: the more guidance, the more contrast and named colour."""
    pull = guidance / (guidance + DEFAULT_GUIDANCE)
    mean = pixels.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
    pixels[:] = mean + (saturate(pixels, 0.80 + 0.44 * pull) - mean) * np.float32(
        0.88 + 0.26 * pull
    )
    if scene.tints:
        owned = len(scene.own) >= len(scene.tints)
        _tint(pixels, scene, pull * (0.40 if owned else 0.75))
    np.clip(pixels, 0, 1, out=pixels)


def _tint(pixels: Pixels, scene: Scene, amount: float) -> None:
    tone = np.clip(luma(pixels), 0, 1)
    first, last = scene.tints[0], scene.tints[-1]
    dark, light = rgb(scaled(first, 0.30)), rgb(blend(last, (1.0, 1.0, 1.0), 0.70))
    middle = rgb(scaled(blend(first, last, 0.5), 1.05))
    below = dark + (middle - dark) * np.clip(tone * 2, 0, 1)
    toned = below + (light - below) * np.clip(tone * 2 - 1, 0, 1)
    pixels += (toned - pixels) * np.float32(amount)


def expose(pixels: Pixels) -> None:
    """Open the tones of a dark picture, as an eye does that gets used to the dark."""
    bright = float(np.percentile(luma(pixels[:, ::4, ::4]), 75))
    if 0.02 < bright < _DIM:
        pixels **= np.float32(max(log(_DIM) / log(bright), 0.70))


def focus(pixels: Pixels, view: View, steps: int) -> Pixels:
    """Return the picture softer (one step) or crisper (many steps) in its small forms."""
    amount = 0.9 * log(steps) / log(150) - 0.5
    soft = blurred(pixels, view.unit / 240 + 1)
    pixels += (pixels - soft) * np.float32(amount)
    return np.clip(pixels, 0, 1)
