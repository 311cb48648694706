"""Money: what may be spent in a day and in a month, in US dollars and UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum


class SpendBy(StrEnum):
    """What spending is added up by."""

    PROVIDER = "PROVIDER"
    MODEL = "MODEL"
    STYLE = "STYLE"
    CALLER = "CALLER"
    DAY = "DAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent; None: no limit."""

    usd_per_day: Decimal | None = None
    usd_per_month: Decimal | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is any limit."""
        return self.usd_per_day is not None or self.usd_per_month is not None


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a month in UTC, by its first day and the one after its last."""

    name: str
    first: date
    end: date

    @property
    def renews_at(self) -> datetime:
        """When a budget for it is whole again."""
        return datetime.combine(self.end, time(), UTC)


def day_of(moment: datetime) -> Period:
    """Return the day of a moment."""
    first = moment.astimezone(UTC).date()
    return Period("day", first, first + timedelta(days=1))


def month_of(moment: datetime) -> Period:
    """Return the month of a moment."""
    first = moment.astimezone(UTC).date().replace(day=1)
    return Period("month", first, (first + timedelta(days=31)).replace(day=1))


NO_BUDGET = Budget()
