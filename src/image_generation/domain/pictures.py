"""Pictures: formats and sizes."""

from enum import StrEnum
from typing import NamedTuple

from typing_extensions import override

MAX_PIXELS = 64 * 1024 * 1024
"""More than any provider makes; what claims to be larger is not decoded."""


class ImageFormat(StrEnum):
    """The kinds of picture that are kept and served."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"

    @property
    def media_type(self) -> str:
        """The media type it is served with."""
        return f"image/{self.value.lower()}"


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @override
    def __str__(self) -> str:
        """Write it the way providers do: "1024x768"."""
        return f"{self.width}x{self.height}"
