"""Reads that are shared by all who ask at once."""

import asyncio
import gc
from typing import Any

import pytest

from image_generation.services.sharing import Shared

pytestmark = pytest.mark.anyio


async def test_those_who_ask_at_once_share_one_read() -> None:
    reads = []

    async def read(key: str) -> int:
        reads.append(key)
        return len(reads)

    shared = Shared(read)

    assert [*await asyncio.gather(shared.get("a"), shared.get("a"), shared.get("b"))] == [1, 1, 2]
    assert await shared.get("a") == 3


async def test_a_failure_is_told_to_all_who_wait_and_to_nobody_else() -> None:
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: unheard.append(fault))
    may_fail = asyncio.Event()

    async def read(key: str) -> None:
        await may_fail.wait()
        raise LookupError(key)

    shared = Shared(read)
    staying, leaving, gone = (asyncio.create_task(shared.get(key)) for key in "aab")
    await asyncio.sleep(0.01)
    leaving.cancel()
    gone.cancel()
    await asyncio.sleep(0.01)
    may_fail.set()

    with pytest.raises(LookupError, match="a"):
        await staying
    assert (leaving.cancelled(), gone.cancelled()) == (True, True)
    del leaving, gone  # what they waited for is told when nothing holds it any more
    gc.collect()
    assert unheard == []
