"""Vessels under sail: a sailing boat, a tall ship."""

import numpy as np

from image_generation.providers.procedural.buildings import shown
from image_generation.providers.procedural.canvas import Colour, Pixels
from image_generation.providers.procedural.sheet import Pen, Sheet
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Weather

_HULL: Colour = (0.34, 0.18, 0.13)
_SAIL: Colour = (0.98, 0.95, 0.88)


def paint_vessel(pixels: Pixels, view: View, where: tuple[float, float]) -> None:
    """Paint a tall ship where a ship is named, else a sailing boat."""
    tall_ship = view.scene.has(Subject.SHIP)
    size = min(view.unit * (0.30 if tall_ship else 0.22), where[1] * 0.8)
    sheet = Sheet.over(pixels, int(where[1] - size * 1.15), int(where[1]) + 1)
    pen = Pen(sheet, where, size, view.toward)
    hull = view.scene.own.get(Subject.BOAT, _HULL)
    (_ship if tall_ship else _boat)(view, pen, hull)
    sheet.lay()


def _bent(view: View, pen: Pen) -> float:
    """Return how far the masts lean, in lengths of the pen: more in a storm."""
    return 0.10 * pen.toward if Weather.STORM in view.scene.weather else 0.03


def _boat(view: View, pen: Pen, hull: Colour) -> None:
    lean = _bent(view, pen)
    rise = np.linspace(0.10, 0.94, 9)
    belly = 0.33 * (1 - ((rise - 0.10) / 0.86) ** 1.4) ** 0.9
    luff = [(0.012 + lean * float(y), float(y)) for y in rise]
    leech = [
        (0.012 + float(b) + lean * float(y), float(y)) for b, y in zip(belly, rise, strict=True)
    ]
    pen.shape([*luff, *leech[::-1]], shown(view, _SAIL, 1.0))
    jib = [(-0.012 + lean * 0.86, 0.86), (-0.30, 0.10), (-0.17, 0.13), (-0.012 + lean * 0.13, 0.13)]
    pen.shape(jib, shown(view, _SAIL, 0.5))
    dark = shown(view, (0.22, 0.16, 0.12), 0.4)
    pen.shape([(-0.008, 0.05), (0.008, 0.05), (0.006 + lean, 1.0), (-0.004 + lean, 1.0)], dark)
    _hull(view, pen, (0.34, 0.10), hull)


def _hull(view: View, pen: Pen, sides: tuple[float, float], albedo: Colour) -> None:
    half, high = sides
    outline = [
        (-half * 1.15, high * 1.15),
        (-half * 0.4, high * 0.86),
        (half * 0.5, high * 0.86),
        (half * 1.05, high * 1.1),
        (half * 0.86, 0.0),
        (-half * 0.80, 0.0),
    ]
    pen.shape(outline, shown(view, albedo, 0.30))
    pen.shape(
        [
            outline[1],
            outline[2],
            outline[3],
            (half * 0.98, high * 0.62),
            (-half * 0.9, high * 0.62),
            outline[0],
        ],
        shown(view, albedo, 0.95),
    )
    pen.box((-half * 0.96, half * 0.97), (high * 0.52, high * 0.62), shown(view, _SAIL, 0.8))


def _ship(view: View, pen: Pen, hull: Colour) -> None:
    dark = shown(view, (0.20, 0.15, 0.12), 0.4)
    lean = _bent(view, pen)
    pen.shape([(-0.48, 0.15), (-0.74, 0.27), (-0.73, 0.285), (-0.46, 0.17)], dark)
    for mast, tall in ((-0.30, 0.84), (0.0, 1.0), (0.29, 0.78)):
        pen.shape(
            [
                (mast - 0.009, 0.1),
                (mast + 0.009, 0.1),
                (mast + lean + 0.004, tall),
                (mast + lean - 0.004, tall),
            ],
            dark,
        )
        for low, high, wide in ((0.18, 0.44, 0.150), (0.46, 0.70, 0.125), (0.72, 0.90, 0.095)):
            _square_sail(view, pen, (mast + lean * high, low * tall, high * tall, wide * tall))
    foot = shown(view, _SAIL, 0.55)
    pen.shape([(-0.70, 0.26), (-0.33 + lean * 0.7, 0.66), (-0.42, 0.20)], foot)
    _hull(view, pen, (0.46, 0.15), hull)
    for port in np.linspace(-0.34, 0.36, 8):
        pen.dot((float(port), 0.105), (0.008, 0.008), (1.0, 0.80, 0.45) if view.lamps else dark)


def _square_sail(view: View, pen: Pen, sail: tuple[float, float, float, float]) -> None:
    x, low, high, wide = sail
    outline = [
        (x - wide * 0.86, high),
        (x + wide * 0.86, high),
        (x + wide * 1.06, (low + high) / 2),
        (x + wide, low),
        (x, low + (high - low) * 0.14),
        (x - wide, low),
        (x - wide * 0.80, (low + high) / 2),
    ]
    pen.shape(outline, shown(view, _SAIL, 0.55))
    pen.shape([(x, high), *outline[1:5]], shown(view, _SAIL, 1.0))
