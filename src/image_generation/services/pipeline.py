"""The pipeline: one generation from claimed to finished.

Each step is committed before the next begins, so that whoever takes the row up after a crash
knows how far its predecessor came.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from image_generation.domain.errors import (
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
    StorageFailed,
    UnexpectedFailure,
    WorkFailed,
)
from image_generation.domain.generations import Adjustment, CostSource, GenerationStatus
from image_generation.gallery.ledger import Ledger, Picture, Superseded
from image_generation.gallery.records import Job, Step
from image_generation.jobs.base import Dispatcher
from image_generation.providers.base import (
    AskableProvider,
    GeneratedImage,
    ImageProvider,
    ProviderRequest,
)
from image_generation.providers.registry import Providers
from image_generation.services.errands import Errand
from image_generation.services.incidents import log_incident
from image_generation.services.inspection import NotAPicture, inspect
from image_generation.services.progress import LiveProgress
from image_generation.services.retries import RetryPolicy
from image_generation.storage.base import Store

_log = structlog.get_logger(__name__)

_KEEP_PAUSES = (0.2, 1.0, 5.0)
"""Seconds between tries to store a picture that is made already."""


def storage_key(id: UUID) -> str:
    """Return the key of a picture's bytes: it follows from the id, so that it is never lost."""
    return id.hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Does the work of one generation. `deadline` is in seconds, for the provider's part."""

    ledger: Ledger
    providers: Providers
    store: Store
    progress: LiveProgress
    dispatcher: Dispatcher
    retries: RetryPolicy
    deadline: float

    async def run(self, id: UUID) -> None:
        """Claim a generation and bring it to an end, or put it off; never raises for its sake."""
        job = await self.ledger.claim(id)
        if job is None:
            return
        with bound_contextvars(generation=str(id), attempt=job.attempts, provider=job.provider):
            self.progress.changed(job, GenerationStatus.RUNNING)
            errand = Errand(job, self.ledger, self.progress)
            try:
                await self._work(job, errand)
            except Superseded:
                _log.info("superseded")
            except WorkFailed as error:
                await self._fail(job, error)
            except Exception as error:  # noqa: BLE001 - a fault of ours must still end in the row
                await self._fail(job, _unexpected(error, charged=errand.charged))

    async def _work(self, job: Job, errand: Errand) -> None:
        if job.attempts > 1 and await self._complete(job):
            return
        provider = self._provider(job)
        _refuse_what_is_lost(job, provider)
        image = await self._generate(provider, job, errand)
        picture = await _look(job, image)
        await self.ledger.advance(
            job,
            step=Step.KEEPING,
            seed=image.seed,
            revised_prompt=image.revised_prompt,
            cost_usd=image.cost.usd,
            cost_source=image.cost.source,
            adjustments=[*job.adjustments, *_delivered_otherwise(job, picture)],
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

    async def _complete(self, job: Job) -> bool:
        """Finish what a predecessor stored and did not get to write down."""
        key = storage_key(job.id)
        if not await self.store.exists(key):
            return False
        await self._succeed(job, await inspect(await self.store.get(key)))
        return True

    async def _generate(self, provider: ImageProvider, job: Job, errand: Errand) -> GeneratedImage:
        try:
            async with asyncio.timeout(self.deadline):
                return await provider.generate(_request(job), errand)
        except TimeoutError as error:
            message = f"{provider.title} took longer than {self.deadline:g} seconds."
            raise ProviderTimedOut(
                message, provider=provider.name, charged=errand.charged
            ) from error

    async def _keep(self, job: Job, image: GeneratedImage) -> None:
        for pause in (*_KEEP_PAUSES, None):
            try:
                await self.store.put(storage_key(job.id), image.data)
            except StorageFailed as error:
                _log.warning("storing_failed", retry_in=pause)
                if pause is None:
                    charged = image.cost.source is not CostSource.FREE
                    raise StorageFailed(error.message, charged=charged) from error
                await asyncio.sleep(pause)
            else:
                return

    async def _succeed(self, job: Job, picture: Picture) -> None:
        await self.ledger.succeed(job, picture)
        self.progress.changed(job, GenerationStatus.SUCCEEDED)
        _log.info("succeeded", bytes=picture.byte_size)

    async def _fail(self, job: Job, error: WorkFailed) -> None:
        pause = self.retries.pause_before_next(job.attempts, error)
        try:
            if pause is None:
                await self.ledger.fail(job, error)
                self.progress.changed(job, GenerationStatus.FAILED)
            else:
                await self.ledger.postpone(job, pause)
                self.progress.changed(job, GenerationStatus.QUEUED)
                self.dispatcher.retry(job.provider, job.id, pause)
        except Superseded:
            return
        _log.warning("failed", code=error.code, retry_in=pause, charged=error.charged)


def _request(job: Job) -> ProviderRequest:
    return ProviderRequest(
        operation=job.operation,
        model=job.model,
        prompt=job.final_prompt or job.prompt,
        negative_prompt=job.negative_prompt,
        style=job.style,
        width=job.width,
        height=job.height,
        steps=job.steps,
        guidance_scale=job.guidance_scale,
        seed=job.seed,
        strength=job.strength,
        options=job.options,
    )


def _refuse_what_is_lost(job: Job, provider: ImageProvider) -> None:
    """Refuse to pay again for what a predecessor sent and cannot be asked for."""
    if job.step is None or job.cost_source is CostSource.FREE:
        return
    if job.request_id is not None and isinstance(provider, AskableProvider):
        return
    message = "The service stopped while the picture was being made, and it cannot be had any more."
    charged = True if job.step is Step.KEEPING else None
    raise ResultLost(message, provider=provider.name, charged=charged)


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


def _unexpected(error: Exception, *, charged: bool | None) -> UnexpectedFailure:
    return UnexpectedFailure(log_incident(error), charged=charged)
