"""Mountains: a field of heights, seen in perspective, lit from the side."""

from dataclasses import dataclass

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    columns,
    cover,
    resized,
    resized_planes,
    rgb,
    rows,
    scaled,
    step,
)
from image_generation.providers.procedural.noise import looked_up_softly, tile
from image_generation.providers.procedural.palette import grass, lit
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time

_ROCK: Colour = (0.46, 0.43, 0.43)
_SNOW: Colour = (0.95, 0.97, 1.0)
_SLICES = 300  # cuts through the land from near to far
_NEAR, _FAR = 0.9, 9.0  # distances, where 1 shows a height of 1 as one unit
_SIDE = 512
_WORKING_EDGE = 640


@dataclass(frozen=True, slots=True)
class Land:
    """The cuts through the land, shape (slices, columns): height, light on it, distance."""

    height: Field
    light: Field
    far: Field


def paint_mountains(pixels: Pixels, view: View, bottom: int) -> None:
    """Paint a massif above row `bottom`; without ground before it, it is seen from above."""
    aloft = bottom > view.horizon
    factor = max(1.0, max(view.width, view.height) / _WORKING_EDGE)
    width = max(2, round(view.width / factor))
    land = _land(view, width, aloft=aloft)
    eye = np.float32(0.42 if aloft else 0.0)
    seen = view.horizon + (eye - land.height) * np.float32(view.unit) / land.far
    # From near to far, a cut shows only what rises above all the nearer ones.
    skyline = np.minimum.accumulate(seen, axis=0)
    lines = max(2, round(bottom / factor))
    index = _nearest(skyline * np.float32(lines / bottom), lines)
    column = np.arange(width)[None, :]
    visible = np.minimum(index, _SLICES - 1)
    parts = Land(
        land.height[visible, column], land.light[visible, column], land.far[visible, column * 0]
    )
    layer = _coloured(view, parts)
    edge = resized(skyline[-1][None], 1, view.width)[0]
    patch = pixels[:, :bottom]
    alpha = np.clip(rows(bottom) - edge[None, :] + 0.5, 0, 1)
    cover(patch, resized_planes(layer, bottom, view.width), alpha)


def _land(view: View, width: int, *, aloft: bool) -> Land:
    rng = view.rng("mountains")
    heights = tile(rng, _SIDE, view.octaves + 1, ridged=True)
    far = (_NEAR * (_FAR / _NEAR) ** np.linspace(0, 1, _SLICES, dtype=np.float32))[:, None]
    across = (columns(width) / width - 0.5) * np.float32(view.width / view.unit) * far
    down = far * 52 + np.float32(rng.integers(_SIDE))
    side = across * 52 + np.float32(rng.integers(_SIDE))
    sun = 1.0 if view.source[0] > view.width / 2 else -1.0
    slope = np.gradient(heights)
    light = np.clip(0.5 - (slope[1] * sun * 19 - slope[0] * 6), 0, 1).astype(np.float32)
    massif = looked_up_softly(heights, down, side)
    # Heights start low before the viewer, tower in the middle distance, and sink far away.
    start = 0.30 + 0.70 * step(1.5, 4.0, far) if aloft else step(1.6, 3.4, far)
    # The tallest stand about three units away, and should leave a fifth of the sky free.
    reach = np.float32(min(1.9, 2.6 * view.horizon / view.unit))
    if view.scene.has(Subject.CITY):
        reach *= np.float32(1.35)  # they rise above its roofs
    heap = 0.55 + 0.45 * np.sin(across * 0.9 + np.float32(rng.uniform(0, 6)))
    rise = massif**1.15 * start * reach * (0.55 + 0.45 * heap) * step(0.2, 2.6, far)
    return Land(rise.astype(np.float32), looked_up_softly(light, down, side), far)


def _nearest(skyline: Field, lines: int) -> "np.ndarray[tuple[int, int], np.dtype[np.intp]]":
    """Return for each pixel the number of the nearest cut that covers it, shape (lines, columns).

    A cut covers a pixel when its skyline is at or above it; skylines only rise with the number,
    so the number is how many skylines lie below the pixel.
    """
    width = skyline.shape[1]
    cells = np.clip(np.ceil(skyline), 0, lines).astype(np.intp)
    flat = (cells * width + np.arange(width)[None, :]).ravel()
    counts = np.bincount(flat, minlength=(lines + 1) * width).reshape(lines + 1, width)
    above: np.ndarray[tuple[int, int], np.dtype[np.intp]] = np.cumsum(counts, axis=0)[:lines]
    return _SLICES - above


def _coloured(view: View, parts: Land) -> Pixels:
    light = view.light
    own = view.scene.own.get(Subject.MOUNTAINS, _ROCK)
    shade = step(0.18, 0.82, parts.light)
    dark = rgb(lit(scaled(own, 0.62), light, 0.12))
    layer = dark + (rgb(lit(own, light, 1.0)) - dark) * shade
    meadow = scaled(grass(view.scene), 0.62)
    green_dark = rgb(lit(scaled(meadow, 0.6), light, 0.25))
    green = green_dark + (rgb(lit(meadow, light)) - green_dark) * shade
    cover(layer, green, (1 - step(0.20, 0.50, parts.height)) * np.float32(0.85))
    low = 0.05 if view.snowy else 0.60
    steep = np.abs(parts.light - 0.5)
    lying = step(low, low + 0.30, parts.height + (0.30 - steep) * np.float32(0.55))
    cold = rgb(
        scaled(lit((0.60, 0.69, 0.88), light, 0.55), 1.0 if view.time is Time.NIGHT else 1.15)
    )
    snow = cold + (rgb(scaled(lit(_SNOW, light), 1.15)) - cold) * shade
    cover(layer, snow, lying * np.float32(0.95))
    haze = rgb(blend(light.haze, light.horizon, 0.25))
    depth = 1 - np.exp(-(parts.far - np.float32(_NEAR)) * np.float32(0.17))
    mist = np.exp(-np.maximum(parts.height, 0) * 5) * np.float32(0.35) * step(1.5, 5.0, parts.far)
    cover(layer, haze, np.clip(depth + mist * (1 - depth), 0, 0.96))
    return layer
