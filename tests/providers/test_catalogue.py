"""What is known of the models, and that it cannot be known wrongly."""

from datetime import date
from decimal import Decimal

import pytest

from image_generation.domain.concepts import ConceptKind
from image_generation.domain.generations import Operation
from image_generation.domain.pictures import Size
from image_generation.providers.catalogue import CatalogueError, catalogue, models_of, parse
from image_generation.providers.models import (
    MaskPolarity,
    ModelSpec,
    Option,
    OptionKind,
    OutputShape,
)

MODELS = catalogue()


def model_named(name: str) -> ModelSpec:
    [model] = [model for model in MODELS if model.answers_to(name)]
    return model


def test_every_model_of_the_providers_is_known() -> None:
    names = {model.name for model in MODELS}

    assert len(MODELS) == len(names) == 27
    assert {model.name for model in models_of("openai")} == {
        "gpt-image-2.5-flare",
        "gpt-image-2.5-sunburst",
        "gpt-image-2.6-flare",
        "gpt-image-2.6-sunburst",
        "gpt-image-2",
        "gpt-image-1.5",
        "gpt-image-1-mini",
        "gpt-image-1",
        "chatgpt-image-latest",
        "dall-e-2",
        "dall-e-3",
    }
    assert {model.name.partition("/")[0] for model in models_of("replicate")} == {
        "black-forest-labs",
        "stability-ai",
    }


@pytest.mark.parametrize(
    ("name", "retires_on", "successor"),
    [
        ("dall-e-2", "2026-05-12", "gpt-image-2.5-flare"),
        ("dall-e-3", "2026-05-12", "gpt-image-2.5-flare"),
        ("gpt-image-1", "2026-10-23", "gpt-image-2.6-flare"),
        ("gpt-image-1-mini", "2026-12-01", "gpt-image-2.6-flare"),
        ("gpt-image-1.5", "2026-12-01", "gpt-image-2.6-sunburst"),
        ("chatgpt-image-latest", "2026-12-01", "gpt-image-2.6-sunburst"),
    ],
)
def test_a_model_that_ends_has_a_day_and_a_successor_that_lives(
    name: str, retires_on: str, successor: str
) -> None:
    model = model_named(name)

    assert (model.retires_on, model.successor) == (retires_on, successor)
    assert model_named(successor).retires_on is None
    assert not model.is_retired(date(2026, 5, 11))
    assert model.is_retired(date.fromisoformat(retires_on))


def test_the_others_do_not_end() -> None:
    ending = [model.name for model in MODELS if model.retires_on is not None]

    assert len(ending) == 6


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_can_be_asked_for_all_that_it_promises(model: ModelSpec) -> None:
    needed = {"prompt"}
    needed |= {"seed"} if model.seed else set()
    needed |= {"negative_prompt"} if model.negative_prompt else set()
    needed |= {"steps"} if model.steps else set()
    needed |= {"guidance_scale"} if model.guidance_scale else set()
    needed |= {"strength"} if model.strength else set()
    needed |= {"mask"} if model.mask else set()
    needed |= {"source"} if model.operations & {Operation.IMG2IMG, Operation.INPAINT} else set()

    assert model.parameter_names.keys() == needed
    assert len(set(model.parameter_names.values())) == len(needed)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_name_is_sent_twice_in_one_request(model: ModelSpec) -> None:
    size = model.sizes.nearest(Size(1024, 1024))
    sent = [
        *model.parameter_names.values(),
        *(model.constants.keys() - model.options.keys()),
        *model.options,
        *model.sizes.written(size),
    ]

    assert len(sent) == len(set(sent))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_constants_are_values_that_a_caller_could_give(model: ModelSpec) -> None:
    own = {name: value for name, value in model.constants.items() if name in model.options}

    assert model.fault_in(own) is None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_size_of_a_list_is_asked_for_in_its_own_way(model: ModelSpec) -> None:
    written = [tuple(model.sizes.written(size).items()) for size in model.sizes.fixed]

    assert len(written) == len(set(written))
    assert all(written)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_that_masks_can_inpaint_and_the_other_way_round(model: ModelSpec) -> None:
    assert (model.mask is not None) == (Operation.INPAINT in model.operations)


def test_masks_are_painted_anew_where_openai_is_transparent_and_replicate_white() -> None:
    polarities = {(model.provider, model.mask) for model in MODELS if model.mask}

    assert polarities == {
        ("openai", MaskPolarity.TRANSPARENT),
        ("replicate", MaskPolarity.WHITE),
    }


MINIMAL = """
[sizes.square]
fixed = [[1024, 1024]]
[options.some]
fast = { kind = "boolean" }
[prices.cheap]
usd = "0.01"
[[model]]
provider = "somebody"
name = "one"
title = "One"
operations = ["TEXT_TO_IMAGE"]
sizes = "square"
"""


def test_a_catalogue_is_read_with_everything_that_models_share() -> None:
    text = f"""{MINIMAL}
options = ["some"]
price = "cheap"
priced_on = "2026-11-22"
concept = "DIFFUSION"
output = "list"
aliases = ["uno"]
[[model]]
like = "one"
name = "two"
title = "Two"
"""
    one, two = parse(text)

    assert (one.price_usd, two.price_usd) == (Decimal("0.01"), Decimal("0.01"))
    assert two.options == {"fast": Option(kind=OptionKind.BOOLEAN)}
    assert (two.concept, two.output) == (ConceptKind.DIFFUSION, OutputShape.LIST)
    assert (one.aliases, two.aliases) == (("uno",), ())


def test_a_model_without_sizes_is_a_mistake() -> None:
    with pytest.raises(CatalogueError, match="one: sizes: "):
        parse(MINIMAL.replace('sizes = "square"', ""))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("colour = 1", "one: colour: Unexpected keyword argument"),
        ("steps = { smallest = 2, largest = 1 }", "one: steps: Value error"),
        (
            "steps = { smallest = 1, largest = 2, least = 1 }",
            "one: steps.least: Unexpected keyword",
        ),
        ('operations = ["FLY"]', "one: operations.0: Input should be"),
        ('sizes = "round"', "one: sizes: there is no 'round'"),
        ('options = ["none"]', "one: options: there is no 'none'"),
        ('price = "dear"', "one: prices: there is no 'dear'"),
        ('like = "two"', "one: like: there is no 'two'"),
        ('mask = "black"', "one: mask: Input should be"),
        ('title = ""\ntitle = ""', "The catalogue is not TOML"),
        (
            '[[model]]\nname = "one"\nlike = "one"\ntitle = ""',
            "one: name or alias 'one' is that of one",
        ),
        (
            'aliases = ["x"]\n[[model]]\nlike = "one"\nname = "two"\ntitle = ""\naliases = ["X"]',
            "two: name or alias 'X' is that of one",
        ),
        ("[colours]", "The catalogue has no table 'colours'"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_model_and_the_key(more: str, message: str) -> None:
    key = more.partition(" ")[0]
    kept = [line for line in MINIMAL.splitlines() if not line.startswith(f"{key} =")]
    text = "\n".join([*kept, more])

    with pytest.raises(CatalogueError) as caught:
        parse(text)

    assert str(caught.value).startswith(message)
