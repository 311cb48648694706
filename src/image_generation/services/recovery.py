"""What a crash left of a generation, found out before anything is sent again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from image_generation.domain.errors import (
    ProviderBusy,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
    SourceGone,
)
from image_generation.domain.generations import CostSource
from image_generation.gallery.ledger import Ledger, Picture
from image_generation.gallery.records import Job, Step
from image_generation.providers.base import AskableProvider, ImageProvider
from image_generation.services.inspection import inspect
from image_generation.services.keeping import Keeping
from image_generation.services.keys import storage_key
from image_generation.services.requests import Requests

_log = structlog.get_logger(__name__)

_PASSING = (ProviderBusy, ProviderTimedOut, ProviderUnavailable)

_CLOCKS_DIFFER = timedelta(minutes=2)
"""How far the provider's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Looks at what a predecessor committed, stored and sent.

    `pauses` are the seconds before each question after what was sent: a machine that has just
    started may have no network yet.
    """

    ledger: Ledger
    keeping: Keeping
    pauses: Sequence[float] = (0.0, 0.5, 2.0, 8.0, 30.0)

    async def stored(self, job: Job) -> Picture | None:
        """Return the picture that a predecessor stored and did not get to write down."""
        if job.step is not Step.KEEPING:
            return None
        data = await self.keeping.find(storage_key(job.id))
        return None if data is None else await inspect(data)

    async def request_id(self, job: Job, provider: ImageProvider) -> str | None:
        """Return the id under which the provider is at it; None when nothing was sent.

        Raises `ResultLost` when it may have been sent and cannot be asked for: it is never paid
        for twice unasked.
        """
        if job.step is None or job.cost_source is CostSource.FREE:
            return None
        if isinstance(provider, AskableProvider):
            return job.request_id or await self._found(job, provider)
        if job.salvage:
            return None
        message = (
            "The service stopped while the picture was being made, and it cannot be had any more."
        )
        charged = True if job.step is Step.KEEPING else None
        raise ResultLost(message, provider=provider.name, charged=charged)

    async def _found(self, job: Job, provider: AskableProvider) -> str | None:
        try:
            request = await Requests(self.keeping.store).complete(job)
        except SourceGone as error:
            message = "The service stopped while the picture was made, and its source is gone."
            raise ResultLost(message, provider=provider.name, charged=None) from error
        since = (job.step_at or job.created_at) - _CLOCKS_DIFFER
        for pause in self.pauses:
            await asyncio.sleep(pause)
            try:
                return await self.ledger.adopt(job, await provider.find(request, since))
            except _PASSING as error:
                _log.warning("asking_failed", code=error.code)
        message = f"{provider.title} does not say whether it was asked for the picture."
        raise ResultLost(message, provider=provider.name, charged=None)
