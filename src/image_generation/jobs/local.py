"""The local dispatcher: one asyncio task an id, one semaphore a lane."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

import structlog

from image_generation.jobs.base import Handler

_log = structlog.get_logger(__name__)


class LocalDispatcher:
    """Runs work in this process, at most `limit` at a time in each lane."""

    def __init__(self, limit: int) -> None:
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(limit)
        )
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._alive: set[asyncio.Task[None]] = set()
        self._handler: Handler | None = None

    def submit(self, lane: str, ids: Iterable[UUID]) -> None:
        """Have the handler called with each id."""
        for id in ids:
            self._start(lane, id, 0.0)

    def cancel(self, ids: Iterable[UUID]) -> None:
        """Stop what is waiting or running under these ids."""
        for id in ids:
            if task := self._tasks.get(id):
                task.cancel()

    def retry(self, lane: str, id: UUID, seconds: float) -> None:
        """Submit an id again after so many seconds; also from within its own handler."""
        if self._tasks.get(id) is asyncio.current_task():
            del self._tasks[id]
        self._start(lane, id, seconds)

    @asynccontextmanager
    async def run(self, handler: Handler) -> AsyncIterator[None]:
        """Call the handler from now on; at the end stop what runs."""
        self._handler = handler
        try:
            yield
        finally:
            self._handler = None
            tasks = [*self._alive]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, lane: str, id: UUID, seconds: float) -> None:
        if self._handler is None or id in self._tasks:
            return
        task = asyncio.create_task(self._work(self._handler, lane, id, seconds))
        self._tasks[id] = task
        self._alive.add(task)
        task.add_done_callback(lambda done: self._forget(id, done))

    async def _work(self, handler: Handler, lane: str, id: UUID, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._slots[lane]:
            await handler(id)

    def _forget(self, id: UUID, task: asyncio.Task[None]) -> None:
        self._alive.discard(task)
        if self._tasks.get(id) is task:
            del self._tasks[id]
        if not task.cancelled() and (error := task.exception()):
            _log.error("work_crashed", generation=str(id), error=type(error).__name__)
