"""The composition: what the words name becomes a scene, a frame and a light."""

from dataclasses import replace
from math import log2, sqrt

from image_generation.domain.styles import PRESETS
from image_generation.providers.base import ProviderRequest
from image_generation.providers.procedural.noise import Seeds
from image_generation.providers.procedural.palette import hour, light_of
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Scene, Subject, read

DEFAULT_STEPS = 30

_HORIZONS = (
    (Subject.WATER, 0.60),
    (Subject.DESERT, 0.52),
    (Subject.MEADOW, 0.52),
    (Subject.FLOWERS, 0.52),
    (Subject.CITY, 0.86),
    (Subject.FOREST, 0.66),
)
"""Where the horizon lies, as a share of the height, by the first subject that is in the scene."""

_GROUND = (Subject.WATER, Subject.FOREST, Subject.CITY, Subject.DESERT, Subject.MEADOW)
_LAND = (*_GROUND, Subject.MOUNTAINS)
_BUILT_BY_WATER = (Subject.LIGHTHOUSE, Subject.BRIDGE, Subject.WATERFALL)
_BUILT_ON_LAND = (Subject.HOUSE, Subject.CASTLE, Subject.ROAD)
SCENIC = (
    *_LAND,
    *_BUILT_BY_WATER,
    *_BUILT_ON_LAND,
    Subject.FLOWERS,
    Subject.SKY,
    Subject.CLOUDS,
    Subject.STARS,
    Subject.MOON,
    Subject.SUN,
    Subject.AURORA,
    Subject.BIRDS,
)


def look(request: ProviderRequest) -> View:
    """Return the view of a request: its scene, light and frame."""
    words = _own_words(request)
    seeds = Seeds(words, request.seed or 0)
    scene = _grounded(read(words, request.negative_prompt), seeds)
    time = hour(scene, seeds)
    width, height = request.width, request.height
    unit = min(sqrt(width * height), min(width, height) * 1.7)
    return View(
        width=width,
        height=height,
        horizon=round(height * _horizon(scene, seeds, 0.44 * unit / height)),
        unit=unit,
        octaves=min(2 + int(log2(request.steps or DEFAULT_STEPS)), 7),
        scene=scene,
        time=time,
        light=light_of(scene, time),
        seeds=seeds,
    )


def _own_words(request: ProviderRequest) -> str:
    """Return the prompt without what its style put behind it: the finish stands for that."""
    endings = (f", {style.suffix}" for style in PRESETS if style.name == request.style)
    return next((request.prompt.removesuffix(ending) for ending in endings), request.prompt)


def abstract(scene: Scene) -> bool:
    """Whether the words name no scene, or a portrait."""
    return scene.has(Subject.FIGURE) or not scene.has(*SCENIC)


def _grounded(scene: Scene, seeds: Seeds) -> Scene:
    """Return the scene with the ground that its landmarks, or a sky named alone, stand over."""
    named = scene.has(*SCENIC) or scene.time or scene.weather or scene.season
    if scene.has(Subject.FIGURE) or (scene.has(Subject.PERSON) and not named):
        return replace(scene, subjects=scene.subjects | {Subject.FIGURE})
    choice = [subject for subject in _grounds(scene) if scene.allows(subject)]
    if not named or not choice:
        return scene
    extra = choice[int(seeds.rng("land").integers(len(choice)))]
    return replace(scene, subjects=scene.subjects | {extra})


def _grounds(scene: Scene) -> tuple[Subject, ...]:
    """Return the grounds one of which the scene needs, none if it has what it needs."""
    if scene.has(Subject.BRIDGE, Subject.WATERFALL) or (
        scene.has(Subject.LIGHTHOUSE) and not scene.has(*_GROUND)
    ):
        return (Subject.WATER,)
    if scene.has(*_BUILT_ON_LAND, Subject.PERSON) and not scene.has(*_GROUND):
        return (Subject.MEADOW,)
    if scene.has(*_LAND):
        return ()
    return (Subject.WATER, Subject.MOUNTAINS, Subject.MEADOW)


def _horizon(scene: Scene, seeds: Seeds, ground: float) -> float:
    """Return where the horizon lies, as a share of the height.

    `ground` is how tall a stretch of land seen from above is, as a share of the height.
    """
    free = max(0.62, 1 - ground)
    share = next((share for subject, share in _HORIZONS if scene.has(subject)), free)
    return share + float(seeds.rng("horizon").uniform(-0.03, 0.03))
