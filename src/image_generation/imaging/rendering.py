"""Variants drawn from the bytes of a picture."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageFile

from image_generation.domain.pictures import ImageFormat, Size
from image_generation.domain.variants import Crop, Variant
from image_generation.imaging.pixels import averaged, plain

_GAP = 3.0
"""How many times its size a picture has at most when the slow and good filter gets it."""

_SETTINGS: Mapping[ImageFormat, Mapping[str, Any]] = {
    ImageFormat.PNG: {"compress_level": 6},
    ImageFormat.JPEG: {"quality": 85, "progressive": True, "optimize": True},
    ImageFormat.WEBP: {"quality": 82, "method": 4},
}


def render(data: bytes, variant: Variant) -> bytes:
    """Draw a variant, with the colour profile. What is clear is white in a JPEG."""
    with Image.open(io.BytesIO(data), formats=[kind.value for kind in ImageFormat]) as image:
        whole = Size(*image.size)
        size, crop = variant.size(whole), variant.crop(whole)
        crop = _decoded_small(image, size, crop)
        picture = plain(image)
        profile = picture.info.get("icc_profile")
        picture, crop = _averaged(picture, size, crop)
        small = picture.resize(size, Image.Resampling.LANCZOS, crop)
    return _encoded(small, profile, variant.format)


def _decoded_small(image: ImageFile.ImageFile, size: Size, crop: Crop) -> Crop:
    """Let a JPEG be decoded at a half, a quarter or an eighth if that is enough."""
    share = _GAP * size.width / (crop.right - crop.left)
    wanted = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    width = image.width
    drafted = image.draft(None, wanted)
    scale = 1.0 if drafted is None else width / drafted[1][2]
    return Crop(*(edge / scale for edge in crop))


def _averaged(picture: Image.Image, size: Size, crop: Crop) -> tuple[Image.Image, Crop]:
    """Bring a picture near its size."""
    factor = int((crop.right - crop.left) / size.width / _GAP)
    if factor < 2:
        return picture, crop
    return averaged(picture, factor), Crop(*(edge / factor for edge in crop))


def _encoded(image: Image.Image, profile: bytes | None, kind: ImageFormat) -> bytes:
    if kind is ImageFormat.JPEG and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if kind is ImageFormat.WEBP and image.mode == "L":
        profile = None  # it is for grey, and a WebP has colours
    image.info.clear()  # else Pillow writes some of it, a comment for instance
    file = io.BytesIO()
    image.save(file, kind.value, icc_profile=profile, **_SETTINGS[kind])
    return file.getvalue()
