"""Pictures for the figures: a gallery picture made small, or one of our own."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from image_generation.concepts.figures.codebooks import EDGE
from image_generation.concepts.figures.schedules import Floats

_LONGEST = 160
"""Pixels: enough to see what happens, few enough to be quick."""


def small(data: bytes) -> Floats:
    """Decode a picture; shape (h, w, 3), values from 0 to 1, both sides divisible by 4."""
    with Image.open(BytesIO(data)) as picture:
        picture.draft("RGB", (2 * _LONGEST, 2 * _LONGEST))
        picture.thumbnail((2 * _LONGEST, 2 * _LONGEST))
        flat = picture.convert("RGB")
    scale = _LONGEST / max(flat.size)
    width, height = (max(EDGE, round(side * scale / EDGE) * EDGE) for side in flat.size)
    return np.asarray(ImageOps.fit(flat, (width, height)), dtype=np.float64) / 255


def landscape() -> Floats:
    """Draw a sun over hills, for figures that are not given a picture."""
    rows, columns = np.mgrid[: 128 * 2, : 128 * 2] / 256
    sky = np.stack([0.95 - 0.5 * rows, 0.75 - 0.2 * rows, 0.55 + 0.35 * rows], axis=-1)
    sun = ((columns - 0.68) ** 2 + (rows - 0.3) ** 2 < 0.012)[..., None]
    picture = np.where(sun, [1.0, 0.93, 0.6], sky)
    hills = ((0.62, 0.09, 5, [0.36, 0.45, 0.55]), (0.78, 0.07, 9, [0.15, 0.3, 0.27]))
    for height, swing, waves, colour in hills:
        ridge = height + swing * np.sin(waves * columns + waves)
        picture = np.where((rows > ridge)[..., None], colour, picture)
    halves = picture.reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
    clear: Floats = np.clip(halves, 0, 1)
    return clear
