"""Plants: conifers, leafy trees, grass and flowers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    cover,
    rgb,
    rows,
    scaled,
)
from image_generation.providers.procedural.crossings import paint_road, road_at
from image_generation.providers.procedural.land import paint_meadow
from image_generation.providers.procedural.noise import swell
from image_generation.providers.procedural.palette import grass, leaves, lit, petals
from image_generation.providers.procedural.sheet import Sheet
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Season, Subject

_NEEDLES: Colour = (0.13, 0.25, 0.17)
_BARK: Colour = (0.26, 0.18, 0.13)


@dataclass(frozen=True, slots=True)
class Stand:
    """One row of trees: its ground (a row), the trees' height, how near it is, 0…1."""

    ground: float
    tall: float
    near: float
    name: str


def paint_forest(pixels: Pixels, view: View, bottom: int) -> None:
    """Paint stands of trees from the misty far one to the near one, down to row `bottom`.

    Where a road leads through, all of them stand beside it on one ground.
    """
    road = view.scene.has(Subject.ROAD)
    if road:
        paint_meadow(pixels, view, view.horizon)
        paint_road(pixels, view, view.horizon + 1)
    for number in range(5):
        near = number / 4
        ground = view.horizon + (bottom - view.horizon) * near**1.3
        tall = view.unit * (0.13 + 0.43 * near**1.4)
        paint_stand(pixels, view, Stand(ground, tall, near, f"forest {number}"))
        if near < 0.9 and not road:
            _mist(pixels, view, ground, tall)


def paint_tree_line(pixels: Pixels, view: View) -> None:
    """Paint a far row of trees that stands on the horizon."""
    for near, tall in ((0.55, 0.105), (0.80, 0.075)):
        name = f"tree line {near}"
        paint_stand(pixels, view, Stand(view.horizon, view.unit * tall, near, name))


def paint_stand(pixels: Pixels, view: View, stand: Stand) -> None:
    """Paint one row of trees and the ground under them."""
    rng = view.rng(stand.name)
    bottom = min(int(stand.ground + stand.tall * 0.2), view.height)
    sheet = Sheet.over(pixels, int(stand.ground - stand.tall * 1.7), bottom)
    roll = swell(rng, view.width, view.unit * 0.5, 2) * stand.tall * 0.30
    gap = stand.tall * (0.16 + 0.10 * stand.near)
    count = max(3, int(view.width / gap))
    leafy = _leafy(view)
    for x in np.sort(rng.uniform(-0.02, 1.02, count)) * view.width:
        if _on_the_road(view, stand, float(x)):
            continue
        foot = stand.ground - float(roll[int(np.clip(x, 0, view.width - 1))])
        tall = stand.tall * rng.uniform(0.55, 1.25)
        where = (float(x), foot + stand.tall * 0.08)
        shadow = _tree_colour(view, scaled(grass(view.scene), 0.35), stand.near)
        sheet.dot(where, (tall * 0.17, tall * 0.022), shadow)
        if rng.random() < leafy:
            _leaf_tree(sheet, view, (where, tall * 0.85, stand.near), rng)
        else:
            _conifer(sheet, view, (where, tall, stand.near), rng)
    floor = _floor_colour(view, stand.near)
    if not view.scene.has(Subject.ROAD):
        _floor(sheet, view, stand.ground - roll, floor)
        pixels[:, bottom:] = rgb(floor)
    sheet.lay()


def _on_the_road(view: View, stand: Stand, x: float) -> bool:
    """Whether a tree would stand in the road, or hide it."""
    if not view.scene.has(Subject.ROAD):
        return False
    middle, half = road_at(view, np.full((1, 1), stand.ground, dtype=np.float32))
    return bool(abs(x - middle[0, 0]) < half[0, 0] * 1.15 + stand.tall * 0.16)


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
    tiers = 6 + int(near * 15 * view.density)
    wide = tall * rng.uniform(0.14, 0.20)
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
    bright = blend(base, (0.85, 0.90, 0.97), 0.62) if view.snowy else scaled(base, 1.55)
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
    _foliage(sheet, (crown, tall, toward), lambda tone: _tree_colour(view, tone, near), (base, rng))


def _foliage(
    sheet: Sheet,
    crown: tuple[tuple[float, float], float, int],
    shown: Callable[[Colour], Colour],
    ink: tuple[Colour, np.random.Generator],
) -> None:
    """Dab leaves into a crown, from the large, dark ones to the small, bright ones."""
    (x, y), tall, toward = crown
    base, rng = ink
    dabs = int(np.clip(tall * 0.9, 24, 190))
    bright = np.linspace(0, 1, dabs)
    angle = rng.uniform(0, 2 * np.pi, dabs)
    reach = np.sqrt(rng.random(dabs)) * tall * (0.31 - 0.06 * bright)
    across = x + np.cos(angle) * reach + toward * bright * tall * 0.05
    down = y + np.sin(angle) * reach * 0.92 - bright * tall * 0.05
    size = tall * rng.uniform(0.6, 1.2, dabs) * (0.075 - 0.055 * bright**0.6)
    tone = 0.45 + 0.72 * bright - 0.28 * np.sin(angle) + rng.uniform(-0.14, 0.14, dabs)
    for i in range(dabs):
        place = (float(across[i]), float(down[i]))
        colour = shown(scaled(base, max(float(tone[i]), 0.2)))
        sheet.dot(place, (float(size[i]), float(size[i]) * 0.78), colour)


def _floor(sheet: Sheet, view: View, line: Field, colour: Colour) -> None:
    across = np.arange(0, view.width + 8, max(2, view.width // 128))
    edge = np.stack([across, line[np.minimum(across, view.width - 1)]], 1)
    corners = np.array([[view.width + 8, view.height + 9], [0, view.height + 9]])
    sheet.polygon(np.concatenate([edge, corners]), colour)


def _floor_colour(view: View, near: float) -> Colour:
    if view.snowy:
        snow = scaled(lit((0.90, 0.94, 1.0), view.light), 1.05)
        return blend(view.light.haze, snow, 0.22 + 0.74 * near)
    return _tree_colour(view, blend(scaled(grass(view.scene), 0.42), _NEEDLES, 0.5), near)


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
