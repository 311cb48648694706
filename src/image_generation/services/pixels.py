"""Pixels in the form that every kind of file takes: 8 bits deep, in RGB or grey."""

import io

import numpy as np
from PIL import Image, ImageCms

_WIDE_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
"""Grey with 16 bits or more; Pillow would cut such values off instead of scaling them."""


def plain(image: Image.Image) -> Image.Image:
    """Return the picture in RGB or grey with 8 bits, with transparency where it has some."""
    if image.mode in _WIDE_MODES:
        return _narrowed(image)
    if image.mode in {"CMYK", "LAB", "YCbCr", "HSV"}:
        return _from_print(image)
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        clear = image.has_transparency_data
        return image.convert("RGBA" if clear else "RGB")
    wanted = {"RGB": "RGB", "RGBA": "RGBA", "LA": "RGBA", "La": "RGBA", "RGBa": "RGBA"}
    return image.convert(wanted.get(image.mode, "L"))


def _narrowed(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    # Each of 65536 levels has its place among 256.
    narrow = Image.fromarray(np.round(np.clip(values, 0, 65535) / 257).astype(np.uint8))
    narrow.info["icc_profile"] = image.info.get("icc_profile")
    return narrow


def _from_print(image: Image.Image) -> Image.Image:
    """Return the picture in sRGB, by its own colour profile where it has one that can be read."""
    profile = image.info.pop("icc_profile", None)
    if profile and image.mode in {"CMYK", "LAB"}:
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
