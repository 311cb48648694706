"""Mixtures of round Gaussians in the plane, whose score is known exactly at any noise."""

from dataclasses import dataclass

import numpy as np

from image_generation.concepts.figures.schedules import Floats


@dataclass(frozen=True, slots=True)
class Mixture:
    """Equally likely Gaussians: `means` of shape (k, 2), one `variance` for all of them."""

    means: Floats
    variance: float

    def diffused(self, left: float) -> "Mixture":
        """Return the marginal q(x_t) where ᾱ is `left`: means √ᾱ μ, variance ᾱ σ² + 1 - ᾱ."""
        return Mixture(np.sqrt(left) * self.means, left * self.variance + 1 - left)

    def noised(self, deviation: float) -> "Mixture":
        """Return it with noise of this standard deviation added."""
        return Mixture(self.means, self.variance + deviation**2)

    def density(self, points: Floats) -> Floats:
        """Return p(x) for points of shape (n, 2)."""
        squares = self._squares(points)
        heights = np.exp(-squares / (2 * self.variance)).mean(axis=1)
        density: Floats = heights / (2 * np.pi * self.variance)
        return density

    def score(self, points: Floats) -> Floats:
        """Return ∇ log p(x): the pull to each mean, weighted by how likely x came from it."""
        logits = -self._squares(points) / (2 * self.variance)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        pull: Floats = (shares @ self.means - points) / self.variance
        return pull

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Draw points; shape (count, 2)."""
        chosen = rng.integers(len(self.means), size=count)
        points: Floats = self.means[chosen] + np.sqrt(self.variance) * rng.standard_normal(
            (count, 2)
        )
        return points

    def _squares(self, points: Floats) -> Floats:
        lengths = (points**2).sum(axis=1)[:, None] + (self.means**2).sum(axis=1)[None, :]
        squares: Floats = np.maximum(lengths - 2 * points @ self.means.T, 0)
        return squares


def two_moons() -> Mixture:
    """Return two half circles that reach into each other, of 24 Gaussians each."""
    angles = np.linspace(0, np.pi, 24)
    upper = np.stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25], axis=1)
    return Mixture(1.4 * np.concatenate([upper, -upper]), 0.0064)


def three_classes() -> tuple[Mixture, ...]:
    """Return three classes that overlap, of two Gaussians each."""
    centers = np.array([[0.0, 1.0], [-0.9, -0.55], [0.9, -0.55]])
    aside = np.array([[0.45, 0.1], [-0.45, -0.1]])
    return tuple(Mixture(center + aside, 0.16) for center in centers)


def together(classes: tuple[Mixture, ...]) -> Mixture:
    """Return the mixture of equally likely classes, all of one variance."""
    return Mixture(np.concatenate([each.means for each in classes]), classes[0].variance)
