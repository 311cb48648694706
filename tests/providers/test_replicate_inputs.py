"""What is sent to each model at Replicate, against the models' own schemas."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from image_generation.domain.generations import Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.models import ModelSpec, OptionKind, Range
from image_generation.providers.replicate import ReplicateProvider
from image_generation.providers.replicate.inputs import inputs_for, our_names
from tests.providers.jobs import RecordedJob
from tests.providers.replicating import REQUEST, asking, provider_of
from tests.servers.replicate_schemas import SCHEMAS
from tests.servers.replicate_server import PICTURE, replicate, violations

MODELS = ReplicateProvider(None).models
WISHES = replace(REQUEST, prompt="a lake", negative_prompt="fog", guidance_scale=5.0, steps=3)

COMMON: Mapping[str, JsonValue] = {"prompt": "a lake", "seed": 7}
WEBP: Mapping[str, JsonValue] = {"output_format": "webp", "output_quality": 90}
RATIO: Mapping[str, JsonValue] = {"aspect_ratio": "16:9"}
PIXELS: Mapping[str, JsonValue] = {"aspect_ratio": "custom", "width": 1152, "height": 896}
SAFE: Mapping[str, JsonValue] = {"safety_tolerance": 4}
UPSAMPLED: Mapping[str, JsonValue] = {"prompt_upsampling": True}
SD: Mapping[str, JsonValue] = {
    **COMMON,
    **RATIO,
    "negative_prompt": "fog",
    "cfg": 5.0,
    "output_format": "webp",
}

SENT: Mapping[str, tuple[Size, Mapping[str, JsonValue], Mapping[str, JsonValue]]] = {
    "black-forest-labs/flux-schnell": (
        Size(1344, 768),
        {**WEBP, "go_fast": True},
        {
            **COMMON,
            **WEBP,
            **RATIO,
            "megapixels": "1",
            "num_inference_steps": 3,
            "num_outputs": 1,
            "go_fast": True,
        },
    ),
    "black-forest-labs/flux-dev": (
        Size(672, 384),
        {**WEBP, "go_fast": False},
        {
            **COMMON,
            **WEBP,
            **RATIO,
            "megapixels": "0.25",
            "num_inference_steps": 3,
            "guidance": 5.0,
            "num_outputs": 1,
            "go_fast": False,
        },
    ),
    "black-forest-labs/flux-1.1-pro": (
        Size(1152, 896),
        {**WEBP, **SAFE, **UPSAMPLED},
        {**COMMON, **WEBP, **PIXELS, **SAFE, **UPSAMPLED},
    ),
    "black-forest-labs/flux-1.1-pro-ultra": (
        Size(2752, 1536),
        {"output_format": "png", "raw": True, **SAFE},
        {**COMMON, **RATIO, "output_format": "png", "raw": True, **SAFE},
    ),
    "black-forest-labs/flux-kontext-pro": (
        Size(1392, 752),
        {"output_format": "jpg", **SAFE, **UPSAMPLED},
        {**COMMON, **RATIO, "output_format": "jpg", **SAFE, **UPSAMPLED},
    ),
    "black-forest-labs/flux-2-pro": (
        Size(1152, 896),
        {**WEBP, **SAFE},
        {**COMMON, **WEBP, **PIXELS, **SAFE},
    ),
    "black-forest-labs/flux-2-max": (
        Size(1152, 896),
        {**WEBP, **SAFE},
        {**COMMON, **WEBP, **PIXELS, **SAFE},
    ),
    "black-forest-labs/flux-2-flex": (
        Size(1152, 896),
        {**WEBP, **SAFE, **UPSAMPLED},
        {**COMMON, **WEBP, **PIXELS, **SAFE, **UPSAMPLED, "steps": 3, "guidance": 5.0},
    ),
    "black-forest-labs/flux-2-dev": (
        Size(1152, 896),
        {**WEBP, "go_fast": True},
        {**COMMON, **WEBP, **PIXELS, "go_fast": True},
    ),
    "black-forest-labs/flux-2-klein-4b": (
        Size(672, 384),
        {**WEBP, "go_fast": True},
        {**COMMON, **WEBP, **RATIO, "output_megapixels": "0.25", "go_fast": True},
    ),
    "black-forest-labs/flux-2-klein-9b": (
        Size(2688, 1536),
        {**WEBP, "go_fast": True},
        {**COMMON, **WEBP, **RATIO, "megapixels": "4", "go_fast": True},
    ),
    "stability-ai/stable-diffusion-3.5-large": (Size(1344, 768), {"output_format": "webp"}, SD),
    "stability-ai/stable-diffusion-3.5-large-turbo": (
        Size(1344, 768),
        {"output_format": "webp"},
        SD,
    ),
    "stability-ai/stable-diffusion-3.5-medium": (Size(1344, 768), {"output_format": "webp"}, SD),
}


def test_every_model_that_is_offered_has_a_schema_and_an_expectation() -> None:
    from_words = {
        name for name, model in MODELS.items() if Operation.TEXT_TO_IMAGE in model.operations
    }

    assert MODELS.keys() == SCHEMAS.keys()
    assert from_words == SENT.keys()


@pytest.mark.anyio
@pytest.mark.parametrize("name", SENT)
async def test_every_wish_is_sent_under_the_models_own_name(name: str) -> None:
    size, options, expected = SENT[name]
    request = replace(
        WISHES, model=name, width=size.width, height=size.height, options=dict(options)
    )

    async with replicate() as server:
        provider = provider_of(server)
        image = await provider.generate(request, RecordedJob())
        await provider.aclose()

    assert server.sent_input() == expected
    assert server.ignored == []
    assert image.data == PICTURE


@pytest.mark.anyio
@pytest.mark.parametrize("name", SENT)
async def test_every_model_answers_to_its_alias(name: str) -> None:
    alias = name.partition("/")[2]

    async with replicate() as server:
        provider = provider_of(server)
        size = SENT[name][0]
        request = replace(asking(alias), width=size.width, height=size.height, steps=None)
        await provider.generate(request, RecordedJob())
        await provider.aclose()

    assert server.created()[0].path == f"/replicate/v1/models/{name}/predictions"


@pytest.mark.parametrize("name", SENT)
def test_every_size_and_every_end_of_a_range_is_one_that_the_model_takes(name: str) -> None:
    model, schema = MODELS[name], SCHEMAS[name]
    sizes = model.sizes.fixed or [
        model.sizes.nearest(wish) for wish in (Size(1, 1), Size(9999, 1), Size(9999, 9999))
    ]

    inputs = [
        inputs_for(
            model,
            replace(
                WISHES,
                width=size.width,
                height=size.height,
                steps=round(steps) if steps is not None else None,
                guidance_scale=guidance,
                seed=seed,
            ),
        )
        for size in sizes
        for steps, guidance, seed in zip(
            _ends(model.steps), _ends(model.guidance_scale), (0, 4_294_967_295), strict=True
        )
    ]

    assert len(inputs) >= 6
    for values in inputs:
        assert violations(name, dict(values)) == []
        assert values.keys() <= schema.inputs.keys()


@pytest.mark.parametrize("name", SENT)
def test_every_value_of_every_option_is_one_that_the_model_takes(name: str) -> None:
    model, schema = MODELS[name], SCHEMAS[name]

    wrong = [
        (option, value)
        for option, values in _values(model).items()
        for value in values
        if schema.inputs[option](value) is not None
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "values", "violation"),
    [
        ("flux-schnell", {"seed": 7}, "required"),
        ("flux-schnell", {"num_inference_steps": 28}, "number_lte"),
        ("flux-schnell", {"num_inference_steps": 4.0}, "invalid_type"),
        ("flux-schnell", {"go_fast": 1}, "invalid_type"),
        ("flux-schnell", {"megapixels": 1}, "enum"),
        ("flux-kontext-pro", {"output_format": "webp"}, "enum"),
        ("flux-dev", {"guidance": "3"}, "invalid_type"),
        ("flux-dev", {"guidance": -0.5}, "number_gte"),
        ("flux-1.1-pro", {"width": 1000}, "invalid_type"),
        ("flux-2-dev", {"input_images": ["a"] * 5}, "invalid_type"),
    ],
)
def test_the_schemas_refuse_what_the_models_refuse(
    name: str, values: dict[str, object], violation: str
) -> None:
    prompt = {} if violation == "required" else {"prompt": "a lake"}

    found = violations(f"black-forest-labs/{name}", prompt | values)

    assert [fault["type"] for fault in found] == [violation]


def test_options_and_wishes_go_before_what_is_always_sent() -> None:
    model = MODELS["black-forest-labs/flux-dev"]

    values = inputs_for(model, replace(WISHES, options={"go_fast": True}))

    assert model.constants["go_fast"] is False
    assert values["go_fast"] is True


def test_what_was_not_wished_is_not_sent() -> None:
    request = replace(REQUEST, seed=None, steps=None)

    values = inputs_for(MODELS["black-forest-labs/flux-1.1-pro"], request)

    assert values.keys() == {"prompt", "aspect_ratio", "width", "height"}


def test_inputs_are_known_to_callers_by_our_names() -> None:
    names = our_names(MODELS["black-forest-labs/flux-2-flex"])

    assert names["guidance"] == "guidance_scale"
    assert names["steps"] == "steps"
    assert names["width"] == names["aspect_ratio"] == "the size"
    assert names["safety_tolerance"] == "safety_tolerance"
    assert names["input_images"] == "image"


def test_no_model_that_is_offered_is_dead() -> None:
    assert not [model.name for model in MODELS.values() if model.is_retired(date(2026, 11, 22))]


def _ends(limits: Range | None) -> tuple[float | None, float | None]:
    return (limits.smallest, limits.largest) if limits else (None, None)


def _values(model: ModelSpec) -> dict[str, list[JsonValue]]:
    return {
        name: [True, False]
        if option.kind is OptionKind.BOOLEAN
        else list(option.choices)
        if option.range is None
        else [int(option.range.smallest), int(option.range.largest)]
        for name, option in model.options.items()
    }
