"""How a picture came to be, in the terms of IPTC's "Digital Source Type"."""

from dataclasses import dataclass, field

TRAINED = "trainedAlgorithmicMedia"
"""Made by a model that learned from pictures."""

COMPOSITE_WITH_TRAINED = "compositeWithTrainedAlgorithmicMedia"
"""Something else, changed by such a model; or the work of one, mixed with something else."""

ALGORITHMIC = "algorithmicMedia"
"""Made by an algorithm that learned nothing."""

COMPOSITE_SYNTHETIC = "compositeSynthetic"
"""Something else, mixed with what such an algorithm made."""

SYNTHETIC = (COMPOSITE_WITH_TRAINED, TRAINED, COMPOSITE_SYNTHETIC, ALGORITHMIC)
"""The terms of what is made here, those of models first."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a picture: a model or an algorithm, by its name."""

    name: str
    is_algorithm: bool

    def term_from_words(self) -> str:
        """Return the term of what it makes from words."""
        return ALGORITHMIC if self.is_algorithm else TRAINED

    def term_from_picture(self, source: str | None) -> str:
        """Return the term of what it makes from a picture of that term; None: not known."""
        if source == self.term_from_words():
            return source
        if self.is_algorithm and source not in {TRAINED, COMPOSITE_WITH_TRAINED}:
            return COMPOSITE_SYNTHETIC
        return COMPOSITE_WITH_TRAINED


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file tells: the term, who made it, and from which words and numbers."""

    term: str
    maker: Maker | None = None
    prompt: str | None = field(default=None, repr=False)
