"""What bytes the rows stand for, and what becomes of a picture whose bytes are lost."""

from decimal import Decimal
from functools import partial

import pytest

from image_generation.domain.errors import ErrorCode, ResultLost, StorageFailed
from image_generation.domain.gallery import GalleryFilter, GalleryOrder, PageRequest
from image_generation.domain.generations import CostSource, GenerationStatus
from image_generation.gallery.batches import Batches
from image_generation.gallery.database import Database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.inventory import Holding, Inventory
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.records import Step
from tests.gallery.rows import (
    ADA,
    PICTURE,
    accepted,
    check_indexes,
    generation,
    insert,
    job,
    new_id,
    picture,
    picture_row,
    running,
)

pytestmark = pytest.mark.anyio


async def test_each_row_says_what_is_to_be_kept(
    database: Database, ledger: Ledger, gallery: Gallery
) -> None:
    made, deleted = await picture(database), await picture(database)
    await gallery.mark_deleted(ADA, [deleted])
    queued = await accepted(ledger)
    failed = await running(ledger)
    await ledger.fail(failed, ResultLost("gone"))
    unkept = await running(ledger)
    await ledger.advance(unkept, step=Step.KEEPING)
    await ledger.fail(unkept, StorageFailed("full", charged=True))

    found = [holding async for holding in Inventory(database).holdings()]

    size, sha256 = PICTURE.byte_size, PICTURE.sha256
    assert found == [
        Holding(made, size, sha256, is_deleted=False, is_open=False),
        Holding(deleted, size, sha256, is_deleted=True, is_open=False),
        Holding(queued.id, None, None, is_deleted=False, is_open=True),
        Holding(failed.id, None, None, is_deleted=False, is_open=False),
        Holding(unkept.id, None, None, is_deleted=False, is_open=True),
    ]
    assert [holding.is_listed for holding in found] == [True, False, False, False, False]


async def test_holdings_come_in_the_order_of_their_ids_and_none_is_left_out(
    database: Database,
) -> None:
    ids = [new_id() for _ in range(2500)]
    await database.write(partial(insert, rows=[picture_row(id) for id in reversed(ids)]))

    assert [holding.id async for holding in Inventory(database).holdings()] == ids


async def test_one_row_is_found_by_its_id(database: Database) -> None:
    id = await picture(database)

    found = await Inventory(database).find(id)

    assert found is not None
    assert (found.id, found.is_listed) == (id, True)
    assert await Inventory(database).find(new_id()) is None


@pytest.mark.parametrize(
    ("source", "charged"), [(CostSource.USAGE, True), (CostSource.FREE, False), (None, False)]
)
async def test_a_picture_whose_bytes_are_lost_leaves_the_gallery_and_its_work_says_why(
    source: CostSource | None, charged: bool, database: Database, ledger: Ledger, gallery: Gallery
) -> None:
    work = await running(ledger, prompt="a heron")
    if source is not None:
        await ledger.advance(work, cost_usd=Decimal(1), cost_source=source)
    await ledger.succeed(work, PICTURE)
    await gallery.update_image(ADA, work.id, {"tags": ["rain"]})

    await Inventory(database).lose(work.id)

    row = await generation(database, work.id)
    assert (row.status, row.error_code) == (GenerationStatus.FAILED, ErrorCode.RESULT_LOST)
    assert row.error_message == "The picture was kept, and its bytes are gone."
    assert (row.error_charged, row.prompt) == (charged, "a heron")
    page = await gallery.images(ADA, GalleryFilter(), GalleryOrder.NEWEST, PageRequest())
    assert page.rows == []
    await check_indexes(database)


async def test_a_picture_that_was_deleted_is_not_lost(database: Database, gallery: Gallery) -> None:
    id = await picture(database)
    await gallery.mark_deleted(ADA, [id])

    await Inventory(database).lose(id)

    assert await gallery.deleted() == [id]
    assert (await Inventory(database).find(id)) == Holding(
        id, PICTURE.byte_size, PICTURE.sha256, is_deleted=True, is_open=False
    )


async def test_a_batch_that_loses_its_only_picture_has_failed(
    database: Database, ledger: Ledger
) -> None:
    batch_id = new_id()
    await ledger.accept_batch(batch_id, [job(batch_id=batch_id)], None)
    [item] = await ledger.unfinished()
    work = await ledger.claim(item.id)
    assert work is not None
    await ledger.succeed(work, PICTURE)

    await Inventory(database).lose(work.id)

    batches = await Batches(database).by_id(ADA, [batch_id])
    assert batches[batch_id].status is GenerationStatus.FAILED
