"""Booking: what work may cost is reserved as it is accepted, and settled as it ends.

`reserved_usd` is what a generation may still cost, `spent_usd` what it has cost; triggers keep the
sums by day in the table `spending`, in the same transaction. What may have been charged stays
reserved, so that a budget errs on the safe side.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, or_

from image_generation.domain.budgets import NO_BUDGET, Budget, Period, day_of, month_of
from image_generation.domain.callers import NO_LIMITS, CallerLimits
from image_generation.domain.errors import BudgetExceeded, InvalidInput, RateLimited
from image_generation.domain.generations import GenerationStatus
from image_generation.gallery.records import TABLE, Job
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.gallery.spending import booked

_SOON = 5.0
"""Seconds after which a caller with too much work under way may ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """What callers may have: each their own, by name, and all of them together."""

    of: Callable[[str], CallerLimits] = lambda _: NO_LIMITS
    overall: Budget = NO_BUDGET


_ZERO = literal(Decimal(0), TABLE.c.spent_usd.type)

# Built once: building a statement takes longer than running it.

_ENDED = TABLE.c.status == GenerationStatus.SUCCEEDED
_CHARGED = TABLE.c.error_charged.is_not(False) & TABLE.c.cost_usd.is_not(None)
_SURELY_FREE = TABLE.c.error_charged.is_(False)
_SALVAGED = _ENDED & TABLE.c.salvage & (TABLE.c.spent_usd > _ZERO)
"""What the provider had kept was booked as spent when the work was taken up again."""

_SETTLE = (
    EVERYBODY.update()
    .where(
        TABLE.c.id.in_(bindparam("ended", expanding=True)),
        TABLE.c.finished_at.is_not(None),
        or_(
            TABLE.c.reserved_usd > _ZERO, TABLE.c.cost_usd > _ZERO, TABLE.c.enhancement_usd > _ZERO
        ),
    )
    .values(
        spent_usd=TABLE.c.spent_usd
        + case(
            (_SALVAGED, _ZERO),
            (_ENDED | _CHARGED, func.coalesce(TABLE.c.cost_usd, TABLE.c.reserved_usd)),
            (_SURELY_FREE, func.coalesce(TABLE.c.enhancement_usd, _ZERO)),
            else_=_ZERO,
        ),
        reserved_usd=case((_ENDED | _CHARGED | _SURELY_FREE, _ZERO), else_=TABLE.c.reserved_usd),
    )
)


def settle(connection: Connection, ids: Collection[UUID]) -> None:
    """Book what ended work has cost; once for each time that it ends."""
    if ids:
        connection.execute(_SETTLE, {"ended": list(ids)})


def admit(connection: Connection, jobs: Sequence[Job], *, allowances: Allowances) -> None:
    """Raise a `RequestRefused` unless the owner may have this work, in the eyes of all limits."""
    owner = jobs[0].owner
    limits = allowances.of(owner)
    if limits.batch_size is not None and len(jobs) > limits.batch_size:
        fault = f"{len(jobs)} pictures are more than {owner} may ask for at once."
        raise InvalidInput("count", fault, f"Give at most {limits.batch_size}.")
    if limits.running is not None:
        _admit_number(connection, owner, len(jobs), limits.running)
    budgets = ((f"{owner}'s", Scope(owner), limits.budget), ("the", EVERYBODY, allowances.overall))
    for whose, scope, budget in budgets:
        if budget.is_set:
            _admit_price(connection, whose, scope, (budget, jobs))


def reopen(connection: Connection, which: ColumnElement[bool]) -> None:
    """Reserve anew for work that is done again; what it may have cost before counts as spent."""
    closed = {"spent_usd": TABLE.c.spent_usd + TABLE.c.reserved_usd, "reserved_usd": _ZERO}
    connection.execute(EVERYBODY.update().where(which, TABLE.c.reserved_usd > _ZERO).values(closed))
    anew = {"reserved_usd": TABLE.c.price_usd, "booked_on": datetime.now(UTC).date()}
    connection.execute(EVERYBODY.update().where(which, TABLE.c.price_usd > _ZERO).values(anew))


def _admit_number(connection: Connection, owner: str, more: int, most: int) -> None:
    unfinished = Scope(owner).select(func.count()).where(TABLE.c.finished_at.is_(None))
    now = connection.scalar(unfinished) or 0
    if now + more > most:
        raise RateLimited(
            f"{owner} has {now} generations under way and may have {most}.", retry_after=_SOON
        )


def _admit_price(
    connection: Connection, whose: str, scope: Scope, wish: tuple[Budget, Sequence[Job]]
) -> None:
    budget, jobs = wish
    now = datetime.now(UTC)
    for job in jobs:
        if job.price_usd is None:
            message = f"The price of {job.model} is not known, and there is a budget to keep."
            raise BudgetExceeded(message, retry_after=None)
    price = sum((job.price_usd for job in jobs if job.price_usd), Decimal(0))
    for period, limit in _periods(budget, now):
        left = max(limit - booked(connection, scope, period), Decimal(0))
        if price > left:
            raise BudgetExceeded(
                f"It may cost {price:f} USD, and {left:f} USD are left of {whose} budget of "
                f"{limit:f} USD a {period.name}. It renews at {period.renews_at:%Y-%m-%dT%H:%MZ}.",
                retry_after=round((period.renews_at - now).total_seconds(), 3),
            )


def _periods(budget: Budget, now: datetime) -> Iterator[tuple[Period, Decimal]]:
    if budget.usd_per_day is not None:
        yield day_of(now), budget.usd_per_day
    if budget.usd_per_month is not None:
        yield month_of(now), budget.usd_per_month
