"""The Dirac-GAN: the smallest game between a generator and a discriminator.

The data is one point at 0, the generator makes one point at θ, the discriminator is ψ x
(Mescheder, Geiger and Nowozin 2018, section 2).
"""

import numpy as np
from numpy.typing import NDArray

from image_generation.concepts.figures.schedules import Floats


def field(state: Floats, penalty: float) -> Floats:
    """Return (dθ/dt, dψ/dt) of gradient descent for states (θ, ψ) in the last axis.

    f(t) = -log(1 + exp(-t)); `penalty` is the γ of R1, the gradient penalty on real data.
    """
    point, slope = state[..., 0], state[..., 1]
    steepness = 1 / (1 + np.exp(point * slope))
    return np.stack([-steepness * slope, steepness * point - penalty * slope], axis=-1)


def eigenvalues(penalty: float) -> NDArray[np.complex128]:
    """Return those of the field's Jacobian at the equilibrium: (-γ ± √(γ² - 1)) / 2.

    Mescheder et al. 2018, sections 2 and 3, with f'(0) = 1/2: imaginary without a penalty.
    """
    root = np.sqrt(complex(penalty**2 - 1))
    return np.array([(-penalty + root) / 2, (-penalty - root) / 2])


def trajectory(start: Floats, penalty: float, seconds: float, steps: int) -> Floats:
    """Follow the field by the classical Runge-Kutta method; shape (steps + 1, 2)."""
    pause = seconds / steps
    states = [start]
    for _ in range(steps):
        now = states[-1]
        first = field(now, penalty)
        second = field(now + pause / 2 * first, penalty)
        third = field(now + pause / 2 * second, penalty)
        fourth = field(now + pause * third, penalty)
        states.append(now + pause / 6 * (first + 2 * second + 2 * third + fourth))
    return np.stack(states)
