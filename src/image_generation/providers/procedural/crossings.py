"""Ways across the land: bridges, roads, and water that falls."""

from itertools import pairwise

import numpy as np

from image_generation.providers.procedural.buildings import shown
from image_generation.providers.procedural.canvas import (
    Colour,
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
from image_generation.providers.procedural.sheet import Pen, Sheet
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject

_STONE: Colour = (0.62, 0.57, 0.50)
_STEEL: Colour = (0.66, 0.25, 0.18)
_EARTH: Colour = (0.66, 0.55, 0.41)
_LAMP: Colour = (1.0, 0.86, 0.52)


def paint_bridge(pixels: Pixels, view: View, foot: int) -> None:
    """Paint a bridge from edge to edge: hung from towers before a city, else on stone arches."""
    size = min(view.unit, foot * 1.1)
    sheet = Sheet.over(pixels, int(foot - size * 0.55), foot)
    pen = Pen(sheet, (view.third, float(foot)), size, 1)
    if view.scene.has(Subject.CITY):
        _hung_bridge(view, pen)
    else:
        _arched_bridge(view, pen)
    sheet.lay()


def _ends(view: View, pen: Pen) -> tuple[float, float]:
    return -pen.foot[0] / pen.size - 0.1, (view.width - pen.foot[0]) / pen.size + 0.1


def _arched_bridge(view: View, pen: Pen) -> None:
    stone = view.scene.own.get(Subject.BRIDGE, _STONE)
    left, right = _ends(view, pen)
    deck, span, pier = 0.20, 0.26, 0.045
    face, under = shown(view, stone, 0.72), shown(view, stone, 0.10)
    first = np.floor(left / span) * span
    for start in np.arange(first, right, span):
        turn = np.linspace(0, np.pi, 25)
        half, middle = (span - pier) / 2, float(start) + span / 2
        for shift, depth, tone in ((0.0, deck - 0.035, face), (0.012, deck - 0.055, under)):
            high = depth - 0.03
            arch = [
                (middle + shift - half * float(np.cos(t)), high * float(np.sin(t)) ** 0.8)
                for t in turn
            ]
            outer = [(middle + span / 2, 0.0), (middle + span / 2, deck), (middle - span / 2, deck)]
            if shift == 0:
                inner = [(middle - span / 2, 0.0), *arch, *outer]
                pen.shape(inner, tone)
                band = [(x, y + 0.012) for x, y in arch]
                pen.shape([*arch, *band[::-1]], under)
        pen.box(
            (float(start) - pier * 0.6, float(start) + pier * 0.6),
            (0, 0.05),
            shown(view, stone, 0.5),
        )
    pen.box((left, right), (deck, deck + 0.022), shown(view, stone, 0.95))
    pen.box((left, right), (deck - 0.010, deck), under)
    for post in np.arange(first, right, span):
        _street_lamp(view, pen, (float(post), deck + 0.02))


def _street_lamp(view: View, pen: Pen, where: tuple[float, float]) -> None:
    x, y = where
    pen.box((x - 0.003, x + 0.003), (y, y + 0.055), shown(view, (0.15, 0.15, 0.17), 0.4))
    pen.dot((x, y + 0.06), (0.009, 0.009), _LAMP if view.lamps else shown(view, (0.8, 0.8, 0.8), 1))


def _hung_bridge(view: View, pen: Pen) -> None:
    steel = view.scene.own.get(Subject.BRIDGE, _STEEL)
    left, right = _ends(view, pen)
    bright, dark = shown(view, steel, 0.95), shown(view, steel, 0.25)
    towers = (-0.10, 0.62) if pen.foot[0] < view.width / 2 else (-0.62, 0.10)
    high, deck = 0.46, 0.11
    knots = np.array([left - 0.4, *towers, right + 0.4])
    x = np.arange(left, right, 0.018)
    nearest = np.abs(x[:, None] - knots[None, 1:3]).min(axis=1)
    sag = np.clip(nearest / 0.36, 0, 1)
    cable = deck + 0.025 + (high - deck - 0.03) * (1 - sag) ** 2
    for start, (a, b) in enumerate(pairwise(cable)):
        p, q = float(x[start]), float(x[start + 1])
        pen.shape(
            [(p, float(a)), (q, float(b)), (q, float(b) + 0.007), (p, float(a) + 0.007)], bright
        )
        if start % 2 == 0:
            pen.box((p - 0.0012, p + 0.0012), (deck, float(a)), dark)
    pen.box((left, right), (deck - 0.016, deck), dark)
    pen.box((left, right), (deck, deck + 0.012), bright)
    for tower in towers:
        for leg in (-0.022, 0.012):
            pen.box((tower + leg, tower + leg + 0.012), (0, high + 0.012), dark)
            pen.box((tower + leg + 0.006, tower + leg + 0.012), (0, high + 0.012), bright)
        for bar in (0.18, 0.29, 0.40, 0.45):
            pen.box((tower - 0.022, tower + 0.024), (bar, bar + 0.016), bright)
    if view.lamps:
        for spot in np.arange(left, right, 0.06):
            pen.dot((float(spot), deck + 0.018), (0.004, 0.004), _LAMP)


def road_at(view: View, y: Field) -> tuple[Field, Field]:
    """Return a winding road's middle and half width, in pixels, for rows below the horizon."""
    rng = view.rng("road")
    share = np.clip((y - np.float32(view.horizon)) / np.float32(view.height - view.horizon), 0, 1)
    far = 0.5 * view.width + (view.third - 0.5 * view.width) * 0.75
    near = view.width * (0.5 + rng.uniform(-0.08, 0.08))
    turn = 1 if rng.random() < 0.5 else -1
    bend = np.sin(share**0.6 * np.float32(np.pi * 2.0)) * (1 - share) ** 0.5
    middle = far + (near - far) * share + turn * bend * np.float32(view.unit * 0.13)
    half = np.float32(view.unit) * (0.004 + 0.155 * share**1.5)
    return middle.astype(np.float32), half.astype(np.float32)


def paint_road(pixels: Pixels, view: View, top: int) -> None:
    """Lay the road over the ground from row `top` down, with two ruts and soft verges."""
    y = rows(view.height - top) + np.float32(top)
    middle, half = road_at(view, y)
    across = (columns(view.width) - middle) / half
    texture = tile(view.rng("road ground"), 256, 6)
    depth = np.float32(4000) / (y - np.float32(view.horizon) + np.float32(view.unit * 0.03))
    grain = looked_up(texture, depth * 9, across * 22 + depth)
    own = view.scene.own.get(Subject.ROAD, _EARTH)
    albedo = blend((0.86, 0.90, 0.97), own, 0.18) if view.snowy else own
    share = (y - np.float32(view.horizon)) / np.float32(max(view.height - view.horizon, 1))
    near = np.clip(0.45 + share, 0, 1)
    bright, haze = rgb(lit(albedo, view.light)), rgb(view.light.haze)
    dark = rgb(lit(scaled(albedo, 0.62), view.light, 0.4))
    rut = np.exp(-(((np.abs(across) - 0.52) / 0.16) ** 2)) * 0.55
    layer = bright + (dark - bright) * np.clip(rut + 0.75 * (0.6 - grain), 0, 1)
    layer = haze + (layer - haze) * near
    edge = 1 - np.abs(across) + (grain - 0.5) * 0.35
    cover(pixels[:, top:], layer, (step(0.0, 0.16, edge) * np.float32(0.94)).astype(np.float32))


def paint_fall(pixels: Pixels, view: View, place: tuple[float, int, float]) -> None:
    """Paint the fall itself: streaks that spread as they drop, and spray at the foot."""
    x, foot, tall = place
    top = max(int(foot - tall), 0)
    down: Field = (rows(foot - top) / np.float32(tall)).clip(0, 1)
    out = (columns(view.width) - np.float32(x)) / np.float32(view.unit)
    wander = (swell(view.rng("fall"), foot - top, tall * 0.25, 3) - 0.5)[:, None] * np.float32(0.02)
    across = (out - wander) / (0.045 + 0.045 * down**1.5)
    texture = tile(view.rng("fall threads"), 256, 6)
    bow = (down * 30 - np.abs(across) * 6).astype(np.float32)
    threads = looked_up(texture, bow, (across * 46 + 512).astype(np.float32))
    body = step(1.0, 0.62, np.abs(across) + (threads - 0.5) * 0.55)
    white = blend(lit((0.97, 0.99, 1.0), view.light), view.light.horizon, 0.25)
    shade = blend(lit((0.50, 0.62, 0.72), view.light, 0.6), view.light.haze, 0.2)
    layer = rgb(shade) + (rgb(scaled(white, 1.12)) - rgb(shade)) * step(0.25, 0.75, threads)
    cover(pixels[:, top:foot], layer, (body * np.float32(0.94)).astype(np.float32))
    mist_top = max(int(foot - view.unit * 0.22), 0)
    up = (np.float32(foot) - rows(view.height - mist_top) - np.float32(mist_top)) / view.unit
    drift = 0.6 + 0.8 * swell(view.rng("spray"), view.width, view.unit * 0.12, 3)[None, :]
    mist = np.exp(-((up / 0.075) ** 2) - (out / 0.21) ** 2) * drift
    cover(
        pixels[:, mist_top:],
        rgb(scaled(white, 1.1)),
        np.clip(mist * 0.8, 0, 0.85).astype(np.float32),
    )
