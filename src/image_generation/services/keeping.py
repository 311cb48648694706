"""Keeping pictures that are made, through outages of the store and crashes in the middle."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TypeVar

import structlog

from image_generation.domain.errors import StorageFailed
from image_generation.storage.base import Missing, Store

_log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Puts pictures into the store, and does not let go of one before it is there.

    On its way to a store that is far away a picture lies in `outbox`, on this machine. What lies
    there is tried until the store has it, however long that takes: `pauses` are the seconds between
    two tries, and the last one comes again and again. What lies nowhere is given up after them.
    """

    store: Store
    outbox: Store | None
    pauses: Sequence[float] = (0.2, 1.0, 5.0, 15.0, 30.0)

    async def keep(self, key: str, data: bytes) -> None:
        """Return when the store has it, or raise `StorageFailed` when it is kept nowhere."""
        is_safe = self.outbox is not None and await _is_put(self.outbox, key, data)
        await self._persist(lambda: self.store.put(key, data), endless=is_safe)
        if self.outbox is not None:
            with suppress(StorageFailed):  # it is one too many then, and not one too few
                await self.outbox.delete(key)

    async def find(self, key: str) -> bytes | None:
        """Return a picture that was made before, which the store has then; None without one.

        As long as the store does not say, this waits.
        """
        if self.outbox is not None and await self.outbox.exists(key):
            data = await self.outbox.get(key)
            await self.keep(key, data)
            return data
        with suppress(Missing):
            return await self._persist(lambda: self.store.get(key), endless=True)
        return None

    async def _persist(self, deed: Callable[[], Awaitable[T]], *, endless: bool) -> T:
        for pause in chain(self.pauses, repeat(self.pauses[-1]) if endless else ()):
            try:
                return await deed()
            except StorageFailed as error:
                _log.warning("storage_failed", retry_in=pause, exc_info=error)
                await asyncio.sleep(pause)
        return await deed()


async def _is_put(store: Store, key: str, data: bytes) -> bool:
    try:
        await store.put(key, data)
    except StorageFailed as error:
        _log.warning("outbox_failed", exc_info=error)
        return False
    return True
