"""What every part of the painter looks at: the scene, its light, and the frame."""

from dataclasses import dataclass

import numpy as np

from image_generation.providers.procedural.noise import Seeds
from image_generation.providers.procedural.palette import Light
from image_generation.providers.procedural.words import Scene, Season, Subject, Time, Weather


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One picture's frame. `horizon` is a row, `unit` the length that things are measured by.

    `octaves` (2…7) is how finely forms are drawn.
    """

    width: int
    height: int
    horizon: int
    unit: float
    octaves: int
    scene: Scene
    time: Time
    light: Light
    seeds: Seeds

    @property
    def source(self) -> tuple[float, float]:
        """Column and row of the sun or moon."""
        across = 0.22 + 0.56 * float(self.seeds.rng("light").random())
        return across * self.width, self.light.low * self.horizon

    @property
    def snowy(self) -> bool:
        """Whether snow lies on the ground."""
        return self.scene.season is Season.WINTER or Weather.SNOW in self.scene.weather

    @property
    def dull(self) -> bool:
        """Whether the weather hides sun, moon and stars."""
        return bool(self.scene.weather) and not self.scene.has(
            Subject.SUN, Subject.MOON, Subject.STARS
        )

    @property
    def density(self) -> float:
        """How many small things are drawn, 0.3…1, by the octaves."""
        return min(0.3 + 0.14 * (self.octaves - 2), 1.0)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the generator for one purpose."""
        return self.seeds.rng(purpose)
