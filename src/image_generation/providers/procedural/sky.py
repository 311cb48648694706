"""The sky: its gradient, sun and moon, stars, clouds, aurora."""

import numpy as np

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    columns,
    cover,
    glow,
    resized_planes,
    rgb,
    rows,
    step,
)
from image_generation.providers.procedural.noise import (
    Grain,
    fractal,
    looked_up,
    looked_up_softly,
    tile,
)
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time, Weather

_WORKING_EDGE = 520  # skies are soft: larger ones are enlarged from about this size
_AURORA = ((0.25, 0.95, 0.55), (0.15, 0.75, 0.75), (0.62, 0.30, 0.85))


def paint_sky(pixels: Pixels, view: View) -> None:
    """Fill the canvas with sky: gradient, halo and clouds."""
    factor = max(1.0, max(view.width, view.height) / _WORKING_EDGE)
    height = max(2, round(view.height / factor))
    width = max(2, round(view.width / factor))
    y = rows(height) * (view.height / height)
    x = columns(width) * (view.width / width)
    sky = np.repeat(_gradient(view, y)[:, :, None], width, axis=2)
    _halo(sky, view, y, x)
    if view.scene.has(Subject.AURORA):
        _aurora(sky, view, y, x)
    if _cloud_cover(view) > 0:
        _clouds(sky, view, y, x)
    pixels[:] = resized_planes(sky, view.height, view.width)


def _gradient(view: View, y: Field) -> Pixels:
    light = view.light
    share = np.clip(y[:, 0] / max(view.horizon, 1), 0, 1)
    stops = (light.zenith, light.middle, light.horizon)
    bands = [np.interp(share, (0.0, 0.62, 1.0), channel) for channel in zip(*stops, strict=True)]
    return np.array(bands, dtype=np.float32)


def _halo(sky: Pixels, view: View, y: Field, x: Field) -> None:
    sun_x, sun_y = view.source
    away = np.hypot(x - sun_x, (y - sun_y) * 1.15) / view.unit
    power = 0.45 if view.time is Time.NIGHT else 1.0
    power *= view.glow
    wide = 0.55 if view.low else 0.30
    glow(sky, view.light.source, (power * wide) * np.exp(-away * 2.6))
    glow(sky, view.light.source, (power * 0.55) * np.exp(-away * 11.0))


def _cloud_cover(view: View) -> float:
    """Return how much of the sky is clouded, 0…1."""
    scene = view.scene
    hidden = Weather.FOG in scene.weather or scene.has(Subject.AURORA)
    if not scene.allows(Subject.CLOUDS) or (hidden and not scene.has(Subject.CLOUDS)):
        return 0.0
    if scene.weather & {Weather.RAIN, Weather.STORM, Weather.SNOW}:
        return 0.85
    if scene.has(Subject.CLOUDS):
        return 0.62
    few = 0.22 if view.time is Time.NIGHT else 0.42
    return few * (0.5 + float(view.rng("cover").random()))


def _clouds(sky: Pixels, view: View, y: Field, x: Field) -> None:
    rng = view.rng("clouds")
    texture = tile(rng, 512, min(view.octaves, 6))
    # A flat ceiling seen from below: distance grows as one over the height above the horizon.
    rise = np.maximum(view.horizon * 1.04 - y, view.unit * 0.02) / view.unit
    far = 1 / (rise + 0.16)
    down = far * 95 + rng.integers(512)
    across = (x - view.width / 2) / view.unit * far * 62 + rng.integers(512)
    cover_ = _cloud_cover(view)
    billow = looked_up_softly(texture, down, across)
    detail = looked_up(texture, down * 3.1, across * 3.1)
    density = billow * 0.74 + detail * 0.26
    alpha = step(0.78 - 0.55 * cover_, 1.02 - 0.42 * cover_, density)
    # A storm's ceiling ends in a ragged line above a gap of clear sky.
    gap = (0.09, 0.24) if Weather.STORM in view.scene.weather else (0.02, 0.16)
    alpha *= step(*gap, rise + (billow - 0.5) * np.float32(gap[0]))
    toward = looked_up_softly(texture, down + _toward(view, y), across + _aside(view, x))
    shade = np.clip(0.55 + 2.4 * (billow - toward) + 0.5 * (1 - alpha), 0, 1)
    lit = rgb(view.light.shadow) + (rgb(view.light.cloud) - rgb(view.light.shadow)) * shade
    cover(sky, lit, alpha * np.float32(0.92))


def _toward(view: View, y: Field) -> Field:
    shift: Field = np.clip((view.source[1] - y) / np.float32(view.unit / 60), -9, 9)
    return shift


def _aside(view: View, x: Field) -> Field:
    shift: Field = np.clip((view.source[0] - x) / np.float32(view.unit / 14), -9, 9)
    return shift


def _aurora(sky: Pixels, view: View, y: Field, x: Field) -> None:
    rng = view.rng("aurora")
    width = x.shape[1]
    for curtain in range(3):
        sway = fractal(rng, (1, width), Grain(1e9, width * 0.55, 3, 0.35))[0]
        base = view.horizon * (0.52 + 0.16 * curtain) - sway * view.horizon * 0.26
        rays = 0.35 + 0.65 * fractal(rng, (1, width), Grain(1e9, width * 0.05, 4))[0]
        tall = view.horizon * (
            0.16 + 0.24 * fractal(rng, (1, width), Grain(1e9, width * 0.2, 3))[0]
        )
        above = (base[None, :] - y) / tall[None, :]
        body = np.where(above > 0, np.exp(-above * 1.3), np.exp(above * 5.5)) * rays[None, :]
        strength = body * np.float32(0.72 - 0.17 * curtain)
        glow(sky, _AURORA[curtain % 2], strength)
        glow(sky, _AURORA[2], strength * np.clip(above * 0.55, 0, 0.9))


def paint_stars(pixels: Pixels, view: View) -> None:
    """Sprinkle stars over the upper canvas: many faint, few bright, some with a band of light."""
    if view.time is not Time.NIGHT or not view.scene.allows(Subject.STARS) or view.dull:
        return
    rng = view.rng("stars")
    if view.scene.has(Subject.STARS):
        _milky_way(pixels, view)
    plenty = 2.6 if view.scene.has(Subject.STARS) else 0.8
    count = int(plenty * view.density * 900 * (view.width * view.horizon) / view.unit**2)
    y = (rng.random(count) ** 1.25 * (view.horizon - 2)).astype(np.intp)
    x = rng.integers(0, view.width - 1, count)
    clear = np.clip(1.25 - 2.4 * pixels[:, y, x].mean(axis=0), 0, 1)
    bright = (0.22 + 0.78 * rng.random(count) ** 5) * clear
    warm = rng.random(count) * 0.25
    tint = np.stack([1 - warm * 0.2, np.ones(count), 0.85 + warm])
    large = max(1, round(view.unit / 450))
    for dy in range(large):
        for dx in range(large):
            spot = pixels[
                :, np.minimum(y + dy, view.height - 1), np.minimum(x + dx, view.width - 1)
            ]
            pixels[:, np.minimum(y + dy, view.height - 1), np.minimum(x + dx, view.width - 1)] = (
                spot + (1 - spot) * (bright * tint)
            )


def _milky_way(pixels: Pixels, view: View) -> None:
    rng = view.rng("milky way")
    height, width = max(2, view.horizon // 4), max(2, view.width // 4)
    lean, middle = rng.uniform(-0.7, 0.7), rng.uniform(0.35, 0.65)
    across = (columns(width) - middle * width) / width + (rows(height) / height - 0.5) * lean
    clouds = fractal(rng, (height, width), Grain(height * 0.4, height * 0.3, 6))
    band = np.exp(-((across * 4.2) ** 2)) * (0.25 + clouds**2)
    band *= np.clip((height - rows(height)) / np.float32(height / 3), 0, 1)
    sky = pixels[:, : view.horizon]
    from_small = resized_planes(
        np.stack([band * 0.50, band * 0.44 * (0.7 + 0.3 * clouds), band * 0.62]),
        view.horizon,
        view.width,
    )
    sky += (1 - sky) * np.clip(from_small, 0, 1) * np.float32(0.95)


def paint_orb(pixels: Pixels, view: View) -> None:
    """Paint the sun's or moon's disc where it can be seen."""
    night = view.time is Time.NIGHT
    low = view.low or view.scene.has(Subject.SUN)
    if not view.shines or not (night or low):
        return
    sun_x, sun_y = view.source
    radius = view.unit * (0.045 if night else 0.038)
    if view.scene.has(Subject.SUN, Subject.MOON):
        radius *= 1.5
    reach = int(radius + 3)
    top, left = max(int(sun_y) - reach, 0), max(int(sun_x) - reach, 0)
    patch = pixels[:, top : int(sun_y) + reach, left : int(sun_x) + reach]
    y, x = rows(patch.shape[1]) + top, columns(patch.shape[2]) + left
    away = np.hypot(x - sun_x, y - sun_y)
    disc = np.clip(radius - away + 0.5, 0, 1).astype(np.float32)
    if not night:
        cover(patch, rgb((1.0, 0.96, 0.84)), disc * np.float32(0.95))
        return
    seas = fractal(view.rng("moon"), disc.shape, Grain(radius * 0.7, radius * 0.7, 4))
    tone = 0.80 + 0.2 * step(0.3, 0.7, seas) - 0.12 * (away / radius) ** 2
    cover(patch, rgb((0.97, 0.97, 0.94)) * tone, disc)


def paint_birds(pixels: Pixels, view: View) -> None:
    """Draw a loose flock of birds as thin, bent strokes."""
    rng = view.rng("birds")
    centre = (rng.uniform(0.3, 0.7) * view.width, rng.uniform(0.25, 0.55) * view.horizon)
    for _ in range(int(rng.integers(7, 14))):
        x = centre[0] + rng.normal() * view.unit * 0.16
        y = centre[1] + rng.normal() * view.unit * 0.06
        _bird(pixels, (x, y), view.unit * rng.uniform(0.010, 0.022))


def _bird(pixels: Pixels, where: tuple[float, float], span: float) -> None:
    left, top = int(where[0] - span), int(where[1] - span)
    if left < 0 or top < 0:
        return
    patch = pixels[:, top : top + int(2 * span), left : left + int(2 * span)]
    y, x = rows(patch.shape[1]), columns(patch.shape[2])
    out = np.abs(x - span) / span
    wing = span - span * 0.55 * np.sin(np.clip(out, 0, 1) * 2.4) * (1 - 0.3 * out)
    thick = max(1.0, span * 0.12) * (1.15 - out)
    alpha = np.clip(thick - np.abs(y - wing) + 0.5, 0, 1).astype(np.float32)
    cover(patch, rgb((0.07, 0.07, 0.10)), alpha * np.float32(0.85))
