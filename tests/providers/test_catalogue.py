"""What is known of the models, and that it cannot be known wrongly."""

from datetime import date
from decimal import Decimal
from itertools import product
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_generation.domain.concepts import ConceptKind
from image_generation.domain.generations import Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.catalogue import CatalogueError, catalogue, models_of, parse
from image_generation.providers.models import (
    MaskPolarity,
    ModelSpec,
    Option,
    OptionFault,
    OptionKind,
    OutputShape,
    Range,
    Sizes,
)

MODELS = catalogue()
LARGE_GPT = Sizes(
    multiple_of=16,
    largest=3840,
    smallest_area=655_360,
    largest_area=8_294_400,
    largest_ratio=3,
)

edges = st.integers(1, 6000)
wishes = st.builds(Size, edges, edges)


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
    assert not model.is_retired(date.fromisoformat(retires_on).replace(day=1).replace(month=4))
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


@pytest.mark.parametrize(
    ("name", "size", "written"),
    [
        ("gpt-image-2", Size(1024, 1536), {"size": "1024x1536"}),
        ("flux-schnell", Size(1344, 768), {"aspect_ratio": "16:9", "megapixels": "1"}),
        ("flux-schnell", Size(672, 384), {"aspect_ratio": "16:9", "megapixels": "0.25"}),
        ("flux-1.1-pro", Size(512, 768), {"aspect_ratio": "custom", "width": 512, "height": 768}),
        (
            "flux-2-pro",
            Size(2048, 64 * 8),
            {"aspect_ratio": "custom", "width": 2048, "height": 512},
        ),
        ("flux-1.1-pro-ultra", Size(2752, 1536), {"aspect_ratio": "16:9"}),
        ("flux-kontext-pro", Size(1456, 720), {"aspect_ratio": "2:1"}),
        ("flux-2-klein-4b", Size(512, 512), {"aspect_ratio": "1:1", "output_megapixels": "0.25"}),
        ("flux-2-klein-9b", Size(2048, 2048), {"aspect_ratio": "1:1", "megapixels": "4"}),
        ("stable-diffusion-3.5-large", Size(640, 1536), {"aspect_ratio": "9:21"}),
    ],
)
def test_a_size_is_written_the_way_the_model_reads_it(
    name: str, size: Size, written: dict[str, JsonValue]
) -> None:
    sizes = model_named(name).sizes

    assert size in sizes
    assert sizes.written(size) == written


@pytest.mark.parametrize(
    ("name", "wish", "nearest"),
    [
        ("gpt-image-2", Size(1920, 1080), Size(1920, 1088)),
        ("gpt-image-2", Size(512, 512), Size(816, 816)),
        ("gpt-image-2", Size(512, 768), Size(672, 1008)),
        ("gpt-image-2", Size(256, 2048), Size(480, 1440)),
        ("gpt-image-2", Size(3840, 3840), Size(2880, 2880)),
        ("gpt-image-1.5", Size(1920, 1080), Size(1536, 1024)),
        ("dall-e-3", Size(512, 512), Size(1024, 1024)),
        ("flux-schnell", Size(600, 400), Size(608, 416)),
        ("flux-schnell", Size(1000, 1000), Size(1024, 1024)),
        ("flux-1.1-pro", Size(1920, 1080), Size(1440, 832)),
        ("flux-2-dev", Size(1000, 777), Size(992, 768)),
    ],
)
def test_the_nearest_size_is(name: str, wish: Size, nearest: Size) -> None:
    assert model_named(name).sizes.nearest(wish) == nearest


@given(wish=wishes, model=st.sampled_from(MODELS))
def test_the_nearest_size_is_one_that_the_model_makes(wish: Size, model: ModelSpec) -> None:
    nearest = model.sizes.nearest(wish)

    assert nearest in model.sizes
    assert model.sizes.nearest(nearest) == nearest


@given(wish=wishes)
def test_the_nearest_size_of_a_range_obeys_every_rule(wish: Size) -> None:
    width, height = LARGE_GPT.nearest(wish)

    assert width % 16 == height % 16 == 0
    assert max(width, height) <= 3840
    assert max(width, height) <= 3 * min(width, height)
    assert 655_360 <= width * height <= 8_294_400


@given(wish=wishes)
def test_of_a_list_no_other_size_has_a_closer_shape(wish: Size) -> None:
    sizes = model_named("flux-schnell").sizes

    def gap(size: Size) -> float:
        ratio = size.width * wish.height / (size.height * wish.width)
        return max(ratio, 1 / ratio)

    nearest = sizes.nearest(wish)

    assert all(gap(nearest) <= gap(size) * (1 + 1e-9) for size in sizes.fixed)


@given(wish=st.builds(Size, st.integers(480, 2880), st.integers(480, 2880)))
def test_a_size_that_could_nearly_be_made_changes_by_half_a_step_at_most(wish: Size) -> None:
    sizes = Sizes(smallest=256, largest=3840, multiple_of=16)

    nearest = sizes.nearest(wish)

    half_a_step = log(min(wish) / (min(wish) - 8)) + 1e-9
    assert abs(log(nearest.width / wish.width)) <= half_a_step
    assert abs(log(nearest.height / wish.height)) <= half_a_step


@given(wish=st.builds(Size, st.integers(1, 1500), st.integers(1, 1500)))
def test_no_other_size_of_a_range_changes_less_or_so_little_and_keeps_the_shape_better(
    wish: Size,
) -> None:
    sizes = Sizes(smallest=256, largest=640, multiple_of=64, largest_area=300_000, largest_ratio=2)
    grid = [Size(*edges) for edges in product(range(256, 641, 64), repeat=2)]

    def rank(size: Size) -> tuple[float, float]:
        width, height = log(size.width / wish.width), log(size.height / wish.height)
        return round(max(abs(width), abs(height)), 9), round(abs(width - height), 9)

    nearest = sizes.nearest(wish)

    assert rank(nearest) == min(rank(size) for size in grid if size in sizes)


def test_inputs_for_a_size_that_is_not_made_are_refused() -> None:
    with pytest.raises(ValueError, match="there are inputs for a size"):
        Sizes(fixed=(Size(1, 1),), inputs={Size(2, 2): {}})


def test_an_option_is_refused_whose_kind_and_limits_do_not_fit() -> None:
    with pytest.raises(ValueError, match="a choice has choices"):
        Option(kind=OptionKind.BOOLEAN, choices=("yes",))
    with pytest.raises(ValueError, match="a number has a range"):
        Option(kind=OptionKind.NUMBER)


def test_rules_that_nothing_obeys_are_refused() -> None:
    with pytest.raises(ValueError, match="no size obeys the rules"):
        Sizes(smallest=256, largest=512, smallest_area=1_000_000)


def test_a_range_is_refused_when_it_is_empty_or_its_default_lies_outside() -> None:
    with pytest.raises(ValueError, match="the smallest is larger"):
        Range(2, 1)
    with pytest.raises(ValueError, match="the default is out of range"):
        Range(1, 2, 3)


@pytest.mark.parametrize(
    ("model", "options", "fault"),
    [
        ("gpt-image-2", {}, None),
        ("gpt-image-2", {"quality": "high", "moderation": "low"}, None),
        (
            "gpt-image-2",
            {"quality": "max"},
            OptionFault(
                "The value of 'quality' does not fit.", "Give one of: auto, low, medium, high."
            ),
        ),
        ("gpt-image-2.5-flare", {"quality": "max"}, None),
        (
            "gpt-image-2",
            {"complexity": "low"},
            OptionFault(
                "GPT Image 2 has no option 'complexity'.",
                "Its options: background, moderation, output_compression, output_format, quality.",
            ),
        ),
        ("gpt-image-2", {"background": "transparent"}, None),
        ("gpt-image-2", {"background": "opaque", "output_format": "jpeg"}, None),
        (
            "gpt-image-2",
            {"background": "transparent", "output_format": "jpeg"},
            OptionFault(
                "background transparent does not go with this output_format.",
                "Give output_format png or webp.",
            ),
        ),
        ("gpt-image-2", {"output_compression": 0, "output_format": "webp"}, None),
        (
            "gpt-image-2",
            {"output_compression": 50},
            OptionFault(
                "output_compression does not go with this output_format.",
                "Give output_format jpeg or webp.",
            ),
        ),
        (
            "gpt-image-2",
            {"output_compression": 101, "output_format": "webp"},
            OptionFault(
                "The value of 'output_compression' does not fit.",
                "Give a whole number from 0 to 100.",
            ),
        ),
        (
            "flux-schnell",
            {"go_fast": 1},
            OptionFault("The value of 'go_fast' does not fit.", "Give true or false."),
        ),
        ("flux-schnell", {"go_fast": False, "output_quality": 90}, None),
        ("flux-kontext-pro", {"safety_tolerance": 0}, None),
        (
            "flux-kontext-pro",
            {"output_format": "webp"},
            OptionFault("The value of 'output_format' does not fit.", "Give one of: jpg, png."),
        ),
        (
            "flux-fill-dev",
            {"seed": 7},
            OptionFault(
                "FLUX.1 Fill dev has no option 'seed'.",
                "Its options: output_format, output_quality.",
            ),
        ),
    ],
)
def test_options_are_refused_before_anything_is_sent(
    model: str, options: dict[str, JsonValue], fault: OptionFault | None
) -> None:
    assert model_named(model).fault_in(options) == fault


@pytest.mark.parametrize("value", [True, "1", None, [1], {"a": 1}, 0.5, -1, 11, float("nan")])
def test_what_is_no_whole_number_in_range_is_not_taken_for_one(value: JsonValue) -> None:
    option = Option(kind=OptionKind.INTEGER, range=Range(0, 10))

    assert option.fault(value) == "Give a whole number from 0 to 10."


@pytest.mark.parametrize("value", [True, "0.5", None, -0.1, 1.1, float("nan"), float("inf")])
def test_what_is_no_number_in_range_is_not_taken_for_one(value: JsonValue) -> None:
    option = Option(kind=OptionKind.NUMBER, range=Range(0, 1))

    assert option.fault(value) == "Give a number from 0 to 1."
    assert option.fault(0.5) is option.fault(1) is None


@pytest.mark.parametrize("value", [1, None, ["png"], {"png": 1}])
def test_what_is_no_word_is_not_taken_for_a_choice(value: JsonValue) -> None:
    option = Option(kind=OptionKind.CHOICE, choices=("png", "jpeg"))

    assert option.fault(value) == "Give one of: png, jpeg."


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
