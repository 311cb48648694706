"""Scalars: how values that GraphQL does not know travel."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NewType

import strawberry

Seed = NewType("Seed", int)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_moment(value: object) -> datetime:
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("not a point in time")
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


def _read_seed(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("not a whole number")  # noqa: TRY004 - graphql-core expects it
    return value


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A point in time as RFC 3339 writes it, always with an offset; answers are in UTC.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=_written,
    parse_value=_read_moment,
)

DECIMAL = strawberry.scalar(
    name="Decimal",
    description='Money: a decimal number as a string, never rounded, "0.0527".',
    serialize=lambda amount: f"{amount:f}",
    parse_value=Decimal,
)

SEED = strawberry.scalar(
    name="Seed",
    description="The start of a model's random numbers: a whole JSON number, 0 to 4294967295.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259#section-6",
    serialize=lambda seed: seed,
    parse_value=_read_seed,
)

UPLOAD = strawberry.scalar(
    name="Upload",
    description="A file that is sent along: the operation comes as a form (multipart/form-data), "
    "and the form's map leads the file to this value. The request has the header "
    "`GraphQL-Require-Preflight: 1`.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    parse_value=lambda file: file,
)
