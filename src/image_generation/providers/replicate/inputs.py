"""What is sent to a model: our names become the model's own."""

from collections.abc import Iterable
from dataclasses import replace

from image_generation.domain import limits
from image_generation.domain.generations import Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import ProviderRequest
from image_generation.providers.models import ModelSpec, OutputShape, Range, Sizes
from image_generation.providers.replicate.references import Reference

_COMMONEST_NAMES = {
    "prompt": "prompt",
    "negative_prompt": "negative_prompt",
    "seed": "seed",
    "steps": "num_inference_steps",
    "guidance_scale": "guidance_scale",
}
_AS_CALLED = {"source": "image"}
_SIZES = Sizes(
    smallest=256, largest=2048, multiple_of=8, width_input="width", height_input="height"
)


def inputs_for(model: ModelSpec, request: ProviderRequest) -> dict[str, JsonValue]:
    """Return the input but its pictures; what the model has no name for is left out.

    Replicate ignores inputs that a model does not have, so that a wrong name would go unnoticed.
    """
    wishes: dict[str, JsonValue] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": request.seed,
        "steps": request.steps,
        "guidance_scale": request.guidance_scale,
        "strength": request.strength,
    }
    named = {
        model.parameter_names[name]: value
        for name, value in wishes.items()
        if value is not None and name in model.parameter_names
    }
    sizes = model.sizes_for(request.operation)
    size = sizes.written(Size(request.width, request.height))
    return {**model.constants, **request.options, **size, **named}


def our_names(model: ModelSpec) -> dict[str, str]:
    """Return the inputs that a message may mention, with the names that callers know them by."""
    kinds = [sizes for sizes in (model.sizes, model.edit_sizes) if sizes is not None]
    written = [names for sizes in kinds for names in (sizes.constants, *sizes.inputs.values())]
    pixels = (model.sizes.width_input, model.sizes.height_input, model.sizes.size_input)
    return {
        **{name: name for name in (*model.options, *(model.edit_options or ()))},
        **{name: "the size" for names in written for name in names},
        **{name: "the size" for name in pixels if name is not None},
        **{theirs: _AS_CALLED.get(ours, ours) for ours, theirs in model.parameter_names.items()},
    }


def find_model(models: Iterable[ModelSpec], name: str) -> ModelSpec | None:
    """Find a model by name or alias; make a specification for one that only Replicate knows.

    A version of a known model takes the inputs of that model.
    """
    known = {key.casefold(): model for model in models for key in (model.name, *model.aliases)}
    name = name.strip()
    if model := known.get(name.casefold()):
        return model
    try:
        reference = Reference.parse(name)
    except ValueError:
        return None
    model = known.get("/".join(reference.model or ()).casefold())
    return replace(model, name=name, aliases=(), is_known=False) if model else _stranger(name)


def _stranger(name: str) -> ModelSpec:
    """Make the specification of a model of which only the name is known."""
    return ModelSpec(
        name=name,
        title=name,
        provider="replicate",
        operations=frozenset({Operation.TEXT_TO_IMAGE}),
        sizes=_SIZES,
        seed=True,
        negative_prompt=True,
        steps=Range(limits.STEPS.smallest, limits.STEPS.largest),
        guidance_scale=Range(limits.GUIDANCE_SCALE.smallest, limits.GUIDANCE_SCALE.largest),
        parameter_names=_COMMONEST_NAMES,
        output=OutputShape.EITHER,
        is_known=False,
    )
