"""Pictures from outside: looked at, made harmless, and brought into the form they are kept in.

What is kept is upright and 8 bits deep, in RGB or grey. Of what was written about it the colour
profile stays, and how it came to be; position, device and names do not. The pixels of a JPEG or
WebP that is so already are not touched.
"""

import asyncio
import io
from dataclasses import dataclass, field

from PIL import Image, UnidentifiedImageError

from image_generation.domain.edits import SentFile
from image_generation.domain.errors import InvalidInput
from image_generation.domain.origins import Origin
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.gallery.ledger import Picture
from image_generation.imaging.marks import mark, term_of
from image_generation.imaging.metadata import is_lossy, number_of_scans, without_metadata
from image_generation.imaging.orientation import turn_of
from image_generation.imaging.pixels import PLAIN_MODES, plain
from image_generation.providers.frames import in_black_and_white
from image_generation.services.inspection import UNREADABLE, NotAPicture, inspect

_WISHES = 8
"""How many wishes have the files of their pictures in memory at the same time."""

_DECODED = 2
"""How many pictures are decoded at the same time: each may take hundreds of megabytes."""

_SMALLEST_EDGE = 16

_RIGHT = "Give a PNG, JPEG or WebP picture."

_KINDS = [kind.value for kind in ImageFormat]

_MOST_SCANS = 32
"""How often the pixels of a JPEG may be gone over. Progressive ones do it some ten times; each time
takes as long as the picture is large, and next to no bytes."""

_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}
"""The colour space of a profile that fits a mode (ICC.1:2022, 7.2.6)."""


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
    """Takes pictures in. `most_bytes` and `most_pixels` are what one may have.

    `place` is held from reading to keeping, so that only a few files are in memory at a time.
    """

    def __init__(self, most_bytes: int, most_pixels: int) -> None:
        self._most_bytes = most_bytes
        self._most_pixels = most_pixels
        self.place = asyncio.Semaphore(_WISHES)
        self._decoding = asyncio.Semaphore(_DECODED)

    async def read(self, name: str, file: SentFile) -> bytes:
        """Return the bytes of a file, or raise `InvalidInput` under the field's name."""
        data = await file.read(self._most_bytes)
        if not data:
            raise InvalidInput(name, "The file is empty.", _RIGHT)
        return data

    async def take(self, name: str, data: bytes) -> Taken:
        """Bring a picture into the form it is kept in, or raise `InvalidInput` for the field."""
        async with self._decoding:
            kept = await asyncio.to_thread(_normalized, name, data, self._most_pixels)
            try:
                return Taken(kept, await inspect(kept))
            except NotAPicture as error:
                raise InvalidInput(name, "The picture is damaged.", _RIGHT) from error

    async def fit_mask(self, data: bytes, size: Size) -> bytes | None:
        """Bring a mask to the size of its picture, in grey; None when nothing in it is white.

        What is transparent counts as black. The result is a PNG.
        """
        async with self._decoding:
            return await asyncio.to_thread(_fitted, data, size)


def _normalized(name: str, data: bytes, most_pixels: int) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as image:
            _check(name, image, data, most_pixels)
            picture = _anew(image)
        kept = without_metadata(data) if picture is None else _encoded(picture, data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(name, "The picture has too many pixels.", most_pixels) from error
    except UnidentifiedImageError as error:
        raise InvalidInput(name, "The file cannot be read as a picture.", _RIGHT) from error
    except UNREADABLE as error:
        raise InvalidInput(name, "The picture is damaged.", _RIGHT) from error
    term = term_of(data)
    return mark(kept, Origin(term)) if term else kept


def _check(name: str, image: Image.Image, data: bytes, most_pixels: int) -> None:
    """Refuse by what can be seen before anything is decoded."""
    if image.width * image.height > most_pixels:
        raise _too_many(name, f"{image.width}x{image.height} pixels are too many.", most_pixels)
    if min(image.size) < _SMALLEST_EDGE:
        right = f"Give at least {_SMALLEST_EDGE} pixels each way."
        raise InvalidInput(name, f"{image.width}x{image.height} pixels are too few.", right)
    # A JPEG with several pictures is a photo with its depth map or preview: the first is it.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise InvalidInput(name, "The picture is animated.", "Give one that stands still.")
    if image.format in {"JPEG", "MPO"} and number_of_scans(data) > _MOST_SCANS:
        raise InvalidInput(name, "The JPEG has too many scans.", f"Give at most {_MOST_SCANS}.")


def _too_many(name: str, fault: str, most_pixels: int) -> InvalidInput:
    return InvalidInput(name, fault, f"Give at most {most_pixels / 1e6:g} megapixels.")


def _anew(image: Image.Image) -> Image.Image | None:
    """Decode what has to be written anew; None for a picture whose file may stay, but for words."""
    image.load()
    turn = turn_of(_bytes_in(image, "exif"))
    if image.format != "PNG" and turn is None and image.mode in PLAIN_MODES:
        return None
    return plain(image if turn is None else image.transpose(turn))


def _encoded(picture: Image.Image, data: bytes) -> bytes:
    """Write a picture as JPEG if it was coded with loss, else as PNG."""
    profile = _bytes_in(picture, "icc_profile")
    if profile[36:40] != b"acsp" or profile[16:20] != _SPACES[picture.mode]:
        profile = b""
    picture.info.clear()  # else Pillow writes some of it, a comment for instance
    file = io.BytesIO()
    if is_lossy(data) and picture.mode != "RGBA":
        picture.save(file, "JPEG", quality=95, subsampling=0, icc_profile=profile)
    else:
        picture.save(file, "PNG", compress_level=3, icc_profile=profile or None)
    return file.getvalue()


def _bytes_in(image: Image.Image, name: str) -> bytes:
    value = image.info.get(name)
    return value if isinstance(value, bytes) else b""


def _fitted(data: bytes, size: Size) -> bytes | None:
    with Image.open(io.BytesIO(data)) as image:
        grey = image.convert("L")
        if image.has_transparency_data:
            black = Image.new("L", image.size)
            black.paste(grey, mask=image.convert("RGBA").getchannel("A"))
            grey = black
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    if in_black_and_white(grey).getbbox() is None:
        return None
    file = io.BytesIO()
    grey.save(file, "PNG")
    return file.getvalue()
