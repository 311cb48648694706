"""The doctor finds what does not agree, both ways, and repairs it without touching the rest."""

import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from image_generation.domain.errors import ResultLost
from image_generation.domain.generations import GenerationStatus, Operation
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.inventory import Inventory
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.migrations import migrate
from image_generation.services.deletion import Deletion
from image_generation.services.doctor import Doctor, Finding, Report
from image_generation.storage.base import Store
from image_generation.storage.registry import open_store
from tests.gallery.rows import ADA, PICTURE, generation, new_id, running

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Ward:
    """A gallery with bytes, and a doctor for it."""

    database: Database
    folder: Path
    store: Store
    outbox: Store

    @property
    def doctor(self) -> Doctor:
        return Doctor(
            inventory=Inventory(self.database),
            store=self.store,
            outbox=self.outbox,
            deletion=Deletion(Gallery(self.database), self.store),
            is_alone=True,
        )

    async def picture(self, data: bytes = b"picture", *, kept: bytes | None = b"picture") -> UUID:
        """Have a picture made of these bytes, and others kept for it, or none."""
        ledger = Ledger(self.database)
        work = await running(ledger)
        facts = replace(PICTURE, byte_size=len(data), sha256=sha256(data).hexdigest())
        await ledger.succeed(work, facts)
        if kept is not None:
            await self.store.put(work.id.hex, kept)
        return work.id

    async def keys(self) -> list[str]:
        return sorted([entry.key async for entry in self.store.entries()])


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    store, outbox = (open_store("local", tmp_path / name) for name in ("images", "outbox"))
    await store.check()
    await outbox.check()
    async with open_database(tmp_path / "gallery.db") as database:
        await database.write(migrate)
        yield Ward(database, tmp_path / "images", store, outbox)


def found(report: Report) -> dict[Finding, list[str]]:
    assert report.found == {finding: len(what) for finding, what in report.examples.items()}
    return dict(report.examples)


async def test_what_agrees_is_sound(ward: Ward) -> None:
    first, _ = await ward.picture(), await ward.picture()
    await ward.store.put(f"{first.hex}/w400.webp", b"small")
    await ward.store.put(f"{first.hex}/mask", b"mask")

    report = await ward.doctor.examine(verify=True)

    assert report.is_sound
    assert (report.pictures, report.bytes, report.pending) == (2, 23, 0)


async def test_nothing_is_sound(ward: Ward) -> None:
    assert (await ward.doctor.examine(verify=True)) == Report()


async def test_pictures_without_bytes_leave_the_gallery_and_keep_their_rows(ward: Ward) -> None:
    sound, lost = await ward.picture(), await ward.picture(kept=None)
    await ward.store.put(f"{lost.hex}/w400.webp", b"small")

    report = await ward.doctor.examine()
    listed = await Gallery(ward.database).images_by_id(ADA, [sound, lost])
    await ward.doctor.repair()

    assert found(report) == {Finding.LOST: [str(lost)]}
    assert set(listed) == {sound, lost}
    assert set(await Gallery(ward.database).images_by_id(ADA, [sound, lost])) == {sound}
    assert (await generation(ward.database, lost)).status is GenerationStatus.FAILED
    assert await ward.keys() == [sound.hex]
    assert (await ward.doctor.examine()).is_sound


async def test_bytes_without_rows_are_deleted(ward: Ward) -> None:
    picture, stranger, variant = await ward.picture(), new_id().hex, f"{new_id().hex}/w400.webp"
    for key in (stranger, f"{stranger}/mask", variant):
        await ward.store.put(key, b"bytes")

    report = await ward.doctor.examine()
    before = await ward.keys()
    await ward.doctor.repair()

    assert found(report) == {Finding.LEFT_OVER: [f"{stranger}/mask", stranger, variant]}
    assert len(before) == 4
    assert await ward.keys() == [picture.hex]
    assert (await ward.doctor.examine()).is_sound


async def test_bytes_of_work_without_a_picture_are_left_alone(ward: Ward) -> None:
    ledger = Ledger(ward.database)
    at_work, failed = await running(ledger), await running(ledger, operation=Operation.INPAINT)
    await ledger.fail(failed, ResultLost("gone"))
    for key in (at_work.id.hex, f"{failed.id.hex}/mask"):
        await ward.store.put(key, b"bytes")

    report = await ward.doctor.examine()
    await ward.doctor.repair()

    assert report.is_sound
    assert await ward.keys() == [at_work.id.hex, f"{failed.id.hex}/mask"]


async def test_a_deletion_that_was_begun_is_no_fault_and_a_repair_finishes_it(ward: Ward) -> None:
    deleted, half, sound = await ward.picture(), await ward.picture(kept=None), await ward.picture()
    await Gallery(ward.database).mark_deleted(ADA, [deleted, half])

    report = await ward.doctor.examine()
    await ward.doctor.repair()

    assert (report.is_sound, report.pending, report.pictures) == (True, 2, 1)
    assert await ward.keys() == [sound.hex]
    assert await Gallery(ward.database).deleted() == []


async def test_what_is_damaged_is_told_and_stays(ward: Ward) -> None:
    cut, altered = await ward.picture(kept=b"pic"), await ward.picture(kept=b"PICTURE")

    quick, whole = await ward.doctor.examine(), await ward.doctor.examine(verify=True)
    await ward.doctor.repair()

    assert found(quick) == {Finding.WRONG_SIZE: [str(cut)]}
    assert found(whole) == {Finding.WRONG_SIZE: [str(cut)], Finding.WRONG_CONTENT: [str(altered)]}
    assert not whole.is_repairable
    assert await ward.keys() == sorted([cut.hex, altered.hex])
    assert set(await Gallery(ward.database).images_by_id(ADA, [cut, altered])) == {cut, altered}


async def test_every_picture_is_read_to_verify_it(ward: Ward) -> None:
    pictures = [await ward.picture(kept=b"picture") for _ in range(20)]
    altered = [await ward.picture(kept=b"PICTURE") for _ in range(20)]

    report = await ward.doctor.examine(verify=True)

    assert report.pictures == len(pictures) + len(altered)
    assert report.found == {Finding.WRONG_CONTENT: 20}
    assert report.examples == {Finding.WRONG_CONTENT: [str(id) for id in altered[:10]]}


async def test_a_picture_on_its_way_waits_and_one_that_is_not_is_left_over(ward: Ward) -> None:
    waiting, stranger = await running(Ledger(ward.database)), new_id().hex
    await ward.outbox.put(waiting.id.hex, b"paid")
    await ward.outbox.put(f"{stranger}/mask", b"bytes")

    report = await ward.doctor.examine()
    await ward.doctor.repair()

    assert (found(report), report.pending) == ({Finding.LEFT_OVER: [f"outbox/{stranger}/mask"]}, 1)
    assert [entry.key async for entry in ward.outbox.entries()] == [waiting.id.hex]


async def test_beside_a_running_service_fresh_bytes_may_still_get_their_row(ward: Ward) -> None:
    fresh, old = new_id().hex, new_id().hex
    for key in (fresh, old):
        await ward.store.put(key, b"bytes")
        await ward.outbox.put(key, b"bytes")
    yesterday = time.time() - 25 * 3600
    for folder in (ward.folder, ward.folder.with_name("outbox")):
        os.utime(folder / old[-4:-2] / old[-2:] / old, (yesterday, yesterday))

    report = await replace(ward.doctor, is_alone=False).examine()

    assert found(report) == {Finding.LEFT_OVER: [old, f"outbox/{old}"]}


@pytest.mark.parametrize(
    ("pictures", "lost", "left", "is_mistake"),
    [(0, 0, 10, False), (0, 0, 11, True), (40, 20, 0, False), (40, 21, 0, True), (12, 12, 0, True)],
)
def test_so_much_that_is_wrong_looks_like_another_gallery(
    pictures: int, lost: int, left: int, is_mistake: bool
) -> None:
    report = Report(pictures=pictures)
    report.found.update({Finding.LOST: lost, Finding.LEFT_OVER: left})

    assert report.looks_like_a_mistake is is_mistake
