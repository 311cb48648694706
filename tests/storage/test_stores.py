"""What every store does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from image_generation.storage.base import Missing, Store
from image_generation.storage.registry import open_store

pytestmark = pytest.mark.anyio

KEY = "0192f1c2d3e47a5b8c6d7e8f9a0b1c2d"
OTHER = "0192f1c2d3e47a5b8c6d7e8f9a0bffff"
VARIANT = f"{KEY}/w400.webp"


@pytest.fixture(params=["local", "s3", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    is_s3 = request.param == "s3"
    bucket = request.getfixturevalue("s3").bucket(prefix="gallery") if is_s3 else None
    async with aclosing(open_store(request.param, tmp_path / "pictures", bucket)) as store:
        await store.check()
        yield store


async def keys_of(store: Store, prefix: str = "") -> list[str]:
    return sorted([entry.key async for entry in store.entries(prefix)])


async def test_what_was_put_is_given_back(store: Store) -> None:
    await store.put(KEY, b"\x89PNG\r\n\0bytes")

    assert await store.get(KEY) == b"\x89PNG\r\n\0bytes"
    assert await store.size(KEY) == 12
    assert await store.exists(KEY)
    assert await keys_of(store) == [KEY]


async def test_no_bytes_are_bytes_too(store: Store) -> None:
    await store.put(KEY, b"")

    assert await store.get(KEY) == b""
    assert await store.size(KEY) == 0
    assert await store.exists(KEY)


async def test_putting_the_same_again_changes_nothing(store: Store) -> None:
    await store.put(KEY, b"picture")

    await store.put(KEY, b"picture")

    assert await store.get(KEY) == b"picture"
    assert await keys_of(store) == [KEY]


async def test_putting_other_bytes_replaces_them_all(store: Store) -> None:
    await store.put(KEY, b"a long picture")

    await store.put(KEY, b"short")

    assert await store.get(KEY) == b"short"


async def test_what_is_not_there_is_missing(store: Store) -> None:
    await store.put(OTHER, b"another")

    with pytest.raises(Missing, match=KEY):
        await store.get(KEY)
    with pytest.raises(Missing, match=KEY):
        await store.size(KEY)
    with pytest.raises(Missing, match=KEY):
        await store.read_range(KEY, 0, 1)
    assert not await store.exists(KEY)


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (0, 1, b"0"),
        (0, 10, b"0123456789"),
        (3, 7, b"3456"),
        (9, 10, b"9"),
        (8, 99, b"89"),
        (10, 11, b""),
        (50, 99, b""),
    ],
)
async def test_a_range_ends_where_the_bytes_end(
    store: Store, start: int, stop: int, expected: bytes
) -> None:
    await store.put(KEY, b"0123456789")

    found = await store.read_range(KEY, start, stop)

    assert found == expected


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (0, 0), (3, 3), (4, 3), (-3, -1)])
async def test_what_is_no_range_is_refused(store: Store, start: int, stop: int) -> None:
    await store.put(KEY, b"0123456789")

    with pytest.raises(ValueError, match="is not a range of bytes"):
        await store.read_range(KEY, start, stop)


async def test_what_was_deleted_is_gone(store: Store) -> None:
    await store.put(KEY, b"picture")
    await store.put(OTHER, b"another")

    await store.delete(KEY)

    assert not await store.exists(KEY)
    assert await keys_of(store) == [OTHER]


async def test_deleting_what_is_not_there_is_fine(store: Store) -> None:
    await store.delete(KEY)

    assert await keys_of(store) == []


async def test_a_variant_is_kept_beside_its_original(store: Store) -> None:
    await store.put(KEY, b"original")
    await store.put(VARIANT, b"variant")

    assert await store.get(KEY) == b"original"
    assert await store.get(VARIANT) == b"variant"
    assert await keys_of(store) == [KEY, VARIANT]


async def test_deleting_a_picture_deletes_all_that_is_kept_beside_it(store: Store) -> None:
    for key in (KEY, VARIANT, f"{KEY}/mask", OTHER, f"{OTHER}/mask"):
        await store.put(key, b"bytes")

    await store.delete(KEY)

    assert await keys_of(store) == [OTHER, f"{OTHER}/mask"]


async def test_what_is_kept_beside_nothing_is_deleted_too(store: Store) -> None:
    await store.put(VARIANT, b"variant")

    await store.delete(KEY)

    assert await keys_of(store) == []


async def test_deleting_a_variant_leaves_the_original_and_the_other_variants(store: Store) -> None:
    for key in (KEY, f"{KEY}/w400", VARIANT):
        await store.put(key, b"bytes")

    await store.delete(f"{KEY}/w400")

    assert await keys_of(store) == [KEY, VARIANT]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        KEY.upper(),
        KEY[:-1],
        KEY + "0",
        KEY + "\n",
        "../" + KEY,
        "/" + KEY,
        KEY + "/",
        KEY + "/..",
        KEY + "/../../etc/passwd",
        KEY + "/a/b",
        KEY + "/.hidden",
        KEY + "/a\0b",
        KEY + "/" + 65 * "a",
        KEY[:31] + "\uff11",  # a digit, and not ours
        "01/02/" + KEY,
        "01\\02" + KEY[5:],
    ],
)
async def test_what_is_no_key_is_refused_everywhere(store: Store, key: str) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: store.put(key, b"x"),
        lambda: store.get(key),
        lambda: store.read_range(key, 0, 1),
        lambda: store.size(key),
        lambda: store.exists(key),
        lambda: store.delete(key),
    ]

    for call in calls:
        with pytest.raises(ValueError, match="is not a storage key"):
            await call()

    assert await keys_of(store) == []


async def test_entries_begin_as_asked(store: Store) -> None:
    for key in (KEY, VARIANT, f"{KEY}/mask", OTHER):
        await store.put(key, b"bytes")

    assert await keys_of(store, KEY) == [KEY, f"{KEY}/mask", VARIANT]
    assert await keys_of(store, f"{KEY}/") == [f"{KEY}/mask", VARIANT]
    assert await keys_of(store, f"{KEY}/w4") == [VARIANT]
    assert await keys_of(store, KEY[:30]) == [KEY, f"{KEY}/mask", VARIANT]
    assert await keys_of(store, KEY[:4]) == [KEY, f"{KEY}/mask", VARIANT, OTHER]
    assert await keys_of(store, "ff" + KEY[2:]) == []
    assert await keys_of(store, "no key") == []


async def test_an_entry_says_how_much_is_kept_and_since_when(store: Store) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # a store may know whole seconds only
    await store.put(KEY, b"picture")

    [entry] = [entry async for entry in store.entries()]

    assert (entry.key, entry.size) == (KEY, 7)
    assert before < entry.changed_at < datetime.now(UTC) + timedelta(seconds=2)


async def test_entries_go_through_all_of_them(store: Store) -> None:
    keys = [f"{number:032x}" for number in range(300)]
    await asyncio.gather(*(store.put(key, key.encode()) for key in keys))

    assert await keys_of(store) == keys


async def test_a_reader_never_sees_half_a_write(store: Store) -> None:
    before, after = 500_000 * b"a", 500_000 * b"b"
    await store.put(KEY, before)

    async def write() -> None:
        for data in (after, before, after):
            await store.put(KEY, data)

    writing = asyncio.create_task(write())
    seen = {before}
    while not writing.done():
        seen.add(await store.get(KEY))
        await asyncio.sleep(0)  # memory has nothing to wait for
    await writing

    assert seen <= {before, after}
    assert await store.get(KEY) == after


async def test_many_may_write_the_same_at_once(store: Store) -> None:
    await asyncio.gather(*(store.put(KEY, b"picture") for _ in range(20)))

    assert await store.get(KEY) == b"picture"
    assert await keys_of(store) == [KEY]


async def test_a_store_hands_nothing_out_itself_unless_it_is_told_to(store: Store) -> None:
    await store.put(KEY, b"picture")

    assert await store.link(KEY, 60, {}) is None


async def test_checking_and_sweeping_leave_the_pictures_alone(store: Store) -> None:
    await store.put(KEY, b"picture")

    await store.check()
    await store.sweep(older_than=0)

    assert await store.get(KEY) == b"picture"
    assert await keys_of(store) == [KEY]
