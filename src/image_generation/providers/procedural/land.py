"""The land: mountains, dunes, meadows, snow, in layers that fade with distance."""

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    columns,
    cover,
    resized,
    rgb,
    rows,
    scaled,
    step,
)
from image_generation.providers.procedural.noise import (
    Grain,
    fractal,
    looked_up,
    swell,
    tile,
)
from image_generation.providers.procedural.palette import grass, lit
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time

_SAND: Colour = (0.93, 0.72, 0.46)
_SNOW: Colour = (0.93, 0.95, 0.99)
_SNOW_SHADE: Colour = (0.66, 0.74, 0.92)


def paint_meadow(pixels: Pixels, view: View, top: int) -> None:
    """Fill the ground from row `top` down with grass (or snow) in rolling layers."""
    albedo = _SNOW if view.snowy else grass(view.scene)
    room = view.height - top
    for number in range(4):
        near = (number + 1) / 4
        name = f"meadow {number}"
        line = top + room * (number / 4) ** 1.5 * 0.8
        roll = swell(view.rng(name), view.width, view.unit * (0.9 + near * 0.5), 3)
        crest = line - roll * view.unit * 0.055 * (0.4 + near)
        patches = _ground_noise(view, name, view.height - max(int(crest.min()) - 1, 0))
        bright = scaled(lit(albedo, view.light), _snow_glow(view) if view.snowy else 1.0)
        tone = blend(view.light.haze, bright, 0.35 + 0.65 * near)
        shade = _SNOW_SHADE if view.snowy else scaled(albedo, 0.42)
        dark = blend(tone, lit(shade, view.light, 0.4), 0.75)
        _paint_roll(pixels, crest, (rgb(dark), rgb(tone)), patches)


def _snow_glow(view: View) -> float:
    """Return how much brighter than other ground snow is, most of all by night."""
    return 1.9 if view.time is Time.NIGHT else 1.35


def _ground_noise(view: View, name: str, height: int) -> Field:
    rng = view.rng(name + " ground")
    low = (max(2, height // 2), max(2, view.width // 2))
    noise = fractal(rng, low, Grain(view.unit * 0.035, view.unit * 0.16, view.octaves, 0.62))
    return resized(noise, height, view.width)


def _paint_roll(pixels: Pixels, crest: Field, colours: tuple[Pixels, Pixels], shade: Field) -> None:
    top = pixels.shape[1] - shade.shape[0]
    below = rows(shade.shape[0]) + np.float32(top) - crest[None, :]
    dark, bright = colours
    rim = np.exp(-np.maximum(below, 0) / np.float32(pixels.shape[1] * 0.10))
    tone = np.clip(shade * 0.75 + rim * 0.45, 0, 1)
    cover(pixels[:, top:], dark + (bright - dark) * tone, np.clip(below + 0.5, 0, 1))


def paint_dunes(pixels: Pixels, view: View, top: int) -> None:
    """Fill the ground from row `top` down with dunes: a lit side, a shaded side, ripples."""
    own = view.scene.own.get(Subject.DESERT, _SAND)
    room = view.height - top
    for number in range(5):
        near = number / 4
        rng = view.rng(f"dunes {number}")
        period = view.unit * (0.34 + 0.75 * near) * rng.uniform(0.9, 1.2)
        foot = top + room * (0.04 + 0.66 * near**1.4)
        tall = min(view.unit * (0.035 + 0.13 * near), room * 0.40)
        wave = _dune_wave(view, rng, period)
        crest = foot - tall * wave[0] ** 1.3
        start = max(int(crest.min()) - 1, 0)
        below = rows(view.height - start) + np.float32(start) - crest[None, :]
        shade = _dune_shade(view, rng, below, (period, wave[1]))
        clear = 0.30 + 0.70 * near
        bright = blend(view.light.haze, scaled(lit(own, view.light), 1.08), clear)
        shadow = lit(blend(scaled(own, 0.52), (0.42, 0.24, 0.30), 0.45), view.light, 0.45)
        dark = blend(view.light.haze, shadow, clear)
        layer = rgb(dark) + (rgb(bright) - rgb(dark)) * shade
        cover(pixels[:, start:], layer, np.clip(below + 0.5, 0, 1))


def _dune_wave(view: View, rng: np.random.Generator, period: float) -> tuple[Field, Field]:
    """Return the crest's height (0…1) and its phase: a long windward, a short lee side."""
    across = columns(view.width)[0]
    wander = swell(rng, view.width, period * 1.4, 2)
    phase = (across / np.float32(period) + wander * 0.4 + np.float32(rng.random())) % 1.0
    rise = np.where(phase < 0.62, phase / 0.62, (1 - phase) / 0.38)
    height = (rise * rise * (3 - 2 * rise) * (0.55 + 0.45 * wander)).astype(np.float32)
    return height, phase.astype(np.float32)


def _dune_shade(
    view: View, rng: np.random.Generator, below: Field, wave: tuple[float, Field]
) -> Field:
    """Return 0…1: light on the windward side, shade on the lee, whose edge wanders downhill."""
    period, phase = wave
    depth = below / np.float32(period)
    bend = np.sin(depth * 5.0 + np.float32(rng.uniform(0, 6))) * 0.06
    here = (phase[None, :] - depth * 0.35 + bend) % 1.0
    lee = step(0.60, 0.625, here) * (1 - step(0.72, 1.0, here))
    lee = lee * np.exp(-depth * 1.5)
    ripple = np.sin((below + columns(view.width) * 0.18) / np.float32(view.unit * 0.004))
    texture = tile(rng, 256, 5)
    grain = looked_up(texture, below * 0.9, columns(view.width) * 0.35 + below * 0)
    shade = 0.94 - 0.80 * lee - 0.10 * np.clip(depth, 0, 2) + 0.10 * (grain - 0.5)
    light: Field = np.clip(shade + 0.02 * ripple, 0, 1)
    return light
