"""Column types that keep what plain SQL types lose."""

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Enum
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from image_generation.domain.generations import Adjustment

_NANO = 1_000_000_000


def words(kind: type[StrEnum]) -> Enum:
    """Keep an enumeration as its words, the same on every database."""
    return Enum(kind, native_enum=False, create_constraint=False, length=32)


class Moment(TypeDecorator[datetime]):
    """A point in time; always UTC, also on SQLite, which drops the offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Dollars(TypeDecorator[Decimal]):
    """US dollars to nine decimals, kept as a whole number of nanodollars so that sums are exact."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * _NANO).to_integral_value())

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _NANO


class Adjustments(TypeDecorator[list[Adjustment]]):
    """Adjustments, kept as JSON."""

    impl = JSON
    cache_ok = True

    @override
    def process_bind_param(
        self, value: list[Adjustment] | None, dialect: Dialect
    ) -> list[dict[str, Any]] | None:
        return None if value is None else [asdict(adjustment) for adjustment in value]

    @override
    def process_result_value(
        self, value: list[dict[str, Any]] | None, dialect: Dialect
    ) -> list[Adjustment] | None:
        return None if value is None else [Adjustment(**adjustment) for adjustment in value]
