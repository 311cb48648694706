"""Entries sorted on disk."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest

from image_generation.services.sorting import by_key
from image_generation.storage.base import Entry

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 95])
async def test_entries_come_by_their_keys_whatever_fits_into_memory(number: int) -> None:
    random = Random(number)
    names = ("", "/mask", "/w400", "/w400.webp")
    keys = [f"{random.getrandbits(8):032x}{name}" for _ in range(number) for name in names]
    kept = [Entry(key, len(key), datetime.fromtimestamp(1.5, UTC)) for key in set(keys)]

    async def listed() -> AsyncIterator[Entry]:
        for entry in kept:
            yield entry

    async with by_key(listed(), room=10) as entries:
        found = list(entries)

    assert found == sorted(kept)
