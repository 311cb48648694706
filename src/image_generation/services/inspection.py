"""What a picture really is: kind, size and hash, read from its bytes."""

import asyncio
import io
from base64 import b64encode
from hashlib import sha256

from PIL import Image, UnidentifiedImageError

from image_generation.domain.pictures import MAX_PIXELS, ImageFormat
from image_generation.gallery.ledger import Picture
from image_generation.imaging.thumbhash import thumbhash

UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises over bytes that are not a picture."""


class NotAPicture(Exception):
    """The bytes are not a PNG, JPEG or WebP that can be decoded."""


async def thumbnail(data: bytes, edge: int) -> bytes:
    """Make a JPEG no larger than `edge` pixels, in a worker thread, or raise `NotAPicture`."""
    return await asyncio.to_thread(_thumbnail, data, edge)


async def inspect(data: bytes) -> Picture:
    """Decode the whole picture in a worker thread and say what it is, or raise `NotAPicture`."""
    return await asyncio.to_thread(_inspect, data)


def _inspect(data: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(data), formats=[kind.value for kind in ImageFormat]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NotAPicture
            image.load()
            kind, (width, height) = ImageFormat(image.format or ""), image.size
            placeholder = b64encode(thumbhash(image)).decode()
    except UNREADABLE as error:
        raise NotAPicture from error
    return Picture(
        image_width=width,
        image_height=height,
        format=kind,
        byte_size=len(data),
        sha256=sha256(data).hexdigest(),
        placeholder=placeholder,
    )


def _thumbnail(data: bytes, edge: int) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=[kind.value for kind in ImageFormat]) as image:
            image.thumbnail((edge, edge))
            small = io.BytesIO()
            image.convert("RGB").save(small, "JPEG", quality=80)
    except UNREADABLE as error:
        raise NotAPicture from error
    return small.getvalue()
