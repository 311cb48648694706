"""A store is not asked more often than is useful, by however many."""

import asyncio

import pytest
from typing_extensions import override

from image_generation.domain.errors import StorageFailed
from image_generation.services.readiness import Readiness
from image_generation.storage.memory import MemoryStore

pytestmark = pytest.mark.anyio


class Counting(MemoryStore):
    """A store that counts how often it is asked, and fails as long as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.fails = False

    @override
    async def check(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails:
            raise StorageFailed("full")


async def test_an_answer_is_good_for_five_seconds_and_for_all_who_ask() -> None:
    store, now = Counting(), [100.0]
    readiness = Readiness(store, lambda: now[0])

    answers = await asyncio.gather(*(readiness.check() for _ in range(50)))
    now[0] += 5
    answers.append(await readiness.check())

    assert answers == [True] * 51
    assert store.asked == 1


async def test_a_store_that_fails_and_recovers_is_told_so_in_time() -> None:
    store, now = Counting(), [100.0]
    readiness = Readiness(store, lambda: now[0])
    store.fails = True

    for _ in range(2):
        with pytest.raises(StorageFailed, match="full"):
            await readiness.check()
    store.fails = False
    now[0] += 5.1

    assert await readiness.check()
    assert store.asked == 2


async def test_who_goes_away_takes_no_answer_from_the_others() -> None:
    store = Counting()
    readiness = Readiness(store)

    gone, waiting = (asyncio.create_task(readiness.check()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()

    assert await waiting
    assert store.asked == 1
