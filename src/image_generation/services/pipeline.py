"""The pipeline: one generation from claimed to finished.

Each step is committed before the next begins, so that whoever takes the row up after a crash
knows how far its predecessor came.
"""

import asyncio
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from image_generation.domain.errors import (
    ProviderError,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
    StorageFailed,
    UnexpectedFailure,
    WorkFailed,
)
from image_generation.domain.generations import (
    Adjustment,
    CostSource,
    GenerationStatus,
)
from image_generation.gallery.ledger import Ledger, Picture, Superseded
from image_generation.gallery.records import Job, Step
from image_generation.jobs.base import Dispatcher
from image_generation.providers.base import GeneratedImage, ImageProvider
from image_generation.providers.registry import Providers
from image_generation.services.breaker import Breakers
from image_generation.services.cancellation import cancel_at
from image_generation.services.errands import Errand
from image_generation.services.incidents import log_incident
from image_generation.services.inspection import NotAPicture, inspect
from image_generation.services.keeping import Keeping
from image_generation.services.keys import storage_key
from image_generation.services.marking import Marking
from image_generation.services.masking import Masking
from image_generation.services.progress import Announcer
from image_generation.services.prompts import Prompts, cost_of_enhancement
from image_generation.services.recovery import Recovery
from image_generation.services.requests import Requests, request_for
from image_generation.services.retries import RetryPolicy

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Does the work of one generation. `deadline` is in seconds, for the provider's part."""

    ledger: Ledger
    providers: Providers
    prompts: Prompts
    breakers: Breakers
    recovery: Recovery
    keeping: Keeping
    masking: Masking
    marking: Marking
    announcer: Announcer
    dispatcher: Dispatcher
    retries: RetryPolicy
    deadline: float

    async def run(self, id: UUID) -> None:
        """Claim a generation and bring it to an end, or put it off; never raises for its sake."""
        job = await self.ledger.claim(id)
        if job is None:
            return
        with bound_contextvars(generation=str(id), attempt=job.attempts, provider=job.provider):
            try:
                await self._go(job)
            except Superseded:
                _log.info("superseded")

    async def _go(self, job: Job) -> None:
        try:
            if job.step is None:  # else it may be sent already, and is not forgotten for a pause
                self.breakers.check(job.provider)
        except WorkFailed as error:
            await self._hold(job, error)
            return
        self.announcer.changed(job, GenerationStatus.RUNNING)
        async with Errand(job, self.ledger, self.announcer) as errand:
            try:
                await self._work(job, errand)
            except WorkFailed as error:
                await self._fail(job, error)
            except Superseded:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of ours must still end in the row
                failure = UnexpectedFailure(log_incident(error), charged=errand.charged)
                await self._fail(job, failure)

    async def _work(self, job: Job, errand: Errand) -> None:
        if stored := await self.recovery.stored(job):
            await self._succeed(job, stored)
            return
        provider = self._provider(job)
        errand.resume(await self.recovery.request_id(job, provider))
        job = await self.prompts.finish(job, provider)
        image = await self._salvage(provider, job, errand)
        image = image or await self._generate(provider, job, errand)
        image, unkept = await self.masking.applied(job, provider, image)
        image = replace(image, data=await self.marking.mark(job, provider, image))
        picture = await _look(job, image)
        cost = image.cost.plus(cost_of_enhancement(job))
        await self.ledger.advance(
            job,
            step=Step.KEEPING,
            seed=image.seed,
            revised_prompt=image.revised_prompt,
            cost_usd=cost.usd,
            cost_source=cost.source,
            adjustments=[*job.adjustments, *unkept, *_delivered_otherwise(job, picture)],
        )
        await self._keep(job, image)
        await self._succeed(job, picture)

    def _provider(self, job: Job) -> ImageProvider:
        provider = self.providers.find(job.provider)
        if provider is None or provider.missing is not None:
            message = f"The provider {job.provider} is not configured any more."
            charged = False if job.step is None else None
            raise ProviderUnavailable(message, provider=job.provider, charged=charged)
        return provider

    async def _salvage(
        self, provider: ImageProvider, job: Job, errand: Errand
    ) -> GeneratedImage | None:
        """Ask for what the provider may still hold of work that is done again; None: nothing.

        What was sent before is forgotten then, and what is sent next is not sent again unasked.
        """
        if not job.salvage:
            return None
        if errand.request_id is not None:
            with suppress(ProviderError):
                return await self._generate(provider, job, errand)
        await self.ledger.advance(job, step=None, request_id=None, salvage=False)
        errand.resume(None)
        return None

    async def _generate(self, provider: ImageProvider, job: Job, errand: Errand) -> GeneratedImage:
        # To ask after what was sent costs nothing, and must not be taken for work not sent.
        is_sent = errand.request_id is not None
        request = request_for(job) if is_sent else await Requests(self.keeping.store).complete(job)
        try:
            with nullcontext() if is_sent else self.breakers.attempt(provider.name):
                async with asyncio.timeout(self.deadline):
                    return await provider.generate(request, errand)
        except TimeoutError as error:
            message = f"{provider.title} took longer than {self.deadline:g} seconds."
            charged = await cancel_at(provider, errand.request_id)
            raise ProviderTimedOut(
                message,
                provider=provider.name,
                charged=errand.charged if charged is None else charged,
            ) from error

    async def _keep(self, job: Job, image: GeneratedImage) -> None:
        try:
            await self.keeping.keep(storage_key(job.id), image.data)
        except StorageFailed as error:
            charged = image.cost.source is not CostSource.FREE
            raise StorageFailed(error.message, charged=charged) from error

    async def _succeed(self, job: Job, picture: Picture) -> None:
        await self.ledger.succeed(job, picture)
        self.announcer.changed(job, GenerationStatus.SUCCEEDED)
        _log.info("succeeded", bytes=picture.byte_size)

    async def _hold(self, job: Job, error: WorkFailed) -> None:
        age = (datetime.now(UTC) - job.created_at).total_seconds()
        pause = self.retries.pause_while_held(age, error)
        await self._end_or_postpone(job, error, pause, job.failures)

    async def _fail(self, job: Job, error: WorkFailed) -> None:
        failures = job.failures + 1
        pause = self.retries.pause_before_next(failures, error)
        await self._end_or_postpone(job, error, pause, failures)

    async def _end_or_postpone(
        self, job: Job, error: WorkFailed, pause: float | None, failures: int
    ) -> None:
        _log.warning("failed", code=error.code, retry_in=pause, charged=error.charged)
        if pause is None:
            await self.ledger.fail(job, error)
            self.announcer.changed(job, GenerationStatus.FAILED)
            return
        await self.ledger.postpone(job, pause, failures)
        self.announcer.changed(job, GenerationStatus.QUEUED)
        self.dispatcher.retry(job.provider, job.id, pause)


async def _look(job: Job, image: GeneratedImage) -> Picture:
    try:
        return await inspect(image.data)
    except NotAPicture as error:
        message = "The provider delivered something that is not a PNG, JPEG or WebP picture."
        raise ResultLost(message, provider=job.provider, charged=True) from error


def _delivered_otherwise(job: Job, picture: Picture) -> list[Adjustment]:
    sizes = (
        ("width", job.width, picture.image_width),
        ("height", job.height, picture.image_height),
    )
    reason = "The provider delivered another size."
    return [
        Adjustment(field, f"{asked}", f"{used}", reason)
        for field, asked, used in sizes
        if asked != used
    ]
