"""Buildings that stand alone: lighthouse, houses, castle."""

from itertools import pairwise

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Pixels,
    blend,
    columns,
    glow,
    rows,
    scaled,
)
from image_generation.providers.procedural.palette import lit
from image_generation.providers.procedural.sheet import Pen, Sheet
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time

_LAMP: Colour = (1.0, 0.86, 0.52)
_WHITE: Colour = (0.96, 0.95, 0.92)
_RED: Colour = (0.78, 0.15, 0.13)
_ROOF: Colour = (0.50, 0.24, 0.18)
_SNOW: Colour = (0.93, 0.96, 1.0)
_LANTERN = 0.79  # where the lamp is, as a share of a lighthouse's height
_PLASTERS: tuple[Colour, ...] = (
    (0.90, 0.84, 0.74),
    (0.74, 0.52, 0.40),
    (0.62, 0.44, 0.32),
    (0.84, 0.76, 0.62),
)


def shown(view: View, albedo: Colour, share: float) -> Colour:
    """Return the colour of a near surface; `share` 0 is full shade, 1 full light."""
    # Snow and plaster take up more of a dark sky's light than the ground does.
    ambient = scaled(lit(albedo, view.light, share), 1.18 if view.light.level > 0.4 else 1.5)
    return blend(ambient, blend(view.light.haze, view.light.horizon, 0.5), 0.07)


def shine(pixels: Pixels, where: tuple[float, float], radius: float, power: float) -> None:
    """Let a lamp shine into the air around it."""
    reach = radius * 3
    x, y = where
    top, left = max(int(y - reach), 0), max(int(x - reach), 0)
    patch = pixels[:, top : max(int(y + reach), 0), left : max(int(x + reach), 0)]
    away = np.hypot(
        columns(patch.shape[2]) + np.float32(left - x), rows(patch.shape[1]) + np.float32(top - y)
    )
    light = np.exp(-((away / np.float32(radius)) ** 2)) * np.float32(power)
    glow(patch, _LAMP, light + np.exp(-away * np.float32(5 / radius)) * np.float32(power * 0.6))


def paint_beams(pixels: Pixels, view: View, stand: tuple[float, float], size: float) -> None:
    """Send two beams from a lighthouse's lamp through the dusk."""
    x, y = stand[0], stand[1] - size * _LANTERN
    out = (columns(view.width) - np.float32(x)) / np.float32(view.unit)
    up = (np.float32(y) - rows(view.height)) / np.float32(view.unit)
    tilt = float(view.rng("beam").uniform(0.05, 0.16))
    power = 0.62 if view.time is Time.NIGHT else 0.46
    along = out * np.float32(np.cos(tilt)) + up * np.float32(np.sin(tilt)) * -view.toward
    aside = up * np.float32(np.cos(tilt)) + out * np.float32(np.sin(tilt)) * view.toward
    far = np.abs(along)
    cone = np.exp(-((aside / (0.008 + 0.085 * far)) ** 2)) * np.exp(-far * 1.5)
    cone *= np.where(along * view.toward > 0, 1.0, 0.7)
    glow(pixels, _LAMP, cone.astype(np.float32) * np.float32(power))


def paint_lighthouse(pixels: Pixels, view: View, stand: tuple[float, float], size: float) -> None:
    """Paint a banded tower with gallery, lantern and a keeper's house."""
    sheet = Sheet.over(pixels, int(stand[1] - size * 1.05), int(stand[1]) + 2)
    pen = Pen(sheet, stand, size, view.toward)
    _cottage(
        view,
        Pen(sheet, (stand[0] - view.toward * size * 0.21, stand[1]), size * 0.21, -view.toward),
        _WHITE,
    )
    own = view.scene.own.get(Subject.LIGHTHOUSE, _RED)
    for number, (low, high) in enumerate(((0, 0.2), (0.2, 0.37), (0.37, 0.54), (0.54, 0.70))):
        _drum(view, pen, (low, high), own if number % 2 else _WHITE)
    dark = shown(view, (0.16, 0.15, 0.18), 0.5)
    for up in (0.16, 0.33, 0.50):
        pen.box((-0.008, 0.012), (up, up + 0.03), _LAMP if view.lamps else dark)
    pen.box((-0.020, 0.024), (0, 0.065), dark)
    pen.box((-0.074, 0.074), (0.70, 0.725), shown(view, (0.30, 0.28, 0.30), 0.4))
    pen.box((-0.070, 0.070), (0.745, 0.750), dark)
    for rail in np.linspace(-0.070, 0.066, 8):
        pen.box((float(rail), float(rail) + 0.004), (0.725, 0.75), dark)
    lamp = (1.0, 0.95, 0.74) if view.lamps else shown(view, (0.70, 0.80, 0.86), 0.8)
    pen.box((-0.040, 0.040), (0.725, 0.845), lamp)
    for bar in (-0.040, -0.014, 0.010, 0.036):
        pen.box((bar, bar + 0.005), (0.725, 0.845), dark)
    roof = shown(view, own, 0.35)
    pen.shape([(-0.056, 0.845), (-0.034, 0.885), (0, 0.925), (0.034, 0.885), (0.056, 0.845)], roof)
    pen.shape([(0.0, 0.845), (0, 0.925), (0.034, 0.885), (0.056, 0.845)], shown(view, own, 0.95))
    pen.box((-0.003, 0.003), (0.92, 0.985), dark)
    sheet.lay()


def shine_lighthouse(pixels: Pixels, view: View, stand: tuple[float, float], size: float) -> None:
    """Let the lantern glow."""
    shine(pixels, (stand[0], stand[1] - size * _LANTERN), size * 0.12, 0.85)


def _drum(view: View, pen: Pen, up: tuple[float, float], albedo: Colour) -> None:
    """Draw a round, tapering piece of tower, shaded in strips from dark to light."""
    low, high = (0.082 - 0.046 * (share / 0.70) ** 0.8 for share in up)
    edges = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 15))
    for left, right in pairwise(edges):
        middle = (left + right) / 2
        share = float(np.clip(0.46 + 0.62 * middle - 0.22 * max(middle - 0.6, 0), 0.05, 1))
        strip = [
            (float(left) * low, up[0]),
            (float(left) * high, up[1]),
            (float(right) * high, up[1]),
            (float(right) * low, up[0]),
        ]
        pen.shape(strip, shown(view, albedo, share))


def paint_houses(pixels: Pixels, view: View, foot: int, side: int) -> None:
    """Paint one house at the third, or a village with a church.

    A village spreads over the ground, or on a headland toward its `side` (1 or -1).
    """
    if not view.scene.has(Subject.VILLAGE):
        places = [(view.third, float(foot), view.unit * 0.19)]
    else:
        places = _village(view, foot, side)
    sheet = Sheet.over(pixels, int(foot - view.unit * 0.6), view.height)
    rng = view.rng("houses")
    pens = [Pen(sheet, (x, y), size, view.toward) for x, y, size in places]
    for number, pen in enumerate(pens):
        plaster = _PLASTERS[int(rng.integers(len(_PLASTERS)))]
        own = view.scene.own.get(Subject.HOUSE, plaster)
        _house(view, pen, own, steeple=len(pens) > 1 and number == 2)
    sheet.lay()
    if view.lamps:
        for pen in pens:
            shine(pixels, pen.at((0.25, 0.25)), pen.size * 0.75, 0.24 / len(pens) ** 0.5)


def _village(view: View, foot: int, side: int) -> list[tuple[float, float, float]]:
    rng = view.rng("village")
    count = int(np.clip(9 * view.width / view.unit, 5, 24))
    places = []
    across = (rng.permutation(count) + rng.uniform(0.25, 0.75, count)) / count
    middle, wide = 0.25 * view.width + 0.5 * view.third, 0.72
    room = view.height - view.horizon
    if side:
        wide, room = 0.34, 0
        middle = view.third + side * 0.15 * view.width
    for near, share in zip(np.linspace(0, 1, count), across, strict=True):
        x = middle + (float(share) - 0.5) * view.width * wide
        size = view.unit * (0.075 + 0.085 * near) * rng.uniform(0.85, 1.15)
        places.append((x, float(foot - room * 0.16 * (1 - near)), float(size)))
    return places


def _house(view: View, pen: Pen, albedo: Colour, *, steeple: bool = False) -> None:
    """Draw a gabled house from its corner: the gable toward the light, the long side in shade."""
    if steeple:
        _steeple(view, pen)
    _cottage(view, pen, albedo)


def _cottage(view: View, pen: Pen, albedo: Colour) -> None:
    bright, dark = shown(view, albedo, 0.95), shown(view, albedo, 0.28)
    roof = _SNOW if view.snowy else _ROOF
    pen.box((0.62, 0.70), (0.5, 0.98), shown(view, _ROOF, 0.4))
    pen.box((-0.75, 0.10), (0, 0.42), dark)
    pen.shape([(0.10, 0), (0.10, 0.42), (0.42, 0.80), (0.74, 0.42), (0.74, 0)], bright)
    slope = [(-0.82, 0.38), (-0.46, 0.84), (0.42, 0.84), (0.08, 0.38)]
    pen.shape(slope, shown(view, roof, 0.55))
    pen.shape([(0.80, 0.36), (0.42, 0.78), (0.42, 0.86), (0.85, 0.39)], shown(view, roof, 1.0))
    pen.shape([(0.05, 0.36), (0.42, 0.78), (0.42, 0.86), (0.0, 0.36)], shown(view, roof, 0.75))
    glass = _LAMP if view.lamps else shown(view, (0.25, 0.30, 0.38), 0.5)
    for x in (-0.60, -0.26):
        pen.box((x, x + 0.16), (0.14, 0.32), glass)
    pen.box((0.20, 0.34), (0.15, 0.33), glass)
    pen.box((0.37, 0.47), (0.48, 0.60), glass)
    pen.box((0.50, 0.64), (0, 0.32), shown(view, (0.34, 0.20, 0.14), 0.5))


def _steeple(view: View, pen: Pen) -> None:
    stone = (0.84, 0.80, 0.74)
    pen.box((0.26, 0.42), (0, 1.35), shown(view, stone, 0.3))
    pen.box((0.42, 0.60), (0, 1.35), shown(view, stone, 0.95))
    roof = _SNOW if view.snowy else (0.30, 0.34, 0.38)
    pen.shape([(0.22, 1.35), (0.43, 2.15), (0.43, 1.35)], shown(view, roof, 0.3))
    pen.shape([(0.43, 1.35), (0.43, 2.15), (0.64, 1.35)], shown(view, roof, 0.9))
    pen.box((0.47, 0.54), (0.98, 1.16), _LAMP if view.lamps else shown(view, (0.2, 0.2, 0.2), 0.5))


def paint_castle(pixels: Pixels, view: View, stand: tuple[float, float], size: float) -> None:
    """Paint a castle: walls with battlements, round towers with pointed roofs, a keep."""
    sheet = Sheet.over(pixels, int(stand[1] - size * 1.3), int(stand[1] + size * 0.12))
    pen = Pen(sheet, stand, size, view.toward)
    stone = view.scene.own.get(Subject.CASTLE, (0.70, 0.65, 0.58))
    _round_tower(view, pen, (0.06, 0.090, 1.00), stone)
    _round_tower(view, pen, (-0.14, 0.070, 0.78), stone)
    _round_tower(view, pen, (0.25, 0.055, 0.66), stone)
    _battlements(view, pen, (-0.30, 0.36, 0.48), stone)
    _round_tower(view, pen, (-0.30, 0.075, 0.60), stone)
    _round_tower(view, pen, (0.38, 0.080, 0.56), stone)
    _battlements(view, pen, (-0.52, 0.58, 0.28), scaled(stone, 0.92))
    _round_tower(view, pen, (-0.54, 0.060, 0.40), stone)
    _round_tower(view, pen, (0.60, 0.060, 0.42), stone)
    _gate(view, pen)
    sheet.lay()
    if view.lamps:
        shine(pixels, pen.at((0.02, 0.30)), size * 0.45, 0.16)


def _gate(view: View, pen: Pen) -> None:
    gate = shown(view, (0.18, 0.13, 0.10), 0.4)
    pen.box((-0.05, 0.07), (-0.08, 0.10), gate)
    pen.dot((0.01, 0.10), (0.06, 0.06), gate)
    glass = _LAMP if view.lamps else gate
    for x, y in ((-0.20, 0.36), (-0.06, 0.38), (0.10, 0.37), (0.25, 0.36), (0.04, 0.72)):
        pen.box((x, x + 0.022), (y, y + 0.05), glass)
    for x, y in ((0.09, 0.60), (-0.13, 0.58), (-0.30, 0.50), (0.39, 0.48), (0.60, 0.30)):
        pen.box((x, x + 0.018), (y, y + 0.045), glass)


def _battlements(view: View, pen: Pen, wall: tuple[float, float, float], stone: Colour) -> None:
    left, right, high = wall
    face = shown(view, stone, 0.62)
    pen.box((left, right), (-0.10, high), face)
    for x in np.arange(left, right - 0.02, 0.05):
        pen.box((float(x), float(x) + 0.028), (high, high + 0.035), face)
    pen.box((left, right), (high - 0.035, high - 0.022), shown(view, stone, 0.25))


def _round_tower(view: View, pen: Pen, tower: tuple[float, float, float], stone: Colour) -> None:
    middle, radius, high = tower
    edges = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 10))
    for left, right in pairwise(edges):
        share = float(np.clip(0.48 + 0.6 * (left + right) / 2, 0.05, 1))
        sides = (middle + float(left) * radius, middle + float(right) * radius)
        pen.box(sides, (-0.10, high), shown(view, stone, share))
        ledge = (middle + float(left) * radius * 1.18, middle + float(right) * radius * 1.18)
        pen.box(ledge, (high - 0.05, high), shown(view, stone, share * 0.85))
    roof = _SNOW if view.snowy else (0.24, 0.30, 0.42)
    tip = (middle, high + radius * 3.1)
    out = radius * 1.3
    pen.shape([(middle - out, high), tip, (middle + out, high)], shown(view, roof, 0.25))
    pen.shape([(middle + out * 0.1, high), tip, (middle + out, high)], shown(view, roof, 0.95))
