"""The watercolour finish: transparent washes on rough white paper."""

import numpy as np
from PIL import Image, ImageFilter

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blurred,
    columns,
    cover,
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
from image_generation.providers.procedural.noise import (
    Grain,
    fractal,
    looked_up,
    looked_up_softly,
    tile,
)
from image_generation.providers.procedural.view import View

_SHEET = (0.992, 0.985, 0.965)
_GLAZES = (0.84, 0.66, 0.48, 0.31)  # the tones below which one more wash is laid
_WORKING_EDGE = 500


def watercolor(pixels: Pixels, view: View) -> Pixels:
    """Finish in watercolour: luminous washes that bleed, darker rims, granulation, bare paper.

    Colour is a density of pigment: washes add up, and the paper shines through them
    (Beer and Lambert's law), so that nothing turns grayer or darker than the pigments are.
    """
    factor = max(1, round(max(view.width, view.height) / _WORKING_EDGE))
    colours = _pigments(_simplified(shrunk(pixels, factor)))
    colours = _run(colours, view, factor)
    tone = luma(colours)
    density = -np.log(np.clip(colours, 0.06, 1.0))
    flow = _flow(view, tone, factor)
    density *= flow * _area(view, tone.shape)
    paper = _paper(view)
    full = resized_planes(density, view.height, view.width)
    heavy = np.clip(full.mean(axis=0), 0, 1)
    full *= 1 + (0.5 - paper) * (np.float32(0.46) - 0.20 * heavy)
    full *= 1 - _dry(view, paper, heavy)
    slope = paper - np.roll(paper, (1, 1), axis=(0, 1))
    sheet = rgb(_SHEET) * (0.975 + 0.025 * paper + 0.055 * np.clip(slope, -0.4, 0.4))
    painted: Pixels = sheet * np.exp(-np.maximum(full, 0))
    cover(painted, np.clip(pixels * 0.3 + 0.7, 0, 1), _spared(pixels, view))
    return painted


def _spared(pixels: Pixels, view: View) -> Field:
    """Return where small lights were kept out of the wash: stars, windows, foam."""
    tone = luma(pixels)
    off = tone - blurred(tone[None], view.unit / 100 + 2)[0]
    return step(0.14, 0.40, off) * np.float32(0.75)


def _simplified(small: Pixels) -> Pixels:
    """Return the picture without its small forms, as a wide brush would see it."""
    picture = to_picture(small).filter(ImageFilter.MedianFilter(3))
    return from_picture(picture.filter(ImageFilter.MedianFilter(3)))


def _pigments(small: Pixels) -> Pixels:
    """Return the colours lightened to what washes can give, and purer."""
    tone = luma(small)
    low, high = (float(value) for value in np.percentile(tone, (1, 98)))
    share = np.clip((tone - low) / max(high - low, 0.58), 0, 1)
    wish = 0.24 + 0.76 * share ** np.float32(0.72)
    # Halfway between a wash of the same hue and the light added to it.
    lifted = small * (wish / np.maximum(tone, 0.04)) * np.float32(0.6)
    lifted += (small + (wish - tone)) * np.float32(0.4)
    light: Pixels = np.clip(saturate(lifted, 1.28), 0, 1)
    return light


def _run(colours: Pixels, view: View, factor: int) -> Pixels:
    """Return the washes with edges that waver, and that are lost here and there."""
    shape = colours.shape[1:]
    rng = view.rng("run")
    unit = view.unit / factor
    reach = np.float32(unit * 0.012)
    sway = [fractal(rng, shape, Grain(unit / 16, unit / 16, 4)) - 0.5 for _ in range(2)]
    y = np.clip(rows(shape[0]) + sway[0] * reach, 0, shape[0] - 1)
    x = np.clip(columns(shape[1]) + sway[1] * reach, 0, shape[1] - 1)
    bled = np.stack([looked_up_softly(plane, y, x) for plane in colours])
    soft = blurred(bled, max(2.0, unit / 60))
    lost = step(0.52, 0.86, fractal(rng, shape, Grain(unit / 5, unit / 5, 3)))
    mixed: Pixels = bled + (soft - bled) * (lost * np.float32(0.75))
    return mixed


def _flow(view: View, tone: Field, factor: int) -> Field:
    """Return how pigment gathered, around 1: in rims, pools, and the blooms of backruns."""
    rng = view.rng("flow")
    unit = view.unit / factor
    shape = tone.shape
    pools = fractal(rng, shape, Grain(unit / 4, unit / 3, 5, 0.55)) - 0.5
    wander = (fractal(rng, shape, Grain(unit / 20, unit / 20, 3)) - 0.5) * np.float32(0.05)
    flow: Field = 1 + pools * np.float32(0.42)
    for level in _GLAZES:
        wash = step(level + 0.03, level - 0.03, tone + wander)
        # Water carries pigment to the rim of a wash while it dries.
        rim = np.clip(wash - _softened(wash, unit / 90), 0, 1)
        flow += wash * np.float32(0.035) + rim * np.float32(0.55)
    for _ in range(int(rng.integers(2, 5))):
        _backrun(flow, rng, unit)
    return np.clip(flow, 0.45, 1.9)


def _softened(wash: Field, radius: float) -> Field:
    picture = Image.fromarray((wash * 255).astype(np.uint8))
    soft = picture.filter(ImageFilter.GaussianBlur(max(radius, 1.5)))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)


def _backrun(flow: Field, rng: np.random.Generator, unit: float) -> None:
    """Let a drop of water push the pigment outward to a ragged rim."""
    height, width = flow.shape
    radius = unit * rng.uniform(0.05, 0.13)
    y = rows(height) - np.float32(rng.uniform(0.08, 0.92) * height)
    x = columns(width) - np.float32(rng.uniform(0.08, 0.92) * width)
    angle = np.arctan2(y, x)
    lobes = sum(
        rng.uniform(0.02, 0.10) * np.sin(angle * wave + rng.uniform(0, 6))
        for wave in (2, 3, 5, 9, 14)
    )
    away = np.hypot(x, y * 1.2) / np.float32(radius) * (1 + lobes)
    flow -= np.float32(0.20) * step(1.0, 0.35, away)
    flow += np.float32(0.26) * np.exp(-(((away - 1.0) / 0.07) ** 2)) * (0.5 + 0.5 * np.sin(angle))


def _dry(view: View, paper: Field, heavy: Field) -> Field:
    """Return where a dry brush skipped the hollows of the paper: in thin, light washes."""
    small = (max(2, view.height // 8), max(2, view.width // 8))
    where = fractal(view.rng("dry"), small, Grain(view.unit / 40, view.unit / 16, 3))
    dragged = step(0.60, 0.85, resized(where, view.height, view.width))
    skipped: Field = dragged * step(0.56, 0.72, paper) * step(0.55, 0.20, heavy)
    return skipped * np.float32(0.45)


def _area(view: View, shape: tuple[int, ...]) -> Field:
    """Return 1 where there is paint: all but a narrow, deckled border of bare paper."""
    height, width = shape
    edge = min(height, width)
    rng = view.rng("deckle")
    ragged = fractal(rng, (height, width), Grain(edge / 14, edge / 14, 5, 0.6)) - 0.5
    y = np.minimum(rows(height), height - 1 - rows(height)) / np.float32(edge)
    x = np.minimum(columns(width), width - 1 - columns(width)) / np.float32(edge)
    inner = np.minimum(y + 0 * x, x + 0 * y) + ragged * np.float32(0.018)
    rim = np.exp(-(((inner - 0.034) / 0.006) ** 2)) * np.float32(0.35)
    painted: Field = step(0.024, 0.031, inner) * (1 + rim)
    return painted


def _paper(view: View) -> Field:
    """Return the tooth of rough paper, 0…1: hollows of a few pixels, without larger forms."""
    side = 512
    tooth = tile(view.rng("paper tooth"), side, 6)
    wide = np.pad(tooth, 32, mode="wrap")
    tooth = tooth - resized(shrunk(wide[None], 16)[0], *wide.shape)[32:-32, 32:-32]
    even = np.clip(0.5 + tooth / np.float32(5 * tooth.std()), 0, 1)
    scale = np.float32(np.clip(1500 / view.unit, 1.0, 2.0))
    return looked_up(even, rows(view.height) * scale, columns(view.width) * scale)
