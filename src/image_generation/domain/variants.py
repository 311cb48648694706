"""Variants: a picture smaller, cut to a shape, or as another kind of file."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from image_generation.domain import limits
from image_generation.domain.pictures import ImageFormat, Size


class Fit(StrEnum):
    """How a picture comes into a box."""

    CONTAIN = "CONTAIN"
    COVER = "COVER"


_LADDER = tuple(step << octave for octave in range(2, 12) for step in (4, 6))
"""The edges that variants have, 16, 24, 32, 48 … 12288: there are not many of one picture."""


class Crop(NamedTuple):
    """The part of a picture that is shown: its corners in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Variant:
    """What is made of a picture. Its edges stand on the ladder.

    With `COVER` there are both, with `CONTAIN` one, or none for all pixels.
    """

    format: ImageFormat
    width: int | None = None
    height: int | None = None
    fit: Fit = Fit.CONTAIN

    @property
    def name(self) -> str:
        """A short name: "w256.webp", "w256h128.png", "full.jpeg"."""
        edges = {"w": self.width, "h": self.height}
        shape = "".join(f"{name}{edge}" for name, edge in edges.items() if edge)
        return f"{shape or 'full'}.{self.format.value.lower()}"

    @property
    def query(self) -> str:
        """What asks for it in an address: "w=256"."""
        usual = (self.width or self.height) and self.format is ImageFormat.WEBP
        fields = {
            "w": self.width,
            "h": self.height,
            "fit": self.fit.value.lower() if self.fit is Fit.COVER else None,
            "format": None if usual else self.format.value.lower(),
        }
        return "&".join(f"{name}={value}" for name, value in fields.items() if value)

    def size(self, whole: Size) -> Size:
        """Say how large it is, made of a picture of that size; it never grows."""
        if self.width and self.height:
            scale = min(1, whole.width / self.width, whole.height / self.height)
            return _scaled(Size(self.width, self.height), scale)
        scale_x = (self.width or whole.width) / whole.width
        scale_y = (self.height or whole.height) / whole.height
        return _scaled(whole, min(1, scale_x, scale_y))

    def crop(self, whole: Size) -> Crop:
        """Say which part of the picture it shows: the middle, when it is cut to a shape."""
        if not (self.width and self.height):
            return Crop(0, 0, *whole)
        size = self.size(whole)
        scale = max(size.width / whole.width, size.height / whole.height)
        x = max((whole.width - size.width / scale) / 2, 0)  # it may be a hair below
        y = max((whole.height - size.height / scale) / 2, 0)
        return Crop(x, y, whole.width - x, whole.height - y)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: at least so many pixels, as far as there are so many."""

    width: int | None = None
    height: int | None = None
    fit: Fit = Fit.CONTAIN
    format: ImageFormat | None = None

    def check(self, width: str, height: str) -> None:
        """Raise `InvalidInput` under these names unless the edges are in range."""
        limits.VARIANT_EDGE.check(width, self.width)
        limits.VARIANT_EDGE.check(height, self.height)

    def of(self, whole: Size, kind: ImageFormat) -> Variant | None:
        """Choose the variant of a picture of that size and kind; None: the picture as it is.

        A smaller one is a WebP unless another format is asked for.
        """
        if not (self.width or self.height) and self.format in {None, kind}:
            return None
        width, height = _rung(self.width), _rung(self.height)
        format = self.format or ImageFormat.WEBP
        if self._cuts(whole):
            return Variant(format, *_least(width, height, whole), Fit.COVER)
        if width >= whole.width and height >= whole.height:
            return None if self.format in {None, kind} else Variant(format)
        binds_width = width * whole.height <= height * whole.width
        return Variant(format, width) if binds_width else Variant(format, None, height)

    def _cuts(self, whole: Size) -> bool:
        """Whether the box has another shape than the picture, and is to be filled."""
        if self.fit is not Fit.COVER or not (self.width and self.height):
            return False
        return _rung(self.width) * whole.height != _rung(self.height) * whole.width


def _rung(edge: int | None) -> int:
    """Round up to the ladder; where nothing is asked for, all that there can be."""
    return next((rung for rung in _LADDER if edge and rung >= edge), _LADDER[-1])


def _least(width: int, height: int, whole: Size) -> tuple[int, int]:
    """Give the smallest such box that shows all the pixels that this one would show."""
    while min(width, height) > _LADDER[1] and (
        width >= 2 * whole.width or height >= 2 * whole.height
    ):
        width, height = width // 2, height // 2
    return width, height


def _scaled(size: Size, scale: float) -> Size:
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))
