"""Seeded randomness: generators by name, smooth noise, crests, tiles."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from image_generation.providers.procedural.canvas import Field


@dataclass(frozen=True, slots=True)
class Seeds:
    """Where chance comes from: the same words and seed give the same numbers anywhere.

    The style has no part in it, so that a seed keeps its composition in every style.
    """

    prompt: str
    seed: int

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a generator of its own for one purpose, whatever else was drawn before."""
        text = "\x1f".join((self.prompt, str(self.seed), purpose))
        digest = hashlib.sha256(text.encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))


@dataclass(frozen=True, slots=True)
class Grain:
    """How noise is built: the size of its largest cell in pixels, and how it refines."""

    high: float
    wide: float
    octaves: int
    gain: float = 0.5


def octave(rng: np.random.Generator, shape: tuple[int, int], high: float, wide: float) -> Field:
    """Return one layer of value noise, 0…1: a random lattice, bicubically interpolated."""
    height, width = shape
    down, across = height / high, width / wide
    lattice = rng.random((int(down) + 5, int(across) + 5), dtype=np.float32)
    # A shift of its own for each layer, else the cells of all octaves line up and show.
    left, top = 1 + rng.random(), 1 + rng.random()
    picture = Image.fromarray(lattice).resize(
        (width, height), Image.Resampling.BICUBIC, box=(left, top, left + across, top + down)
    )
    return np.array(picture, dtype=np.float32)


def fractal(rng: np.random.Generator, shape: tuple[int, int], grain: Grain) -> Field:
    """Return fractal noise stretched to exactly 0…1. Octaves finer than 1.5 pixels are left out."""
    total = np.zeros(shape, dtype=np.float32)
    high, wide, weight = grain.high, grain.wide, 1.0
    for _ in range(grain.octaves):
        total += np.float32(weight) * octave(rng, shape, high, wide)
        high, wide, weight = high / 2, wide / 2, weight * grain.gain
        if min(high, wide) < 1.5:
            break
    low, top = float(total.min()), float(total.max())
    return (total - np.float32(low)) / np.float32(max(top - low, 1e-6))


def swell(rng: np.random.Generator, width: int, cell: float, octaves: int) -> Field:
    """Return a rolling line of 0…1, one value a column."""
    line: Field = fractal(rng, (1, width), Grain(1.0e9, cell, octaves, 0.4))[0]
    return line


def looked_up(field: Field, down: Field, across: Field) -> Field:
    """Return the field's values at other places; it repeats beyond its edges."""
    height, width = field.shape
    y: npt.NDArray[np.int32] = down.astype(np.int32) % height
    x: npt.NDArray[np.int32] = across.astype(np.int32) % width
    return field[y, x]


def looked_up_softly(field: Field, down: Field, across: Field) -> Field:
    """Return the field's values at other places, interpolated; it repeats beyond its edges."""
    y, x = np.floor(down), np.floor(across)
    part_y, part_x = down - y, across - x
    upper = looked_up(field, y, x) * (1 - part_x) + looked_up(field, y, x + 1) * part_x
    lower = looked_up(field, y + 1, x) * (1 - part_x) + looked_up(field, y + 1, x + 1) * part_x
    mixed: Field = upper + (lower - upper) * part_y
    return mixed


def tile(rng: np.random.Generator, side: int, octaves: int, *, ridged: bool = False) -> Field:
    """Return noise stretched to 0…1 that repeats without a seam; `ridged` gives it sharp crests."""
    total = np.zeros((side, side), dtype=np.float32)
    cells, weight = 8, 1.0
    if ridged:
        cells = 4
    for _ in range(octaves):
        layer = _periodic(rng, side, cells)
        if ridged:
            layer = (1 - np.abs(2 * layer - 1)) ** 2
            layer = layer * (0.35 + total / max(float(total.max()), 0.65))
        total += np.float32(weight) * layer
        cells, weight = cells * 2, weight * 0.5
        if cells > side // 2:
            break
    low, top = float(total.min()), float(total.max())
    return (total - np.float32(low)) / np.float32(top - low)


def _periodic(rng: np.random.Generator, side: int, cells: int) -> Field:
    lattice = np.pad(rng.random((cells, cells), dtype=np.float32), 3, mode="wrap")
    start = 2 + rng.random()
    box = (start, start, start + cells, start + cells)
    picture = Image.fromarray(lattice).resize((side, side), Image.Resampling.BICUBIC, box=box)
    return np.array(picture, dtype=np.float32)
