"""Placeholders, compared with what the format's own implementation writes (thumbhash 0.1.1)."""

from base64 import b64encode

import numpy as np
import pytest
from PIL import Image

from image_generation.imaging.thumbhash import thumbhash


def pattern(width: int, height: int) -> Image.Image:
    """Draw red growing to the right, green growing downwards, and blue in stripes."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    right, down = x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1)
    planes = [right, down, (x * 7 + y * 13) % 256]
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8))


def noise(width: int, height: int, seed: int) -> Image.Image:
    """Draw what is clear here and there."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (pattern(100, 75), "3wcKNZqAh3dwd3d4eHh3eHCAB/h3"),
        (pattern(75, 100), "3/cJNRpwd4CHd3d3eHd3eIBwCPh4"),
        (pattern(7, 100), "HwgKOR6AcHd3dnd3cIII6Hg="),
        (noise(100, 100, 1), "4AeCBQAIhiqZiFSGB3u9AJnSkKmJiWyqJw=="),
        (noise(40, 99, 2), "H/iBAgAHCoeFynBIZI93C1G135QS20Q="),
        (noise(5, 3, 3), "HAiGC4YmqtrPzc9fW/CMXH+ZlZtFiKc="),
        (Image.new("RGB", (1, 1), "teal"), "FQYph0AI9wiIh4hwj3CI+AiIcH/494cP"),
    ],
)
def test_the_format_is_kept_to_the_bit(image: Image.Image, expected: str) -> None:
    assert b64encode(thumbhash(image)).decode() == expected


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "LA", "1", "CMYK", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1600, 900), (3, 2000)])
def test_every_picture_has_one(mode: str, size: tuple[int, int]) -> None:
    assert 17 <= len(thumbhash(Image.new("RGB", size, "teal").convert(mode))) <= 29


def test_a_large_picture_has_that_of_the_small_one() -> None:
    small = Image.new("RGB", (80, 60), "navy")
    small.paste("gold", (0, 0, 40, 30))
    large = small.resize((1600, 1200), Image.Resampling.NEAREST)

    def values(image: Image.Image) -> list[int]:
        return [nibble for byte in thumbhash(image) for nibble in (byte & 15, byte >> 4)]

    apart = [abs(a - b) for a, b in zip(values(small), values(large), strict=True)]
    assert sum(distance > 1 for distance in apart) <= 2


def test_what_is_clear_all_over_has_one() -> None:
    assert thumbhash(Image.new("RGBA", (10, 10), (0, 0, 0, 0)))[:3] == bytes([0, 8, 130])
