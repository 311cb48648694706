"""A picture that is made does not get lost on its way to the store."""

import asyncio
from pathlib import Path

import pytest

from image_generation.domain.errors import StorageFailed
from image_generation.services.keeping import Keeping
from image_generation.storage.base import Store
from image_generation.storage.memory import MemoryStore
from image_generation.storage.registry import open_store

pytestmark = pytest.mark.anyio

KEY = "0192f1c2d3e47a5b8c6d7e8f9a0b1c2d"
SOON = (0.0, 0.01)


class Broken:
    """A store that fails as long as a file is where its folder should be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store("local", folder)
        folder.write_bytes(b"in the way")

    def repair(self) -> None:
        self.folder.unlink()
        self.folder.mkdir()


async def keys_in(store: Store) -> list[str]:
    return [entry.key async for entry in store.entries()]


async def test_what_is_kept_lies_in_the_store_and_not_in_the_outbox() -> None:
    store, outbox = MemoryStore(), MemoryStore()

    await Keeping(store=store, outbox=outbox).keep(KEY, b"picture")

    assert await store.get(KEY) == b"picture"
    assert await keys_in(outbox) == []


async def test_what_lies_in_the_outbox_is_tried_until_the_store_has_it(tmp_path: Path) -> None:
    broken, outbox = Broken(tmp_path / "images"), MemoryStore()
    keeping = Keeping(store=broken.store, outbox=outbox, pauses=SOON)

    task = asyncio.create_task(keeping.keep(KEY, b"picture"))
    await asyncio.sleep(0.2)
    waited = not task.done() and await outbox.get(KEY) == b"picture"
    broken.repair()
    await task

    assert waited
    assert await broken.store.get(KEY) == b"picture"
    assert await keys_in(outbox) == []


async def test_what_lies_nowhere_is_given_up_after_the_last_pause(tmp_path: Path) -> None:
    store, outbox = Broken(tmp_path / "images"), Broken(tmp_path / "outbox")

    for keeping in (
        Keeping(store=store.store, outbox=None, pauses=SOON),
        Keeping(store=store.store, outbox=outbox.store, pauses=SOON),
    ):
        with pytest.raises(StorageFailed, match=r"^The picture storage could not be written\.$"):
            await keeping.keep(KEY, b"picture")


async def test_a_picture_of_the_outbox_is_found_and_brought_to_the_store() -> None:
    store, outbox = MemoryStore(), MemoryStore()
    await outbox.put(KEY, b"picture")

    found = await Keeping(store=store, outbox=outbox).find(KEY)

    assert found == b"picture"
    assert await store.get(KEY) == b"picture"
    assert await keys_in(outbox) == []


async def test_a_store_that_does_not_say_is_asked_until_it_does(tmp_path: Path) -> None:
    broken = Broken(tmp_path / "images")
    keeping = Keeping(store=broken.store, outbox=None, pauses=SOON)

    task = asyncio.create_task(keeping.find(KEY))
    await asyncio.sleep(0.2)
    waited = not task.done()
    broken.repair()

    assert waited
    assert await task is None
