"""The light of a scene: what colour sky, sun and haze have at this time, in this weather."""

from dataclasses import dataclass, replace

import numpy as np

from image_generation.providers.procedural.canvas import Colour, blend, scaled
from image_generation.providers.procedural.noise import Seeds
from image_generation.providers.procedural.words import Scene, Season, Subject, Time, Weather


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light of a scene. `level` is how bright lit ground is, 0…1.

    `low` is where sun or moon stands as a share of the way from the sky's top (0) to the
    horizon (1).
    """

    zenith: Colour
    middle: Colour
    horizon: Colour
    source: Colour
    cloud: Colour
    shadow: Colour
    haze: Colour
    level: float
    low: float


_LIGHTS = {
    Time.NOON: Light(
        zenith=(0.10, 0.33, 0.68),
        middle=(0.36, 0.62, 0.88),
        horizon=(0.80, 0.90, 0.95),
        source=(1.0, 0.97, 0.86),
        cloud=(1.0, 0.99, 0.97),
        shadow=(0.60, 0.68, 0.80),
        haze=(0.66, 0.78, 0.89),
        level=0.95,
        low=0.24,
    ),
    Time.DAWN: Light(
        zenith=(0.27, 0.40, 0.62),
        middle=(0.68, 0.64, 0.76),
        horizon=(1.0, 0.82, 0.70),
        source=(1.0, 0.87, 0.70),
        cloud=(1.0, 0.80, 0.74),
        shadow=(0.52, 0.50, 0.64),
        haze=(0.88, 0.76, 0.76),
        level=0.66,
        low=0.86,
    ),
    Time.SUNSET: Light(
        zenith=(0.13, 0.16, 0.37),
        middle=(0.63, 0.31, 0.44),
        horizon=(1.0, 0.62, 0.28),
        source=(1.0, 0.76, 0.42),
        cloud=(1.0, 0.56, 0.36),
        shadow=(0.33, 0.22, 0.40),
        haze=(0.80, 0.43, 0.36),
        level=0.48,
        low=0.84,
    ),
    Time.NIGHT: Light(
        zenith=(0.022, 0.040, 0.125),
        middle=(0.060, 0.100, 0.250),
        horizon=(0.165, 0.235, 0.400),
        source=(0.90, 0.93, 1.0),
        cloud=(0.21, 0.25, 0.37),
        shadow=(0.055, 0.075, 0.155),
        haze=(0.130, 0.185, 0.320),
        level=0.34,
        low=0.30,
    ),
}

_UNNAMED = (Time.SUNSET, Time.NOON, Time.DAWN, Time.SUNSET, Time.NOON)
_SHADOWS: Colour = (0.10, 0.13, 0.22)


def hour(scene: Scene, seeds: Seeds) -> Time:
    """Return the scene's time: the named one, else one that suits what is named, else chance."""
    if scene.time is not None:
        return scene.time
    by_night = scene.has(Subject.STARS, Subject.MOON, Subject.AURORA)
    if by_night and scene.allows(Time.NIGHT):
        return Time.NIGHT
    choice = [time for time in _UNNAMED if scene.allows(time)] or [Time.NOON]
    return choice[int(seeds.rng("hour").integers(len(choice)))]


def light_of(scene: Scene, time: Time) -> Light:
    """Return the light of the scene at a time, in its weather."""
    light = _LIGHTS[time]
    own = scene.own.get(Subject.SKY)
    if own is not None:
        light = replace(
            light,
            zenith=blend(light.zenith, scaled(own, 0.6), 0.7),
            middle=blend(light.middle, own, 0.7),
            horizon=blend(light.horizon, scaled(own, 1.5), 0.5),
            haze=blend(light.haze, own, 0.4),
        )
    if Weather.STORM in scene.weather:
        light = _stormy(light, time)
    elif Weather.RAIN in scene.weather:
        dark = time is Time.NIGHT
        light = _grayed(light, 0.12 if dark else 0.40, 1.0 if dark else 0.88)
    if Weather.SNOW in scene.weather:
        light = _grayed(light, 0.50, 1.04)
    if Weather.FOG in scene.weather:
        light = replace(
            light,
            zenith=blend(light.zenith, light.haze, 0.75),
            middle=blend(light.middle, light.haze, 0.75),
        )
        light = _grayed(light, 0.16 if time in {Time.SUNSET, Time.DAWN} else 0.35, 0.98)
    return light


def _stormy(light: Light, time: Time) -> Light:
    """Return the light under dark clouds; a low sun still burns in the gap below them."""
    low = time in {Time.SUNSET, Time.DAWN}
    dark = _grayed(light, 0.40, 1.0 if time is Time.NIGHT else 0.72)
    return replace(
        dark,
        zenith=scaled(dark.zenith, 0.85),
        middle=blend(dark.middle, light.middle, 0.6 if low else 0.0),
        horizon=blend(dark.horizon, scaled(light.horizon, 1.12), 1.0 if low else 0.25),
        cloud=blend(dark.cloud, light.cloud, 0.8 if low else 0.0),
        shadow=scaled(dark.shadow, 0.80),
        haze=blend(dark.haze, light.haze, 0.7 if low else 0.0),
        level=light.level * (0.95 if low else 0.75),
    )


def _grayed(light: Light, amount: float, factor: float) -> Light:
    def gray(colour: Colour) -> Colour:
        mean = sum(colour) / 3
        cool = (mean * 0.94, mean * 0.99, mean * 1.08)
        return scaled(blend(colour, cool, amount), factor)

    return replace(
        light,
        zenith=gray(blend(light.zenith, light.haze, 0.3)),
        middle=gray(light.middle),
        horizon=gray(light.horizon),
        cloud=gray(light.cloud),
        shadow=gray(light.shadow),
        haze=gray(light.haze),
        level=light.level * factor,
    )


def lit(albedo: Colour, light: Light, share: float = 1.0) -> Colour:
    """Return the colour a surface shows: its own, under this light; `share` 0 is full shade."""
    sun = blend((1.0, 1.0, 1.0), light.source, 0.6)
    bright = tuple(c * s * light.level for c, s in zip(albedo, sun, strict=True))
    sky = tuple(c * (0.10 + 0.40 * h) for c, h in zip(albedo, light.middle, strict=True))
    red, green, blue = (
        min(d + (b - d) * share + s * 0.02, 1.0)
        for b, d, s in zip(bright, sky, _SHADOWS, strict=True)
    )
    return red, green, blue


_GRASS = {
    Season.SPRING: (0.46, 0.66, 0.28),
    Season.SUMMER: (0.42, 0.58, 0.22),
    Season.AUTUMN: (0.66, 0.50, 0.24),
    Season.WINTER: (0.90, 0.93, 0.97),
}

_LEAVES: dict[Season, tuple[Colour, ...]] = {
    Season.SPRING: ((0.52, 0.70, 0.30), (0.40, 0.62, 0.26), (0.95, 0.74, 0.82)),
    Season.SUMMER: ((0.24, 0.46, 0.18), (0.32, 0.54, 0.20), (0.18, 0.38, 0.20)),
    Season.AUTUMN: ((0.86, 0.42, 0.12), (0.72, 0.22, 0.12), (0.92, 0.66, 0.18)),
    Season.WINTER: ((0.80, 0.86, 0.92), (0.62, 0.70, 0.78), (0.90, 0.94, 0.98)),
}

_PETALS: tuple[Colour, ...] = (
    (0.90, 0.20, 0.22),
    (0.98, 0.80, 0.26),
    (0.97, 0.97, 0.95),
    (0.62, 0.36, 0.82),
    (0.96, 0.52, 0.68),
    (0.32, 0.46, 0.92),
)


def grass(scene: Scene) -> Colour:
    """Return the colour of grass in the scene's season."""
    own = scene.own.get(Subject.MEADOW)
    return own or _GRASS[scene.season or Season.SUMMER]


def leaves(scene: Scene) -> tuple[Colour, ...]:
    """Return the colours of leaves in the scene's season."""
    own = scene.own.get(Subject.FOREST)
    if own is not None:
        return own, scaled(own, 0.75), scaled(own, 1.25)
    return _LEAVES[scene.season or Season.SUMMER]


def petals(scene: Scene, rng: np.random.Generator) -> tuple[Colour, ...]:
    """Return the colours of flowers: the named ones, else three by chance."""
    own = scene.own.get(Subject.FLOWERS)
    if own is not None:
        return own, blend(own, (1.0, 1.0, 1.0), 0.25)
    if scene.tints:
        return scene.tints
    return tuple(_PETALS[i] for i in rng.permutation(len(_PETALS))[:3])
