"""Plants: conifers, leafy trees, grass and flowers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from image_generation.providers.procedural.canvas import (
    Colour,
    Pixels,
    blend,
    cover,
    from_picture,
    rgb,
    rows,
    scaled,
)
from image_generation.providers.procedural.noise import swell
from image_generation.providers.procedural.palette import grass, leaves, lit, petals
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Season, Subject

_FINE = 2  # shapes are drawn larger by this factor and averaged, for soft edges
_NEEDLES: Colour = (0.13, 0.25, 0.17)
_BARK: Colour = (0.26, 0.18, 0.13)


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
class Stand:
    """One row of trees: its ground (a row), the trees' height, how near it is, 0…1."""

    ground: float
    tall: float
    near: float
    name: str


def paint_forest(pixels: Pixels, view: View, bottom: int) -> None:
    """Paint stands of trees from the misty far one to the near one, down to row `bottom`."""
    for number in range(5):
        near = number / 4
        ground = view.horizon + (bottom - view.horizon) * near**1.3
        tall = view.unit * (0.10 + 0.30 * near**1.3)
        paint_stand(pixels, view, Stand(ground, tall, near, f"forest {number}"))
        if near < 0.9:
            _mist(pixels, view, ground, tall)


def paint_tree_line(pixels: Pixels, view: View) -> None:
    """Paint a far row of trees that stands on the horizon."""
    for near, tall in ((0.55, 0.105), (0.80, 0.075)):
        name = f"tree line {near}"
        paint_stand(pixels, view, Stand(view.horizon, view.unit * tall, near, name))


def paint_stand(pixels: Pixels, view: View, stand: Stand) -> None:
    """Paint one row of trees and the ground under them."""
    rng = view.rng(stand.name)
    sheet = Sheet.over(pixels, int(stand.ground - stand.tall * 1.7), view.height)
    roll = swell(rng, view.width, view.unit * 0.5, 2) * stand.tall * 0.30
    gap = stand.tall * (0.20 + 0.10 * stand.near)
    count = max(3, int(view.width / gap))
    leafy = _leafy(view)
    for x in np.sort(rng.uniform(-0.02, 1.02, count)) * view.width:
        foot = stand.ground - float(roll[int(np.clip(x, 0, view.width - 1))])
        tall = stand.tall * rng.uniform(0.55, 1.25)
        where = (float(x), foot + stand.tall * 0.08)
        if rng.random() < leafy:
            _leaf_tree(sheet, view, (where, tall * 0.85, stand.near), rng)
        else:
            _conifer(sheet, view, (where, tall, stand.near), rng)
    _floor(sheet, view, stand, roll)
    sheet.lay()


def _leafy(view: View) -> float:
    """Return the share of leafy trees among the conifers."""
    if view.scene.season in {Season.AUTUMN, Season.SPRING} or view.scene.has(Subject.MEADOW):
        return 0.8
    return 0.0 if view.snowy else 0.12


def _tree_colour(view: View, albedo: Colour, near: float) -> Colour:
    return blend(view.light.haze, lit(albedo, view.light, 0.55), 0.22 + 0.74 * near)


_Tree = tuple[tuple[float, float], float, float]
"""A tree: where it stands (x, y), how tall it is, how near, 0…1."""


def _conifer(sheet: Sheet, view: View, tree: _Tree, rng: np.random.Generator) -> None:
    (x, y), tall, near = tree
    tiers = 5 + int(near * 8 * view.density)
    wide = tall * rng.uniform(0.15, 0.21)
    down = np.linspace(0, 1, tiers * 2)
    out = wide * down**0.85 * np.where(np.arange(tiers * 2) % 2 == 0, 0.45, 1.0)
    sag = np.where(np.arange(tiers * 2) % 2 == 0, -0.2 / tiers, 0.3 / tiers)
    right = out * rng.uniform(0.75, 1.15, tiers * 2)
    left = out * rng.uniform(0.75, 1.15, tiers * 2)
    rise = y - tall + (down + sag) * tall * 0.95
    shape = np.concatenate([np.stack([x + right, rise], 1), np.stack([x - left, rise], 1)[::-1]])
    own = view.scene.own.get(Subject.FOREST, _NEEDLES)
    base = scaled(own, float(rng.uniform(0.75, 1.2)))
    sheet.polygon(shape, _tree_colour(view, base, near))
    toward = 1 if view.source[0] > x else -1
    bright = blend(base, (0.85, 0.90, 0.97), 0.85) if view.snowy else scaled(base, 1.55)
    side = right if toward > 0 else left
    face = np.concatenate(
        [
            np.stack([x + toward * side * 0.85, rise - tall * 0.012], 1),
            np.stack([x + toward * side * 0.15, rise + tall * 0.02], 1)[::-1],
        ]
    )
    sheet.polygon(face, _tree_colour(view, bright, near * 0.9))


def _leaf_tree(sheet: Sheet, view: View, tree: _Tree, rng: np.random.Generator) -> None:
    (x, y), tall, near = tree
    trunk = tall * 0.035
    bark = _tree_colour(view, _BARK, near)
    taper = np.array(
        [
            [x - trunk, y],
            [x - trunk * 0.5, y - tall * 0.6],
            [x + trunk * 0.5, y - tall * 0.6],
            [x + trunk, y],
        ]
    )
    sheet.polygon(taper, bark)
    tones = leaves(view.scene)
    base = tones[int(rng.integers(len(tones)))]
    toward = 1 if view.source[0] > x else -1
    crown = (x, y - tall * 0.66)
    dabs = int(14 + 46 * near * view.density)
    for number in range(dabs):
        bright = number / dabs
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random()) * (1 - 0.35 * bright)
        dx = np.cos(angle) * reach * tall * 0.30 + toward * bright * tall * 0.07
        dy = np.sin(angle) * reach * tall * 0.30 - bright * tall * 0.08
        size = tall * rng.uniform(0.05, 0.11) * (1.15 - 0.65 * bright)
        tone = scaled(base, 0.48 + 0.85 * bright + float(rng.uniform(-0.08, 0.08)))
        place = (crown[0] + float(dx), crown[1] + float(dy))
        sheet.dot(place, (size, size * 0.8), _tree_colour(view, tone, near))


def _floor(sheet: Sheet, view: View, stand: Stand, roll: npt.NDArray[np.float32]) -> None:
    across = np.arange(0, view.width + 8, max(2, view.width // 128))
    line = stand.ground - roll[np.minimum(across, view.width - 1)]
    edge = np.stack([across, line], 1)
    corners = np.array([[view.width + 8, view.height + 9], [0, view.height + 9]])
    albedo = (0.86, 0.90, 0.96) if view.snowy else scaled(grass(view.scene), 0.42)
    if not view.snowy:
        albedo = blend(albedo, _NEEDLES, 0.5)
    sheet.polygon(np.concatenate([edge, corners]), _tree_colour(view, albedo, stand.near))


def _mist(pixels: Pixels, view: View, ground: float, tall: float) -> None:
    top = max(int(ground - tall), 0)
    share = (rows(pixels.shape[1] - top) / np.float32(tall)).clip(0, 1)
    colour = blend(view.light.haze, view.light.horizon, 0.45)
    cover(pixels[:, top:], rgb(colour), share * np.float32(0.46))


def paint_grass(pixels: Pixels, view: View, top: int) -> None:
    """Draw blades of grass, longer and denser toward the viewer."""
    if view.snowy:
        return
    rng = view.rng("grass")
    sheet = Sheet.over(pixels, top, view.height)
    room = view.height - top
    count = int(view.density * 1700 * min(view.width / view.unit, 3))
    near = np.sort(rng.random(count) ** 0.7)
    base = grass(view.scene)
    foot = top + near * room * 1.06
    x = rng.uniform(0, view.width, count)
    long = view.unit * (0.012 + 0.075 * near**2) * rng.uniform(0.6, 1.3, count)
    lean = rng.normal(0.15, 0.35, count) * long
    thick = np.maximum(view.unit * 0.0022 * (0.5 + near), 0.5)
    tone = rng.uniform(0.45, 1.35, count)
    for i in range(count):
        blade = np.array(
            [
                [x[i] - thick[i], foot[i]],
                [x[i] + lean[i], foot[i] - long[i]],
                [x[i] + thick[i], foot[i]],
            ]
        )
        sheet.polygon(blade, lit(scaled(base, float(tone[i])), view.light))
    sheet.lay()


def paint_flowers(pixels: Pixels, view: View, top: int) -> None:
    """Scatter flowers over the ground: dots far away, blossoms with petals near by."""
    rng = view.rng("flowers")
    sheet = Sheet.over(pixels, top, view.height)
    room = view.height - top
    colours = petals(view.scene, rng)
    count = int(view.density * 520 * min(view.width / view.unit, 3))
    for near in np.sort(rng.random(count) ** 0.9):
        x, y = rng.uniform(0, view.width), top + near**1.5 * room * 1.02
        size = view.unit * (0.0022 + 0.021 * near**2.2) * rng.uniform(0.7, 1.25)
        colour = colours[int(rng.integers(len(colours)))]
        shown = scaled(lit(colour, view.light), float(rng.uniform(0.9, 1.25)))
        shown = blend(view.light.haze, shown, 0.55 + 0.45 * float(near))
        _flower(sheet, view, (float(x), float(y), float(size)), shown)
    sheet.lay()


def _flower(sheet: Sheet, view: View, place: tuple[float, float, float], colour: Colour) -> None:
    x, y, size = place
    if size < view.unit * 0.006:
        sheet.dot((x, y), (size, size * 0.7), colour)
        return
    rng = view.rng(f"flower {x:.2f}")
    stem = np.array(
        [[x - size * 0.1, y], [x + size * rng.uniform(-1, 1), y + size * 6], [x + size * 0.12, y]]
    )
    sheet.polygon(stem, lit(scaled(grass(view.scene), 0.6), view.light))
    turn = rng.uniform(0, np.pi)
    for petal in range(6):
        angle = turn + petal * np.pi / 3
        centre = (x + float(np.cos(angle)) * size * 0.62, y + float(np.sin(angle)) * size * 0.44)
        tone = scaled(colour, 0.80 + 0.22 * (petal % 3))
        sheet.dot(centre, (size * 0.46, size * 0.36), tone)
    sheet.dot((x, y), (size * 0.26, size * 0.20), lit((0.96, 0.78, 0.24), view.light))
