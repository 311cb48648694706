"""How providers are doing, asked at most once in a while."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from image_generation.providers.base import Availability, Health, ImageProvider

_FRESH_SECONDS = 30.0
_DEADLINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """A provider's health at a moment; `latency_ms` is how long the answer took."""

    health: Health
    latency_ms: int | None
    checked_at: datetime


class Checkups:
    """Asks providers for their health; an answer is good for half a minute."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[float, asyncio.Task[Checkup]]] = {}

    async def of(self, provider: ImageProvider) -> Checkup:
        """Return the provider's health; those who ask at once share one answer."""
        asked, task = self._latest.get(provider.name, (float("-inf"), None))
        if task is None or time.monotonic() - asked > _FRESH_SECONDS:
            task = asyncio.create_task(_check(provider))
            self._latest[provider.name] = time.monotonic(), task
        return await asyncio.shield(task)


async def _check(provider: ImageProvider) -> Checkup:
    now, start = datetime.now(UTC), time.monotonic()
    if provider.missing is not None:
        return Checkup(Health(Availability.UNCONFIGURED, provider.missing), None, now)
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            health = await provider.health()
    except TimeoutError:
        health = Health(Availability.UNAVAILABLE, "It does not answer.")
    return Checkup(health, round((time.monotonic() - start) * 1000), now)
