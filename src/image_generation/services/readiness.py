"""Whether pictures can be kept, asked at most once in a while."""

import asyncio
import time
from collections.abc import Callable

from image_generation.storage.base import Store

_FRESH_SECONDS = 5.0


class Readiness:
    """Asks the store; an answer is good for five seconds, since anybody may ask for it.

    `clock` gives seconds that never go back.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._asked_at = float("-inf")
        self._latest: asyncio.Task[None] | None = None

    async def check(self) -> bool:
        """Return true, or raise `StorageFailed`; those who ask at once share one answer."""
        now = self._clock()
        if self._latest is None or now - self._asked_at > _FRESH_SECONDS:
            self._asked_at = now
            self._latest = asyncio.create_task(self._store.check())
            self._latest.add_done_callback(_look_at)
        await asyncio.shield(self._latest)
        return True


def _look_at(task: asyncio.Task[None]) -> None:
    """Look at what went wrong, since whoever asked may be gone."""
    if not task.cancelled():
        task.exception()
