"""Which size comes nearest to a wish, and which options are refused."""

from itertools import product
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.catalogue import catalogue
from image_generation.providers.models import (
    ModelSpec,
    Option,
    OptionFault,
    OptionKind,
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
