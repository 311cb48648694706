"""What is kept of a generation, and how exactly."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from image_generation.domain.generations import Adjustment, CostSource, GenerationStatus
from image_generation.gallery.database import Database
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.records import Generation
from tests.gallery.rows import accepted, generation, job, new_id, running

pytestmark = pytest.mark.anyio


async def test_accepted_work_is_kept_as_it_was_asked_for(
    ledger: Ledger, database: Database
) -> None:
    asked = job(
        seed=4_294_967_295,
        steps=30,
        guidance_scale=7.5,
        negative_prompt="blur",
        final_prompt="an otter in the rain, oil painting",
        options={"quality": "high", "deep": [1, {"two": None}]},
        adjustments=[Adjustment("seed", "7", None, "It takes no seed.")],
        batch_id=new_id(),
    )

    written, is_new = await ledger.accept(asked, None)

    assert (written, is_new) == (asked, True)
    assert [work.model_dump() for work in await ledger.unfinished()] == [asked.model_dump()]
    kept = await generation(database, asked.id)
    assert kept.model_dump() == asked.model_dump(include={*Generation.model_fields})
    assert kept.status is GenerationStatus.QUEUED


@pytest.mark.parametrize(
    "dollars",
    ["0", "0.000000001", "0.04", "0.1234", "1", "10", "1200", "123456.789012345"],
)
async def test_dollars_are_kept_to_the_nanodollar_and_written_plainly(
    ledger: Ledger, database: Database, dollars: str
) -> None:
    work = await running(ledger)

    await ledger.advance(work, cost_usd=Decimal(dollars), cost_source=CostSource.USAGE)

    kept = (await generation(database, work.id)).cost_usd
    assert kept is not None
    assert (kept, f"{kept:f}") == (Decimal(dollars), dollars)
    assert "E+" not in f"{kept}"


async def test_times_are_kept_in_utc_to_the_microsecond(ledger: Ledger, database: Database) -> None:
    work = await running(ledger)
    moment = datetime(2026, 3, 29, 3, 30, 0, 123_456, tzinfo=UTC)

    await ledger.advance(work, started_at=moment, finished_at=moment + timedelta(milliseconds=1500))

    kept = await generation(database, work.id)
    assert kept.started_at == moment
    assert kept.started_at.tzinfo is UTC
    assert kept.duration_ms == 1500


async def test_work_that_has_not_started_or_ended_has_no_duration(
    ledger: Ledger, database: Database
) -> None:
    waiting, under_way = await accepted(ledger), await running(ledger)

    assert (await generation(database, waiting.id)).duration_ms is None
    assert (await generation(database, under_way.id)).duration_ms is None
