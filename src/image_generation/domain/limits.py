"""What a value may be: one place for every limit that callers meet."""

from dataclasses import dataclass

from typing_extensions import override

from image_generation.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Numbers:
    """A range of numbers, both ends included."""

    smallest: float
    largest: float

    def check(self, field: str, value: float | None) -> None:
        """Raise `InvalidInput` unless the value lies within; None is no wish and passes."""
        if value is not None and not self.allows(value):
            raise InvalidInput(field, f"{value} is out of range.", f"Give {self}.")

    def allows(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.smallest <= value <= self.largest

    @override
    def __str__(self) -> str:
        """Say it for people."""
        return f"a number from {self.smallest:.10g} to {self.largest:.10g}"


@dataclass(frozen=True, slots=True)
class Texts:
    """A range of lengths in characters, both ends included."""

    shortest: int
    longest: int

    def check(self, field: str, value: str | None) -> None:
        """Raise `InvalidInput` unless the text fits and can be stored; None passes."""
        if value is None:
            return
        if self.shortest and not value.strip():
            raise InvalidInput(field, "The text is empty.", f"Give {self}.")
        if not self.shortest <= len(value) <= self.longest:
            raise InvalidInput(field, f"{len(value)} characters do not fit.", f"Give {self}.")
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise InvalidInput(
                field, "The text is not valid Unicode.", "Leave out NUL and surrogates."
            )

    @override
    def __str__(self) -> str:
        """Say it for people."""
        return f"{self.shortest} to {self.longest} characters"


PROMPT = Texts(1, 4000)
NEGATIVE_PROMPT = Texts(0, 2000)
NAME = Texts(1, 200)
IDEMPOTENCY_KEY = Texts(1, 200)
SEARCH = Texts(1, 500)
TAG = Texts(1, 64)
STYLE_TEXT = Texts(0, 1000)

EDGE = Numbers(256, 2048)
VARIANT_EDGE = Numbers(1, 16_384)
STEPS = Numbers(1, 150)
GUIDANCE_SCALE = Numbers(1, 30)
STRENGTH = Numbers(0, 1)
SEED = Numbers(0, 4_294_967_295)
TAGS_PER_IMAGE = Numbers(0, 32)
PAGE = Numbers(0, 100)
IDS_PER_REQUEST = Numbers(0, 100)
COUNT = Numbers(1, 1000)
OPTIONS_BYTES = Numbers(0, 16_384)
