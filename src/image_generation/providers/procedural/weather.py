"""Weather between the viewer and the scene: rain, snow, fog, lightning."""

import numpy as np
from PIL import Image, ImageDraw

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blend,
    columns,
    cover,
    glow,
    resized,
    rgb,
    rows,
)
from image_generation.providers.procedural.noise import Grain, fractal
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Time, Weather


def paint_lightning(pixels: Pixels, view: View) -> None:
    """Strike one forked bolt from the clouds to the horizon."""
    rng = view.rng("lightning")
    size = (max(view.width // 2, 1), max(view.horizon // 2, 1))
    bolt = Image.new("L", size)
    draw = ImageDraw.Draw(bolt)
    # It strikes on the light's side, where no landmark stands.
    x = view.source[0] / 2 + rng.uniform(-0.12, 0.12) * size[0]
    thick = max(1, round(view.unit / 700))
    trunk = _fork(rng, (x, 0.0), size[1] * 1.0, view.unit / 55)
    draw.line(trunk, fill=255, width=thick)
    for _ in range(4):
        start = trunk[int(rng.integers(4, len(trunk) - 3))]
        long = size[1] * rng.uniform(0.1, 0.35)
        draw.line(_fork(rng, start, long, long / 22), fill=150, width=max(1, thick - 1))
    light = np.asarray(bolt, dtype=np.float32) / np.float32(255)
    band = pixels[:, : view.horizon]
    factor = 24
    soft = np.array(
        bolt.reduce(factor) if min(size) > factor else bolt, dtype=np.float32
    ) / np.float32(255)
    halo = resized(soft, view.horizon, view.width) * np.float32(2.6)
    glow(band, (0.62, 0.66, 1.0), np.clip(halo, 0, 0.5))
    glow(band, (0.97, 0.97, 1.0), np.clip(resized(light, view.horizon, view.width), 0, 1))


def _fork(
    rng: np.random.Generator, start: tuple[float, float], long: float, jag: float
) -> list[tuple[float, float]]:
    count = 26
    drift = rng.normal(0, jag * 0.5)
    sideways = np.cumsum(rng.normal(drift, jag, count)) * 0.5
    down = np.linspace(0, long, count)
    return [(start[0] + float(a), start[1] + float(b)) for a, b in zip(sideways, down, strict=True)]


def paint_fog(pixels: Pixels, view: View) -> None:
    """Lay drifting fog over the picture, thickest around the horizon."""
    small = (max(2, view.height // 8), max(2, view.width // 8))
    drift = fractal(view.rng("fog"), small, Grain(view.unit / 24, view.unit / 8, view.octaves))
    around = (rows(view.height) - view.horizon * 1.04) / np.float32(view.unit * 0.28)
    depth = np.exp(-(around**2))
    alpha = (0.10 + 0.62 * depth) * (0.45 + 0.75 * resized(drift, view.height, view.width))
    colour = blend(view.light.haze, view.light.horizon, 0.6 if view.low else 0.4)
    cover(pixels, rgb(colour), np.clip(alpha, 0, 0.92))
    if view.low:
        sun_x, sun_y = view.source
        away = np.hypot(columns(view.width) - sun_x, rows(view.height) - sun_y) / view.unit
        light = 0.50 * np.exp(-away * 3.2) + 0.5 * np.exp(-((away / 0.045) ** 4))
        glow(pixels, view.light.source, light.astype(np.float32) * np.float32(view.glow))


def paint_rain(pixels: Pixels, view: View) -> None:
    """Draw slanted streaks of rain, near and far."""
    rng = view.rng("rain")
    storm = Weather.STORM in view.scene.weather
    veil = np.full((1, 1), 0.03 if storm else 0.08, dtype=np.float32)
    cover(pixels, rgb(view.light.haze), veil)
    streaks = np.zeros((view.height, view.width), dtype=np.float32)
    for near in (0.4, 1.0):
        count = int(view.density * (460 if near < 1 else 150) * view.width * view.height)
        count = int(count / view.unit**2)
        streaks += _streaks(rng, view, (count, near), 0.34 if storm else 0.14)
    strength = np.float32(0.15 if storm or view.time is Time.NIGHT else 0.40)
    glow(pixels, (0.86, 0.91, 1.0), np.clip(streaks, 0, 1) * strength)


def _streaks(rng: np.random.Generator, view: View, kind: tuple[int, float], slant: float) -> Field:
    count, near = kind
    sheet = Image.new("L", (view.width, view.height))
    draw = ImageDraw.Draw(sheet)
    x = rng.uniform(-0.1, 1.1, count) * view.width
    y = rng.uniform(-0.1, 1.0, count) * view.height
    long = view.unit * 0.055 * near * rng.uniform(0.6, 1.5, count)
    tone = (60 + 150 * rng.random(count)).astype(int)
    thick = max(1, round(view.unit * 0.0016 * near))
    for a, b, c, d in zip(x.tolist(), y.tolist(), long.tolist(), tone.tolist(), strict=True):
        draw.line((a, b, a - c * slant, b + c), fill=d, width=thick)
    return np.asarray(sheet, dtype=np.float32) / np.float32(255)


def paint_snowfall(pixels: Pixels, view: View) -> None:
    """Draw falling flakes: many small, sharp ones, a few large, soft ones."""
    rng = view.rng("snowfall")
    plenty = view.density * view.width * view.height / view.unit**2
    for count, size, power in ((900, 0.0016, 0.75), (200, 0.0034, 0.70), (22, 0.010, 0.34)):
        fine = 2 if size < 0.005 else 1
        sheet = Image.new("L", (view.width * fine, view.height * fine))
        draw = ImageDraw.Draw(sheet)
        for _ in range(int(count * plenty)):
            radius = max(view.unit * size * float(rng.uniform(0.6, 1.4)), 0.6) * fine
            x, y = rng.uniform(0, sheet.width), rng.uniform(0, sheet.height)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        soft = sheet.reduce(2) if fine == 2 else sheet.reduce(6).resize(sheet.size)
        flakes = np.asarray(soft, dtype=np.float32) / np.float32(255)
        glow(pixels, (1.0, 1.0, 1.0), flakes * np.float32(power))
