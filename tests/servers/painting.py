"""What the test servers paint: quickly made pictures that can be told apart and compared.

A picture made from another one differs a little from it everywhere, as with real models: what a
mask keeps, too.
"""

from hashlib import sha256
from io import BytesIO

import numpy as np
from PIL import Image

Size = tuple[int, int]

_DRIFT = 2
"""How far every channel of what is kept goes astray, of 255."""


def painted(words: object, size: Size) -> Image.Image:
    """Paint from words alone: soft blots, the same for the same words."""
    seed = int.from_bytes(sha256(f"{words}".encode()).digest()[:8])
    blots = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(blots).resize(size, Image.Resampling.BICUBIC)


def redrawn(source: Image.Image, words: object, strength: float) -> Image.Image:
    """Go from a picture towards the words: not at all at 0, all the way at 1."""
    return Image.blend(_drifted(source), painted(words, source.size), strength)


def repainted(source: Image.Image, where: Image.Image, words: object) -> Image.Image:
    """Paint what is white in `where` by words, and keep the rest."""
    return Image.composite(painted(words, source.size), _drifted(source), where.convert("L"))


def encoded(picture: Image.Image, kind: str) -> bytes:
    """Write a picture as a file."""
    file = BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def _drifted(source: Image.Image) -> Image.Image:
    return source.convert("RGB").point(lambda value: min(value + _DRIFT, 255))
