"""What the folder of pictures looks like, also after an accident."""

import os
import signal
import sys
import time
from pathlib import Path

import anyio
import pytest

from image_generation.domain.errors import StorageFailed
from image_generation.storage.base import Missing, Store
from image_generation.storage.registry import open_store

pytestmark = pytest.mark.anyio

KEY = "0192f1c2d3e47a5b8c6d7e8f9a0b1c2d"
PLACE = Path("1c", "2d", KEY)

# Writes a million bytes where files may have a thousand: the system answers with an error or, when
# asked to, ends the process in the middle of the write.
WRITER = """
import asyncio, resource, signal, sys
from pathlib import Path
from image_generation.storage.registry import open_store

folder, key, reaction = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
if reaction == "die":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
asyncio.run(open_store("local", Path(folder)).put(key, bytes(1_000_000)))
"""


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
async def store(folder: Path) -> Store:
    store = open_store("local", folder)
    await store.check()
    return store


def files_in(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


async def keys_of(store: Store) -> list[str]:
    return [entry.key async for entry in store.entries()]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def rights_of_others(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*")]}


async def write_too_much(folder: Path, reaction: str) -> tuple[int, str]:
    command = [sys.executable, "-c", WRITER, str(folder), KEY, reaction]
    done = await anyio.run_process(command, check=False)
    return done.returncode, done.stderr.decode()


def make_older(path: Path, *, seconds: int) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


async def test_a_picture_lies_where_the_end_of_its_id_says(store: Store, folder: Path) -> None:
    await store.put(KEY, b"original")
    await store.put(f"{KEY}/w400.webp", b"variant")

    variant = PLACE.with_name(f"{KEY}.w400.webp")
    assert files_in(folder) == [PLACE, variant]
    assert (folder / PLACE).read_bytes() == b"original"
    assert (folder / variant).read_bytes() == b"variant"


async def test_folders_and_files_are_for_our_user_alone(store: Store, folder: Path) -> None:
    await store.put(KEY, b"picture")

    assert rights_of_others(folder) == {0}


async def test_pictures_survive_the_process(store: Store, folder: Path) -> None:
    await store.put(KEY, b"picture")

    reopened = open_store("local", folder)

    assert await reopened.get(KEY) == b"picture"


async def test_checking_makes_the_folder_and_leaves_it_empty(folder: Path) -> None:
    await open_store("local", folder).check()

    assert files_in(folder) == []
    assert names_in(folder) == ["incoming"]


async def test_a_folder_that_cannot_be_made_is_told_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    store = open_store("local", tmp_path / "file" / "pictures")

    with pytest.raises(StorageFailed) as failure:
        await store.check()

    assert failure.value.message == "The picture storage could not be written."
    assert failure.value.charged is None
    assert isinstance(failure.value.__cause__, OSError)


async def test_a_write_without_room_leaves_nothing(store: Store, folder: Path) -> None:
    code, complaint = await write_too_much(folder, "complain")

    assert code == 1
    assert "StorageFailed: The picture storage could not be written." in complaint
    assert files_in(folder) == []
    with pytest.raises(Missing):
        await store.get(KEY)


async def test_a_write_without_room_keeps_what_was_there(store: Store, folder: Path) -> None:
    await store.put(KEY, b"picture")

    code, _ = await write_too_much(folder, "complain")

    assert code == 1
    assert await store.get(KEY) == b"picture"
    assert files_in(folder) == [PLACE]


async def test_a_killed_writer_leaves_no_picture_and_is_swept_up(
    store: Store, folder: Path
) -> None:
    code, _ = await write_too_much(folder, "die")

    assert code == -signal.SIGXFSZ
    assert not await store.exists(KEY)
    assert await keys_of(store) == []
    [leftover] = files_in(folder)
    assert leftover.parent == Path("incoming")

    make_older(folder / leftover, seconds=1)
    await store.sweep(older_than=0)

    assert files_in(folder) == []


async def test_a_sweep_leaves_the_write_of_another_process_alone(
    store: Store, folder: Path
) -> None:
    unfinished = folder / "incoming" / "of-another"
    unfinished.write_bytes(b"half a pic")
    make_older(unfinished, seconds=3500)

    await store.sweep(older_than=3600)

    assert unfinished.read_bytes() == b"half a pic"


async def test_a_write_to_a_place_that_is_taken_leaves_nothing(store: Store, folder: Path) -> None:
    (folder / PLACE).mkdir(parents=True)

    with pytest.raises(StorageFailed) as failure:
        await store.put(KEY, b"picture")

    assert failure.value.message == "The picture storage could not be written."
    assert isinstance(failure.value.__cause__, OSError)
    assert files_in(folder) == []


async def test_a_picture_that_cannot_be_read_is_a_failure_and_not_missing(
    store: Store, folder: Path
) -> None:
    (folder / PLACE).mkdir(parents=True)

    with pytest.raises(StorageFailed, match=r"^The picture storage could not be read\.$"):
        await store.get(KEY)
    with pytest.raises(StorageFailed, match=r"^The picture storage could not be read\.$"):
        await store.read_range(KEY, 0, 1)


async def test_a_picture_that_cannot_be_deleted_is_a_failure(store: Store, folder: Path) -> None:
    (folder / PLACE).mkdir(parents=True)

    with pytest.raises(StorageFailed, match=r"^The picture storage could not be deleted\.$"):
        await store.delete(KEY)


async def test_a_folder_that_is_not_there_is_not_an_empty_one(folder: Path) -> None:
    store = open_store("local", folder)

    with pytest.raises(StorageFailed, match=r"^The picture storage could not be listed\.$"):
        await keys_of(store)


async def test_a_sweep_that_cannot_work_is_a_failure(store: Store, folder: Path) -> None:
    (folder / "incoming").rmdir()
    (folder / "incoming").write_bytes(b"in the way")

    with pytest.raises(StorageFailed, match=r"^The picture storage could not be swept\.$"):
        await store.sweep(older_than=0)


async def test_strangers_in_the_folder_are_no_keys(store: Store, folder: Path) -> None:
    await store.put(KEY, b"picture")
    (folder / "ab").write_bytes(b"")
    (folder / "lost+found").mkdir()
    (folder / PLACE).with_name("Thumbs.db").write_bytes(b"")
    (folder / "1c" / "notes").write_bytes(b"")
    (folder / "00" / "00").mkdir(parents=True)
    (folder / "00" / "00" / KEY).write_bytes(b"in the wrong place")

    assert await keys_of(store) == [KEY]
