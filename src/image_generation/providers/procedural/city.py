"""The city: rows of towers with windows, far and near."""

from dataclasses import dataclass

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    columns,
    glow,
    rgb,
    rows,
    scaled,
)
from image_generation.providers.procedural.palette import lit
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time

_WALLS: tuple[Colour, ...] = (
    (0.56, 0.55, 0.57),
    (0.70, 0.66, 0.60),
    (0.42, 0.46, 0.54),
    (0.62, 0.48, 0.42),
    (0.36, 0.42, 0.50),
)
_LAMPS: tuple[Colour, ...] = (
    (1.0, 0.82, 0.50),
    (1.0, 0.72, 0.36),
    (1.0, 0.92, 0.74),
    (0.72, 0.86, 1.0),
)
_GLOW: Colour = (1.0, 0.62, 0.42)
_ROWS = 4


@dataclass(frozen=True, slots=True)
class Street:
    """One row of towers: how near it is (0…1), the row it stands on, and its chance."""

    near: float
    foot: int
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Tower:
    """One block: its edges in pixels, and its wall's colour."""

    left: int
    right: int
    top: int
    wall: Colour


def paint_city(pixels: Pixels, view: View, foot: int) -> None:
    """Paint rows of towers, the far ones tall and pale, all standing on row `foot`."""
    centre = view.rng("city").uniform(0.3, 0.7)
    if view.time is Time.NIGHT:
        _skyglow(pixels, view, foot, centre)
    for number in range(_ROWS):
        near = number / (_ROWS - 1)
        street = Street(near, foot, view.rng(f"city {number}"))
        _paint_street(pixels, view, street, centre)


def _skyglow(pixels: Pixels, view: View, foot: int, centre: float) -> None:
    """Light the sky above the roofs the way a large city does."""
    away = (columns(view.width) / view.width - np.float32(centre)) * (view.width / view.unit)
    up = (foot - rows(foot)) / np.float32(view.unit)
    power = 0.72 * np.exp(-up * 2.7 - (away * 0.8) ** 2) + 0.22 * np.exp(-up * 9.0)
    glow(pixels[:, :foot], _lamplight(view), power)


def _paint_street(pixels: Pixels, view: View, street: Street, centre: float) -> None:
    rng, near = street.rng, street.near
    x = -rng.uniform(0, 0.05) * view.unit
    while x < view.width:
        wide = view.unit * rng.uniform(0.035, 0.085) * (0.75 + 0.5 * near)
        away = (x / view.width - centre) * view.width / view.unit
        heap = 0.35 + 0.65 * float(np.exp(-(away**2) * 5.0))
        room = min(view.unit * 0.60, street.foot * 0.88)
        tall = room * heap * rng.uniform(0.30, 1.0) ** 1.15 * (1.0 - 0.62 * near)
        wall = _WALLS[int(rng.integers(len(_WALLS)))]
        tower = Tower(round(x), round(x + wide), round(street.foot - tall), wall)
        _paint_tower(pixels, view, street, tower)
        x += wide * rng.uniform(0.92, 1.25 if near < 0.9 else 1.6)


def _paint_tower(pixels: Pixels, view: View, street: Street, tower: Tower) -> None:
    rng = street.rng
    wide = tower.right - tower.left
    kind = rng.random()
    _paint_block(pixels, view, street, tower)
    if kind < 0.40 and street.near < 0.9:
        inset = round(wide * rng.uniform(0.14, 0.3))
        crown = round(wide * rng.uniform(0.25, 0.8))
        upper = Tower(tower.left + inset, tower.right - inset, tower.top - crown, tower.wall)
        _paint_block(pixels, view, street, upper, until=tower.top)
        _antenna(pixels, view, upper, street)
    elif kind < 0.6:
        _antenna(pixels, view, tower, street)


def _lamplight(view: View) -> Colour:
    return view.scene.tints[0] if view.scene.tints else _GLOW


def _air(view: View) -> Colour:
    """Return the colour of the air between towers: haze, by night with the city's light in it."""
    if view.time is Time.NIGHT:
        return blend(view.light.haze, _lamplight(view), 0.12)
    return view.light.haze


def _wall(view: View, street: Street, albedo: Colour) -> Colour:
    own = view.scene.own.get(Subject.CITY)
    dark = 0.62 if view.time is Time.NIGHT else 0.8
    shown = lit(scaled(own or albedo, dark), view.light, 0.62)
    return blend(_air(view), shown, 0.34 + 0.62 * street.near)


def _paint_block(
    pixels: Pixels, view: View, street: Street, tower: Tower, *, until: int | None = None
) -> None:
    left, right, top = max(tower.left, 0), max(tower.right, 0), max(tower.top, 0)
    patch = pixels[:, top : max(until or street.foot, 0), left:right]
    if patch.size == 0:
        return
    height, width = patch.shape[1:]
    wall = rgb(_wall(view, street, tower.wall))
    sunny = view.source[0] > (left + right) / 2
    side = np.where(np.arange(width) < width * 0.62, 1.0, 0.78).astype(np.float32)
    side = side[::-1] if sunny else side
    mist = np.linspace(0, 0.38 * (1 - street.near), height, dtype=np.float32)[:, None]
    haze = rgb(_air(view))
    face = wall * side[None, None, :]
    patch[:] = face + (haze - face) * mist
    _windows(patch, view, street)


def _windows(patch: Pixels, view: View, street: Street) -> None:
    """Set a grid of windows into a wall: lit by night, a shade darker than the wall by day."""
    cell_x = max(3, round(view.unit * (0.0065 + 0.0035 * street.near)))
    cell_y = round(cell_x * 1.5)
    height, width = patch.shape[1:]
    down, across = height // cell_y, (width - 2) // cell_x
    if down < 1 or across < 1:
        return
    rng = street.rng
    glass = _glass((cell_y, cell_x))
    rest = (width - across * cell_x) // 2
    area = patch[:, cell_y // 2 : cell_y // 2 + down * cell_y, rest : rest + across * cell_x]
    pattern = np.tile(glass, (down, across))[: area.shape[1], : area.shape[2]]
    busy = {Time.NIGHT: 0.74, Time.SUNSET: 0.40, Time.DAWN: 0.16, Time.NOON: 0.0}[view.time]
    share = busy * rng.uniform(0.15, 1.0) * (0.45 + 0.55 * street.near)
    area *= 1 - pattern * np.float32(0.16 + 0.12 * street.near)
    lamps = np.where(rng.random((down, across)) < share, rng.uniform(0.65, 1, (down, across)), 0)
    power = np.kron(lamps, np.ones((cell_y, cell_x)))[: area.shape[1], : area.shape[2]]
    alpha = (pattern * power * (0.38 + 0.62 * street.near)).astype(np.float32)
    area += (rgb(_lamp(view, rng)) - area) * alpha


def _glass(cell: tuple[int, int]) -> Field:
    glass = np.zeros(cell, dtype=np.float32)
    glass[cell[0] // 3 :, cell[1] // 3 :] = 1
    return glass


def _lamp(view: View, rng: np.random.Generator) -> Colour:
    lamps = _LAMPS
    if view.time is Time.NIGHT and view.scene.tints:
        lamps = tuple(blend(tint, (1.0, 1.0, 1.0), 0.25) for tint in view.scene.tints) + _LAMPS[:2]
    return lamps[int(rng.integers(len(lamps)))]


def _antenna(pixels: Pixels, view: View, tower: Tower, street: Street) -> None:
    middle = (tower.left + tower.right) // 2
    tall = round(view.unit * street.rng.uniform(0.02, 0.07))
    thick = max(1, round(view.unit * 0.0022))
    if not 0 <= middle < view.width - thick:
        return
    top = max(tower.top - tall, 0)
    pixels[:, top : max(tower.top, 0), middle : middle + thick] = rgb(
        _wall(view, street, scaled(tower.wall, 0.7))
    )
    if view.time is Time.NIGHT:
        pixels[:, top : top + 2 * thick, middle : middle + thick] = rgb((1.0, 0.25, 0.2))
