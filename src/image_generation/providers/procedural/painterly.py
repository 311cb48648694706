"""Finishes by brush: bold strokes, and oil with its relief."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blurred,
    columns,
    from_picture,
    luma,
    resized,
    rows,
    saturate,
    shrunk,
    to_picture,
)
from image_generation.providers.procedural.noise import Grain, fractal, looked_up
from image_generation.providers.procedural.view import View

_SHAPE = np.array(
    [(-1.0, 0.0), (-0.82, -0.8), (0.2, -1.0), (0.85, -0.7), (1.0, 0.1), (0.7, 0.9), (-0.75, 0.75)]
)
"""The outline of a stroke: half lengths along it, half widths across."""

_MOST = 8000  # strokes of one brush


@dataclass(frozen=True, slots=True)
class Brush:
    """A brush: its stroke's half length and half width in pixels, and how colours stray.

    It is used where the painting is off by more than `error` (0…1, summed over the channels).
    """

    long: float
    wide: float
    stray: float
    error: float = 0.0


def artistic(pixels: Pixels, view: View) -> Pixels:
    """Finish with bold brushstrokes in strong colour."""
    pixels = np.clip(saturate(pixels, 1.30), 0, 1)
    angle = _directions(pixels, view, 0.75)
    unit = view.unit
    brushes = (
        Brush(unit / 9, unit / 26, 0.050),
        Brush(unit / 16, unit / 54, 0.040, error=0.10),
        Brush(unit / 34, unit / 110, 0.030, error=0.16),
        Brush(unit / 74, unit / 230, 0.015, error=0.22),
    )
    painted = _strokes(pixels, view, angle, brushes)
    hairs = _hairs(view, angle)
    painted *= 1 + (hairs - 0.5) * np.float32(0.30)
    return painted


def oil_painting(pixels: Pixels, view: View) -> Pixels:
    """Finish in oil: short strokes along the forms, relief in the paint, canvas beneath."""
    pixels = np.clip(saturate(pixels, 1.14), 0, 1)
    angle = _directions(pixels, view, 0.35)
    unit = view.unit
    brushes = (
        Brush(unit / 18, unit / 46, 0.035),
        Brush(unit / 30, unit / 88, 0.032, error=0.07),
        Brush(unit / 52, unit / 160, 0.022, error=0.13),
        Brush(unit / 100, unit / 320, 0.012, error=0.18),
    )
    painted = _strokes(pixels, view, angle, brushes)
    hairs = _hairs(view, angle)
    height = luma(painted) * np.float32(0.9) + hairs * np.float32(0.50)
    slope = height - np.roll(height, (1, 1), axis=(0, 1))
    painted *= 1 + np.clip(slope * np.float32(0.90), -0.28, 0.32)
    painted += np.clip(slope - 0.10, 0, 0.2) * np.float32(0.55)
    return painted * _canvas(view)


def _canvas(view: View) -> Field:
    """Return the weave of canvas, around 1."""
    period = max(3.0, view.unit / 260)
    warp = np.sin(columns(view.width) * np.float32(2 * np.pi / period))
    weft = np.sin(rows(view.height) * np.float32(2 * np.pi / period))
    weave: Field = 1 + np.float32(0.035) * warp * weft
    return weave


def _directions(pixels: Pixels, view: View, freedom: float) -> Field:
    """Return the angle strokes follow, at an eighth of the size: along the forms, with a sway."""
    factor = 8
    tone = luma(blurred(shrunk(pixels, factor), 3))
    down, across = np.gradient(tone)
    sway = fractal(view.rng("sway"), tone.shape, Grain(view.unit / 18, view.unit / 18, 2)) - 0.5
    along_x, along_y = -down, across
    flip = np.where(along_x < 0, -1.0, 1.0)
    # Where no form leads the brush it follows the sway, along the horizon.
    edge = np.hypot(down, across)
    loose = np.float32(freedom) * np.float32(0.004)
    led = edge / (edge + loose)
    angle = np.arctan2(along_y * flip, along_x * flip + loose)
    turned: Field = angle + sway * (1 - np.float32(0.85) * led) * np.float32(3.0)
    return turned.astype(np.float32)


def _strokes(pixels: Pixels, view: View, angle: Field, brushes: tuple[Brush, ...]) -> Pixels:
    """Paint the picture anew in strokes, coarse to fine (after Hertzmann 1998)."""
    picture = to_picture(blurred(pixels, view.unit / 60))
    for number, brush in enumerate(brushes):
        rng = view.rng(f"brush {number}")
        x, y = _places(view, brush, rng)
        calm = blurred(pixels, max(brush.wide * 0.6, 1))
        source = calm[:, y, x]
        if brush.error:
            off = np.abs(source - from_picture(picture)[:, y, x]).sum(axis=0)
            worst = np.argsort(-off, kind="stable")[: min(int((off > brush.error).sum()), _MOST)]
            worst = np.sort(worst)
            x, y, source = x[worst], y[worst], source[:, worst]
        if len(x):
            turn = angle[y // 8, x // 8]
            reach = _reach(calm, brush, (x, y, turn))
            _draw(picture, brush, (x, y, turn), (source, reach, rng))
    return from_picture(picture)


def _places(
    view: View, brush: Brush, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return columns and rows for strokes, jittered on a grid, in the order they are laid."""
    gap = max(brush.wide * 1.15, 2.0)
    across, down = int(view.width / gap) + 1, int(view.height / gap) + 1
    x = (np.arange(across)[None, :] + rng.uniform(-0.5, 1.5, (down, across))) * gap
    y = (np.arange(down)[:, None] + rng.uniform(-0.5, 1.5, (down, across))) * gap
    order = rng.permutation(x.size)[: int(x.size * 0.8)]
    return (
        np.clip(x.ravel()[order], 0, view.width - 1).astype(np.intp),
        np.clip(y.ravel()[order], 0, view.height - 1).astype(np.intp),
    )


def _reach(calm: Pixels, brush: Brush, places: "_Places") -> Field:
    """Return how long each stroke may be, 0.25…1: it stops where the colour changes."""
    x, y, angle = places
    here = calm[:, y, x]
    change = np.zeros(len(x), dtype=np.float32)
    for way in (-0.8, -0.4, 0.4, 0.8):
        far = np.float32(way * brush.long)
        there_x = np.clip(x + np.cos(angle) * far, 0, calm.shape[2] - 1).astype(np.intp)
        there_y = np.clip(y + np.sin(angle) * far, 0, calm.shape[1] - 1).astype(np.intp)
        change = np.maximum(change, np.abs(calm[:, there_y, there_x] - here).sum(axis=0))
    reach: Field = np.clip(1.15 - change * np.float32(1.6), 0.25, 1)
    return reach


_Places = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Field]


def _draw(
    picture: Image.Image,
    brush: Brush,
    places: _Places,
    ink: tuple[Pixels, Field, np.random.Generator],
) -> None:
    x, y, angle = places
    source, reach, rng = ink
    count = len(x)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    long = brush.long * rng.uniform(0.7, 1.3, (count, 1)) * reach[:, None]
    wide = brush.wide * rng.uniform(0.7, 1.25, (count, 1))
    along, aside = _SHAPE[None, :, 0] * long, _SHAPE[None, :, 1] * wide
    aside = aside + (along / brush.long) ** 2 * wide * rng.uniform(-0.6, 0.6, (count, 1))
    points = np.stack(
        [x[:, None] + along * cos - aside * sin, y[:, None] + along * sin + aside * cos], axis=2
    ).reshape(count, -1)
    # Colours stray in proportion to their light, else dark places turn to confetti.
    power = 0.25 + source.mean(axis=0, keepdims=True)
    stray = rng.normal(0, brush.stray, (1, count)) + rng.normal(0, brush.stray * 0.4, (3, count))
    tone = source + stray * power * 1.4
    inks = (np.clip(tone, 0, 1) * 255).astype(np.uint8).T.tolist()
    draw = ImageDraw.Draw(picture)
    for outline, colour in zip(points.tolist(), inks, strict=True):
        draw.polygon(outline, fill=tuple(colour))


def _hairs(view: View, angle: Field) -> Field:
    """Return noise smeared along the strokes, 0…1 (line integral convolution, half size)."""
    height, width = max(2, view.height // 2), max(2, view.width // 2)
    noise = view.rng("hairs").random((height, width), dtype=np.float32)
    wide = resized(angle, height, width)
    step_x, step_y = np.cos(wide), np.sin(wide)
    x = columns(width) + np.zeros((height, 1), dtype=np.float32)
    y = rows(height) + np.zeros((1, width), dtype=np.float32)
    total = noise.copy()
    for _ in range(9):
        x, y = x + step_x, y + step_y
        total += looked_up(noise, y, x)
    total = np.clip((total / 10 - 0.5) * np.float32(3.0) + 0.5, 0, 1)
    return resized(total, view.height, view.width)
