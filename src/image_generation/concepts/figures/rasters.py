"""A small autoregressive model of black and white textures, fitted by counting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image_generation.concepts.figures.schedules import Floats

Bits = NDArray[np.int64]

_CONTEXT = (
    *((0, -1), (-1, 0), (-1, 1), (-1, -1), (-1, 2)),
    *((0, -2), (-2, 0), (-1, -2), (-2, 1), (-2, -1)),
)
"""Neighbours that come before a pixel in raster order, nearest first: (row, column) offsets."""

_TRUST = 2.0
"""How many pixels a shorter context counts for beside a longer one."""

_UNLIKELY = 1e-4
"""The smallest chance: nothing is impossible for having never been seen."""


@dataclass(frozen=True, slots=True)
class RasterModel:
    """p(x) = Π p(x_i | x_<i), where ten earlier neighbours tell; outside is white (0).

    `chances` holds p(x_i = 1) for each of the 1,024 contexts.
    """

    chances: Floats

    def log_likelihood(self, picture: Bits) -> float:
        """Return log p(x) in nats, exactly: the sum over the pixels."""
        chances = self.chances[contexts(picture)]
        return float(np.log(np.where(picture == 1, chances, 1 - chances)).sum())

    def sample(self, rows: int, columns: int, rng: np.random.Generator) -> Bits:
        """Draw a picture pixel by pixel; none can be drawn before all those before it."""
        padded = np.zeros((rows + 2, columns + 4), dtype=np.int64)
        luck = rng.random((rows, columns))
        for row in range(rows):
            for column in range(columns):
                number = 0
                for down, right in _CONTEXT:
                    number = 2 * number + int(padded[row + 2 + down, column + 2 + right])
                padded[row + 2, column + 2] = luck[row, column] < self.chances[number]
        return padded[2:, 2:-2]


def fit(picture: Bits) -> RasterModel:
    """Count how often a pixel is 1 after each context; a rare context leans on a shorter one.

    Interpolation with shorter contexts (MacKay and Peto 1995).
    """
    numbers = contexts(picture).ravel()
    chances = np.array([0.5])
    for length in range(len(_CONTEXT) + 1):
        shorter = chances[np.arange(2**length) >> 1] if length else chances
        near = numbers >> (len(_CONTEXT) - length)
        seen = np.bincount(near, minlength=2**length)
        ones = np.bincount(near, weights=picture.ravel(), minlength=2**length)
        chances = (ones + _TRUST * shorter) / (seen + _TRUST)
    return RasterModel(np.clip(chances, _UNLIKELY, 1 - _UNLIKELY))


def contexts(picture: Bits) -> Bits:
    """Return the number of each pixel's context; same shape."""
    rows, columns = picture.shape
    padded = np.pad(picture, ((2, 0), (2, 2)))
    number: Bits = np.zeros(picture.shape, dtype=np.int64)
    for down, right in _CONTEXT:
        shifted = padded[2 + down : 2 + down + rows, 2 + right : 2 + right + columns]
        number = 2 * number + shifted
    return number


def texture(edge: int) -> Bits:
    """Return slanted, wavy stripes to learn from; shape (edge, edge)."""
    rows, columns = np.mgrid[:edge, :edge]
    waves = np.sin((rows + columns) * 0.8 + 1.2 * np.sin(rows * 0.25))
    stripes: Bits = (waves > 0.1).astype(np.int64)
    return stripes
