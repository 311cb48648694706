"""Noise schedules: how much of the signal is left at each step of a diffusion."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 1000
"""Steps of the forward process (Ho et al. 2020, section 4)."""

_OFFSET = 0.008
"""The cosine schedule's s (Nichol and Dhariwal 2021, section 3.2)."""

_MOST = 0.999
"""The largest variance of one step of the cosine schedule (the same section)."""


class Schedule(StrEnum):
    """How the variance of the noise grows."""

    LINEAR = "linear"
    COSINE = "cosine"


def signal_left(schedule: Schedule) -> Floats:
    """Return ᾱ_t, the product of 1 - β, for t = 0 … 1000; falls from 1 to nearly 0.

    Linear: β from 0.0001 to 0.02 (Ho et al. 2020, section 4). Cosine: ᾱ_t = f(t) / f(0) with
    f(t) = cos²((t/T + s) / (1 + s) · π/2) (Nichol and Dhariwal 2021, equation 17).
    """
    if schedule is Schedule.LINEAR:
        betas = np.linspace(1e-4, 0.02, STEPS)
    else:
        angles = (np.arange(STEPS + 1) / STEPS + _OFFSET) / (1 + _OFFSET) * np.pi / 2
        shares = np.cos(angles) ** 2
        betas = np.minimum(1 - shares[1:] / shares[:-1], _MOST)
    return np.concatenate([[1.0], np.cumprod(1 - betas)])


def signal_to_noise(left: Floats) -> Floats:
    """Return ᾱ / (1 - ᾱ) for values of ᾱ below 1 (Kingma et al. 2021, section 3.1)."""
    return left / (1 - left)


def diffuse(start: Floats, left: float, noise: Floats) -> Floats:
    """Draw x_t = √ᾱ x_0 + √(1 - ᾱ) ε from q(x_t | x_0) (Ho et al. 2020, equation 4)."""
    noisy: Floats = np.sqrt(left) * start + np.sqrt(1 - left) * noise
    return noisy
