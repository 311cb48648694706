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
    def shines(self) -> bool:
        """Whether the sun, or by night the moon, lights the scene."""
        if self.dull:
            return False
        if self.time is not Time.NIGHT:
            return self.scene.allows(Subject.SUN)
        others = self.scene.has(Subject.AURORA, Subject.STARS)
        return self.scene.has(Subject.MOON) or (self.scene.allows(Subject.MOON) and not others)

    @property
    def glow(self) -> float:
        """How much of the sun's or moon's light comes through the weather, 0…1."""
        if self.shines:
            return 1.0
        if not self.dull or self.time is Time.NIGHT or not self.scene.allows(Subject.SUN):
            return 0.0
        return 0.8 if self.low else 0.3

    @property
    def low(self) -> bool:
        """Whether the sun stands low."""
        return self.time in {Time.SUNSET, Time.DAWN}

    @property
    def lamps(self) -> bool:
        """Whether it is dark enough for lamps to be lit."""
        dim = self.scene.weather & {Weather.STORM, Weather.FOG}
        return self.time in {Time.SUNSET, Time.NIGHT} or bool(dim)

    @property
    def third(self) -> float:
        """The column for a landmark: on the third of the width that is further from the light."""
        share = 0.655 if self.source[0] < self.width / 2 else 0.345
        return (share + float(self.rng("third").uniform(-0.035, 0.035))) * self.width

    @property
    def toward(self) -> int:
        """Which way the light is from the landmark: 1 is right, -1 is left."""
        return 1 if self.source[0] > self.third else -1

    @property
    def density(self) -> float:
        """How many small things are drawn, 0.3…1, by the octaves."""
        return min(0.3 + 0.14 * (self.octaves - 2), 1.0)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the generator for one purpose."""
        return self.seeds.rng(purpose)
