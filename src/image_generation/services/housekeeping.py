"""Housekeeping: what a crash left is taken up at start, and what fell through once a minute."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from image_generation.gallery.ledger import Ledger
from image_generation.gallery.records import Job
from image_generation.jobs.base import Dispatcher
from image_generation.services.cancellation import Cancellation
from image_generation.services.deletion import Deletion
from image_generation.services.incidents import log_incident

_SECONDS_BETWEEN_ROUNDS = 60.0


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Brings rows, work and bytes together again."""

    ledger: Ledger
    dispatcher: Dispatcher
    deletion: Deletion
    cancellation: Cancellation

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do a round now, and another every minute until the end."""
        await self.round()
        task = asyncio.create_task(self._rounds())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def round(self) -> None:
        """Finish deletions, and submit unfinished work that nobody is at."""
        await self.deletion.resume()
        for job in await self.ledger.unfinished():
            if pause := _seconds_until_due(job):
                self.dispatcher.retry(job.provider, job.id, pause)
            else:
                self.dispatcher.submit(job.provider, [job.id])

    async def _rounds(self) -> None:
        await _safely(self.cancellation.resume())
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_ROUNDS)
            await _safely(self.round())


async def _safely(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the next round may go well
        log_incident(error, ["housekeeping"])


def _seconds_until_due(job: Job) -> float:
    if job.not_before is None:
        return 0.0
    return max(0.0, (job.not_before - datetime.now(UTC)).total_seconds())
