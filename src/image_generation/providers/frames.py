"""The pictures that a model starts from, in the form in which every model reads them.

Source and mask are cut to fill the frame of the picture that is wanted: what a model is sent, and
what it makes, then lie on each other pixel by pixel. The same request always gives the same bytes.
"""

import asyncio
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageChops, ImageOps

from image_generation.domain.errors import ProviderRejected
from image_generation.domain.generations import Operation
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.providers.base import ProviderRequest
from image_generation.providers.models import MaskPolarity

_UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
_WHITE_ENOUGH = [0] * 128 + [255] * 128
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Framed:
    """An encoded picture as large as the frame."""

    data: bytes = field(repr=False)
    format: ImageFormat


@dataclass(frozen=True, slots=True)
class Frames:
    """What a model starts from; a mask is a PNG."""

    source: Framed
    mask: Framed | None


async def frames_of(
    request: ProviderRequest, polarity: MaskPolarity | None, provider: str
) -> Frames:
    """Bring source and mask of a request into form, or raise `ProviderRejected`.

    `polarity` is how the model reads a mask.
    """
    return await asyncio.to_thread(_frames, request, polarity, provider)


def opened(data: bytes | None, size: Size, what: str, provider: str) -> Image.Image:
    """Return an encoded picture upright and cut to fill the frame, or raise `ProviderRejected`."""
    if data is None:
        raise ProviderRejected(f"The {what} is missing.", provider=provider)
    try:
        with Image.open(BytesIO(data)) as picture:
            upright = ImageOps.exif_transpose(picture)
            return ImageOps.fit(upright.convert("RGBA"), size, Image.Resampling.LANCZOS)
    except _UNREADABLE as error:
        message = f"The {what} is not a picture that can be read."
        raise ProviderRejected(message, provider=provider) from error


def on_paper(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB; what is transparent in it becomes white."""
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("RGB")


def in_black_and_white(mask: Image.Image) -> Image.Image:
    """Return a mask without greys: each counts as what it is nearer to."""
    return mask.convert("L").point(_WHITE_ENOUGH)


def _frames(request: ProviderRequest, polarity: MaskPolarity | None, provider: str) -> Frames:
    size = Size(request.width, request.height)
    source = _source(request.source, size, provider)
    if request.operation is not Operation.INPAINT or polarity is None:
        return Frames(source, None)
    return Frames(source, _mask(request.mask, size, polarity, provider))


def _source(data: bytes | None, size: Size, provider: str) -> Framed:
    """Encode a source anew unless it fits already: as JPEG what was one, and else without loss."""
    kind, fits = _looked_at(data, size)
    if data is not None and kind is not None and fits:
        return Framed(data, kind)
    picture = on_paper(opened(data, size, "source picture", provider))
    file = BytesIO()
    if kind is ImageFormat.JPEG:
        picture.save(file, "JPEG", quality=95, subsampling=0)
        return Framed(file.getvalue(), ImageFormat.JPEG)
    picture.save(file, "PNG", compress_level=3)
    return Framed(file.getvalue(), ImageFormat.PNG)


def _looked_at(data: bytes | None, size: Size) -> tuple[ImageFormat | None, bool]:
    """Tell from the header what kind of picture it is, and whether it fits the frame as it is."""
    try:
        with Image.open(BytesIO(data or b""), formats=[*ImageFormat]) as picture:
            plain = picture.mode == "RGB" and "transparency" not in picture.info
            upright = picture.getexif().get(_ORIENTATION, 1) == 1
            fits = picture.size == size and plain and upright
            return ImageFormat(picture.format or ""), fits
    except _UNREADABLE:
        return None, False


def _mask(data: bytes | None, size: Size, polarity: MaskPolarity, provider: str) -> Framed:
    """Write a mask in black and white; or white as transparent, the rest as opaque."""
    mask = in_black_and_white(opened(data, size, "mask", provider))
    if mask.getbbox() is None:
        message = "Nothing that is white in the mask lies within the picture's frame."
        raise ProviderRejected(message, provider=provider)
    if polarity is MaskPolarity.TRANSPARENT:
        opaque = ImageChops.invert(mask)
        mask = Image.new("RGBA", size)
        mask.putalpha(opaque)
    file = BytesIO()
    mask.save(file, "PNG")
    return Framed(file.getvalue(), ImageFormat.PNG)
