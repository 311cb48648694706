"""Telling a provider that nobody waits for its work any more."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from image_generation.domain.errors import ProviderError
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.records import Job
from image_generation.providers.base import AskableProvider, ImageProvider
from image_generation.providers.registry import Providers

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Passes on what was canceled here, and writes down whether it is charged."""

    ledger: Ledger
    providers: Providers

    async def pass_on(self, jobs: Collection[Job]) -> None:
        """Stop canceled work at its providers."""
        await asyncio.gather(*(self._pass_on(job) for job in jobs if job.request_id))

    async def resume(self) -> None:
        """Finish what was begun and interrupted."""
        await self.pass_on(await self.ledger.canceled())

    async def _pass_on(self, job: Job) -> None:
        charged = await cancel_at(self.providers.find(job.provider), job.request_id)
        await self.ledger.settle_canceled(job, charged=charged)


async def cancel_at(provider: ImageProvider | None, request_id: str | None) -> bool | None:
    """Stop work at a provider that can; return whether it is charged, None when not known."""
    if request_id is None or not isinstance(provider, AskableProvider):
        return None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await provider.cancel(request_id)
    except (ProviderError, TimeoutError):
        return None
