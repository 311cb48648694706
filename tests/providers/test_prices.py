"""What pictures cost, before and after."""

from decimal import Decimal

import pytest

from image_generation.domain.generations import FREE, UNKNOWN_COST, Cost, CostSource, Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import PriceRange, ProviderRequest
from image_generation.providers.catalogue import catalogue
from image_generation.providers.models import ModelSpec, PerImage, PerToken, Sizes
from image_generation.providers.prices import (
    Usage,
    cost_of,
    estimate,
    output_tokens,
    with_price,
)

SQUARE = Size(1024, 1024)
WIDE = Size(1536, 1024)
LARGE = Size(3840, 2160)


def model_named(name: str) -> ModelSpec:
    [model] = [model for model in catalogue() if model.name == name]
    return model


def wish(
    model: str, size: Size = SQUARE, prompt: str = "", **options: JsonValue
) -> ProviderRequest:
    return ProviderRequest(
        operation=Operation.TEXT_TO_IMAGE,
        model=model,
        prompt=prompt,
        negative_prompt=None,
        style="default",
        width=size.width,
        height=size.height,
        steps=None,
        guidance_scale=None,
        seed=None,
        options=options,
    )


@pytest.mark.parametrize(
    ("model", "quality", "size", "tokens", "usd"),
    [
        ("gpt-image-2", "low", SQUARE, 196, ".0059"),
        ("gpt-image-2", "medium", SQUARE, 1756, ".0527"),
        ("gpt-image-2", "high", SQUARE, 7024, ".2107"),
        ("gpt-image-2.5-flare", "low", SQUARE, 196, ".0059"),
        ("gpt-image-2.5-flare", "medium", SQUARE, 439, ".0132"),
        ("gpt-image-2.5-flare", "high", SQUARE, 1756, ".0527"),
        ("gpt-image-2.5-flare", "xhigh", SQUARE, 3122, ".0937"),
        ("gpt-image-2.5-flare", "max", SQUARE, 7024, ".2107"),
        ("gpt-image-2.5-sunburst", "low", WIDE, 158, ".0047"),
        ("gpt-image-2.5-sunburst", "medium", WIDE, 343, ".0103"),
        ("gpt-image-2.5-sunburst", "high", WIDE, 1372, ".0412"),
        ("gpt-image-2.5-sunburst", "xhigh", WIDE, 2459, ".0738"),
        ("gpt-image-2.5-sunburst", "max", WIDE, 5488, ".1646"),
        ("gpt-image-2.5-flare", "low", LARGE, 371, ".0111"),
        ("gpt-image-2.5-flare", "medium", LARGE, 865, ".0260"),
        ("gpt-image-2.5-flare", "high", LARGE, 3336, ".1001"),
        ("gpt-image-2.5-flare", "xhigh", LARGE, 5930, ".1779"),
        ("gpt-image-2.5-flare", "max", LARGE, 13342, ".4003"),
    ],
)
def test_the_price_of_a_picture_is_that_of_openais_calculator(
    model: str, quality: str, size: Size, tokens: int, usd: str
) -> None:
    spec = model_named(model)
    assert isinstance(spec.price, PerToken)

    cost = cost_of(spec, wish(model, size, quality=quality))

    assert output_tokens(spec.price.factors[quality], size) == tokens
    assert cost == Cost(Decimal(tokens) * 30 / 1_000_000, CostSource.PRICE_LIST)
    assert cost.usd is not None
    assert cost.usd.quantize(Decimal("0.0001")) == Decimal(usd)


def test_a_tall_picture_costs_what_a_wide_one_costs() -> None:
    assert output_tokens(48, Size(1024, 1536)) == output_tokens(48, WIDE)


def test_half_a_row_counts_as_a_row() -> None:
    # 16 columns, 16 * 1040 / 1280 = 13 rows; 16 * 1000 / 1280 = 12.5, which is 13, too.
    exact, half = Size(1280, 1040), Size(1280, 1000)

    assert output_tokens(16, exact) == -(-16 * 13 * (2_000_000 + 1280 * 1040) // 4_000_000)
    assert output_tokens(16, half) == -(-16 * 13 * (2_000_000 + 1280 * 1000) // 4_000_000)


@pytest.mark.parametrize(
    ("model", "quality", "square", "wide"),
    [
        ("gpt-image-1.5", "low", "0.009", "0.013"),
        ("gpt-image-1.5", "medium", "0.034", "0.05"),
        ("gpt-image-1.5", "high", "0.133", "0.20"),
        ("gpt-image-1-mini", "low", "0.005", "0.006"),
        ("gpt-image-1-mini", "medium", "0.011", "0.015"),
        ("gpt-image-1-mini", "high", "0.036", "0.052"),
    ],
)
def test_models_of_three_sizes_have_a_table(
    model: str, quality: str, square: str, wide: str
) -> None:
    spec = model_named(model)

    costs = [cost_of(spec, wish(model, size, quality=quality)).usd for size in (SQUARE, WIDE)]

    assert costs == [Decimal(square), Decimal(wide)]


@pytest.mark.parametrize(
    ("model", "size", "usd"),
    [
        ("black-forest-labs/flux-schnell", SQUARE, "0.003"),
        ("black-forest-labs/flux-2-pro", Size(512, 512), "0.0225"),
        ("black-forest-labs/flux-2-pro", SQUARE, "0.03"),
        ("black-forest-labs/flux-2-pro", Size(1056, 1024), "0.045"),
        ("black-forest-labs/flux-2-max", Size(2048, 2048), "0.16"),
        ("black-forest-labs/flux-2-flex", Size(2048, 1024), "0.12"),
        ("black-forest-labs/flux-2-klein-9b", Size(3072, 1280), "0.06"),
    ],
)
def test_replicate_asks_a_price_per_picture_or_per_step_of_resolution(
    model: str, size: Size, usd: str
) -> None:
    expected = Decimal(usd)

    assert cost_of(model_named(model), wish(model, size)) == Cost(expected, CostSource.PRICE_LIST)
    assert estimate(model_named(model), wish(model, size)) == PriceRange(
        expected, expected, CostSource.PRICE_LIST
    )


def test_usage_is_charged_by_kind_of_token() -> None:
    usage = Usage(text_input=1000, image_input=100, image_output=10, text_output=1)

    cost = cost_of(model_named("gpt-image-1.5"), wish("gpt-image-1.5"), usage)

    assert cost == Cost(Decimal("0.00613"), CostSource.USAGE)


def test_text_that_is_made_costs_like_pictures_where_the_list_has_no_price_for_it() -> None:
    usage = Usage(text_input=0, image_input=0, image_output=100, text_output=100)

    cost = cost_of(model_named("gpt-image-2"), wish("gpt-image-2"), usage)

    assert cost == Cost(Decimal("0.006"), CostSource.USAGE)


def test_an_estimate_spans_the_prompt_and_the_previews() -> None:
    request = wish("gpt-image-2.5-flare", prompt="a" * 240)

    price = estimate(model_named("gpt-image-2.5-flare"), request)

    picture = Decimal("0.01317")
    assert price == PriceRange(
        picture + Decimal(6 + 30) * 5 / 1_000_000,
        picture + Decimal(6 + 80) * 5 / 1_000_000 + Decimal(200) * 30 / 1_000_000,
        CostSource.PRICE_LIST,
    )


def test_an_estimate_of_an_open_quality_spans_all_of_them() -> None:
    price = estimate(model_named("gpt-image-2"), wish("gpt-image-2", quality="auto"))

    assert price.least == Decimal("0.00588") + Decimal("0.00003")
    assert price.most == Decimal("0.21072") + Decimal("0.00003") + Decimal("0.006")


def test_the_tokens_of_the_newest_models_are_estimated_high() -> None:
    model = model_named("gpt-image-2.6-flare")

    medium = estimate(model, wish(model.name))
    high = estimate(model, wish(model.name, quality="high"))

    assert medium.least == Decimal("0.01317") + Decimal("0.00003")
    assert medium.most == 4 * Decimal("0.01317") + Decimal("0.00603")
    assert high.most == Decimal("0.05268") + Decimal("0.00603")
    assert cost_of(model, wish(model.name)) == UNKNOWN_COST
    assert model.price_usd is None


def test_a_picture_of_a_model_without_a_price_has_none() -> None:
    model = model_named("black-forest-labs/flux-2-dev")

    assert estimate(model, wish(model.name)) == PriceRange(None, None, CostSource.UNKNOWN)
    assert cost_of(model, wish(model.name)) == UNKNOWN_COST
    assert cost_of(model, wish(model.name), Usage(text_input=1, image_input=1, image_output=1)) == (
        UNKNOWN_COST
    )


def test_a_size_that_is_not_in_the_table_has_no_price() -> None:
    model = model_named("gpt-image-1.5")

    assert cost_of(model, wish(model.name, Size(512, 512))) == UNKNOWN_COST


def test_what_costs_nothing_is_free() -> None:
    model = ModelSpec(
        name="m",
        title="M",
        operations=frozenset({Operation.TEXT_TO_IMAGE}),
        sizes=Sizes(),
        price=PerImage(Decimal(0)),
    )

    assert cost_of(model, wish("m")) == FREE
    assert estimate(model, wish("m")) == PriceRange(Decimal(0), Decimal(0), CostSource.FREE)
    assert with_price(model).price_usd == Decimal(0)
