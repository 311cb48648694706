"""Waiting for a prediction: asking how it stands, again and again."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_generation.providers.base import ProviderJob
from image_generation.providers.replicate.faults import Fault, Refused
from image_generation.providers.replicate.predictions import Prediction, parsed
from image_generation.providers.replicate.progress import Progress

if TYPE_CHECKING:
    from image_generation.providers.replicate.wire import Wire

_GROWTH = 1.3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds.

    `answer` is for one call. A prediction is asked after `first` and then ever more slowly, up to
    `longest`; after questions that failed, up to `after_faults`.
    """

    answer: float = 30.0
    first: float = 0.25
    longest: float = 2.0
    after_faults: float = 15.0


async def end_of(
    prediction: Prediction, wire: "Wire", job: ProviderJob, patience: Patience
) -> Prediction:
    """Return a prediction when it is done; whoever calls sets the deadline.

    Raises a `Fault` that will not pass. What passes is waited for: a question costs nothing.
    """
    progress = Progress(job.progress)
    pause = patience.first
    while not prediction.done:
        progress.read(prediction.logs)
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, patience.longest)
        prediction = await state_of(prediction.id, wire, patience)
    return prediction


async def state_of(prediction_id: str, wire: "Wire", patience: Patience) -> Prediction:
    """Return how a prediction stands, however often it takes to learn it."""
    pause = patience.first
    while True:
        try:
            return parsed(await wire.get(prediction_id))
        except Fault as fault:
            if not fault.passing:
                raise
            wish = fault.retry_after if isinstance(fault, Refused) else None
        await asyncio.sleep(min(max(pause, wish or 0.0), patience.after_faults))
        pause *= 2
