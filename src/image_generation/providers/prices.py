"""What pictures cost: before the call from price lists, after it from what was used.

Money is `Decimal` throughout; the only approximate number is a count of tokens before the call.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from image_generation.domain.generations import UNKNOWN_COST, Cost, CostSource, Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import PriceRange, ProviderRequest
from image_generation.providers.models import ModelSpec, PerImage, PerResolution, PerToken, Range

PARTIAL_IMAGES = 2
"""How many previews a streamed picture has."""

_DEFAULT_SIZE = Size(1024, 1024)
_TOKENS_PER_PARTIAL_IMAGE = 100
_TOKENS_AROUND_PROMPT = 6
_MILLION = Decimal(1_000_000)
_MEGAPIXEL = 1024 * 1024
_UNKNOWN = PriceRange(None, None, CostSource.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The tokens of one call, as the provider counted them."""

    text_input: int
    image_input: int
    image_output: int
    text_output: int = 0


def output_tokens(factor: int, size: Size) -> int:
    """Return the output tokens of one picture, by the formula of OpenAI's price calculator.

    The picture is cut into `factor` columns along its longer edge and as many rows as keep the
    cells square. A number of rows that lies exactly between two is rounded up.
    """
    long, short = max(size), min(size)
    rows = (2 * factor * short + long) // (2 * long)
    return -(-factor * rows * (2_000_000 + long * short) // 4_000_000)


def estimate(model: ModelSpec, request: ProviderRequest) -> PriceRange:
    """Return what a request will cost at least and at most, with its prompt and previews."""
    found = _prices(model, request)
    if found is None:
        return _UNKNOWN
    least, most = found
    if isinstance(model.price, PerToken):
        shortest, longest = _prompt_tokens(request.prompt)
        previews = PARTIAL_IMAGES * _TOKENS_PER_PARTIAL_IMAGE
        least += model.price.text_input * shortest / _MILLION
        most += (model.price.text_input * longest + model.price.output * previews) / _MILLION
    return PriceRange(least, most, CostSource.PRICE_LIST if most else CostSource.FREE)


def cost_of(model: ModelSpec, request: ProviderRequest, usage: Usage | None = None) -> Cost:
    """Return what a picture cost: by its usage, else by the price list, where that is exact."""
    if usage is not None and isinstance(model.price, PerToken):
        return Cost(_used(model.price, usage), CostSource.USAGE)
    found = _prices(model, request)
    if found is None or found[0] != found[1]:
        return UNKNOWN_COST
    return Cost(found[0], CostSource.PRICE_LIST if found[0] else CostSource.FREE)


def with_price(model: ModelSpec) -> ModelSpec:
    """Fill in the price of one picture at the default size and quality, where that is exact."""
    found = _list_prices(model, _DEFAULT_SIZE, model.constants.get("quality"))
    return model if found is None or found[0] != found[1] else replace(model, price_usd=found[0])


def _prices(model: ModelSpec, request: ProviderRequest) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most for the picture and its source; None when not known."""
    size = Size(request.width, request.height)
    quality = request.options.get("quality", model.constants.get("quality"))
    found = _list_prices(model, size, quality)
    if found is None or request.operation is Operation.TEXT_TO_IMAGE:
        return found
    least, most = _source_prices(model, size)
    return found[0] + least, found[1] + most


def _source_prices(model: ModelSpec, size: Size) -> tuple[Decimal, Decimal]:
    """Return the least and the most for a source, which is sent in the size of the picture."""
    match model.price:
        case PerResolution(source_usd=usd):
            price = usd * math.ceil(size.width * size.height / _MEGAPIXEL)
            return price, price
        case PerToken(source_tokens=Range() as tokens, image_input=usd):
            return (
                usd * Decimal(tokens.smallest) / _MILLION,
                usd * Decimal(tokens.largest) / _MILLION,
            )
        case _:
            return Decimal(0), Decimal(0)


def _list_prices(
    model: ModelSpec, size: Size, quality: JsonValue
) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most for the picture alone; None when nothing is known."""
    match model.price:
        case PerImage(usd):
            return usd, usd
        case PerResolution():
            return _span([_by_resolution(model.price, size)])
        case PerToken():
            return _span(_by_quality(model.price, size, quality))
        case _:
            return None


def _span(prices: Iterable[Decimal]) -> tuple[Decimal, Decimal] | None:
    found = sorted(prices)
    return (found[0], found[-1]) if found else None


def _by_resolution(price: PerResolution, size: Size) -> Decimal:
    """Return the price of the smallest step that holds the picture, else of the largest."""
    megapixels = Decimal(size.width * size.height) / _MEGAPIXEL
    steps = sorted(price.usd)
    return price.usd[next((step for step in steps if megapixels <= step), steps[-1])]


def _by_quality(price: PerToken, size: Size, quality: JsonValue) -> list[Decimal]:
    """Return every price that is possible: that of the quality, or of all when it is open."""
    known = (*price.factors, *price.usd)
    return [
        usd
        for name in known
        if quality == name or quality not in known
        for usd in (*_by_formula(price, size, name), *_by_table(price, size, name))
    ]


def _by_formula(price: PerToken, size: Size, quality: str) -> list[Decimal]:
    if quality not in price.factors:
        return []
    usd = price.output * output_tokens(price.factors[quality], size) / _MILLION
    return [usd, usd * price.margins.get(quality, Decimal(1))]


def _by_table(price: PerToken, size: Size, quality: str) -> list[Decimal]:
    usd = price.usd.get(quality, {}).get(str(size))
    return [] if usd is None else [usd]


def _used(price: PerToken, usage: Usage) -> Decimal:
    text_output = price.output if price.text_output is None else price.text_output
    counted = (
        (usage.text_input, price.text_input),
        (usage.image_input, price.image_input),
        (usage.image_output, price.output),
        (usage.text_output, text_output),
    )
    return sum((tokens * usd for tokens, usd in counted), Decimal(0)) / _MILLION


def _prompt_tokens(prompt: str) -> tuple[int, int]:
    """Return the least and the most tokens of a prompt: a token for 8 bytes, and for 3.

    English has a token for 4 to 5 bytes, Chinese one for 3.
    """
    length = len(prompt.encode())
    return _TOKENS_AROUND_PROMPT + length // 8, _TOKENS_AROUND_PROMPT + math.ceil(length / 3)
