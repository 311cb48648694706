"""Water: a mirror that waves, with a path of light on it."""

from collections.abc import Callable

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    columns,
    cover,
    glow,
    rgb,
    rows,
    scaled,
    step,
)
from image_generation.providers.procedural.noise import looked_up, tile
from image_generation.providers.procedural.palette import lit
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time, Weather

_DEEP: Colour = (0.07, 0.30, 0.42)


def paint_water(pixels: Pixels, view: View, calm: float) -> None:
    """Fill the canvas below the horizon with water that mirrors what stands above.

    `calm` is 0 (a rough sea) … 1 (a wet street).
    """
    top = view.horizon
    deep = view.height - top
    waves = _waves(view, deep)
    _mirror(pixels, view, waves, calm)
    surface = pixels[:, top:]
    share = rows(deep) / np.float32(deep)
    own = view.scene.own.get(Subject.WATER)
    body = rgb(scaled(lit(own or _DEEP, view.light), 1.3 if own else 0.9))
    # Fresnel: far water is seen at a flat angle and mirrors, near water shows its own colour.
    alpha = (0.18 + 0.55 * share**0.8) * np.float32((1 - 0.8 * calm) * (1.3 if own else 1.0))
    cover(surface, body, alpha * (0.72 + 0.56 * (1 - waves)))
    _glitter(surface, view, waves)
    _far_edge(surface, view, share)


def _waves(view: View, deep: int) -> Field:
    """Return the surface, 0…1: long, flat waves that shrink toward the horizon."""
    rng = view.rng("water")
    texture = tile(rng, 512, min(view.octaves + 1, 7))
    near = (rows(deep) + 2) / np.float32(view.unit)
    far: Field = np.float32(1) / (near + np.float32(0.045))
    across: Field = (
        (columns(view.width) - np.float32(view.width / 2)) / np.float32(view.unit / 26) * far
    )
    down = far * np.float32(60) + np.zeros_like(across)
    first = looked_up(texture, down * np.float32(2.2), across)
    second = looked_up(texture, down * np.float32(4.7), across * np.float32(2.3))
    return first * 0.62 + second * 0.38


def _mirror(pixels: Pixels, view: View, waves: Field, calm: float) -> None:
    top, deep = view.horizon, waves.shape[0]
    reach = rows(deep)
    rough = np.float32(view.unit * 0.075 * (1 - 0.55 * calm))
    sway = (waves - 0.5) * rough * (0.10 + reach / np.float32(deep))
    squeeze = np.float32(min(1.0, (top - 1) / deep))
    source_y = np.clip(top - 1 - reach * squeeze + sway * 2.4, 0, top - 1).astype(np.intp)
    source_x = np.clip(columns(view.width) + sway * 0.7, 0, view.width - 1).astype(np.intp)
    flat = source_y * view.width + source_x
    streaks = view.time is Time.NIGHT and view.scene.has(Subject.CITY)
    for plane in pixels:
        above = _streaked(plane[:top], round(view.unit * 0.045)) if streaks else plane[:top]
        plane[top:] = above.reshape(-1)[flat]
    dim = 0.90 if view.time is Time.NIGHT else 0.86
    pixels[:, top:] *= dim + (waves - 0.5) * np.float32(0.36)


def _streaked(above: Field, long: int) -> Field:
    """Return a plane whose lights run up and down, as lamps do in moving water."""
    sums = np.cumsum(np.pad(above, ((long + 1, long), (0, 0)), mode="edge"), axis=0)
    mean = (sums[2 * long + 1 :] - sums[: -2 * long - 1]) / np.float32(2 * long + 1)
    spread: Field = np.clip(above * np.float32(0.45) + mean * np.float32(0.95), 0, 1)
    return spread


def _glitter(surface: Pixels, view: View, waves: Field) -> None:
    """Break the light of sun or moon into a path of sparks."""
    if view.glow == 0:
        return
    deep, width = waves.shape
    share = rows(deep) / np.float32(deep)
    sun_x, sun_y = view.source
    low = max(0.0, 1 - abs(view.horizon - sun_y) / view.horizon)
    spread = np.float32(view.unit) * (0.035 + (0.10 + 0.12 * (1 - low)) * share)
    path = np.exp(-(((columns(width) - np.float32(sun_x)) / spread) ** 2))
    sparks = step(0.54, 0.68, waves + 0.08 * path)
    power = (0.85 if view.time is not Time.NOON else 0.45) * view.glow
    glow(surface, view.light.source, path * (0.07 + 0.93 * sparks) * np.float32(power))


def _far_edge(surface: Pixels, view: View, share: Field) -> None:
    """Let the far water meet the sky in haze."""
    fog = 0.9 if Weather.FOG in view.scene.weather else 0.30
    haze = blend(view.light.haze, view.light.horizon, 0.5)
    cover(surface, rgb(haze), np.exp(-share * (7 if fog > 0.5 else 22)) * np.float32(fog))


def mirrored(pixels: Pixels, view: View, foot: int, draw: Callable[[Pixels], None]) -> None:
    """Draw something that stands in the water at row `foot`, and its image below."""
    before = pixels[:, :foot].copy()
    draw(pixels)
    deep = min(view.height - foot, foot)
    after = pixels[:, foot - deep : foot]
    touched = step(0.01, 0.09, np.abs(after - before[:, foot - deep :]).max(axis=0))
    rough = Weather.STORM in view.scene.weather
    reach = rows(deep)
    waves = _waves(view, view.height - view.horizon)[foot - view.horizon :][:deep]
    sway = (waves - 0.5) * np.float32(view.unit * (0.10 if rough else 0.045))
    sway = sway * np.clip(reach / np.float32(view.unit * 0.06) + 0.15, 0, 1)
    y = np.clip(deep - 1 - reach + sway * 1.8, 0, deep - 1).astype(np.intp)
    x = np.clip(columns(view.width) + sway * 0.5, 0, view.width - 1).astype(np.intp)
    power = np.float32(0.45 if rough else 0.80)
    alpha = touched[y, x] * np.exp(-reach / np.float32(view.unit * 0.55)) * power
    image = np.stack([plane[y, x] for plane in after]) * np.float32(0.86)
    cover(pixels[:, foot : foot + deep], image, alpha.astype(np.float32))
