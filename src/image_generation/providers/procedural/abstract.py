"""Abstract pictures, for words that name no scene: marble, paper, orbs, figures."""

import colorsys

import numpy as np

from image_generation.providers.procedural.canvas import (
    Colour,
    Field,
    Pixels,
    blend,
    columns,
    cover,
    glow,
    resized,
    resized_planes,
    rgb,
    rows,
    scaled,
    step,
)
from image_generation.providers.procedural.noise import Grain, fractal, looked_up, swell
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject, Time

_HARMONIES = ((0.0, 0.06, 0.5, 0.56), (0.0, 0.33, 0.08, 0.41), (0.0, 0.08, 0.16, 0.58))


def paint_abstract(pixels: Pixels, view: View) -> None:
    """Paint the abstract picture that fits: a figure where one is named, else by chance."""
    if view.scene.has(Subject.FIGURE):
        _figure(pixels, view)
        return
    forms = (_marble, _paper, _orbs)
    forms[int(view.rng("form").integers(len(forms)))](pixels, view)


def ramp(view: View) -> tuple[Colour, ...]:
    """Return five colours from dark to light: of the colours named, else a harmony by chance."""
    rng = view.rng("ramp")
    night = 0.6 if view.scene.time is Time.NIGHT else 1.0
    if view.scene.tints:
        named = view.scene.tints
        first, last = named[0], named[-1]
        middle = named[len(named) // 2]
        light = blend(last, (1.0, 0.97, 0.90), 0.72)
        return (
            scaled(first, 0.22 * night),
            scaled(first, 0.70 * night),
            scaled(middle, night),
            blend(last, (1.0, 0.95, 0.85), 0.35),
            light,
        )
    hue = rng.random()
    turns = _HARMONIES[int(rng.integers(len(_HARMONIES)))]
    shades = ((0.62, 0.20), (0.68, 0.46), (0.72, 0.72), (0.50, 0.90), (0.16, 0.97))
    hues = (*turns, turns[1])
    return tuple(
        colorsys.hsv_to_rgb((hue + turn) % 1, strong, min(value * night, 1))
        for turn, (strong, value) in zip(hues, shades, strict=True)
    )


def _mapped(values: Field, colours: tuple[Colour, ...]) -> Pixels:
    stops = np.linspace(0, 1, len(colours))
    table = np.linspace(0, 1, 512)
    index = np.clip(values * 511, 0, 511).astype(np.intp)
    planes = [
        np.interp(table, stops, line).astype(np.float32) for line in zip(*colours, strict=True)
    ]
    return np.stack([plane[index] for plane in planes])


def _marble(pixels: Pixels, view: View) -> None:
    """Warp noise by noise, twice, and light it like a relief (after Quilez, "Domain warping")."""
    rng = view.rng("marble")
    factor = max(1.0, max(view.width, view.height) / 560)
    shape = (max(2, round(view.height / factor)), max(2, round(view.width / factor)))
    cell = view.unit / factor * 0.55
    grain = Grain(cell, cell, view.octaves)
    first, second, base = (fractal(rng, shape, grain) for _ in range(3))
    reach = np.float32(cell * 1.5)
    y, x = rows(shape[0]), columns(shape[1])
    bent = looked_up(_mirrored(base), y + first * reach, x + second * reach)
    again = looked_up(_mirrored(base), y + bent * reach * 1.3, x + second * reach)
    height = 0.55 * bent + 0.45 * again
    height = (height - height.min()) / np.float32(max(float(np.ptp(height)), 1e-6))
    relief = resized(height, view.height, view.width)
    pixels[:] = _mapped(relief, ramp(view))
    veins = 1 - np.clip(np.abs((relief * 9) % 1 - 0.5) * 14, 0, 1)
    glow(pixels, (1.0, 0.86, 0.55), veins * step(0.35, 0.8, relief) * np.float32(0.35))
    slope = relief - np.roll(relief, (3, 3), axis=(0, 1))
    pixels *= 1 + np.clip(slope * np.float32(view.unit / 100), -0.28, 0.28)


def _mirrored(field: Field) -> Field:
    """Return the field with its mirror images, so that it repeats without a seam."""
    wide = np.concatenate([field, field[:, ::-1]], axis=1)
    return np.concatenate([wide, wide[::-1]], axis=0)


def _paper(pixels: Pixels, view: View) -> None:
    """Stack sheets of cut paper, each with a soft shadow on the one behind."""
    rng = view.rng("paper")
    colours = ramp(view)
    y = rows(view.height)
    pixels[:] = rgb(colours[4]) + (rgb(colours[3]) - rgb(colours[4])) * (y / view.height)
    _disc(pixels, view, (rng.uniform(0.3, 0.7), 0.30, 0.17), blend(colours[4], (1, 1, 1), 0.5))
    count = 7
    for number in range(count):
        share = number / (count - 1)
        line = swell(rng, view.width, view.unit * rng.uniform(0.35, 0.8), 2)
        lift = (line - np.float32(0.3)) * np.float32(view.unit * 0.30)
        edge: Field = np.float32(view.height * (0.30 + 0.58 * share)) - lift
        position = (1 - share) * 3.2
        low = int(position)
        colour = blend(colours[low], colours[min(low + 1, 4)], position - low)
        below = y - edge[None, :]
        shadow = np.exp(-np.maximum(-below, 0) / np.float32(view.unit * 0.022))
        pixels *= 1 - np.float32(0.30) * shadow
        tone = 1.06 - 0.16 * np.clip(below / np.float32(view.unit * 0.4), 0, 1)
        cover(pixels, rgb(colour) * tone, np.clip(below + 0.5, 0, 1))


def _disc(pixels: Pixels, view: View, place: tuple[float, float, float], colour: Colour) -> None:
    x, y, radius = place[0] * view.width, place[1] * view.height, place[2] * view.unit
    away = np.hypot(columns(view.width) - np.float32(x), rows(view.height) - np.float32(y))
    glow(pixels, colour, np.exp(-away / np.float32(radius * 1.6)) * np.float32(0.5))
    cover(pixels, rgb(colour), np.clip(np.float32(radius) - away + 0.5, 0, 1))


def _orbs(pixels: Pixels, view: View) -> None:
    """Set translucent, shaded spheres and rings afloat on a soft ground."""
    rng = view.rng("orbs")
    colours = ramp(view)
    small = (max(2, view.height // 8), max(2, view.width // 8))
    soft = fractal(rng, small, Grain(view.unit / 9, view.unit / 9, 2))
    ground = _mapped(0.12 + 0.42 * soft, (colours[0], colours[0], colours[1], colours[2]))
    pixels[:] = resized_planes(ground, view.height, view.width)
    for number in range(11):
        radius = view.unit * (0.035 + 0.24 * rng.random() ** 2)
        centre = (rng.normal(0.5, 0.2) * view.width, rng.normal(0.5, 0.2) * view.height)
        colour = colours[1 + int(rng.integers(4))]
        _orb(pixels, (*centre, radius), colour, ring=number % 3 == 2)


def _orb(pixels: Pixels, place: tuple[float, float, float], colour: Colour, *, ring: bool) -> None:
    x, y, radius = place
    reach = radius * 1.5 + 2
    top, left = max(int(y - reach), 0), max(int(x - reach), 0)
    patch = pixels[:, top : max(int(y + reach), 0), left : max(int(x + reach), 0)]
    if patch.size == 0:
        return
    down = (rows(patch.shape[1]) + np.float32(top - y)) / np.float32(radius)
    across = (columns(patch.shape[2]) + np.float32(left - x)) / np.float32(radius)
    away = np.hypot(across, down)
    edge = np.clip((1 - away) * np.float32(radius) + 0.5, 0, 1)
    if ring:
        thick = np.clip((0.10 - np.abs(away - 0.9)) * np.float32(radius) + 0.5, 0, 1)
        cover(patch, rgb(colour), thick * np.float32(0.85))
        return
    patch *= 1 - np.float32(0.42) * np.exp(-(np.hypot(across - 0.12, down - 0.2) ** 4) / 1.6)
    shade = np.clip(1.12 - np.hypot(across + 0.35, down + 0.42) * 0.72, 0.1, 1.2)
    cover(patch, rgb(colour) * shade, edge * np.float32(0.93))
    shine = np.exp(-((across + 0.36) ** 2 + (down + 0.44) ** 2) * 16)
    glow(patch, (1.0, 1.0, 1.0), shine * np.float32(0.75) * edge)


def _figure(pixels: Pixels, view: View) -> None:
    """Suggest a portrait: head and shoulders in bands of colour before a soft ground."""
    rng = view.rng("figure")
    colours = ramp(view)
    _marble(pixels, view)
    ground = rgb(blend(colours[0], colours[1], 0.45))
    away = np.hypot(
        (columns(view.width) - view.width * 0.5) / np.float32(view.unit * 0.62),
        (rows(view.height) - view.height * 0.45) / np.float32(view.unit * 0.62),
    )
    cover(pixels, ground, np.clip(0.62 + 0.25 * away, 0, 0.93))
    glow(pixels, colours[3], np.exp(-(away**2) * 1.6) * np.float32(0.55))
    x = (columns(view.width) - view.width * 0.5) / np.float32(view.unit)
    y = (rows(view.height) - view.height * 0.44) / np.float32(view.unit)
    turn = 1.0 if rng.random() < 0.5 else -1.0
    flow = fractal(
        rng, (view.height // 4 + 2, view.width // 4 + 2), Grain(view.unit / 14, view.unit / 9, 3)
    )
    bend = resized(flow, view.height, view.width) - 0.5
    _bust(pixels, view, (x * turn, y, bend), colours)


def _bust(
    pixels: Pixels, view: View, place: tuple[Field, Field, Field], colours: tuple[Colour, ...]
) -> None:
    """Build head and shoulders from the back to the front; distances are in units, > 0 inside."""
    x, y, bend = place
    skin = blend(colours[3], (0.93, 0.76, 0.64), 0.55)
    shade = blend(skin, colours[1], 0.55)
    behind = 0.255 - np.hypot(x * 1.10 + 0.02, (y + 0.045) * 0.86) + bend * 0.09
    lock = np.minimum(0.215 - np.abs(x + 0.015) + bend * 0.14, np.minimum(y + 0.1, 0.36 - y))
    neck = np.minimum(0.068 + 1.1 * np.maximum(y - 0.17, 0) ** 2 - np.abs(x), y)
    body = y - 0.45 + 0.19 * np.exp(-((x / 0.34) ** 4)) - 0.05 * np.abs(x)
    collar = np.minimum(body, np.abs(x) * 1.15 - (0.40 - y) * 0.55)
    face = 0.160 - np.hypot(x * 1.22 - 0.012, (y - 0.005) * 0.80 + np.abs(x) * 0.16)
    fringe = np.minimum(face + 0.030, -0.052 - y + 0.30 * (x - 0.02) + bend * 0.10)
    _form(pixels, view, (np.maximum(behind, lock), x, y), (colours[0], colours[1]))
    _form(pixels, view, (neck, x, y - 0.2), (shade, skin))
    _form(pixels, view, (body, x, y - 0.2), (scaled(skin, 0.8), skin))
    _form(pixels, view, (collar, x, y - 0.4), (colours[1], colours[2]))
    _form(pixels, view, (face, x, y), (shade, skin))
    _form(pixels, view, (fringe, x, y), (colours[0], colours[1]))


def _form(
    pixels: Pixels,
    view: View,
    place: tuple[Field, Field, Field],
    tones: tuple[Colour, Colour],
) -> None:
    """Paint one form, lit from the right and above, between its dark and its light tone."""
    inner, x, y = place
    light = step(-0.34, 0.30, x * 1.3 - y * 0.8)
    dark, bright = rgb(tones[0]), rgb(tones[1])
    cover(pixels, dark + (bright - dark) * light, np.clip(inner * np.float32(view.unit), 0, 1))
