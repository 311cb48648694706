"""Which figures there are, and what each shows with its arguments.

Drawing is imported only when something is drawn: matplotlib takes half a second to load.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

from image_generation.concepts.figures import arguments as given
from image_generation.concepts.figures.samplers import Sampler
from image_generation.concepts.figures.schedules import Schedule, signal_left
from image_generation.domain.concepts import ConceptKind

SVG, PNG = "image/svg+xml", "image/png"

Arguments = given.Arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: its texts, the arguments it takes, and where it is drawn.

    `alternative` tells in words what is seen with given arguments.
    """

    name: str
    kind: ConceptKind
    caption: str
    alternative: Callable[[Any], str]
    arguments: type[Arguments]
    media_type: str
    drawer: tuple[str, str]
    of_picture: bool = False

    def draw(self, asked: Arguments, picture: bytes | None) -> bytes:
        """Draw it, of this encoded picture where it shows one; None: of one of our own."""
        module, name = self.drawer
        draw = getattr(import_module(f"{__package__}.{module}"), name)
        if not self.of_picture:
            return bytes(draw(asked))
        pictures = import_module(f"{__package__}.pictures")
        shown = pictures.landscape() if picture is None else pictures.small(picture)
        return bytes(draw(asked, shown))


def _forward(asked: given.ForwardArguments) -> str:
    schedules = list(Schedule) if asked.schedule is None else [asked.schedule]
    rows = "; ".join(f"{each} schedule: {_left(each, asked.timesteps)}" for each in schedules)
    return f"A picture sinks into noise. What is left of its amplitude, {rows}."


def _left(schedule: Schedule, timesteps: tuple[int, ...]) -> str:
    amplitudes = 100 * signal_left(schedule) ** 0.5
    return ", ".join(f"{amplitudes[t]:.0f} % at t={t}" for t in timesteps)


def _moons(asked: given.SamplingArguments) -> str:
    way = "a wandering path" if asked.sampler is Sampler.DDPM else "a smooth path"
    return (
        f"Stages of {asked.sampler.written} with {asked.steps} steps: a round cloud of 1200 points "
        f"moves on {way} towards two interlocking half moons, which are shaded."
    )


def _guidance(asked: given.GuidanceArguments) -> str:
    return (
        "Three planes with three overlapping classes shaded and 1200 samples each. Without "
        "condition the samples cover all classes, at scale 1 the upper class, and at scale "
        f"{asked.guidance_scale:g} {_pushed(asked.guidance_scale)}."
    )


def _pushed(scale: float) -> str:
    if scale > 1:
        return "they crowd together, away from the other classes"
    return "they cover the upper class" if scale == 1 else "they lie between both"


def _latents(asked: given.LatentArguments) -> str:
    return (
        "Left, a round cloud of noise around the origin and the same points moved to mean "
        f"{asked.mean:g} and scaled to deviation {asked.deviation:g}. Right, the KL term as a bowl "
        "over mean and deviation, lowest at mean 0 and deviation 1, with this point marked."
    )


def _game(asked: given.GameArguments) -> str:
    ending = "circles as well" if asked.penalty == 0 else "spirals into the equilibrium"
    return (
        "Arrows that turn around the equilibrium at the origin. Left, training without a penalty "
        f"circles for ever; right, with R1 of strength {asked.penalty:g} it {ending}."
    )


def _codes(asked: given.CodebookArguments) -> str:
    return (
        "A picture, the grid of the numbers of its 4 by 4 pixel patches, and the picture built "
        f"again from at most {asked.codes} codes, in visible blocks."
    )


_ALL = (
    Figure(
        name="forward-process",
        kind=ConceptKind.DIFFUSION,
        caption="The forward process: x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε of a picture, with the same "
        "noise ε everywhere. The cosine schedule keeps the picture visible for longer.",
        alternative=_forward,
        arguments=given.ForwardArguments,
        media_type=PNG,
        drawer=("diffusion", "forward_process"),
        of_picture=True,
    ),
    Figure(
        name="signal-to-noise",
        kind=ConceptKind.DIFFUSION,
        caption="Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t) over the timestep, logarithmic. The dots "
        "mark where there is as much noise as signal.",
        alternative=lambda _: (
            "Two curves fall over the timestep from above 1000 to below 0.0001. "
            "The linear one reaches ratio 1 at about t=260, the cosine one at about t=496."
        ),
        arguments=given.NoArguments,
        media_type=SVG,
        drawer=("diffusion", "signal_over_time"),
    ),
    Figure(
        name="two-moons",
        kind=ConceptKind.DIFFUSION,
        caption="Noise becomes data: a sampler follows the exact score of a mixture of Gaussians "
        "along two moons. Few steps leave points between the moons.",
        alternative=_moons,
        arguments=given.SamplingArguments,
        media_type=SVG,
        drawer=("diffusion", "two_moons_from_noise"),
    ),
    Figure(
        name="guidance-scale",
        kind=ConceptKind.DIFFUSION,
        caption="Classifier-free guidance, ε̂ = ε_u + s (ε_c − ε_u), with exact ε on a mixture of "
        "three classes, 50 steps of DDIM. A larger s gives up variety for distance from the rest.",
        alternative=_guidance,
        arguments=given.GuidanceArguments,
        media_type=SVG,
        drawer=("diffusion", "guidance"),
    ),
    Figure(
        name="reparameterization",
        kind=ConceptKind.VAE,
        caption="The reparameterisation z = μ + σ ⊙ ε moves noise instead of drawing anew, so that "
        "gradients reach μ and σ; the KL term holds them near 0 and 1.",
        alternative=_latents,
        arguments=given.LatentArguments,
        media_type=SVG,
        drawer=("vae", "reparameterisation"),
    ),
    Figure(
        name="vector-quantization",
        kind=ConceptKind.VAE,
        caption="Vector quantisation: each patch of 4 × 4 pixels becomes the number of its nearest "
        "code, learned from the picture itself by Lloyd's algorithm.",
        alternative=_codes,
        arguments=given.CodebookArguments,
        media_type=PNG,
        drawer=("vae", "vector_quantisation"),
        of_picture=True,
    ),
    Figure(
        name="dirac-gan",
        kind=ConceptKind.GAN,
        caption="The Dirac-GAN: one generated point θ against the discriminator ψ x, trained by "
        "simultaneous gradient descent in tiny steps. The penalty R1 turns circles into a spiral.",
        alternative=_game,
        arguments=given.GameArguments,
        media_type=SVG,
        drawer=("gan", "dirac_game"),
    ),
    Figure(
        name="raster-order",
        kind=ConceptKind.AUTOREGRESSIVE,
        caption="Sampling in raster order: a model fitted by counting predicts each pixel from ten "
        "earlier neighbours, p(x) = Π p(x_i | x_<i). No pixel can be drawn before those above it.",
        alternative=lambda _: (
            "A square of slanted wavy stripes that the model has learned from, "
            "and four stages of a sample that grows row by row from the top into stripes like them."
        ),
        arguments=given.SeededArguments,
        media_type=PNG,
        drawer=("autoregressive", "raster_order"),
    ),
)

FIGURES = MappingProxyType({figure.name: figure for figure in _ALL})
"""All figures by name, in the order in which they are shown."""
