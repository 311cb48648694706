"""Making pictures from pictures, as callers ask for it."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from typing_extensions import override

from image_generation.domain import limits
from image_generation.domain.generations import Operation
from image_generation.domain.requests import GenerationRequest

DEFAULT_STRENGTH = 0.75


class SentFile(Protocol):
    """A file that came with a request."""

    async def read(self, limit: int) -> bytes:
        """Return its bytes, or raise `InvalidInput` when they are more than `limit`."""


Source: TypeAlias = UUID | SentFile
"""A picture of the gallery, by its id, or a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest(GenerationRequest):
    """A wish for a picture made from another one.

    `strength` is 0 (keep the source)…1 (ignore it); None leaves it to operation and model.
    """

    operation: Operation
    strength: float | None = None

    @override
    def check(self) -> None:
        """Raise `InvalidInput` when a value is outside its limits."""
        GenerationRequest.check(self)  # `super()` does not know a class that has slots
        limits.STRENGTH.check("strength", self.strength)
