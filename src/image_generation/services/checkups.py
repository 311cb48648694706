"""How providers are doing, asked at most once in a while."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from image_generation.providers.base import Availability, Health, ImageProvider
from image_generation.services.incidents import log_incident

_FRESH_SECONDS = 30.0
_DEADLINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """A provider's health at a moment; `latency_ms` is how long the answer took."""

    health: Health
    latency_ms: int | None
    checked_at: datetime


class Checkups:
    """Asks providers for their health; an answer is good for half a minute.

    `clock` gives seconds that never go back; `deadline` is how many a provider has to answer.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, deadline: float = _DEADLINE_SECONDS
    ) -> None:
        self._clock = clock
        self._deadline = deadline
        self._latest: dict[str, tuple[float, asyncio.Task[Checkup]]] = {}

    async def of(self, provider: ImageProvider) -> Checkup:
        """Return the provider's health; those who ask at once share one answer."""
        asked, task = self._latest.get(provider.name, (float("-inf"), None))
        now = self._clock()
        if task is None or now - asked > _FRESH_SECONDS:
            task = asyncio.create_task(_check(provider, self._deadline))
            self._latest[provider.name] = now, task
        return await asyncio.shield(task)


async def _check(provider: ImageProvider, deadline: float) -> Checkup:
    now, start = datetime.now(UTC), time.monotonic()
    if provider.missing is not None:
        return Checkup(Health(Availability.UNCONFIGURED, provider.missing), None, now)
    try:
        async with asyncio.timeout(deadline):
            health = await provider.health()
    except TimeoutError:
        health = Health(Availability.UNAVAILABLE, "It does not answer.")
    except Exception as error:  # noqa: BLE001 - a faulty adapter is no use either
        reference = log_incident(error, ["health", provider.name])
        health = Health(Availability.UNAVAILABLE, f"It cannot be asked. Reference: {reference}.")
    return Checkup(health, round((time.monotonic() - start) * 1000), now)
