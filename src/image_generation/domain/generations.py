"""A generation: its states, what was wished and what became of the wish."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class GenerationStatus(StrEnum):
    """Where the work stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self not in UNFINISHED


UNFINISHED = (GenerationStatus.QUEUED, GenerationStatus.RUNNING)


class Operation(StrEnum):
    """How a picture came to be."""

    TEXT_TO_IMAGE = "TEXT_TO_IMAGE"
    IMG2IMG = "IMG2IMG"
    INPAINT = "INPAINT"
    UPLOAD = "UPLOAD"


class CostSource(StrEnum):
    """Where a price comes from."""

    USAGE = "USAGE"
    PRICE_LIST = "PRICE_LIST"
    FREE = "FREE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one picture cost, in US dollars; `usd` is None exactly when the source is UNKNOWN."""

    usd: Decimal | None
    source: CostSource

    def plus(self, other: "Cost") -> "Cost":
        """Add another cost; a sum is known only when both are, and as exact as the lesser."""
        if self.usd is None or other.usd is None:
            return UNKNOWN_COST
        source = max(self.source, other.source, key=_BY_EXACTNESS.index)
        return Cost(self.usd + other.usd, source)


_BY_EXACTNESS = (CostSource.FREE, CostSource.USAGE, CostSource.PRICE_LIST, CostSource.UNKNOWN)

FREE = Cost(Decimal(0), CostSource.FREE)
UNKNOWN_COST = Cost(None, CostSource.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A wish that was not granted to the letter. `used` is None when it was left out."""

    field: str
    asked: str
    used: str | None
    reason: str
