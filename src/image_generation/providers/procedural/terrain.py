"""Rock and earth to stand on: headlands, mounds, cliffs."""

from dataclasses import dataclass

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    columns,
    cover,
    rgb,
    rows,
    scaled,
    step,
)
from image_generation.providers.procedural.noise import looked_up, swell, tile
from image_generation.providers.procedural.palette import grass, lit
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Weather

_ROCK: Colour = (0.40, 0.36, 0.34)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a landmark stands: its column, the row of its ground, and how far it is raised.

    `side` is the edge of the picture the land runs to (1 right, -1 left), 0 for a mound.
    `wide` is how far a headland goes on level beyond the column, in units.
    """

    x: float
    foot: int
    raised: float
    side: int
    wide: float = 0.05

    @property
    def stand(self) -> tuple[float, float]:
        """Column and row on which things stand."""
        return self.x, self.foot - self.raised * 0.86


def paint_terrain(pixels: Pixels, view: View, site: Site) -> None:
    """Paint the rock or mound of a site, down to its foot."""
    rng = view.rng("terrain")
    crest = np.float32(site.foot) - _profile(view, site)
    top = max(int(crest.min()) - 1, 0)
    patch = pixels[:, top : site.foot]
    below = rows(site.foot - top) + np.float32(top) - crest[None, :]
    texture = tile(rng, 256, 6, ridged=True)
    scale = np.float32(420 / view.unit)
    slant = below * np.float32(0.7)
    facets = looked_up(texture, below * scale * 1.5, (columns(view.width) + slant) * scale)
    shifted = looked_up(
        texture, below * scale * 1.5 + 3, (columns(view.width) + slant) * scale + 4 * view.toward
    )
    rim = np.exp(-np.maximum(below, 0) / np.float32(view.unit * 0.012))
    shade = np.clip(0.30 + (facets - shifted) * 2.2 + 0.55 * rim + 0.2 * (facets - 0.5), 0, 1)
    dark, bright = _colours(view, site)
    cover(patch, rgb(dark) + (rgb(bright) - rgb(dark)) * shade, np.clip(below + 0.5, 0, 1))


def _profile(view: View, site: Site) -> Field:
    """Return how high the ground stands above the foot, a value a column."""
    out = (columns(view.width)[0] - np.float32(site.x)) / np.float32(view.unit)
    ragged = swell(view.rng("crest"), view.width, view.unit * 0.10, 5) - 0.5
    if site.side == 0:
        wide = max(0.16, 1.9 * site.raised / view.unit)
        mound: Field = site.raised * np.exp(-((out / np.float32(wide)) ** 4)) * (1 + 0.16 * ragged)
        return mound
    inland = out * site.side
    reach = 0.05 + 0.9 * site.raised / view.unit
    rise = step(-reach - site.wide, -site.wide, inland)
    climb = 1 + np.clip(inland - 0.10, 0, 1.5) * 0.75
    calm = 1 - np.exp(-((inland / 0.09) ** 2)) * 0.7
    height: Field = site.raised * rise * (climb + ragged * 1.1 * calm)
    return height


def _colours(view: View, site: Site) -> tuple[Colour, Colour]:
    """Return the dark and the light tone of the ground."""
    stone = site.side != 0 or view.scene.has(Subject.DESERT)
    albedo = _ROCK if stone else blend(grass(view.scene), _ROCK, 0.35)
    top = (0.90, 0.94, 1.0) if view.snowy else scaled(albedo, 1.55)
    dark = blend(lit(scaled(albedo, 0.45), view.light, 0.25), view.light.haze, 0.08)
    bright = blend(lit(top, view.light, 1.0), view.light.horizon, 0.14)
    return dark, bright


def paint_surf(pixels: Pixels, view: View, site: Site) -> None:
    """Wash the foot of the rocks with foam, thrown high in a storm."""
    storm = Weather.STORM in view.scene.weather
    rng = view.rng("surf")
    tall = view.unit * (0.030 if storm else 0.006)
    top, bottom = max(int(site.foot - tall * 1.4), 0), min(int(site.foot + tall), view.height)
    patch = pixels[:, top:bottom]
    height = _profile(view, site)
    touching = step(0.0, view.unit * 0.012, height)[None, :]
    burst = swell(rng, view.width, view.unit * 0.045, 4)[None, :] ** 2
    away = np.float32(site.foot) - rows(bottom - top) - np.float32(top)
    along: Field = columns(view.width) + away * np.float32(0.3)
    fine = looked_up(tile(rng, 256, 6), away * np.float32(2), along)
    spread = np.where(
        away > 0, np.exp(-away / (tall * (0.12 + burst))), np.exp(away / (tall * 0.4))
    )
    white = blend(view.light.horizon, (0.96, 0.98, 1.0), 0.70)
    torn = step(0.30, 0.62, (fine + 0.25 * spread).astype(np.float32))
    alpha = touching * spread * torn * np.float32(0.85)
    cover(patch, rgb(scaled(white, min(0.55 + view.light.level, 1))), alpha.astype(np.float32))


def paint_cliff(pixels: Pixels, view: View, site: Site) -> None:
    """Paint a broad cliff that a waterfall can drop from; its top lies at `raised`."""
    rng = view.rng("cliff")
    out = (columns(view.width)[0] - np.float32(site.x)) / np.float32(view.unit)
    ragged = swell(rng, view.width, view.unit * 0.12, 6) - 0.5
    body = np.exp(-((out / np.float32(0.36)) ** 4)) * (
        1 + 0.42 * ragged * step(0.04, 0.16, np.abs(out))
    )
    crest = np.float32(site.foot) - np.float32(site.raised) * body
    top = max(int(crest.min()) - 1, 0)
    patch = pixels[:, top : site.foot]
    below = rows(site.foot - top) + np.float32(top) - crest[None, :]
    texture = tile(rng, 256, 6, ridged=True)
    scale = np.float32(300 / view.unit)
    columns_ = columns(view.width) * scale
    face = looked_up(texture, below * scale * 0.45, columns_)
    beside = looked_up(texture, below * scale * 0.45, columns_ + 3 * view.toward)
    rim = np.exp(-np.maximum(below, 0) / np.float32(view.unit * 0.02))
    shade = np.clip(0.34 + (face - beside) * 2.4 + 0.35 * (face - 0.5), 0, 1)
    dark, bright = lit(scaled(_ROCK, 0.55), view.light, 0.2), lit(scaled(_ROCK, 1.5), view.light)
    layer = rgb(dark) + (rgb(bright) - rgb(dark)) * shade
    top_tone = (0.93, 0.95, 1.0) if view.snowy else scaled(grass(view.scene), 0.8)
    cover(layer, rgb(lit(top_tone, view.light)) * (0.6 + 0.6 * face), np.clip(rim * 1.3, 0, 1))
    cover(patch, layer, np.clip(below + 0.5, 0, 1))
