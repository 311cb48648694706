"""ThumbHash: a picture of some 25 bytes, to be shown until the real one is there.

The format is Evan Wallace's, https://evanw.github.io/thumbhash/: the first terms of a cosine
transform, more of them for brightness than for the two colour axes and for what is clear.
"""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from image_generation.imaging.pixels import averaged, plain

_LONGEST_EDGE = 100

_Plane: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
_Planes: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
"""One plane after the other: arithmetic on colours that lie side by side takes twice as long."""


class _Channel(NamedTuple):
    """The terms of a plane: its mean, the others from 0 to 1, and how strong they are."""

    mean: float
    terms: list[float]
    strength: float


def thumbhash(image: Image.Image) -> bytes:
    """Return the ThumbHash of a picture."""
    scale = min(1.0, _LONGEST_EDGE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    factor = int(1 / scale / 2)  # what is left to the better filter is twice as large
    near = averaged(plain(image), factor) if factor > 1 else plain(image)
    small = near.resize(size, Image.Resampling.BILINEAR)
    planes = np.asarray(small.convert("RGBA")).transpose(2, 0, 1)
    return _encoded(np.ascontiguousarray(planes, dtype=np.float64) / 255)


def _encoded(planes: _Planes) -> bytes:
    _, height, width = planes.shape
    colours, alpha = planes[:3], planes[3]
    is_clear = bool(alpha.min() < 1)
    red, green, blue = _over_mean(colours, alpha) if is_clear else colours
    most = 5 if is_clear else 7
    across, down = (max(1, _whole(most * edge / max(width, height))) for edge in (width, height))
    brightness = _channel((red + green + blue) / 3, max(3, across), max(3, down))
    yellow_blue = _channel((red + green) / 2 - blue, 3, 3)
    red_green = _channel(red - green, 3, 3)
    is_wide = bool(width > height)
    head = (
        _whole(63 * brightness.mean)
        | _whole(31.5 + 31.5 * yellow_blue.mean) << 6
        | _whole(31.5 + 31.5 * red_green.mean) << 12
        | _whole(31 * brightness.strength) << 18
        | is_clear << 23
        | (down if is_wide else across) << 24
        | _whole(63 * yellow_blue.strength) << 27
        | _whole(63 * red_green.strength) << 33
        | is_wide << 39
    ).to_bytes(5, "little")
    terms = [*brightness.terms, *yellow_blue.terms, *red_green.terms]
    if is_clear:
        clear = _channel(alpha, 5, 5)
        head += bytes([_whole(15 * clear.mean) | _whole(15 * clear.strength) << 4])
        terms += clear.terms
    return head + _packed([_whole(15 * term) for term in terms])


def _over_mean(colours: _Planes, alpha: _Plane) -> _Planes:
    """Lay the colours over their mean, so that what is clear has a colour, too."""
    mean = (colours * alpha).sum(axis=(1, 2), keepdims=True) / (alpha.sum() or 1)
    laid: _Planes = mean * (1 - alpha) + colours * alpha
    return laid


def _channel(plane: _Plane, across: int, down: int) -> _Channel:
    height, width = plane.shape
    waves_x = np.cos(np.pi / width * np.outer(np.arange(across), np.arange(width) + 0.5))
    waves_y = np.cos(np.pi / height * np.outer(np.arange(down), np.arange(height) + 0.5))
    found = waves_y @ plane @ waves_x.T / plane.size
    # A triangle of them: the finer a wave is one way, the coarser it is the other way.
    mean, *terms = (
        float(found[y, x])
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y)
    )
    strength = max(map(abs, terms))
    if strength:
        terms = [0.5 + 0.5 * term / strength for term in terms]
    return _Channel(mean, terms, strength)


def _packed(nibbles: list[int]) -> bytes:
    low, high = nibbles[::2], [*nibbles[1::2], 0][: len(nibbles[::2])]
    return bytes(one | other << 4 for one, other in zip(low, high, strict=True))


def _whole(value: float) -> int:
    return math.floor(value + 0.5)
