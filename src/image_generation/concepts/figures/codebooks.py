"""Vector quantisation: a picture as a grid of numbers of patches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image_generation.concepts.figures.schedules import Floats

EDGE = 4
"""Pixels along a patch."""

_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Quantised:
    """`codes` of shape (k, 48), the nearest code's number for each patch, and the picture again."""

    codes: Floats
    numbers: NDArray[np.int64]
    picture: Floats

    def distortion(self, original: Floats) -> float:
        """Return the mean squared error per channel of a pixel, for values from 0 to 1."""
        return float(((self.picture - original) ** 2).mean())


def quantise(picture: Floats, count: int, rng: np.random.Generator) -> Quantised:
    """Learn `count` codes from a picture of shape (h, w, 3), h and w divisible by 4.

    Lloyd's algorithm; a VQ-VAE does the same to an encoder's output (van den Oord et al. 2017).
    """
    rows, columns = picture.shape[0] // EDGE, picture.shape[1] // EDGE
    patches = _patches(picture)
    codes = patches[rng.choice(len(patches), size=min(count, len(patches)), replace=False)]
    for _ in range(_ROUNDS):
        nearest = nearest_codes(patches, codes)
        members = np.bincount(nearest, minlength=len(codes))
        sums = np.zeros_like(codes)
        np.add.at(sums, nearest, patches)
        used = members > 0
        codes = np.where(used[:, None], sums / np.maximum(members, 1)[:, None], codes)
    nearest = nearest_codes(patches, codes)
    again = codes[nearest].reshape(rows, columns, EDGE, EDGE, 3).swapaxes(1, 2)
    return Quantised(codes, nearest.reshape(rows, columns), again.reshape(picture.shape))


def nearest_codes(patches: Floats, codes: Floats) -> NDArray[np.int64]:
    """Return argmin_k |z - e_k|² for each patch (van den Oord et al. 2017, equation 1)."""
    distances = (codes**2).sum(axis=1)[None, :] - 2 * patches @ codes.T
    nearest: NDArray[np.int64] = distances.argmin(axis=1)
    return nearest


def _patches(picture: Floats) -> Floats:
    rows, columns = picture.shape[0] // EDGE, picture.shape[1] // EDGE
    cut = picture.reshape(rows, EDGE, columns, EDGE, 3).swapaxes(1, 2)
    return cut.reshape(rows * columns, EDGE * EDGE * 3)
