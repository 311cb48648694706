"""Samplers: how noise becomes data when the score is known."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise

import numpy as np

from image_generation.concepts.figures.mixtures import Mixture
from image_generation.concepts.figures.schedules import STEPS, Floats, Schedule, signal_left

_SHARPEST = 0.02
"""The last noise level of the Euler sampler before 0."""

_SPACING = 7.0
"""ρ, which puts more steps where there is little noise (Karras et al. 2022, equation 5)."""


class Sampler(StrEnum):
    """A way from noise to data."""

    DDPM = "ddpm"
    DDIM = "ddim"
    EULER = "euler"

    @property
    def written(self) -> str:
        """How it is written in texts."""
        return "Euler" if self is Sampler.EULER else self.upper()


def path(
    sampler: Sampler, target: Mixture, start: Floats, steps: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Yield the points at each of steps + 1 stages, from noise to data, in the data's scale.

    `start` is standard normal noise of shape (n, 2); the schedule is the cosine one.
    """
    if sampler is Sampler.EULER:
        return _euler(target, start, steps)
    return _ancestral(target, start, steps, rng if sampler is Sampler.DDPM else None)


def guided(whole: Mixture, part: Mixture, start: Floats, steps: int, scale: float) -> Floats:
    """Sample by DDIM with ε̂ = ε_u + s (ε_c - ε_u) (Ho and Salimans 2022); s = 1 follows `part`."""
    points = start
    for left, after in _stages(steps):
        free = noise_in(points, whole, left)
        bound = noise_in(points, part, left)
        points = _towards(points, free + scale * (bound - free), (left, after), None)
    return points


def noise_in(points: Floats, target: Mixture, left: float) -> Floats:
    """Return ε(x_t) = -√(1 - ᾱ) ∇ log q(x_t), what a perfect network predicts."""
    noise: Floats = -np.sqrt(1 - left) * target.diffused(left).score(points)
    return noise


def _stages(steps: int) -> Iterator[tuple[float, float]]:
    times = np.linspace(STEPS - 1, 0, steps + 1).round().astype(int)
    left = signal_left(Schedule.COSINE)[times]
    return pairwise(left.tolist())


def _ancestral(
    target: Mixture, start: Floats, steps: int, rng: np.random.Generator | None
) -> Iterator[Floats]:
    points = start
    yield points
    for stage in _stages(steps):
        points = _towards(points, noise_in(points, target, stage[0]), stage, rng)
        yield points


def _towards(
    points: Floats, noise: Floats, stage: tuple[float, float], rng: np.random.Generator | None
) -> Floats:
    """Take one step: without a generator as DDIM (η = 0), with one as DDPM (η = 1).

    Song et al. 2021 (DDIM), equations 12 and 16.
    """
    left, after = stage
    clean = (points - np.sqrt(1 - left) * noise) / np.sqrt(left)
    variance = 0.0 if rng is None else (1 - after) / (1 - left) * (1 - left / after)
    moved: Floats = np.sqrt(after) * clean + np.sqrt(max(1 - after - variance, 0.0)) * noise
    if rng is not None:
        moved = moved + np.sqrt(variance) * rng.standard_normal(points.shape)
    return moved


def noise_levels(steps: int) -> Floats:
    """Return steps + 1 standard deviations that fall to 0 (Karras et al. 2022, equation 5)."""
    left = signal_left(Schedule.COSINE)[STEPS - 1]
    most = np.sqrt((1 - left) / left)
    share = np.linspace(0, 1, steps) if steps > 1 else np.zeros(1)
    root = 1 / _SPACING
    levels = (most**root + share * (_SHARPEST**root - most**root)) ** _SPACING
    return np.append(levels, 0.0)


def _euler(target: Mixture, start: Floats, steps: int) -> Iterator[Floats]:
    """Follow dx/dσ = -σ ∇ log p(x; σ) with straight steps (Karras et al. 2022, equation 1)."""
    levels = noise_levels(steps)
    points = levels[0] * start
    yield start
    for level, after in pairwise(levels.tolist()):
        points = points - level * target.noised(level).score(points) * (after - level)
        yield points / np.sqrt(1 + after**2)  # the scale of the other samplers
