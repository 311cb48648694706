"""How work moves from accepted to finished, and what a late worker cannot do."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from image_generation.domain.errors import Conflict, ErrorCode, ProviderBusy, UnexpectedFailure
from image_generation.domain.gallery import GalleryFilter
from image_generation.domain.generations import GenerationStatus
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.database import Database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger, Superseded
from image_generation.gallery.records import Job, Step
from tests.gallery.rows import (
    ADA,
    BOB,
    PICTURE,
    accepted,
    check_indexes,
    generation,
    job,
    new_id,
    picture,
    running,
    snapshot,
)

pytestmark = pytest.mark.anyio

KEY = IdempotencyKey("key", "digest")


async def test_the_same_key_and_request_give_the_earlier_generation(
    ledger: Ledger, database: Database
) -> None:
    first, _ = await ledger.accept(job(), KEY)
    before = await snapshot(database)

    again, is_new = await ledger.accept(job(), KEY)

    assert (again, is_new) == (first, False)
    assert await snapshot(database) == before


async def test_the_same_key_for_another_request_is_a_conflict(
    ledger: Ledger, database: Database
) -> None:
    await ledger.accept(job(), KEY)
    before = await snapshot(database)

    with pytest.raises(Conflict, match="used for another request"):
        await ledger.accept(job(), IdempotencyKey("key", "another"))

    assert await snapshot(database) == before


async def test_a_key_belongs_to_its_owner(ledger: Ledger) -> None:
    hers, _ = await ledger.accept(job(), KEY)

    his, is_new = await ledger.accept(job(owner="bob"), IdempotencyKey("key", "another"))

    assert is_new
    assert his.id != hers.id


async def test_a_hundred_requests_with_one_key_are_one_generation(
    ledger: Ledger, database: Database
) -> None:
    results = await asyncio.gather(*(ledger.accept(job(), KEY) for _ in range(100)))

    assert len({made.id for made, _ in results}) == 1
    assert [is_new for _, is_new in results].count(True) == 1
    assert len(await snapshot(database)) == 1


async def test_unfinished_work_comes_oldest_first_and_whose_ever_it_is(ledger: Ledger) -> None:
    first = await accepted(ledger)
    second = await running(ledger, owner="bob")
    await ledger.fail(await running(ledger), ProviderBusy("busy"))
    await ledger.succeed(await running(ledger), PICTURE)
    await ledger.cancel(ADA, (await accepted(ledger)).id)
    third = await accepted(ledger)

    assert [work.id for work in await ledger.unfinished()] == [first.id, second.id, third.id]


async def test_claiming_starts_the_work_and_counts_the_attempt(ledger: Ledger) -> None:
    before = datetime.now(UTC)
    waiting = await accepted(ledger)

    claimed = await ledger.claim(waiting.id)

    assert claimed is not None
    assert (claimed.status, claimed.attempts) == (GenerationStatus.RUNNING, 1)
    assert claimed.started_at is not None
    assert before <= claimed.started_at <= datetime.now(UTC)
    assert (claimed.owner, claimed.step, claimed.finished_at) == ("ada", None, None)


async def test_claiming_again_takes_the_work_over_with_what_is_known(ledger: Ledger) -> None:
    first = await running(ledger)
    await ledger.submitting(first)
    await ledger.submitted(first, "request-7")

    second = await ledger.claim(first.id)

    assert second is not None
    assert (second.attempts, second.step, second.request_id) == (2, Step.SUBMITTED, "request-7")
    assert second.started_at == first.started_at


async def test_of_many_who_claim_at_once_each_has_another_number_and_one_may_write(
    ledger: Ledger,
) -> None:
    waiting = await accepted(ledger)

    claims = await asyncio.gather(*(ledger.claim(waiting.id) for _ in range(20)))
    writes = await asyncio.gather(
        *(ledger.submitting(claim) for claim in claims if claim), return_exceptions=True
    )

    assert sorted(claim.attempts for claim in claims if claim) == [*range(1, 21)]
    assert writes.count(None) == 1
    assert sum(isinstance(write, Superseded) for write in writes) == 19


async def test_there_is_nothing_to_claim_once_work_is_finished_or_unknown(
    ledger: Ledger, database: Database
) -> None:
    done, failed, canceled = await running(ledger), await running(ledger), await accepted(ledger)
    await ledger.succeed(done, PICTURE)
    await ledger.fail(failed, ProviderBusy("busy"))
    await ledger.cancel(ADA, canceled.id)
    before = await snapshot(database)

    claims = [await ledger.claim(id) for id in (done.id, failed.id, canceled.id, new_id())]

    assert claims == [None, None, None, None]
    assert await snapshot(database) == before


Write = Callable[[Ledger, Job], Awaitable[object]]

WRITES: dict[str, Write] = {
    "advance": lambda ledger, work: ledger.advance(work, progress=0.9, prompt="another"),
    "submitting": lambda ledger, work: ledger.submitting(work),
    "submitted": lambda ledger, work: ledger.submitted(work, "request-8"),
    "succeed": lambda ledger, work: ledger.succeed(work, PICTURE),
    "adopt": lambda ledger, work: ledger.adopt(work, ["request-8"]),
    "fail": lambda ledger, work: ledger.fail(work, ProviderBusy("busy")),
    "postpone": lambda ledger, work: ledger.postpone(work, 1.0, 1),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
@pytest.mark.parametrize("fate", ["taken over", "postponed", "canceled", "failed", "finished"])
async def test_a_worker_that_comes_back_late_changes_nothing(
    ledger: Ledger, database: Database, write: Write, fate: str
) -> None:
    late = await running(ledger)
    match fate:
        case "taken over":
            await ledger.claim(late.id)
        case "postponed":
            await ledger.postpone(late, 0.0, 1)
        case "canceled":
            await ledger.cancel(ADA, late.id)
        case "failed":
            await ledger.fail(late, ProviderBusy("busy"))
        case "finished":
            await ledger.succeed(late, PICTURE)
    before = await snapshot(database)

    with pytest.raises(Superseded):
        await write(ledger, late)

    assert await snapshot(database) == before
    await check_indexes(database)


async def test_what_is_being_sent_is_written_with_the_time(ledger: Ledger) -> None:
    work, before = await running(ledger), datetime.now(UTC)

    await ledger.submitting(work)

    (kept,) = await ledger.unfinished()
    assert kept.step is Step.SUBMITTING
    assert kept.step_at is not None
    assert before <= kept.step_at <= datetime.now(UTC)


async def test_a_request_found_at_the_provider_is_taken_up_by_one_generation_only(
    ledger: Ledger,
) -> None:
    first, second, elsewhere = [
        await running(ledger, provider=provider) for provider in ("p", "p", "q")
    ]

    taken = [
        await ledger.adopt(work, ["request-7", "request-8"]) for work in (first, second, elsewhere)
    ]

    assert taken == ["request-7", "request-8", "request-7"]
    assert await ledger.adopt(await running(ledger, provider="p"), ["request-7"]) is None
    assert await ledger.adopt(await running(ledger, provider="p"), []) is None
    assert await ledger.adopt(first, ["request-7"]) == "request-7"
    kept = await ledger.unfinished()
    assert [(work.step, work.request_id) for work in kept] == [
        (Step.SUBMITTED, "request-7"),
        (Step.SUBMITTED, "request-8"),
        (Step.SUBMITTED, "request-7"),
        (None, None),
        (None, None),
    ]


async def test_whoever_is_answered_with_a_request_has_it_back_from_one_who_took_it_for_its_own(
    ledger: Ledger,
) -> None:
    sender, finder = await running(ledger), await running(ledger)
    await ledger.submitting(sender)
    await ledger.adopt(finder, ["request-7"])

    await ledger.submitted(sender, "request-7")

    assert [(work.status, work.step, work.request_id) for work in await ledger.unfinished()] == [
        (GenerationStatus.RUNNING, Step.SUBMITTED, "request-7"),
        (GenerationStatus.QUEUED, None, None),
    ]
    with pytest.raises(Superseded):
        await ledger.succeed(finder, PICTURE)


async def test_what_was_canceled_is_known_until_its_provider_was_told(ledger: Ledger) -> None:
    untold, told, unsent = [await running(ledger) for _ in range(3)]
    for work in (untold, told):
        await ledger.submitted(work, f"request-{work.id}")
    for work in (untold, told, unsent):
        await ledger.cancel(ADA, work.id)

    await ledger.settle_canceled(told, charged=None)

    assert [work.id for work in await ledger.canceled()] == [untold.id]


async def test_of_many_who_find_the_same_requests_each_takes_another(ledger: Ledger) -> None:
    works = [await running(ledger) for _ in range(10)]
    found = [f"request-{number}" for number in range(8)]

    taken = await asyncio.gather(*(ledger.adopt(work, found) for work in works))

    assert sorted(id for id in taken if id) == found
    assert taken.count(None) == 2


async def test_success_puts_the_picture_into_the_gallery_in_the_same_change(
    ledger: Ledger, gallery: Gallery, database: Database
) -> None:
    work = await running(ledger)
    await ledger.advance(work, revised_prompt="A sleek mustelid", cost_usd=Decimal("0.041"))
    assert await gallery.count(ADA, GalleryFilter()) == 0

    await ledger.succeed(work, PICTURE)

    image = (await gallery.images_by_id(ADA, [work.id]))[work.id]
    assert (image.image_width, image.image_height, image.format) == (640, 480, PICTURE.format)
    assert (image.byte_size, image.sha256) == (1234, "ab" * 32)
    assert (image.tags, image.favorite) == ([], False)
    assert await gallery.matching(ADA, GalleryFilter(search="otter mustelid"), work.id) == image
    done = await generation(database, work.id)
    assert (done.status, done.progress) == (GenerationStatus.SUCCEEDED, 1.0)
    assert done.cost_usd == Decimal("0.041")
    assert done.duration_ms is not None
    assert 0 <= done.duration_ms < 60_000
    await check_indexes(database)


async def test_failure_keeps_everything_about_the_error_and_shows_no_picture(
    ledger: Ledger, gallery: Gallery, database: Database
) -> None:
    work = await running(ledger)

    await ledger.fail(
        work, ProviderBusy("Too many requests.", provider="openai", retry_after=7.5, charged=None)
    )

    failed = await generation(database, work.id)
    assert failed.status is GenerationStatus.FAILED
    assert failed.error_code is ErrorCode.PROVIDER_BUSY
    assert (failed.error_message, failed.error_provider) == ("Too many requests.", "openai")
    assert (failed.error_retryable, failed.error_retry_after) == (True, 7.5)
    assert failed.error_charged is None
    assert failed.finished_at is not None
    assert await gallery.images_by_id(ADA, [work.id]) == {}


async def test_a_fault_of_ours_is_kept_with_its_code(ledger: Ledger, database: Database) -> None:
    work = await running(ledger)

    await ledger.fail(work, UnexpectedFailure("7f3a", charged=True))

    failed = await generation(database, work.id)
    assert (failed.error_code, failed.error_charged) == (ErrorCode.INTERNAL_SERVER_ERROR, True)


async def test_postponed_work_waits_and_forgets_what_was_sent(
    ledger: Ledger, database: Database
) -> None:
    work = await running(ledger)
    await ledger.submitting(work)
    await ledger.submitted(work, "request-7")
    before = datetime.now(UTC)

    await ledger.postpone(work, 30.0, failures=3)

    (waiting,) = await ledger.unfinished()
    assert (waiting.status, waiting.attempts) == (GenerationStatus.QUEUED, 1)
    assert (waiting.step, waiting.step_at, waiting.request_id) == (None, None, None)
    assert waiting.failures == 3
    assert waiting.not_before is not None
    assert (
        timedelta(0) <= waiting.not_before - before - timedelta(seconds=30) < timedelta(seconds=5)
    )
    again = await ledger.claim(work.id)
    assert again is not None
    assert (again.attempts, again.not_before, again.started_at) == (2, None, work.started_at)


@pytest.mark.parametrize(
    ("step", "charged"), [(None, False), (Step.SUBMITTING, None), (Step.SUBMITTED, None)]
)
async def test_running_work_can_be_canceled_and_is_surely_free_only_before_it_is_sent(
    ledger: Ledger, database: Database, step: Step | None, charged: bool | None
) -> None:
    work = await running(ledger)
    await ledger.advance(work, step=step)

    canceled = await ledger.cancel(ADA, work.id)

    assert canceled is not None
    assert canceled.status is GenerationStatus.CANCELED
    assert (canceled.error_code, canceled.error_retryable) == (ErrorCode.CANCELED, True)
    assert canceled.error_charged is charged
    assert canceled.error_message == "Canceled on request."
    assert canceled.finished_at is not None
    assert (await generation(database, work.id)).error_charged is charged


async def test_waiting_work_can_be_canceled_at_no_cost(ledger: Ledger) -> None:
    work = await accepted(ledger)

    canceled = await ledger.cancel(ADA, work.id)

    assert canceled is not None
    assert (canceled.status, canceled.error_charged) == (GenerationStatus.CANCELED, False)
    assert await ledger.unfinished() == []


async def test_a_picture_that_is_made_is_not_canceled_away(
    ledger: Ledger, database: Database
) -> None:
    work = await running(ledger)
    await ledger.advance(work, step=Step.KEEPING)
    before = await snapshot(database)

    assert await ledger.cancel(ADA, work.id) is None

    assert await snapshot(database) == before
    await ledger.succeed(work, PICTURE)


async def test_what_is_finished_or_another_s_is_not_canceled(
    ledger: Ledger, database: Database
) -> None:
    waiting, done = await accepted(ledger), await picture(database)
    before = await snapshot(database)

    assert await ledger.cancel(BOB, waiting.id) is None
    assert await ledger.cancel(ADA, done) is None
    assert await ledger.cancel(ADA, new_id()) is None

    assert await snapshot(database) == before


@pytest.mark.parametrize("charged", [True, False])
async def test_what_the_provider_says_about_the_charge_is_written_on_canceled_work_only(
    ledger: Ledger, database: Database, charged: bool
) -> None:
    work, under_way = await running(ledger), await running(ledger)
    await ledger.submitting(work)
    await ledger.cancel(ADA, work.id)

    await ledger.settle_canceled(work, charged=charged)
    await ledger.settle_canceled(under_way, charged=True)

    assert (await generation(database, work.id)).error_charged is charged
    assert (await generation(database, under_way.id)).error_charged is None
