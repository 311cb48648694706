"""A transparent sheet to draw shapes on, and a pen that draws them to scale."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from image_generation.providers.procedural.canvas import Colour, Pixels, from_picture

_FINE = 2  # shapes are drawn larger by this factor and averaged, for soft edges


@dataclass(slots=True)
class Sheet:
    """A transparent sheet to draw shapes on, over the rows from `top` to `bottom`."""

    pixels: Pixels
    top: int
    colour: ImageDraw.ImageDraw
    mask: ImageDraw.ImageDraw
    picture: Image.Image
    stencil: Image.Image

    @classmethod
    def over(cls, pixels: Pixels, top: int, bottom: int) -> "Sheet":
        """Open a sheet over a band of rows of the canvas."""
        top, bottom = max(top, 0), min(bottom, pixels.shape[1])
        size = (pixels.shape[2] * _FINE, max(bottom - top, 1) * _FINE)
        picture, stencil = Image.new("RGB", size), Image.new("L", size)
        return cls(pixels, top, ImageDraw.Draw(picture), ImageDraw.Draw(stencil), picture, stencil)

    def polygon(self, points: npt.NDArray[np.float64], colour: Colour) -> None:
        """Draw a filled shape; points are (x, y) on the canvas, shape (n, 2)."""
        placed = (points - (0, self.top)) * _FINE
        flat = placed.ravel().tolist()
        self.colour.polygon(flat, fill=_bytes(colour))
        self.mask.polygon(flat, fill=255)

    def dot(self, where: tuple[float, float], radii: tuple[float, float], colour: Colour) -> None:
        """Draw a filled ellipse."""
        x, y = where[0] * _FINE, (where[1] - self.top) * _FINE
        box = (
            x - radii[0] * _FINE,
            y - radii[1] * _FINE,
            x + radii[0] * _FINE,
            y + radii[1] * _FINE,
        )
        self.colour.ellipse(box, fill=_bytes(colour))
        self.mask.ellipse(box, fill=255)

    def lay(self) -> None:
        """Lay the sheet onto the canvas."""
        small = from_picture(self.picture.reduce(_FINE))
        alpha = np.asarray(self.stencil.reduce(_FINE), dtype=np.float32) / np.float32(255)
        band = self.pixels[:, self.top : self.top + alpha.shape[0]]
        # The drawn colours are black where nothing is, hence weighted by the stencil already.
        band *= 1 - alpha
        band += small


def _bytes(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (round(min(max(channel, 0), 1) * 255) for channel in colour)
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on a sheet in lengths of `size`, up from a foot; `toward` (1 or -1) is the lit side."""

    sheet: Sheet
    foot: tuple[float, float]
    size: float
    toward: int = 1

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """Draw a filled shape; x grows toward the light, y upward."""
        scale = (self.size * self.toward, -self.size)
        self.sheet.polygon(np.array(points) * scale + self.foot, colour)

    def box(self, across: tuple[float, float], up: tuple[float, float], colour: Colour) -> None:
        """Draw a filled rectangle between two x and two y."""
        (left, right), (low, high) = across, up
        self.shape([(left, low), (left, high), (right, high), (right, low)], colour)

    def dot(self, where: tuple[float, float], radii: tuple[float, float], colour: Colour) -> None:
        """Draw a filled ellipse."""
        place = self.at(where)
        self.sheet.dot(place, (radii[0] * self.size, radii[1] * self.size), colour)

    def at(self, where: tuple[float, float]) -> tuple[float, float]:
        """Return the column and row of a point."""
        x, y = where
        return self.foot[0] + x * self.size * self.toward, self.foot[1] - y * self.size
