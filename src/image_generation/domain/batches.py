"""Asking for many pictures at once."""

from dataclasses import dataclass, replace

from image_generation.domain import limits
from image_generation.domain.errors import InvalidInput
from image_generation.domain.requests import GenerationRequest

DEFAULT_COUNT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """The same wish many times: `count` of them, or one for each of `seeds`."""

    wish: GenerationRequest
    count: int | None = None
    seeds: tuple[int, ...] | None = None

    def wishes(self, most: int) -> list[GenerationRequest]:
        """Return the wish of each item, or raise `InvalidInput`; `most` items are allowed."""
        if self.seeds is None:
            count = DEFAULT_COUNT if self.count is None else self.count
            _check_number("count", count, most)
            return [self.wish] * count
        _check_number("seeds", len(self.seeds), most)
        if self.count not in {None, len(self.seeds)}:
            right = f"Leave it out, or give {len(self.seeds)}, as there are seeds."
            raise InvalidInput("count", f"{self.count} does not match the seeds.", right)
        for seed in self.seeds:
            limits.SEED.check("seeds", seed)
        return [replace(self.wish, seed=seed) for seed in self.seeds]


def _check_number(field: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise InvalidInput(field, f"{number} is out of range.", f"Give 1 to {most}.")
