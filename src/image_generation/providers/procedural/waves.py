"""A storm's sea: steep waves in rows, with light in their crests, and foam."""

import numpy as np

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blend,
    columns,
    cover,
    rgb,
    rows,
    scaled,
    step,
)
from image_generation.providers.procedural.noise import looked_up, swell, tile
from image_generation.providers.procedural.palette import lit
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time

_DEEP = (0.16, 0.46, 0.54)
_ROWS = 11  # where the sea is 0.4 units deep


def paint_breakers(pixels: Pixels, view: View, part: tuple[float, float]) -> None:
    """Paint the rows of waves whose nearness, 0…1, lies within `part`, far ones first."""
    texture = tile(view.rng("breakers"), 512, 6)
    deep = (view.height - view.horizon) / view.unit
    count = int(np.clip(_ROWS * deep / 0.4, 6, 44))
    for near in np.linspace(0, 1, count):
        if part[0] <= near < part[1]:
            _breaker(pixels, view, float(near), texture)


def _breaker(pixels: Pixels, view: View, near: float, texture: Field) -> None:
    rng = view.rng(f"breaker {near:.2f}")
    deep = view.height - view.horizon
    tall = min(view.unit * (0.007 + 0.072 * near**1.2), deep * 0.22)
    line = _crest(view, rng, view.unit * (0.05 + 0.25 * near))
    crest = view.horizon + deep * (0.015 + 0.90 * near**1.7) - (line - 0.25) * np.float32(tall)
    top = max(int(crest.min()) - 1, view.horizon)
    bottom = min(int(crest.max() + tall * 3.0) + 2, view.height)
    if top >= bottom:
        return
    patch = pixels[:, top:bottom]
    down = (rows(bottom - top) + np.float32(top) - crest[None, :]) / np.float32(tall)
    across = columns(view.width) / np.float32(view.unit)
    scale = np.float32(400 / (0.25 + 0.75 * near))
    streaks = looked_up(texture, down * 68 + across * 90, across * scale)
    fine = looked_up(texture, down * 190 + across * 300, across * (scale * np.float32(3.4)))
    streaks = streaks * np.float32(0.66) + fine * np.float32(0.34)
    cover(patch, _body(view, down, streaks, line), _edge(down, tall) * step(3.0, 1.2, down))
    _foam(patch, view, (down, streaks, line), near)


def _crest(view: View, rng: np.random.Generator, period: float) -> Field:
    """Return the crest's height, 0…1: sharp above, round below, as water stands."""
    across = columns(view.width)[0] / np.float32(period)
    wander = swell(rng, view.width, period * 1.2, 3)
    wave = 1.06 - np.hypot(
        0.24, np.sin(np.pi * (across * 0.5 + wander * 0.9 + np.float32(rng.random())))
    )
    strength = swell(rng, view.width, period * 2.2, 2)
    crest: Field = wave**1.4 * (0.42 + 0.58 * strength)
    return crest


def _edge(down: Field, tall: float) -> Field:
    alpha: Field = np.clip(down * np.float32(tall) + 0.5, 0, 1)
    return alpha


def _body(view: View, down: Field, streaks: Field, line: Field) -> Pixels:
    """Colour a wave: light shines through its crest, the sky lies on its back."""
    own = view.scene.own.get(Subject.WATER)
    deep = lit(own or _DEEP, view.light, 0.75)
    night = view.time is Time.NIGHT
    through = blend(scaled(deep, 2.5), view.light.horizon, 0.25 if night else 0.55)
    sheen = blend(view.light.middle, view.light.horizon, 0.55)
    thin = np.exp(-np.maximum(down, 0) * 2.2) * (0.45 + 0.65 * line)[None, :]
    body: Pixels = rgb(scaled(deep, 0.95)) + 0 * thin
    cover(body, rgb(through), np.clip(thin * 0.95, 0, 1))
    cover(body, rgb(sheen), step(0.48, 0.72, streaks) * np.float32(0.36))
    body *= 0.62 + 0.72 * streaks
    _sparkle(body, view, streaks)
    return body


def _sparkle(body: Pixels, view: View, streaks: Field) -> None:
    """Lay the path of the low sun over the waves."""
    if view.glow == 0:
        return
    away = (columns(view.width) - np.float32(view.source[0])) / np.float32(view.unit * 0.16)
    path = np.exp(-(away**2)) * np.float32(0.75 * view.glow)
    cover(body, rgb(view.light.source), path * step(0.44, 0.64, streaks))


def _foam(patch: Pixels, view: View, place: tuple[Field, Field, Field], near: float) -> None:
    down, streaks, line = place
    white = blend(view.light.horizon, (0.96, 0.98, 1.0), 0.72)
    if view.time is Time.NIGHT:
        white = scaled(white, 0.66)
    high = step(0.22, 0.50, line)[None, :]
    cap = np.exp(-((np.maximum(down, 0) / 0.16) ** 2)) * high
    lace = np.exp(-np.maximum(down, 0) * 1.5) * high * step(0.48, 0.60, streaks)
    torn = np.clip(cap * (0.55 + 0.8 * streaks) + lace * 0.75, 0, 1) * (down > -0.02)
    cover(patch, rgb(white), (torn * np.float32(0.35 + 0.55 * near)).astype(np.float32))
