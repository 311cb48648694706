"""What a model can do: data, from which a request is fitted, checked and written."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from image_generation.domain.concepts import ConceptKind
from image_generation.domain.generations import Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import ImageFormat, Size


@dataclass(frozen=True, slots=True)
class Range:
    """The values a model takes for a number, both ends included.

    `default` is what the model uses when it is not told; None when not known.
    """

    smallest: float
    largest: float
    default: float | None = None

    def __post_init__(self) -> None:
        """Refuse a range that holds nothing, and a default outside."""
        if self.smallest > self.largest:
            raise ValueError("the smallest is larger than the largest")
        if self.default is not None and self.default not in self:
            raise ValueError("the default is out of range")

    def __contains__(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.smallest <= value <= self.largest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Which sizes a model makes, and how a size is written in a request.

    With `fixed`, only those. Otherwise each edge lies within `smallest`…`largest` and is a
    multiple of `multiple_of`, the area lies within `smallest_area`…`largest_area` pixels, and the
    longer edge is at most `largest_ratio` times the shorter.

    A size is written as the union of: its entry in `inputs`, `constants`, "WxH" under `size_input`,
    and its edges under `width_input` and `height_input`.
    """

    fixed: tuple[Size, ...] = ()
    smallest: int = 256
    largest: int = 2048
    multiple_of: int = 1
    smallest_area: int = 0
    largest_area: float = math.inf
    largest_ratio: float = math.inf
    inputs: Mapping[Size, Mapping[str, JsonValue]] = field(default_factory=dict)
    constants: Mapping[str, JsonValue] = field(default_factory=dict)
    size_input: str | None = None
    width_input: str | None = None
    height_input: str | None = None

    def __post_init__(self) -> None:
        """Refuse rules that no size obeys, and an input for a size that is not made."""
        if self.inputs.keys() - set(self.fixed):
            raise ValueError("there are inputs for a size that is not in the list")
        if (
            not self.fixed
            and next(self._candidates(Size(self.smallest, self.smallest)), None) is None
        ):
            raise ValueError("no size obeys the rules")

    def __contains__(self, size: Size) -> bool:
        """Whether the model makes that very size."""
        if self.fixed:
            return size in self.fixed
        long, short = max(size), min(size)
        return (
            self.smallest <= short
            and long <= self.largest
            and not any(edge % self.multiple_of for edge in size)
            and self.smallest_area <= long * short <= self.largest_area
            and long <= short * self.largest_ratio
        )

    def nearest(self, wish: Size) -> Size:
        """Return the size closest to the wish, which is the wish itself where it can be.

        From a list: the closest shape, then the closest area. From a range: the size whose most
        changed edge changes least, then the closest shape.
        """
        if wish in self:
            return wish
        if self.fixed:
            return min(self.fixed, key=lambda size: (_shape(size, wish), _area(size, wish)))
        return min(
            self._candidates(wish), key=lambda size: (_change(size, wish), _shape(size, wish))
        )

    def written(self, size: Size) -> dict[str, JsonValue]:
        """Return what to send for a size that the model makes."""
        values = {**self.inputs.get(size, {}), **self.constants}
        named = (
            (self.size_input, str(size)),
            (self.width_input, size.width),
            (self.height_input, size.height),
        )
        return values | {name: value for name, value in named if name is not None}

    def _candidates(self, wish: Size) -> Iterator[Size]:
        """Give, for every width, the allowed heights next to the wish's own and to its shape."""
        step = self.multiple_of
        for width in range(_up(self.smallest, step), self.largest + 1, step):
            lowest, highest = self._heights(width)
            if lowest > highest:
                continue
            for height in (wish.height, width * wish.height / wish.width):
                for edge in (_down(height, step), _up(height, step)):
                    yield Size(width, min(max(edge, lowest), highest))

    def _heights(self, width: int) -> tuple[int, int]:
        step = self.multiple_of
        lowest = max(self.smallest, self.smallest_area / width, width / self.largest_ratio)
        highest = min(self.largest, self.largest_area / width, width * self.largest_ratio)
        return _up(lowest, step), _down(highest, step)


def _up(edge: float, step: int) -> int:
    return math.ceil(edge / step) * step


def _down(edge: float, step: int) -> int:
    return math.floor(edge / step) * step


def _shape(size: Size, wish: Size) -> float:
    return abs(math.log(size.width * wish.height / (size.height * wish.width)))


def _area(size: Size, wish: Size) -> int:
    return abs(size.width * size.height - wish.width * wish.height)


def _change(size: Size, wish: Size) -> float:
    edges = zip(size, wish, strict=True)
    # Rounded, so that equal changes of both edges count as equal.
    return round(max(abs(math.log(made / wished)) for made, wished in edges), 9)


class OptionKind(StrEnum):
    """What an option's value is."""

    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an option, or one of its values, needs another option to be.

    `default` is the other's value when it is not given. Without `value`, every value needs it.
    """

    option: str
    among: tuple[JsonValue, ...]
    default: JsonValue
    value: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A setting that only this model has, sent under its own name.

    A choice has `choices`, a number has a `range`.
    """

    kind: OptionKind
    choices: tuple[str, ...] = ()
    range: Range | None = None
    needs: Need | None = None

    def __post_init__(self) -> None:
        """Refuse a choice of nothing and a number without limits."""
        if bool(self.choices) != (self.kind is OptionKind.CHOICE):
            raise ValueError("a choice has choices, and nothing else has")
        if (self.range is not None) != (self.kind in {OptionKind.INTEGER, OptionKind.NUMBER}):
            raise ValueError("a number has a range, and nothing else has")

    def fault(self, value: JsonValue) -> str | None:
        """Say which values are right when this one is not; None when it is."""
        if self.kind is OptionKind.CHOICE:
            return None if value in self.choices else f"Give one of: {', '.join(self.choices)}."
        if self.kind is OptionKind.BOOLEAN:
            return None if isinstance(value, bool) else "Give true or false."
        return self._fault_of_number(value)

    def _fault_of_number(self, value: JsonValue) -> str | None:
        whole = self.kind is OptionKind.INTEGER
        types = int if whole else (int, float)
        limits = self.range
        if isinstance(value, types) and not isinstance(value, bool) and limits and value in limits:
            return None
        span = f"from {limits.smallest:g} to {limits.largest:g}" if limits else ""
        return f"Give a {'whole ' if whole else ''}number {span}."


class OptionFault(NamedTuple):
    """What is wrong with the options, and what would be right."""

    fault: str
    right: str


class OutputShape(StrEnum):
    """What a finished request holds: one picture, a list of pictures, or now this, now that."""

    ONE = "one"
    LIST = "list"
    EITHER = "either"


class MaskPolarity(StrEnum):
    """Which part of a mask is painted anew."""

    WHITE = "white"
    TRANSPARENT = "transparent"


@dataclass(frozen=True, slots=True)
class PerImage:
    """The same price for every picture, in US dollars."""

    usd: Decimal


@dataclass(frozen=True, slots=True)
class PerResolution:
    """A price for each step of resolution: megapixels of 1024 x 1024 → US dollars.

    `source_usd` is for each megapixel of a source, rounded up.
    """

    usd: Mapping[Decimal, Decimal]
    source_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerToken:
    """Prices in US dollars for a million tokens, and what is known before the call.

    `output` is for tokens of pictures, and for those of text where `text_output` is None.
    `source_tokens` is how many a source may have.
    `factors` (quality → factor) is for the formula of `prices.output_tokens`, `margins` (quality →
    times) widens its result upwards, `usd` (quality → "WxH" → US dollars) is for models that have
    a table instead.
    """

    text_input: Decimal
    image_input: Decimal
    output: Decimal
    text_output: Decimal | None = None
    source_tokens: Range | None = None
    factors: Mapping[str, int] = field(default_factory=dict)
    margins: Mapping[str, Decimal] = field(default_factory=dict)
    usd: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)


Price = PerImage | PerResolution | PerToken


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model. A parameter whose range is None does not exist for it.

    - `options`: what callers may pass on under the provider's own names, and nothing else
    - `constants`: sent with every request, unless the caller's options say otherwise
    - `parameter_names`: ours → the provider's, for prompt, negative_prompt, steps, guidance_scale,
      seed, strength, source and mask; what is not in it cannot be sent
    - `edit_sizes`, `edit_options`: for what is made from a picture; None when they are the same
    - `source_is_list`: the source goes in a list of pictures
    - `mask_is_exact`: true when what a mask keeps comes back as it was, to the pixel
    - `price_usd`: one picture of 1024 x 1024 with the constants; None when not known exactly
    - `price`: the price list, as it was on `priced_on`
    - `retires_on`: the first day without it; dates are ISO
    - `is_algorithm`: true when nothing in it was learned from pictures
    - `is_known`: false for a specification made up for a name that is in no catalogue
    """

    name: str
    title: str
    operations: frozenset[Operation]
    sizes: Sizes
    edit_sizes: Sizes | None = None
    provider: str = ""
    seed: bool = False
    negative_prompt: bool = False
    steps: Range | None = None
    guidance_scale: Range | None = None
    strength: Range | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    edit_options: Mapping[str, Option] | None = None
    constants: Mapping[str, JsonValue] = field(default_factory=dict)
    parameter_names: Mapping[str, str] = field(default_factory=dict)
    source_is_list: bool = False
    mask: MaskPolarity | None = None
    mask_is_exact: bool = False
    aliases: tuple[str, ...] = ()
    max_prompt_length: int | None = None
    output: OutputShape = OutputShape.ONE
    formats: tuple[ImageFormat, ...] = (ImageFormat.PNG,)
    price_usd: Decimal | None = None
    price: Price | None = None
    priced_on: str | None = None
    retires_on: str | None = None
    successor: str | None = None
    concept: ConceptKind | None = None
    is_algorithm: bool = False
    is_known: bool = True

    def is_retired(self, today: date) -> bool:
        """Whether the provider no longer runs it."""
        return self.retires_on is not None and date.fromisoformat(self.retires_on) <= today

    def answers_to(self, name: str) -> bool:
        """Whether a name or alias is meant for it, in any case."""
        wanted = name.strip().casefold()
        return wanted in {known.casefold() for known in (self.name, *self.aliases)}

    def sizes_for(self, operation: Operation) -> Sizes:
        """Return what an operation makes."""
        if operation is Operation.TEXT_TO_IMAGE or self.edit_sizes is None:
            return self.sizes
        return self.edit_sizes

    def fault_in(
        self,
        options: Mapping[str, JsonValue],
        operation: Operation = Operation.TEXT_TO_IMAGE,
    ) -> OptionFault | None:
        """Find the first option that does not exist, has a wrong value, or lacks another."""
        known = self.options_for(operation)
        for name, value in options.items():
            if name not in known:
                names = ", ".join(sorted(known)) or "none"
                elsewhere = {**self.options, **(self.edit_options or {})}
                here = f" for {operation}" if name in elsewhere else ""
                fault = f"{self.title} has no option {name!r}{here}."
                return OptionFault(fault, f"Its options: {names}.")
            if found := _fault(name, value, known[name], options):
                return found
        return None

    def options_for(self, operation: Operation) -> Mapping[str, Option]:
        """Return what callers may pass on with an operation."""
        if operation is Operation.TEXT_TO_IMAGE or self.edit_options is None:
            return self.options
        return self.edit_options


def _fault(
    name: str, value: JsonValue, option: Option, options: Mapping[str, JsonValue]
) -> OptionFault | None:
    if right := option.fault(value):
        return OptionFault(f"The value of {name!r} does not fit.", right)
    return _lack(name, value, option.needs, options)


def _lack(
    name: str, value: JsonValue, needs: Need | None, options: Mapping[str, JsonValue]
) -> OptionFault | None:
    if needs is None or needs.value not in {None, value}:
        return None
    if options.get(needs.option, needs.default) in needs.among:
        return None
    what = name if needs.value is None else f"{name} {needs.value}"
    right = " or ".join(f"{choice}" for choice in needs.among)
    return OptionFault(
        f"{what} does not go with this {needs.option}.", f"Give {needs.option} {right}."
    )
