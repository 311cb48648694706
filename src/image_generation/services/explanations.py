"""How a picture was made, told with its own parameters."""

from collections.abc import Callable, Iterator

from image_generation.domain.concepts import ConceptKind
from image_generation.domain.generations import Adjustment, Operation
from image_generation.domain.styles import DEFAULT_STYLE
from image_generation.gallery.records import Generation
from image_generation.providers.models import ModelSpec

_FEW_STEPS, _MANY_STEPS = 8, 60
_WEAK_GUIDANCE, _STRONG_GUIDANCE = 2.0, 10.0

_LATENT_FACTOR = 8
"""Pixels along an edge for one of the latent picture (arXiv:2112.10752 and its successors)."""


def explain(generation: Generation, model: ModelSpec | None) -> str:
    """Tell how a picture was made, in Markdown; `model` is None when it is not known any more."""
    if generation.operation is Operation.UPLOAD:
        return (
            "This picture was uploaded. No model of this service made it; it was turned upright "
            "and freed of private metadata, and is kept as a source for others."
        )
    parts = (_origin(generation, model), _words(generation), _machinery(generation, model))
    ends = (_seed(generation, model), _adjustments(generation.adjustments))
    return "\n\n".join(part for part in (*parts, *ends) if part)


def _origin(generation: Generation, model: ModelSpec | None) -> str:
    title = model.title if model is not None else generation.model
    size = f"{generation.width} by {generation.height} pixels"
    start = {
        Operation.TEXT_TO_IMAGE: "from words alone",
        Operation.IMG2IMG: "from another picture and words",
        Operation.INPAINT: "by painting a part of another picture anew",
    }[generation.operation]
    return f"**{title}** made this picture {start}, at {size}."


def _words(generation: Generation) -> str:
    return " ".join(_each_word(generation))


def _each_word(generation: Generation) -> Iterator[str]:
    yield f"The prompt was “{generation.prompt}”."
    if generation.enhanced_prompt is not None:
        yield "A language model wrote it out in more detail before it was sent."
    if generation.style != DEFAULT_STYLE:
        yield f"The style *{generation.style}* added its own words behind it."
    if generation.negative_prompt:
        yield f"To be avoided was “{generation.negative_prompt}”."
    if generation.revised_prompt is not None:
        yield "The provider says that it changed the prompt again, and drew from what it wrote."


def _machinery(generation: Generation, model: ModelSpec | None) -> str:
    if model is not None and model.is_algorithm:
        return _algorithm(generation)
    kind = None if model is None else model.concept
    tell = _BY_KIND.get(kind, _unpublished)
    return " ".join(tell(generation))


def _algorithm(generation: Generation) -> str:
    text = (
        "No model was involved: an algorithm looked for words that it knows, and painted what "
        "they stand for with noise, gradients and brush strokes. Nothing in it was learned from "
        "pictures."
    )
    if generation.strength is not None:
        text += f" {_strength(generation.strength)}"
    return text


def _diffusion(generation: Generation) -> Iterator[str]:
    width, height = generation.width // _LATENT_FACTOR, generation.height // _LATENT_FACTOR
    yield (
        "It is a diffusion model: it began with noise and took the noise away step by step, led by "
        f"the words. Models of this kind usually do so in a latent space with {_LATENT_FACTOR} "
        f"pixels to one, here about {width} by {height}, and a decoder draws the pixels at the end."
    )
    if generation.strength is not None:
        yield _partial_noising(generation)
    yield _steps(generation.steps)
    yield _guidance(generation.guidance_scale)


def _partial_noising(generation: Generation) -> str:
    text = (
        "The source was noised only as far as the strength says, and denoised from there. "
        f"{_strength(generation.strength or 0.0)}"
    )
    if generation.steps is not None and generation.strength:
        taken = max(1, round(generation.steps * generation.strength))
        text += f" Of {generation.steps} steps about {taken} are taken then."
    return text


def _strength(strength: float) -> str:
    return f"A strength of {strength:g}, between 0 (keep the source) and 1 (ignore it), was used."


def _steps(steps: int | None) -> str:
    if steps is None:
        return "How many steps it took, and with which sampler, its provider does not tell."
    if steps <= _FEW_STEPS:
        return f"It took {steps} steps, which is what a model distilled for few steps needs."
    if steps >= _MANY_STEPS:
        return f"It took {steps} steps; past about 50 more of them change little."
    return (
        f"It took {steps} steps. Fewer would have left errors of integration, many more would have "
        "changed little; the sampler is its provider's choice and is not told."
    )


def _guidance(scale: float | None) -> str:
    if scale is None:
        return "Guidance cannot be set for this model."
    if scale <= _WEAK_GUIDANCE:
        effect = "the words led loosely, and the picture was free to wander"
    elif scale >= _STRONG_GUIDANCE:
        effect = "the words led strictly, at the price of variety and of natural colours"
    else:
        effect = "the words led without overruling what pictures usually look like"
    return f"The guidance scale of {scale:g} means that {effect}."


def _autoregressive(_: Generation) -> Iterator[str]:
    yield (
        "It is an autoregressive model: it wrote the picture as a sequence of tokens, each drawn "
        "from what came before, words included. There are no steps and no scheduler to choose."
    )
    yield "How its tokens become pixels is not published."


def _unpublished(_: Generation) -> Iterator[str]:
    yield "How it works inside is not published, or not known here."


_BY_KIND: dict[ConceptKind | None, Callable[[Generation], Iterator[str]]] = {
    ConceptKind.DIFFUSION: _diffusion,
    ConceptKind.AUTOREGRESSIVE: _autoregressive,
}


def _seed(generation: Generation, model: ModelSpec | None) -> str:
    if generation.seed is None:
        return "It has no seed that could be set, so the same request gives another picture."
    if model is not None and model.is_algorithm:
        return (
            f"The seed {generation.seed} fixed every random choice: the same request with it gives "
            "the same picture."
        )
    return (
        f"The seed {generation.seed} fixed the noise it was drawn from: the same request with it "
        "gives the same picture, or nearly so where the provider's machines differ."
    )


def _adjustments(adjustments: list[Adjustment]) -> str:
    if not adjustments:
        return ""
    lines = [f"- `{it.field}`: {it.reason}" for it in adjustments]
    return "\n".join(("Not every wish was granted to the letter:", "", *lines))
