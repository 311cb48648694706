"""What figures can be asked for: each argument with its range and default."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from image_generation.concepts.figures.samplers import Sampler
from image_generation.concepts.figures.schedules import STEPS, Schedule


def _listed(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


Timestep = Annotated[int, Field(ge=0, le=STEPS)]


class Arguments(BaseModel):
    """Base of all: an unknown name is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoArguments(Arguments):
    """Of a figure that is always the same."""


class SeededArguments(Arguments):
    """Of a figure that draws by chance."""

    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class ForwardArguments(SeededArguments):
    """Of the forward process."""

    timesteps: Annotated[
        tuple[Timestep, ...], BeforeValidator(_listed), Field(min_length=1, max_length=6)
    ] = (0, 100, 250, 500, 750, 999)
    schedule: Schedule | None = None


class SamplingArguments(SeededArguments):
    """Of the two moons."""

    sampler: Sampler = Sampler.DDIM
    steps: int = Field(default=20, ge=1, le=200)


class GuidanceArguments(SeededArguments):
    """Of guidance on a mixture."""

    guidance_scale: float = Field(default=4.0, ge=0, le=20)


class LatentArguments(SeededArguments):
    """Of the reparameterisation."""

    mean: float = Field(default=1.0, ge=-3, le=3)
    deviation: float = Field(default=0.5, ge=0.05, le=3)


class GameArguments(Arguments):
    """Of the Dirac-GAN; `penalty` is γ of R1."""

    penalty: float = Field(default=0.3, ge=0, le=4)


class CodebookArguments(SeededArguments):
    """Of vector quantisation."""

    codes: int = Field(default=32, ge=2, le=256)
