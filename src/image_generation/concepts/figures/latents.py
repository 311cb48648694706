"""What a variational autoencoder does to its latents."""

from typing import TypeVar

import numpy as np

from image_generation.concepts.figures.schedules import Floats

F = TypeVar("F", float, Floats)


def reparameterised(mean: Floats, log_variance: Floats, noise: Floats) -> Floats:
    """Return z = μ + σ ⊙ ε (Kingma and Welling 2014, section 2.4)."""
    return mean + np.exp(log_variance / 2) * noise


def divergence(mean: F, log_variance: F) -> F:
    """Return KL(N(μ, σ²) || N(0, 1)) = ½ (μ² + σ² - 1 - log σ²) per dimension, in nats.

    Kingma and Welling 2014, appendix B.
    """
    charge: F = (mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
    return charge
