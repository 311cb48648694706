"""Finishes by brush: bold strokes, oil with its relief, watercolour."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blurred,
    columns,
    from_picture,
    luma,
    resized,
    resized_planes,
    rgb,
    rows,
    saturate,
    shrunk,
    step,
    to_picture,
)
from image_generation.providers.procedural.noise import Grain, fractal, looked_up, tile
from image_generation.providers.procedural.view import View

_SHAPE = np.array(
    [(-1.0, 0.0), (-0.82, -0.8), (0.2, -1.0), (0.85, -0.7), (1.0, 0.1), (0.7, 0.9), (-0.75, 0.75)]
)
"""The outline of a stroke: half lengths along it, half widths across."""


@dataclass(frozen=True, slots=True)
class Brush:
    """A brush: its stroke's half length and half width in pixels, and how colours stray."""

    long: float
    wide: float
    stray: float
    only_details: bool = False


def artistic(pixels: Pixels, view: View) -> Pixels:
    """Finish with bold brushstrokes in strong colour."""
    pixels = np.clip(saturate(pixels, 1.28), 0, 1)
    angle = _directions(pixels, view, 0.75)
    unit = view.unit
    brushes = (
        Brush(unit / 13, unit / 40, 0.045),
        Brush(unit / 20, unit / 66, 0.045),
        Brush(unit / 44, unit / 160, 0.030, only_details=True),
    )
    painted = _strokes(pixels, view, angle, brushes)
    hairs = _hairs(view, angle)
    painted *= 1 + (hairs - 0.5) * np.float32(0.34)
    return painted


def oil_painting(pixels: Pixels, view: View) -> Pixels:
    """Finish in oil: short strokes along the forms, relief in the paint, canvas beneath."""
    pixels = np.clip(saturate(pixels, 1.12), 0, 1)
    angle = _directions(pixels, view, 0.35)
    unit = view.unit
    brushes = (
        Brush(unit / 30, unit / 84, 0.035),
        Brush(unit / 48, unit / 150, 0.040),
        Brush(unit / 80, unit / 270, 0.030, only_details=True),
    )
    painted = _strokes(pixels, view, angle, brushes)
    hairs = _hairs(view, angle)
    height = luma(painted) * np.float32(0.9) + hairs * np.float32(0.55)
    slope = height - np.roll(height, (1, 1), axis=(0, 1))
    painted *= 1 + np.clip(slope * np.float32(0.95), -0.30, 0.34)
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
    firm = 0.006 + np.float32(freedom) * 0.01
    turned: Field = np.arctan2(along_y * flip, along_x * flip + firm) + sway * np.float32(2.2)
    return turned.astype(np.float32)


def _strokes(pixels: Pixels, view: View, angle: Field, brushes: tuple[Brush, ...]) -> Pixels:
    """Paint the picture anew in strokes, coarse to fine (after Hertzmann 1998)."""
    picture = to_picture(blurred(pixels, view.unit / 60))
    for number, brush in enumerate(brushes):
        rng = view.rng(f"brush {number}")
        x, y = _places(view, brush, rng)
        source = blurred(pixels, max(brush.wide * 0.5, 1))[:, y, x]
        if brush.only_details:
            there = from_picture(picture)[:, y, x]
            off = np.abs(source - there).sum(axis=0) > 0.10
            x, y, source = x[off], y[off], source[:, off]
        _draw(picture, brush, (x, y, angle[y // 8, x // 8]), (source, rng))
    return from_picture(picture)


def _places(
    view: View, brush: Brush, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    gap = max(brush.wide * (1.25 if not brush.only_details else 1.5), 2.0)
    across, down = int(view.width / gap) + 1, int(view.height / gap) + 1
    x = (np.arange(across)[None, :] + rng.uniform(-0.5, 1.5, (down, across))) * gap
    y = (np.arange(down)[:, None] + rng.uniform(-0.5, 1.5, (down, across))) * gap
    order = rng.permutation(x.size)
    share = 0.55 if not brush.only_details else 1.0
    order = order[: int(x.size * share)]
    return (
        np.clip(x.ravel()[order], 0, view.width - 1).astype(np.intp),
        np.clip(y.ravel()[order], 0, view.height - 1).astype(np.intp),
    )


_Places = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Field]


def _draw(
    picture: Image.Image, brush: Brush, places: _Places, ink: tuple[Pixels, np.random.Generator]
) -> None:
    x, y, angle = places
    source, rng = ink
    count = len(x)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    long = brush.long * rng.uniform(0.7, 1.3, (count, 1))
    wide = brush.wide * rng.uniform(0.7, 1.25, (count, 1))
    along, aside = _SHAPE[None, :, 0] * long, _SHAPE[None, :, 1] * wide
    aside = aside + (along / brush.long) ** 2 * wide * rng.uniform(-0.6, 0.6, (count, 1))
    points = np.stack(
        [x[:, None] + along * cos - aside * sin, y[:, None] + along * sin + aside * cos], axis=2
    ).reshape(count, -1)
    tone = (
        source
        + rng.normal(0, brush.stray, (1, count))
        + rng.normal(0, brush.stray * 0.4, (3, count))
    )
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


def watercolor(pixels: Pixels, view: View) -> Pixels:
    """Finish in watercolour: washes that bleed, dark rims, granulation, paper left white."""
    rng = view.rng("watercolor")
    paper = _paper(view)
    factor = max(2, int(view.unit / 300))
    small = shrunk(pixels, factor)
    washes = _bleed(small, view, factor)
    tone = luma(washes)
    _, height, width = washes.shape
    # Water carries pigment to the rim of each wash: dark where tone changes.
    down, across = np.gradient(tone)
    rim = np.clip(np.hypot(down, across) * 5.0 - 0.04, 0, 0.5)
    pools = fractal(rng, (height, width), Grain(height / 4, width / 4, 6, 0.55))
    pigment = (1 - washes) * (0.80 + 0.5 * (pools - 0.5))[None] + rim * np.float32(0.55)
    mask = _brushed_area(rng, (height, width))
    rim_mask = np.clip(mask * (1 - mask) * 4, 0, 1)
    pigment = pigment * np.float32(1.12) * mask * (1 + 0.5 * rim_mask)
    full = resized_planes(pigment, view.height, view.width)
    full *= 0.86 + (0.5 - paper) * np.float32(0.55)
    sheet = rgb((0.985, 0.975, 0.950)) * (0.965 + 0.035 * paper)
    return sheet * (1 - np.clip(full, 0, 1))


def _bleed(small: Pixels, view: View, factor: int) -> Pixels:
    """Return the picture as washes: small forms melt, and edges run unevenly."""
    _, height, width = small.shape
    picture = to_picture(small)
    soft = from_picture(_flattened(picture))
    rng = view.rng("bleed")
    reach = np.float32(view.unit / factor * 0.030)
    cell = view.unit / factor / 14
    run_y = (fractal(rng, (height, width), Grain(cell, cell, 4)) - 0.5) * reach
    run_x = (fractal(rng, (height, width), Grain(cell, cell, 4)) - 0.5) * reach
    y = np.clip(rows(height) + run_y, 0, height - 1)
    x = np.clip(columns(width) + run_x, 0, width - 1)
    bled = np.stack([looked_up(plane, y, x) for plane in soft])
    light: Pixels = bled * np.float32(0.88) + np.float32(0.12)
    return np.clip(saturate(light, 1.40), 0, 1)


def _flattened(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.ModeFilter(5)).filter(ImageFilter.MedianFilter(5))


def _brushed_area(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Return 1 where there is paint: all but an uneven border of bare paper."""
    height, width = shape
    edge = min(height, width)
    ragged = fractal(rng, shape, Grain(edge / 6, edge / 6, 5, 0.55)) - 0.5
    y = np.minimum(rows(height), height - 1 - rows(height)) / np.float32(edge)
    x = np.minimum(columns(width), width - 1 - columns(width)) / np.float32(edge)
    inner = np.minimum(y + 0 * x, x + 0 * y) + ragged * np.float32(0.055)
    return step(0.030, 0.046, inner)


def _paper(view: View) -> Field:
    """Return the tooth of rough paper, 0…1."""
    side = 512
    tooth = tile(view.rng("paper tooth"), side, 7)
    scale = np.float32(max(1.0, view.unit / 1024))
    return looked_up(tooth, rows(view.height) / scale * 2, columns(view.width) / scale * 2)
