"""Painting from a picture: img2img and inpainting."""

import numpy as np
from PIL import ImageFilter

from image_generation.domain.pictures import Size
from image_generation.providers.frames import on_paper, opened
from image_generation.providers.procedural.canvas import (
    Field,
    Pixels,
    blurred,
    from_picture,
    resized,
    shrunk,
    step,
)
from image_generation.providers.procedural.noise import Grain, fractal
from image_generation.providers.procedural.view import View


def source_of(data: bytes | None, view: View) -> Pixels:
    """Return the source as pixels; what is transparent in it becomes white."""
    size = Size(view.width, view.height)
    return from_picture(on_paper(opened(data, size, "source picture", "procedural")))


def mask_of(data: bytes | None, view: View) -> Field:
    """Return the mask: 1 is painted anew, 0 is kept, with a soft seam inside the white area."""
    mask = opened(data, Size(view.width, view.height), "mask", "procedural").convert("L")
    radius = max(4.0, view.unit / 64)
    soft = mask.filter(ImageFilter.GaussianBlur(radius))
    values = np.asarray(soft, dtype=np.float32) / np.float32(255)
    seam = step(0.5, 0.98, values)
    limit = np.asarray(mask, dtype=np.float32) / np.float32(255)
    soft_mask: Field = np.minimum(seam, limit)
    return soft_mask


def mixed(source: Pixels, painted: Pixels, view: View, strength: float) -> Pixels:
    """Return a picture between source and painting, by strength.

    In the order in which diffusion fixes a picture, turned round: the palette goes first,
    then the small forms, and the large ones last, region by region.
    """
    toned = source + (_recoloured(source, painted) - source) * np.float32(min(strength * 1.2, 1))
    coarse = view.unit / 24
    calm_source, calm_painted = blurred(toned, coarse), blurred(painted, coarse)
    fine = _dissolve(view, "fine", strength * 1.15)
    large = _dissolve(view, "large", strength)
    low = calm_source + (calm_painted - calm_source) * large
    detail = (toned - calm_source) * (1 - fine) + (painted - calm_painted) * fine
    between: Pixels = np.clip(low + detail, 0, 1)
    return between


def _dissolve(view: View, name: str, strength: float) -> Field:
    """Return 0…1 a pixel: which regions have gone over to the painting; all have at 1."""
    small = (max(2, view.height // 8), max(2, view.width // 8))
    cell = view.unit / 8 / 6
    order = fractal(view.rng("dissolve " + name), small, Grain(cell, cell, 4))
    reach = np.clip((strength - 0.05 - order * np.float32(0.65)) / 0.3, 0, 1)
    return np.clip(resized(reach.astype(np.float32), view.height, view.width), 0, 1)


def _recoloured(source: Pixels, painted: Pixels) -> Pixels:
    """Return the source with the painting's mean and spread of colour (after Reinhard 2001)."""
    axes = (1, 2)
    mean, spread = source.mean(axes, keepdims=True), source.std(axes, keepdims=True)
    wish, room = painted.mean(axes, keepdims=True), painted.std(axes, keepdims=True)
    ratio = np.clip((room + 0.02) / (spread + 0.02), 0.5, 2.0)
    toned: Pixels = np.clip((source - mean) * ratio + wish, 0, 1)
    return toned


def toward(source: Pixels, finished: Pixels, strength: float) -> Pixels:
    """Return the finished picture, or less of it while the strength is small."""
    share = min(strength / 0.8, 1.0) ** 1.2
    return source + (finished - source) * np.float32(share)


def set_in(source: Pixels, painted: Pixels, mask: Field, view: View) -> Pixels:
    """Return the source with the painting inside the mask, its tones drawn to the seam's."""
    factor = 8
    small = shrunk(np.concatenate([painted - source, mask[None]]), factor)
    known = (small[3] < 0.5).astype(np.float32)
    offset = np.clip(_spread(small[:3] * known, known), -0.25, 0.25)
    near = 1 - step(0.40, 0.85, _inland(known, view.unit / 16 / factor))
    correction = np.stack([resized(o * near, *mask.shape) for o in offset])
    whole: Pixels = source + (np.clip(painted - correction, 0, 1) - source) * mask
    return whole


def _spread(values: Pixels, known: Field) -> Pixels:
    """Return values continued from where they are known to everywhere, ever more softly."""
    total, weight = values.copy(), known.copy()
    for radius in (4, 8, 16):
        total += blurred(values, radius) * np.float32(0.1 / radius)
        weight += blurred(known[None], radius)[0] * np.float32(0.1 / radius)
    np.maximum(weight, np.float32(1e-4), out=weight)
    total /= weight
    return total


def _inland(known: Field, reach: float) -> Field:
    """Return 0…1: how far from the seam a place inside the mask lies."""
    far: Field = 1 - np.clip(blurred(known[None], max(2, reach))[0], 0, 1)
    return far
