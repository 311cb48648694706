"""Reads shared by all who ask for the same at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Shared(Generic[K, V]):
    """Reads a value once for all who ask before the reading begins.

    A thousand watchers who hear of a change in the same turn of the loop cost one read, and none
    gets a value that is older than the change.
    """

    def __init__(self, read: Callable[[K], Awaitable[V]]) -> None:
        self._read = read
        self._waiting: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """Return the value as it is now."""
        task = self._waiting.get(key)
        if task is None:
            task = asyncio.create_task(self._after_this_turn(key))
            task.add_done_callback(_heard)
            self._waiting[key] = task
        return await asyncio.shield(task)

    async def _after_this_turn(self, key: K) -> V:
        await asyncio.sleep(0)
        del self._waiting[key]
        return await self._read(key)


def _heard(task: asyncio.Task[Any]) -> None:
    """Take note of a failure, which is no news when all who asked have gone."""
    if not task.cancelled():
        task.exception()
