"""How servers that speak like OpenAI differ from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from image_generation.domain import limits
from image_generation.domain.generations import Operation
from image_generation.domain.pictures import ImageFormat
from image_generation.providers.models import (
    MaskPolarity,
    ModelSpec,
    Need,
    Option,
    OptionKind,
    OutputShape,
    Range,
    Sizes,
)

UNNAMED = "default"
"""The model of a server that runs one and needs no name for it: none is sent."""

_SIXTEENS = Sizes(size_input="size", multiple_of=16)


class ResponseFormat(StrEnum):
    """When `response_format: b64_json` is sent. OpenAI refuses it for its GPT models."""

    NEVER = "NEVER"
    ALWAYS = "ALWAYS"
    UNLESS_GPT = "UNLESS_GPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of server.

    - `in_catalogue`: the names of OpenAI's models mean those models there
    - `names_model`: it looks at `model`; `needs_model`: it cannot do without
    - `parameters`: our name → the path of keys where the server looks for the value
    - `in_prompt`: that path begins in JSON between `<sd_cpp_extra_args>` tags in the prompt, not in
      the body
    - `negative_mark`: what stands in the prompt before the negative prompt
    - `operations`: what it has an endpoint for; `mask`: how it reads masks
    - `sizes`, `options`, `edit_options`: what is assumed of a model that is in no catalogue
    """

    title: str
    sizes: Sizes = _SIXTEENS
    response_format: ResponseFormat = ResponseFormat.ALWAYS
    in_catalogue: bool = False
    names_model: bool = True
    needs_model: bool = False
    streams: bool = False
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_prompt: bool = False
    negative_mark: str | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    edit_options: Mapping[str, Option] | None = None
    operations: frozenset[Operation] = frozenset({Operation.TEXT_TO_IMAGE})
    mask: MaskPolarity | None = None

    def model(self, name: str) -> ModelSpec:
        """Make a specification for a name that is in no catalogue."""
        parameters = self.parameters
        return ModelSpec(
            name=name,
            title="The server's model" if name == UNNAMED else name,
            provider="openai",
            operations=self.operations,
            mask=self.mask,
            source_is_list=True,
            sizes=self.sizes,
            seed="seed" in parameters,
            negative_prompt="negative_prompt" in parameters or self.negative_mark is not None,
            steps=_STEPS if "steps" in parameters else None,
            guidance_scale=_GUIDANCE if "guidance_scale" in parameters else None,
            options=self.options,
            edit_options=self.edit_options,
            output=OutputShape.LIST,
            formats=tuple(ImageFormat),
            is_known=False,
        )


_STEPS = Range(limits.STEPS.smallest, limits.STEPS.largest)
_GUIDANCE = Range(limits.GUIDANCE_SCALE.smallest, limits.GUIDANCE_SCALE.largest)

_DIFFUSERS = {
    "seed": ("seed",),
    "steps": ("num_inference_steps",),
    "guidance_scale": ("guidance_scale",),
    "negative_prompt": ("negative_prompt",),
}


def _output_options(*formats: str) -> dict[str, Option]:
    packed = tuple(format for format in formats if format != "png")
    return {
        "output_format": Option(kind=OptionKind.CHOICE, choices=formats),
        "output_compression": Option(
            kind=OptionKind.INTEGER,
            range=Range(0, 100, 100),
            needs=Need(option="output_format", among=packed, default="png"),
        ),
    }


_FROM_PICTURES = frozenset({Operation.TEXT_TO_IMAGE, Operation.IMG2IMG})
"""What servers can do that take a source and no mask, or one that is not documented."""

_EVERYTHING = _FROM_PICTURES | {Operation.INPAINT}

_QUALITIES = ("auto", "low", "medium", "high", "standard", "hd")

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "openai": Profile(
            title="OpenAI",
            response_format=ResponseFormat.NEVER,
            in_catalogue=True,
            streams=True,
            operations=_EVERYTHING,
            mask=MaskPolarity.TRANSPARENT,
        ),
        "localai": Profile(
            title="LocalAI",
            sizes=Sizes(size_input="size", multiple_of=8),
            parameters={"seed": ("seed",), "steps": ("step",)},
            negative_mark="|",
        ),
        "sd-server": Profile(
            title="stable-diffusion.cpp",
            sizes=Sizes(size_input="size", multiple_of=64),
            response_format=ResponseFormat.NEVER,
            names_model=False,
            parameters={
                "seed": ("seed",),
                "negative_prompt": ("negative_prompt",),
                "steps": ("sample_params", "sample_steps"),
                "guidance_scale": ("sample_params", "guidance", "txt_cfg"),
            },
            in_prompt=True,
            options=_output_options("png", "jpeg", "webp"),
            edit_options=_output_options("png", "jpeg"),
            operations=_EVERYTHING,
            mask=MaskPolarity.WHITE,
        ),
        "vllm-omni": Profile(
            title="vLLM-Omni",
            parameters=_DIFFUSERS,
            operations=_FROM_PICTURES,
        ),
        "sglang": Profile(
            title="SGLang",
            parameters=_DIFFUSERS,
            operations=_FROM_PICTURES,
        ),
        "generic": Profile(
            title="The OpenAI-compatible server",
            sizes=Sizes(size_input="size", multiple_of=8),
            response_format=ResponseFormat.UNLESS_GPT,
            in_catalogue=True,
            needs_model=True,
            options={"quality": Option(kind=OptionKind.CHOICE, choices=_QUALITIES)},
        ),
    }
)


def profile_named(name: str) -> Profile:
    """Return a profile, or raise `ValueError` with the names there are."""
    if name not in PROFILES:
        raise ValueError(f"There is no profile {name!r}. Choose one of: {', '.join(PROFILES)}.")
    return PROFILES[name]
