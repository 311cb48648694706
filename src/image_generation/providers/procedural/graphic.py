"""Finishes by line and flat colour: cel shading, pixels, pencil."""

import numpy as np
from PIL import Image, ImageFilter

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blurred,
    columns,
    from_picture,
    luma,
    resized,
    rgb,
    rows,
    saturate,
    shrunk,
    step,
    to_picture,
)
from image_generation.providers.procedural.noise import Grain, fractal
from image_generation.providers.procedural.view import View

_BAYER_4 = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
_BAYER = ((_BAYER_4 + 0.5) / 16 - 0.5).astype(np.float32)
PIXEL_COLOURS = 24


def anime(pixels: Pixels, view: View) -> Pixels:
    """Finish as a cel: flat tones in clean steps, dark outlines, vivid colour."""
    vivid = np.clip(saturate(pixels, 1.45) * np.float32(1.05) + np.float32(0.015), 0, 1)
    tone = luma(vivid)
    flat = _banded(tone, 7)
    cel: Pixels = np.clip(vivid * (flat / np.maximum(tone, 0.02)), 0, 1)
    calm = to_picture(shrunk(pixels, 2)).filter(ImageFilter.MedianFilter(3))
    line = step(0.10, 0.30, _edges(from_picture(calm)))
    ink = resized(line, view.height, view.width)
    cel += (rgb((0.10, 0.08, 0.17)) - cel) * (np.clip(ink, 0, 1) * np.float32(0.60))
    return cel


def _banded(tone: Field, bands: int) -> Field:
    """Return tones in steps whose edges are soft over a few pixels of gradient."""
    level = tone * np.float32(bands)
    base = np.floor(level)
    banded: Field = (base + step(0.40, 0.60, level - base)) / np.float32(bands)
    return banded


def _edges(pixels: Pixels) -> Field:
    down = np.abs(pixels - np.roll(pixels, 1, axis=1)).sum(axis=0)
    across = np.abs(pixels - np.roll(pixels, 1, axis=2)).sum(axis=0)
    down[0], across[:, 0] = 0, 0
    edges: Field = down + across
    return edges


def pixel_art(pixels: Pixels, view: View) -> Pixels:
    """Finish as pixel art: blocks of one colour, few colours, ordered dithering."""
    block = pixel_block(view.width, view.height)
    small = saturate(shrunk(pixels, block), 1.35)
    height, width = small.shape[1:]
    weave = np.tile(_BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width]
    palette = to_picture(small).quantize(PIXEL_COLOURS, method=Image.Quantize.MEDIANCUT)
    dithered = to_picture(small + weave * np.float32(0.045))
    few = dithered.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
    large = few.resize((width * block, height * block), Image.Resampling.NEAREST)
    return from_picture(large.crop((0, 0, view.width, view.height)))


def pixel_block(width: int, height: int) -> int:
    """Return the edge of one block of pixel art, in pixels."""
    return max(3, min(width, height) // 144)


def sketch(pixels: Pixels, view: View) -> Pixels:
    """Finish in graphite: outlines, hatching that thickens with shade, toothed paper."""
    tone = np.clip(luma(pixels), 0, 1)
    low, high = np.percentile(tone[::8, ::8], (2, 98))
    tone = np.clip((tone - low) / max(float(high - low), 0.15), 0, 1)
    tone = (0.10 + 0.90 * tone ** np.float32(0.80)).astype(np.float32)
    soft = blurred(tone[None], view.unit / 420 + 1.2)[0]
    outline = np.clip((soft - tone) * 5.0, 0, 1) ** np.float32(0.9)
    tooth = _tooth(view)
    dark = _hatching(view, soft, tooth)
    shade = 1 - 0.72 * np.clip(dark, 0, 1) - 0.16 * (1 - soft)
    gray = shade * (1 - 0.80 * outline * (0.65 + 0.35 * tooth))
    sheet = 0.955 - 0.030 * (1 - tooth)
    drawn = np.clip(gray * sheet, 0, 1)
    return np.stack([drawn, drawn, drawn])


def _tooth(view: View) -> Field:
    """Return the tooth of the paper, 0…1: fine noise, slightly clumped."""
    rng = view.rng("tooth")
    fine = rng.standard_normal((view.height, view.width), dtype=np.float32)
    clumps = fractal(rng, (view.height, view.width), Grain(5, 5, 2))
    return np.clip(0.5 + fine * np.float32(0.16) + (clumps - 0.5) * np.float32(0.7), 0, 1)


def _hatching(view: View, tone: Field, tooth: Field) -> Field:
    """Return the graphite, 0…1: one more direction of lines for each step into the dark."""
    rng = view.rng("hatching")
    gap = max(3.5, view.unit / 130)
    wobble = resized(
        rng.random((max(2, view.height // 60), max(2, view.width // 60)), dtype=np.float32),
        view.height,
        view.width,
    )
    total = np.zeros_like(tone)
    for turn, start in ((0.85, 0.80), (0.62, 0.56), (-0.80, 0.36), (0.10, 0.20)):
        across = columns(view.width) * np.float32(np.cos(turn)) + rows(view.height) * np.float32(
            np.sin(turn)
        )
        phase = (across / np.float32(gap) + wobble * 1.6) % 1.0
        dark = np.clip((start - tone) * 2.6, 0, 1)
        wide = 0.16 + 0.30 * dark
        line = np.clip((wide - np.abs(phase - 0.5)) * np.float32(gap * 0.7) + 0.5, 0, 1)
        total += line * dark * (0.34 + 0.50 * tooth)
    return total
