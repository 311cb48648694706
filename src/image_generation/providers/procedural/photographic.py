"""Finishes that look through a lens: clean, photorealistic, cinematic, digital."""

import numpy as np

from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blurred,
    columns,
    glow,
    luma,
    resized_planes,
    rgb,
    rows,
    saturate,
    shrunk,
    step,
)
from image_generation.providers.procedural.view import View


def clean(pixels: Pixels, view: View) -> Pixels:
    """Finish plainly: a light bloom, and noise below sight so that gradients do not band."""
    _bloom(pixels, view, 0.25)
    noise = view.rng("dither").random(pixels.shape[1:], dtype=np.float32) - 0.5
    pixels += noise * np.float32(1.5 / 255)
    return pixels


def photorealistic(pixels: Pixels, view: View) -> Pixels:
    """Finish as a photograph: natural tones, soft depth, bloom and fine film grain."""
    pixels = saturate(pixels, 0.90)
    _bloom(pixels, view, 0.35)
    haze = np.exp(-(((rows(view.height) - view.horizon) / np.float32(view.unit * 0.2)) ** 2))
    pixels += (rgb(view.light.haze) - pixels) * (haze * np.float32(0.10))
    _curve(pixels, 0.16)
    _vignette(pixels, view, 0.16)
    _film(pixels, view, 0.030)
    return pixels


def cinematic(pixels: Pixels, view: View) -> Pixels:
    """Finish as a film still: teal shadows, orange lights, vignette, a flare across."""
    gray = luma(pixels)
    _bloom(pixels, view, 0.45)
    shadows = (1 - step(0.0, 0.50, gray)) * np.float32(0.54)
    lights = step(0.40, 0.95, gray) * np.float32(0.26)
    pixels += (rgb((0.01, 0.20, 0.30)) - pixels) * shadows
    pixels += (rgb((1.0, 0.70, 0.40)) - pixels) * (lights * (1 - gray * np.float32(0.45)))
    _flare(pixels, view, gray)
    _curve(pixels, 0.30)
    _vignette(pixels, view, 0.48)
    _film(pixels, view, 0.018)
    return pixels


def digital_art(pixels: Pixels, view: View) -> Pixels:
    """Finish as digital art: crisp, saturated, glowing, with violet in the shadows."""
    pixels = saturate(pixels, 1.42)
    crisp = pixels - blurred(pixels, view.unit / 300 + 1)
    pixels += crisp * np.float32(0.8)
    gray = np.clip(luma(pixels), 0, 1)
    pixels += rgb((0.07, 0.01, 0.14)) * ((1 - gray) ** 2)
    _curve(pixels, 0.22)
    np.clip(pixels, 0, 1, out=pixels)
    _bloom(pixels, view, 0.75)
    return pixels


def _bloom(pixels: Pixels, view: View, power: float) -> None:
    """Let bright places shine into their surroundings, near and far."""
    factor = max(2, int(view.unit / 130))
    small = shrunk(pixels, factor)
    bright = small * step(0.70, 1.0, small.max(axis=0))
    wide = blurred(bright, 5) * np.float32(0.6) + blurred(bright, 14) * np.float32(0.4)
    light = resized_planes(wide, view.height, view.width)
    pixels += (1 - np.clip(pixels, 0, 1)) * np.clip(light, 0, 1) * np.float32(power)


def _curve(pixels: Pixels, strength: float) -> None:
    """Bend tones into an S: darker shadows, lighter lights."""
    np.clip(pixels, 0, 1, out=pixels)
    bent = pixels * pixels * (3 - 2 * pixels)
    pixels += (bent - pixels) * np.float32(strength)


def _vignette(pixels: Pixels, view: View, strength: float) -> None:
    x = (columns(view.width) / np.float32(view.width) - 0.5) ** 2
    y = (rows(view.height) / np.float32(view.height) - 0.5) ** 2
    pixels *= 1 - np.float32(strength) * step(0.06, 0.62, x * 1.15 + y * 1.15)


def _film(pixels: Pixels, view: View, amount: float) -> None:
    """Add grain, strongest in the middle tones."""
    grain = view.rng("grain").standard_normal(pixels.shape[1:], dtype=np.float32)
    tone = pixels[1]
    pixels += grain * (np.float32(amount) * (0.35 + 2.6 * tone * (1 - tone)))


def _flare(pixels: Pixels, view: View, gray: Field) -> None:
    """Draw the blue streak of an anamorphic lens through the brightest place."""
    factor = max(2, int(view.unit / 64))
    small = shrunk(gray[None], factor)[0]
    upper = small[: max(2, round(view.horizon / factor))]
    row, column = np.unravel_index(int(upper.argmax()), upper.shape)
    power = float(step(0.45, 0.9, upper.max(keepdims=True))[0, 0])
    y = np.abs(rows(view.height) - np.float32(row * factor)) / np.float32(view.unit)
    x = np.abs(columns(view.width) - np.float32(column * factor)) / np.float32(view.unit)
    streak = np.exp(-y * 190) * np.exp(-x * 1.5) + 0.30 * np.exp(-y * 34) * np.exp(-x * 3.4)
    glow(pixels, (0.42, 0.68, 1.0), streak * np.float32(0.85 * power))
