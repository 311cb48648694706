"""Money: reserved as work is accepted, settled as it ends, and never more than there is."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from image_generation.domain.budgets import Budget, SpendBy, day_of, month_of
from image_generation.domain.callers import CallerLimits
from image_generation.domain.errors import (
    BudgetExceeded,
    InvalidInput,
    ProviderRejected,
    RateLimited,
    RequestRefused,
    ResultLost,
)
from image_generation.domain.generations import CostSource
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.booking import Allowances
from image_generation.gallery.database import Database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.records import Job
from image_generation.gallery.scope import EVERYBODY
from image_generation.gallery.spending import Spending
from tests.gallery.rows import ADA, PICTURE, job, new_id

pytestmark = pytest.mark.anyio

CENTS = Decimal("0.04")


def ledger_with(database: Database, overall: str | None = None, **limits: Any) -> Ledger:
    """Make a ledger where each caller has these limits."""
    day = None if overall is None else Decimal(overall)
    return Ledger(
        database,
        Allowances(of=lambda _: CallerLimits(**limits), overall=Budget(usd_per_day=day)),
    )


async def booked(database: Database) -> tuple[Decimal, Decimal]:
    """Return what is reserved and what was spent today, of everybody."""
    today = datetime.now(UTC).date()
    sums = await Spending(database).by(EVERYBODY, SpendBy.DAY, today, today)
    return (sums[0].reserved_usd, sums[0].usd) if sums else (Decimal(0), Decimal(0))


async def begun(ledger: Ledger, **changes: Any) -> Job:
    """Have work of four cents accepted and claimed."""
    made, _ = await ledger.accept(job(**{"price_usd": CENTS, **changes}), None)
    claimed = await ledger.claim(made.id)
    assert claimed is not None
    return claimed


async def is_accepted(ledger: Ledger, **changes: Any) -> bool:
    try:
        await ledger.accept(job(**{"price_usd": CENTS, **changes}), None)
    except RequestRefused:
        return False
    return True


async def test_the_most_it_may_cost_is_reserved_with_the_row(database: Database) -> None:
    await ledger_with(database).accept(job(price_usd=CENTS), None)

    assert await booked(database) == (CENTS, Decimal(0))


async def test_a_picture_settles_for_what_it_cost(database: Database) -> None:
    ledger = ledger_with(database)
    work = await begun(ledger)
    await ledger.advance(work, cost_usd=Decimal("0.03"), cost_source=CostSource.USAGE)

    await ledger.succeed(work, PICTURE)

    assert await booked(database) == (Decimal(0), Decimal("0.03"))


async def test_a_picture_of_unknown_cost_counts_as_the_most(database: Database) -> None:
    ledger = ledger_with(database)

    await ledger.succeed(await begun(ledger), PICTURE)

    assert await booked(database) == (Decimal(0), CENTS)


@pytest.mark.parametrize(
    ("charged", "reserved"), [(False, Decimal(0)), (None, CENTS), (True, CENTS)]
)
async def test_a_failure_gives_back_only_what_is_surely_not_charged(
    database: Database, charged: bool | None, reserved: Decimal
) -> None:
    ledger = ledger_with(database)

    await ledger.fail(await begun(ledger), ProviderRejected("No.", charged=charged))

    assert await booked(database) == (reserved, Decimal(0))


async def test_what_enhancement_cost_stays_spent_when_the_picture_fails(
    database: Database,
) -> None:
    ledger = ledger_with(database)
    work = await begun(ledger)
    await ledger.advance(work, enhancement_usd=Decimal("0.001"))

    await ledger.fail(work, ProviderRejected("No.", charged=False))

    assert await booked(database) == (Decimal(0), Decimal("0.001"))


async def test_canceling_gives_back_once_it_is_known_that_nothing_is_charged(
    database: Database,
) -> None:
    ledger = ledger_with(database)
    waiting, _ = await ledger.accept(job(price_usd=CENTS), None)
    sent = await begun(ledger)
    await ledger.submitted(sent, "r1")

    await ledger.cancel(ADA, waiting.id)
    await ledger.cancel(ADA, sent.id)
    before = await booked(database)
    await ledger.settle_canceled(sent, charged=False)

    assert before == (CENTS, Decimal(0))
    assert await booked(database) == (Decimal(0), Decimal(0))


async def test_trying_again_reserves_again_and_keeps_what_may_have_been_charged(
    database: Database,
) -> None:
    ledger, batch = ledger_with(database, overall="0.08"), new_id()
    lost = job(price_usd=CENTS, batch_id=batch)
    await ledger.accept_batch(batch, [lost], None)
    work = await ledger.claim(lost.id)
    assert work is not None
    await ledger.fail(work, ProviderRejected("No.", charged=None))

    await ledger.reopen_batch(ADA, batch)
    again = await booked(database)
    work = await ledger.claim(lost.id)
    assert work is not None
    await ledger.fail(work, ProviderRejected("No.", charged=None))
    with pytest.raises(BudgetExceeded):
        await ledger.reopen_batch(ADA, batch)

    assert again == (CENTS, CENTS)
    assert await booked(database) == (CENTS, CENTS)
    assert await ledger.unfinished() == []


async def lost_and_taken_up_again(ledger: Ledger) -> Job:
    """Have work sent, lost, opened again and claimed."""
    batch = new_id()
    lost = job(price_usd=CENTS, batch_id=batch)
    await ledger.accept_batch(batch, [lost], None)
    work = await ledger.claim(lost.id)
    assert work is not None
    await ledger.submitting(work)
    await ledger.submitted(work, "r1")
    await ledger.fail(work, ResultLost("Gone.", provider="replicate", charged=None))
    await ledger.reopen_batch(ADA, batch)
    again = await ledger.claim(lost.id)
    assert again is not None
    return again


async def test_a_picture_that_the_provider_had_kept_is_booked_once(database: Database) -> None:
    ledger = ledger_with(database)
    work = await lost_and_taken_up_again(ledger)
    await ledger.advance(work, cost_usd=CENTS, cost_source=CostSource.PRICE_LIST)

    await ledger.succeed(work, PICTURE)

    assert (work.salvage, work.request_id) == (True, "r1")
    assert await booked(database) == (Decimal(0), CENTS)


async def test_a_picture_made_anew_after_a_loss_is_booked_besides_it(database: Database) -> None:
    ledger = ledger_with(database)
    work = await lost_and_taken_up_again(ledger)
    await ledger.advance(work, step=None, request_id=None, salvage=False)
    await ledger.advance(work, cost_usd=CENTS, cost_source=CostSource.PRICE_LIST)

    await ledger.succeed(work, PICTURE)

    assert await booked(database) == (Decimal(0), 2 * CENTS)


async def test_deleting_a_picture_does_not_undo_what_it_cost(database: Database) -> None:
    ledger, gallery = ledger_with(database), Gallery(database)
    work = await begun(ledger)
    await ledger.succeed(work, PICTURE)

    await gallery.mark_deleted(ADA, [work.id])
    await gallery.forget([work.id])

    assert await booked(database) == (Decimal(0), CENTS)


async def test_a_hundred_callers_at_once_get_no_more_than_there_is(database: Database) -> None:
    ledger = ledger_with(database, overall="1")

    answers = await asyncio.gather(
        *(is_accepted(ledger, owner=f"caller-{number}") for number in range(100))
    )

    assert sum(answers) == 25
    assert await booked(database) == (Decimal(1), Decimal(0))
    assert len(await ledger.unfinished()) == 25


async def test_one_caller_a_hundred_times_at_once_gets_no_more_than_theirs(
    database: Database,
) -> None:
    ledger = ledger_with(database, budget=Budget(usd_per_month=Decimal("0.41")))

    answers = await asyncio.gather(*(is_accepted(ledger) for _ in range(100)))

    assert sum(answers) == 10
    assert await is_accepted(ledger, owner="bob")


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        (
            Budget(usd_per_day=Decimal("0.05")),
            "0.05 USD are left of ada's budget of 0.05 USD a day",
        ),
        (Budget(usd_per_month=Decimal(0)), "0 USD are left of ada's budget of 0 USD a month"),
    ],
)
async def test_a_refusal_names_the_budget_what_is_left_and_when_it_renews(
    database: Database, budget: Budget, sentence: str
) -> None:
    ledger, period = ledger_with(database, budget=budget), day_of(datetime.now(UTC))
    period = month_of(datetime.now(UTC)) if budget.usd_per_day is None else period
    batch = new_id()
    jobs = [job(price_usd=CENTS, batch_id=batch) for _ in range(2)]

    with pytest.raises(BudgetExceeded) as refusal:
        await ledger.accept_batch(batch, jobs, None)

    assert refusal.value.message == (
        f"It may cost 0.08 USD, and {sentence}. It renews at {period.renews_at:%Y-%m-%dT%H:%MZ}."
    )
    assert refusal.value.retry_after is not None
    assert 0 < refusal.value.retry_after <= timedelta(days=31).total_seconds()
    assert await ledger.unfinished() == []
    assert await booked(database) == (Decimal(0), Decimal(0))


async def test_a_price_that_is_not_known_is_refused_under_a_budget_only(
    database: Database,
) -> None:
    assert await is_accepted(ledger_with(database), price_usd=None)
    assert not await is_accepted(ledger_with(database, overall="100"), price_usd=None)


async def test_a_key_that_was_used_gives_the_earlier_work_whatever_is_left(
    database: Database,
) -> None:
    ledger, key = ledger_with(database, overall="0.04"), IdempotencyKey("k", "d")
    first, _ = await ledger.accept(job(price_usd=CENTS), key)

    again, is_new = await ledger.accept(job(price_usd=CENTS), key)

    assert (again.id, is_new) == (first.id, False)


async def test_only_so_much_may_be_under_way(database: Database) -> None:
    ledger = ledger_with(database, running=2)
    first = await begun(ledger)
    await begun(ledger)

    with pytest.raises(RateLimited, match="ada has 2 generations under way and may have 2"):
        await ledger.accept(job(), None)
    assert await is_accepted(ledger, owner="bob")
    await ledger.succeed(first, PICTURE)
    assert await is_accepted(ledger)


async def test_a_batch_is_no_larger_than_its_caller_may(database: Database) -> None:
    ledger, batch = ledger_with(database, batch_size=2), new_id()

    with pytest.raises(InvalidInput, match="Give at most 2"):
        await ledger.accept_batch(batch, [job(batch_id=batch) for _ in range(3)], None)

    assert await ledger.unfinished() == []


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (SpendBy.CALLER, ["bob", "ada"]),
        (SpendBy.MODEL, ["flux", "painter"]),
        (SpendBy.STYLE, ["default"]),
        (SpendBy.PROVIDER, ["procedural"]),
        (SpendBy.DAY, [f"{datetime.now(UTC).date()}"]),
    ],
)
async def test_spending_is_added_up(database: Database, by: SpendBy, keys: list[str]) -> None:
    ledger, today = ledger_with(database), datetime.now(UTC).date()
    await ledger.succeed(await begun(ledger), PICTURE)
    for _ in range(2):
        await ledger.succeed(await begun(ledger, owner="bob", model="flux"), PICTURE)

    sums = await Spending(database).by(EVERYBODY, by, today, today)
    mine = await Spending(database).by(ADA, by, today, today)
    before = today - timedelta(days=1)
    earlier = await Spending(database).by(EVERYBODY, by, before, before)

    assert [spend.key for spend in sums] == keys
    assert sum(spend.usd for spend in sums) == 3 * CENTS
    assert [spend.usd for spend in mine] == [CENTS]
    assert earlier == []
