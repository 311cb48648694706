"""Pixels in the form that every kind of file takes: 8 bits deep, in RGB or grey."""

import io

import numpy as np
from PIL import Image, ImageCms

PLAIN_MODES = ("L", "RGB", "RGBA")

_AT_A_TIME = 1024 * 1024
"""How many samples are narrowed, or pixels averaged, at a time."""


def plain(image: Image.Image) -> Image.Image:
    """Return a PNG, JPEG or WebP in RGB or grey with 8 bits, with transparency where it has some.

    It is the picture itself where that is so already.
    """
    image.load()
    if image.mode == "I;16":
        return _narrowed(image)
    if image.mode == "CMYK":
        return _from_print(image)
    if image.mode in {"LA", "RGBA"} or "transparency" in image.info:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    mode = "L" if image.mode in {"1", "L"} else "RGB"
    return image if image.mode == mode else image.convert(mode)


def averaged(picture: Image.Image, factor: int) -> Image.Image:
    """Make one pixel of each square that has so many on a side; what is clear has no colour.

    It goes band by band: Pillow would copy all of a picture with transparency.
    """
    width, height = picture.size
    small = Image.new(picture.mode, (-(-width // factor), -(-height // factor)))
    rows = factor * max(1, _AT_A_TIME // (width * factor))
    for top in range(0, height, rows):
        band = picture.crop((0, top, width, min(top + rows, height)))
        small.paste(band.reduce(factor), (0, top // factor))
    return small


def _narrowed(image: Image.Image) -> Image.Image:
    """Give each of 65536 greys its place among 256; Pillow would cut them off."""
    wide = np.asarray(image).ravel()
    narrow = np.empty(wide.size, np.uint8)
    for start in range(0, wide.size, _AT_A_TIME):
        piece = wide[start : start + _AT_A_TIME].astype(np.uint32)
        narrow[start : start + _AT_A_TIME] = (piece * 255 + 32895) >> 16  # rounded
    picture = Image.fromarray(narrow.reshape(image.height, image.width))
    picture.info["icc_profile"] = image.info.get("icc_profile")
    return picture


def _from_print(image: Image.Image) -> Image.Image:
    """Return the picture in sRGB, by its own colour profile where it has one that can be read."""
    profile = image.info.pop("icc_profile", None)
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            converted.info.pop("icc_profile", None)
            return converted
    return image.convert("RGB")
