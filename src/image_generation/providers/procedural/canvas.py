"""The canvas: pixels in planes, and the few ways of laying colour on them."""

from io import BytesIO
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Field: TypeAlias = npt.NDArray[np.float32]
"""One value a pixel, shape (height, width)."""

Pixels: TypeAlias = npt.NDArray[np.float32]
"""Three planes of 0…1 (red, green, blue), shape (3, height, width): planes keep NumPy fast."""

Colour: TypeAlias = tuple[float, float, float]
"""Red, green, blue, 0…1, as they are shown (sRGB)."""

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def rgb(colour: Colour) -> Pixels:
    """Return a colour that broadcasts over planes."""
    return np.array(colour, dtype=np.float32).reshape(3, 1, 1)


def blend(first: Colour, second: Colour, amount: float) -> Colour:
    """Return the colour `amount` (0…1) of the way from the first to the second."""
    red, green, blue = (a + (b - a) * amount for a, b in zip(first, second, strict=True))
    return red, green, blue


def scaled(colour: Colour, factor: float) -> Colour:
    """Return the colour, lighter or darker by a factor."""
    red, green, blue = (min(channel * factor, 1.0) for channel in colour)
    return red, green, blue


def cover(pixels: Pixels, layer: Pixels, alpha: Field) -> None:
    """Lay a layer (or one colour) over pixels, in place."""
    pixels += (layer - pixels) * alpha


def glow(pixels: Pixels, colour: Colour, amount: Field) -> None:
    """Add light in place so that nothing burns out (the screen blend)."""
    pixels += (1 - pixels) * (rgb(colour) * amount)


def luma(pixels: Pixels) -> Field:
    """Return the brightness of each pixel."""
    red, green, blue = LUMA
    gray: Field = (
        pixels[0] * np.float32(red) + pixels[1] * np.float32(green) + pixels[2] * np.float32(blue)
    )
    return gray


def saturate(pixels: Pixels, factor: float) -> Pixels:
    """Return the pixels with their distance from gray multiplied."""
    gray = luma(pixels)
    return gray + (pixels - gray) * np.float32(factor)


def resized(field: Field, height: int, width: int) -> Field:
    """Return a field at another size, smoothly interpolated."""
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def resized_planes(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return pixels at another size, smoothly interpolated."""
    return np.stack([resized(plane, height, width) for plane in pixels])


def shrunk(pixels: Pixels, factor: int) -> Pixels:
    """Return pixels averaged over blocks; a last, partial block is filled up with its edge."""
    planes, height, width = pixels.shape
    fill = ((0, 0), (0, -height % factor), (0, -width % factor))
    whole = np.pad(pixels, fill, mode="edge")
    blocks = whole.reshape(planes, whole.shape[1] // factor, factor, -1, factor)
    means: Pixels = blocks.mean(axis=(2, 4), dtype=np.float32)
    return means


def blurred(pixels: Pixels, radius: float) -> Pixels:
    """Return planes softened over about `radius` pixels, by way of a smaller picture."""
    _, height, width = pixels.shape
    factor = max(1, min(int(radius), min(height, width) // 2))
    if factor == 1:
        return pixels
    return resized_planes(shrunk(pixels, factor), height, width)


def step(low: float, high: float, values: Field) -> Field:
    """Return 0 below `low`, 1 above `high`, and a smooth rise between (Hermite's smoothstep)."""
    share = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    rise: Field = share * share * (3 - 2 * share)
    return rise


def rows(height: int) -> Field:
    """Return the row numbers as a column, so that they broadcast."""
    return np.arange(height, dtype=np.float32)[:, None]


def columns(width: int) -> Field:
    """Return the column numbers as a row, so that they broadcast."""
    return np.arange(width, dtype=np.float32)[None, :]


def to_picture(pixels: Pixels) -> Image.Image:
    """Return pixels as an 8-bit picture."""
    planes = (np.clip(pixels, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(plane) for plane in planes])


def from_picture(picture: Image.Image) -> Pixels:
    """Return an RGB picture as pixels."""
    bytes_ = np.asarray(picture, dtype=np.uint8).transpose(2, 0, 1)
    return np.ascontiguousarray(bytes_, dtype=np.float32) / np.float32(255)


def png(pixels: Pixels) -> bytes:
    """Return pixels as a PNG file, packed lightly: time matters more than the last tenth."""
    buffer = BytesIO()
    to_picture(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def thumbnail(pixels: Pixels, longest: int) -> bytes:
    """Return a small JPEG of the pixels, no edge longer than `longest`."""
    _, height, width = pixels.shape
    skip = max(1, max(height, width) // (2 * longest))
    picture = to_picture(pixels[:, ::skip, ::skip])
    picture.thumbnail((longest, longest))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
