"""The command `doctor`: compares rows with bytes, says what it found, repairs what it can."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager, nullcontext, suppress

from image_generation import adapters
from image_generation.gallery.database import open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.inventory import Inventory
from image_generation.gallery.migrations import migrate
from image_generation.services.deletion import Deletion
from image_generation.services.doctor import Doctor, Finding, Report
from image_generation.settings import Settings


class NoGallery(Exception):
    """No service has ever worked on this data folder."""


async def examine(settings: Settings, *, verify: bool, repair: bool, force: bool) -> int:
    """Say what was found and done; 0 when rows and bytes agree in the end, else 1.

    Raises `NoGallery`, `StorageFailed` or, where it is to be repaired, `AlreadyRunning`.
    """
    async with _open_doctor(settings, repair=repair) as doctor:
        report = await doctor.examine(verify=verify)
        _show(report, with_contents=verify)
        if report.is_sound:
            return 0
        if not repair or (report.looks_like_a_mistake and not force):
            print(_MISTAKE if repair else _WOULD_DO)
            return 1
        await doctor.repair()
        print(_DONE if report.is_repairable else _BEYOND_REPAIR)
        return int(not report.is_repairable)


_WOULD_DO = (
    "Nothing was changed. --repair deletes the bytes without rows, and takes the pictures without "
    "bytes out of the gallery: their work is told as failed then."
)
_MISTAKE = (
    "Nothing was changed, for most of it does not agree. Is it the right folder, bucket and "
    "prefix? --force repairs it all the same."
)
_DONE = "Repaired."
_BEYOND_REPAIR = "Repaired, but for what is damaged: only a backup has it whole."


def _show(report: Report, *, with_contents: bool) -> None:
    totals = {
        "pictures": report.pictures,
        "bytes": report.bytes,
        "not finished yet": report.pending,
    }
    for name, number in totals.items():
        print(f"{name:<20}{number}")
    for finding in Finding:
        if finding is not Finding.WRONG_CONTENT or with_contents:
            print(f"{finding:<20}{report.found[finding]}")
            for example in report.examples[finding]:
                print(f"  {example}")


@asynccontextmanager
async def _open_doctor(settings: Settings, *, repair: bool) -> AsyncIterator[Doctor]:
    """Open what there is of a service; to look at it, another process may work there."""
    path = settings.data_dir / "gallery.db"
    if not path.exists():
        raise NoGallery(f"There is no gallery in {settings.data_dir}. Set IMG_GEN_DATA_DIR.")
    is_alone = False
    with ExitStack() as stack:
        with nullcontext() if repair else suppress(adapters.AlreadyRunning):
            stack.enter_context(adapters.only_process(settings))
            is_alone = True
        async with open_database(path) as database, aclosing(adapters.store(settings)) as store:
            if is_alone:
                await database.write(migrate)
            outbox = adapters.outbox(settings)
            if outbox is not None:
                await outbox.check()
            yield Doctor(
                inventory=Inventory(database),
                store=store,
                outbox=outbox,
                deletion=Deletion(Gallery(database), store),
                is_alone=is_alone,
            )
