"""Landmarks in their places: on rocks by the water, on mounds, on the ground."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from image_generation.providers.procedural.buildings import (
    paint_beams,
    paint_castle,
    paint_houses,
    paint_lighthouse,
    shine_lighthouse,
)
from image_generation.providers.procedural.canvas import Pixels
from image_generation.providers.procedural.crossings import paint_bridge, paint_fall, paint_road
from image_generation.providers.procedural.people import paint_people
from image_generation.providers.procedural.terrain import (
    Site,
    paint_cliff,
    paint_surf,
    paint_terrain,
)
from image_generation.providers.procedural.vessels import paint_vessel
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.water import mirrored
from image_generation.providers.procedural.words import Subject

Layer: TypeAlias = Callable[[Pixels], None]
"""One layer of the picture, painted in place."""

_RAISED = (Subject.LIGHTHOUSE, Subject.CASTLE, Subject.HOUSE, Subject.PERSON)


def on_the_horizon(view: View) -> Iterator[Layer]:
    """Yield what stands behind the water, and is mirrored by it."""
    if view.scene.has(Subject.WATERFALL) and view.scene.has(Subject.WATER):
        tall = min(view.unit * 0.46, view.horizon * 0.72)
        site = Site(view.third, view.horizon, tall, 0)
        yield partial(paint_cliff, view=view, site=site)
        yield partial(paint_fall, view=view, place=(site.x, site.foot, tall * 0.97))


def on_the_water(view: View) -> Iterator[Layer]:
    """Yield what stands in the water, each with its image below."""
    scene, deep = view.scene, view.height - view.horizon
    if scene.has(Subject.BRIDGE):
        foot = view.horizon + round(deep * (0.34 if scene.has(Subject.CITY) else 0.14))
        draw = partial(paint_bridge, view=view, foot=foot)
        yield partial(mirrored, view=view, foot=foot, draw=draw)
    if scene.has(Subject.BOAT):
        share = float(view.rng("boat").uniform(0.12, 0.24))
        crowded = scene.has(Subject.LIGHTHOUSE, Subject.CASTLE, Subject.HOUSE)
        column = view.width - view.third if crowded else view.third
        foot = view.horizon + round(deep * share)
        draw = partial(paint_vessel, view=view, where=(column, float(foot)))
        yield partial(mirrored, view=view, foot=foot, draw=draw)
    if scene.has(*_RAISED):
        yield from _headland(view, deep)


def _headland(view: View, deep: int) -> Iterator[Layer]:
    built = view.scene.has(*_RAISED[:3])
    foot = view.horizon + round(deep * (0.20 if built else 0.62))
    side = 1 if view.third > view.width / 2 else -1
    raised = min(view.unit * (0.105 if built else 0.06), foot * 0.2)
    wide = 0.20 if view.scene.has(Subject.CASTLE, Subject.VILLAGE) else 0.05
    site = Site(view.third, foot, raised, side, wide)
    if view.scene.has(Subject.LIGHTHOUSE) and view.lamps:
        yield partial(paint_beams, view=view, stand=site.stand, size=_tall(view, site))
    draw = partial(_built, view=view, site=site)
    yield partial(mirrored, view=view, foot=foot, draw=draw)
    yield partial(paint_surf, view=view, site=site)


def on_the_land(view: View, top: int) -> Iterator[Layer]:
    """Yield what stands on the ground that begins at row `top`."""
    scene, room = view.scene, view.height - top
    if scene.has(Subject.ROAD) and not scene.has(Subject.FOREST):
        yield partial(paint_road, view=view, top=top + max(room // 40, 1))
    if not scene.has(*_RAISED):
        return
    foot = foot_on_land(view, top)
    high = 0.15 if scene.has(Subject.CASTLE) else 0.07
    raised = high * view.unit if scene.has(Subject.CASTLE, Subject.LIGHTHOUSE) else 0.0
    site = Site(view.third, foot, min(raised, foot * 0.25), 0)
    if scene.has(Subject.LIGHTHOUSE) and view.lamps:
        yield partial(paint_beams, view=view, stand=site.stand, size=_tall(view, site))
    yield partial(_built, view=view, site=site)


def foot_on_land(view: View, top: int) -> int:
    """Return the row on which landmarks stand, or `top` when there are none."""
    return top + round((view.height - top) * 0.34) if view.scene.has(*_RAISED) else top


def _built(pixels: Pixels, view: View, site: Site) -> None:
    """Paint what is built or stands on a site, the ground first."""
    scene, stand = view.scene, site.stand
    if site.raised > 0:
        paint_terrain(pixels, view, site)
    if scene.has(Subject.CASTLE):
        paint_castle(pixels, view, stand, min(view.unit * 0.34, stand[1] * 0.75))
    if scene.has(Subject.HOUSE):
        paint_houses(pixels, view, round(stand[1]), site.side)
    if scene.has(Subject.LIGHTHOUSE):
        paint_lighthouse(pixels, view, stand, _tall(view, site))
        if view.lamps:
            shine_lighthouse(pixels, view, stand, _tall(view, site))
    if scene.has(Subject.PERSON):
        _people(pixels, view, site)


def _people(pixels: Pixels, view: View, site: Site) -> None:
    if site.side:
        built = view.scene.has(*_RAISED[:3])
        out = view.unit * (0.075 if built else 0.0)
        where = (site.x - site.side * out, site.stand[1] + site.raised * (0.12 if built else 0))
        paint_people(pixels, view, where, view.unit * (0.075 if built else 0.20))
        return
    aside = view.unit * (0.0 if view.scene.has(Subject.ROAD) else 0.05)
    room = view.height - site.foot
    paint_people(
        pixels, view, (view.width - site.x + aside, site.foot + room * 0.35), view.unit * 0.20
    )


def _tall(view: View, site: Site) -> float:
    """Return a lighthouse's height: what the sky above it allows."""
    return min(view.unit * 0.46, site.stand[1] * 0.80)
