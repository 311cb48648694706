"""Water: a mirror that waves, with a path of light on it."""

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
    if deep < 2:
        return
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
    far = 1 / (near + 0.045)
    across = (columns(view.width) - view.width / 2) / np.float32(view.unit) * far * 26
    down = far * 60
    first = looked_up(texture, down * 2.2 + 0 * across, across + 99)
    second = looked_up(texture, down * 4.7 + 31 + 0 * across, across * 2.3 + 7)
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
    for plane in pixels:
        plane[top:] = plane[:top].reshape(-1)[flat]
    dim = 0.90 if view.time is Time.NIGHT else 0.86
    pixels[:, top:] *= dim + (waves - 0.5) * np.float32(0.36)


def _glitter(surface: Pixels, view: View, waves: Field) -> None:
    """Break the light of sun or moon into a path of sparks."""
    if view.dull:
        return
    deep, width = waves.shape
    share = rows(deep) / np.float32(deep)
    sun_x, sun_y = view.source
    low = max(0.0, 1 - abs(view.horizon - sun_y) / view.horizon)
    spread = np.float32(view.unit) * (0.035 + (0.10 + 0.12 * (1 - low)) * share)
    path = np.exp(-(((columns(width) - np.float32(sun_x)) / spread) ** 2))
    sparks = step(0.54, 0.68, waves + 0.08 * path)
    power = 0.85 if view.time is not Time.NOON else 0.45
    glow(surface, view.light.source, path * (0.07 + 0.93 * sparks) * np.float32(power))


def _far_edge(surface: Pixels, view: View, share: Field) -> None:
    """Let the far water meet the sky in haze."""
    fog = 0.9 if Weather.FOG in view.scene.weather else 0.30
    haze = blend(view.light.haze, view.light.horizon, 0.5)
    cover(surface, rgb(haze), np.exp(-share * (7 if fog > 0.5 else 22)) * np.float32(fog))


def paint_boat(pixels: Pixels, view: View) -> None:
    """Set a sailing boat on the water, with its dark mirror below."""
    rng = view.rng("boat")
    deep = view.height - view.horizon
    size = view.unit * rng.uniform(0.10, 0.14)
    x = rng.uniform(0.25, 0.75) * view.width
    y = view.horizon + deep * rng.uniform(0.10, 0.22)
    hull = lit(view.scene.own.get(Subject.BOAT, (0.30, 0.16, 0.12)), view.light, 0.5)
    sail = scaled(lit((0.98, 0.96, 0.90), view.light), 1.15)
    for up, fade in ((-0.55, 0.35), (1.0, 1.0)):
        _boat(pixels, (x, y, size * up), (hull, sail), fade)


def _boat(
    pixels: Pixels,
    place: tuple[float, float, float],
    colours: tuple[Colour, Colour],
    fade: float,
) -> None:
    x, y, size = place
    reach = int(abs(size) * 1.4) + 2
    top, left = max(int(y) - reach, 0), max(int(x) - reach, 0)
    patch = pixels[:, top : int(y) + reach, left : int(x) + reach]
    up = (np.float32(y) - rows(patch.shape[1]) - np.float32(top)) / np.float32(size)
    out = (columns(patch.shape[2]) + np.float32(left - x)) / np.float32(abs(size))
    sharp = np.float32(abs(size))
    hull = _inside(sharp, up, 0.14 - up, 0.42 + up * 0.9 - np.abs(out))
    main = _inside(sharp, up - 0.18, out - 0.02, (1.25 - up) * 0.46 - out)
    jib = _inside(sharp, up - 0.18, -0.02 - out, (1.05 - up) * 0.38 + out)
    mast = _inside(sharp, up - 0.1, 1.3 - up, 0.012 - np.abs(out))
    faded = np.float32(fade)
    cover(patch, rgb(colours[1]), np.maximum(main, jib * np.float32(0.88)) * faded)
    cover(patch, rgb(colours[0]), np.maximum(hull, mast) * faded)


def _inside(sharp: np.float32, *distances: Field) -> Field:
    """Return 1 where all distances are positive, 0 elsewhere, with a soft edge of one pixel."""
    inner = distances[0]
    for distance in distances[1:]:
        inner = np.minimum(inner, distance)
    alpha: Field = np.clip(inner * sharp + 0.5, 0, 1)
    return alpha
