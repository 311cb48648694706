"""What a model can do: data, checked when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from image_generation.domain.generations import Operation
from image_generation.domain.pictures import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Which sizes a model makes: a fixed list, or a range of edges in pixels.

    With `fixed`, only those. Otherwise each edge lies within `smallest`…`largest` and is a
    multiple of `multiple_of`.
    """

    fixed: tuple[Size, ...] = ()
    smallest: int = 256
    largest: int = 2048
    multiple_of: int = 1

    def nearest(self, wish: Size) -> Size:
        """Return the size closest to the wish: by shape first, then by area."""
        if self.fixed:
            return min(self.fixed, key=lambda size: _distance(size, wish))
        return Size(self._edge(wish.width), self._edge(wish.height))

    def _edge(self, edge: int) -> int:
        rounded = round(edge / self.multiple_of) * self.multiple_of
        return min(max(rounded, self.smallest), self.largest)


def _distance(size: Size, wish: Size) -> tuple[float, int]:
    shape = abs(size.width * wish.height - size.height * wish.width) / (size.height * wish.height)
    return shape, abs(size.width * size.height - wish.width * wish.height)


@dataclass(frozen=True, slots=True)
class Range:
    """The values a model takes for a number, both ends included."""

    smallest: float
    largest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model. A parameter whose range is None does not exist for it.

    `price_usd` is one picture at the default size and quality; None when not known.
    """

    name: str
    title: str
    operations: frozenset[Operation]
    sizes: Sizes
    seed: bool = False
    negative_prompt: bool = False
    steps: Range | None = None
    guidance_scale: Range | None = None
    strength: Range | None = None
    options: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()
    max_prompt_length: int | None = None
    price_usd: Decimal | None = None
    retires_on: str | None = None
    successor: str | None = None
    parameter_names: Mapping[str, str] = field(default_factory=dict)
