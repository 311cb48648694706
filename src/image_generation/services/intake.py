"""Pictures from outside: looked at, made harmless, and brought into the form they are kept in.

What is kept is upright and 8 bits deep, in RGB or grey, with the colour profile and nothing else
that was written about it: no position, no device, no name. The pixels of a JPEG or WebP that is so
already are not touched.
"""

import asyncio
import io
from dataclasses import dataclass, field

from PIL import Image, ImageOps

from image_generation.domain.edits import SentFile
from image_generation.domain.errors import InvalidInput
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.gallery.ledger import Picture
from image_generation.services.inspection import UNREADABLE, NotAPicture, inspect
from image_generation.services.metadata import without_metadata
from image_generation.services.pixels import plain

_AT_ONCE = 2
"""How many pictures are decoded at the same time: each may take a few hundred megabytes."""

_SMALLEST_EDGE = 16

_RIGHT = "Give a PNG, JPEG or WebP picture."

_KINDS = [kind.value for kind in ImageFormat]

_WHITE_ENOUGH = [0] * 128 + [255] * 128
"""Which grey of a mask is nearer to white than to black."""

_UPRIGHT = 1
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture as it is kept."""

    data: bytes = field(repr=False)
    picture: Picture

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size(self.picture.image_width, self.picture.image_height)


class Intake:
    """Takes pictures in. `most_bytes` and `most_pixels` are what one may have."""

    def __init__(self, most_bytes: int, most_pixels: int) -> None:
        self._most_bytes = most_bytes
        self._most_pixels = most_pixels
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read(self, name: str, file: SentFile) -> bytes:
        """Return the bytes of a file, or raise `InvalidInput` under the field's name."""
        data = await file.read(self._most_bytes)
        if not data:
            raise InvalidInput(name, "The file is empty.", _RIGHT)
        return data

    async def take(self, name: str, data: bytes) -> Taken:
        """Bring a picture into the form it is kept in, or raise `InvalidInput` for the field."""
        async with self._places:
            kept = await asyncio.to_thread(_normalized, name, data, self._most_pixels)
            try:
                return Taken(kept, await inspect(kept))
            except NotAPicture as error:
                raise InvalidInput(name, "The picture is damaged.", _RIGHT) from error


def _normalized(name: str, data: bytes, most_pixels: int) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as image:
            _check(name, image, most_pixels)
            image.load()
            return _kept(image, data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(name, "The picture has too many pixels.", most_pixels) from error
    except UNREADABLE as error:
        raise InvalidInput(name, "The file cannot be read as a picture.", _RIGHT) from error


def _check(name: str, image: Image.Image, most_pixels: int) -> None:
    """Refuse by what the header says, before anything is decoded."""
    if image.width * image.height > most_pixels:
        raise _too_many(name, f"{image.width}x{image.height} pixels are too many.", most_pixels)
    if min(image.size) < _SMALLEST_EDGE:
        right = f"Give at least {_SMALLEST_EDGE} pixels each way."
        raise InvalidInput(name, f"{image.width}x{image.height} pixels are too few.", right)
    # A JPEG with several pictures is a photo with its depth map or preview: the first is it.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise InvalidInput(name, "The picture is animated.", "Give one that stands still.")


def _too_many(name: str, fault: str, most_pixels: int) -> InvalidInput:
    return InvalidInput(name, fault, f"Give at most {most_pixels / 1e6:g} megapixels.")


def _kept(image: Image.Image, data: bytes) -> bytes:
    kind = "JPEG" if image.format == "MPO" else image.format
    upright = image.getexif().get(_ORIENTATION, _UPRIGHT) in {_UPRIGHT, 0}
    if kind != "PNG" and upright and image.mode in {"RGB", "RGBA", "L"}:
        return without_metadata(data)
    picture = plain(ImageOps.exif_transpose(image))
    profile = picture.info.get("icc_profile")
    picture.info.clear()  # else Pillow writes some of it, a comment for instance
    file = io.BytesIO()
    if kind == "JPEG":
        picture.save(file, "JPEG", quality=95, subsampling=0, icc_profile=profile, exif=b"")
    elif kind == "WEBP":
        picture.save(file, "WEBP", lossless=True, icc_profile=profile or b"", exif=b"")
    else:
        picture.save(file, "PNG", compress_level=3, icc_profile=profile)
    return file.getvalue()


async def fit_mask(data: bytes, size: Size) -> bytes | None:
    """Bring a mask to the size of its picture, in grey; None when nothing in it is white.

    What is transparent counts as black. The result is a PNG.
    """
    return await asyncio.to_thread(_fitted, data, size)


def _fitted(data: bytes, size: Size) -> bytes | None:
    with Image.open(io.BytesIO(data)) as image:
        grey = image.convert("L")
        if image.has_transparency_data:
            black = Image.new("L", image.size)
            black.paste(grey, mask=image.convert("RGBA").getchannel("A"))
            grey = black
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    if grey.point(_WHITE_ENOUGH).getbbox() is None:
        return None
    file = io.BytesIO()
    grey.save(file, "PNG")
    return file.getvalue()
