"""Generations: accepting them, waiting for them, canceling them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from image_generation.domain import limits
from image_generation.domain.errors import NotFound
from image_generation.domain.generations import Adjustment, CostSource, GenerationStatus
from image_generation.domain.identifiers import Identifiers
from image_generation.domain.requests import GenerationRequest
from image_generation.domain.styles import DEFAULT_STYLE, with_suffix
from image_generation.events.bus import Bus
from image_generation.events.mailboxes import Stopping
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger, Upload
from image_generation.gallery.records import Generation, Job
from image_generation.gallery.scope import Scope
from image_generation.jobs.base import Dispatcher
from image_generation.services.cancellation import Cancellation
from image_generation.services.enhancement import Enhancement, Enhancer
from image_generation.services.planning import Planner
from image_generation.services.progress import Announcer
from image_generation.services.requests import request_for
from image_generation.services.sharing import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What pictures will cost, in US dollars; None when not known."""

    min_usd: Decimal | None
    max_usd: Decimal | None
    source: CostSource
    adjustments: list[Adjustment]


@dataclass(frozen=True, kw_only=True)
class Generations:
    """What callers can do with the work."""

    planner: Planner
    enhancer: Enhancer
    identifiers: Identifiers
    ledger: Ledger
    gallery: Gallery
    dispatcher: Dispatcher
    announcer: Announcer
    cancellation: Cancellation
    bus: Bus
    _reads: Shared[tuple[Scope, UUID], Generation | None] = field(init=False)

    def __post_init__(self) -> None:
        """Let watchers share their reads."""
        object.__setattr__(self, "_reads", Shared(self._read))

    async def start(self, owner: str, request: GenerationRequest, key: str | None) -> Generation:
        """Accept a wish and put it to work, or refuse it and leave no trace.

        With an idempotency key that was used for the same wish, the earlier generation comes back.
        """
        limits.IDEMPOTENCY_KEY.check("idempotency_key", key)
        plan = self.planner.plan(request)
        job = plan.job(self.identifiers.new(), owner)
        idempotency = None if key is None else IdempotencyKey(key, request.digest)
        job, _ = await self.accept(job, idempotency)
        return job

    async def accept(
        self, job: Job, key: IdempotencyKey | None, uploads: Sequence[Upload] = ()
    ) -> tuple[Job, bool]:
        """Write a generation and the uploads it starts from, and put it to work.

        Returns it, or the earlier one of the key, and whether it is new.
        """
        job, is_new = await self.ledger.accept(job, key, uploads)
        if is_new:
            self.dispatcher.submit(job.provider, [job.id])
        return job, is_new

    def estimate(self, request: GenerationRequest, count: int) -> Estimate:
        """Say what so many pictures would cost and what would be adjusted. Nothing happens."""
        limits.COUNT.check("count", count)
        plan = self.planner.plan(request)
        price = plan.provider.estimate(request_for(plan.job(self.identifiers.new(), "")))
        return Estimate(
            min_usd=None if price.least is None else price.least * count,
            max_usd=None if price.most is None else price.most * count,
            source=price.source,
            adjustments=plan.adjustments,
        )

    async def enhance(self, prompt: str, style: str | None) -> Enhancement:
        """Have a prompt rewritten for a style; raises only for values that are wrong."""
        limits.PROMPT.check("prompt", prompt)
        look = self.planner.styles.get(style or DEFAULT_STYLE)
        room = int(limits.PROMPT.longest) - len(with_suffix("", look.suffix))
        return await self.enhancer.enhance(prompt, look, room)

    async def get(self, scope: Scope, id: UUID) -> Generation:
        """Return a generation, in one read for all who ask at once, or raise `NotFound`."""
        found = await self._reads.get((scope, id))
        if found is None:
            raise NotFound("There is no such generation.", "id")
        return found

    async def wait(self, scope: Scope, id: UUID) -> Generation:
        """Wait until a generation is finished; while the service stops, return it as it is."""
        with self.bus.subscribe(id) as changes:
            generation = await self.get(scope, id)
            if not generation.status.finished:
                with suppress(Stopping):
                    async for change in changes:
                        if change.status.finished:
                            break
                generation = await self.get(scope, id)
        return generation

    async def cancel(self, scope: Scope, id: UUID) -> Generation:
        """Cancel a generation; one that is finished, or whose picture is made, stays as it is."""
        job = await self.ledger.cancel(scope, id)
        if job is not None:
            self.dispatcher.cancel([id])
            self.announcer.changed(job, GenerationStatus.CANCELED)
            await self.cancellation.pass_on([job])
        return await self.get(scope, id)

    async def _read(self, key: tuple[Scope, UUID]) -> Generation | None:
        scope, id = key
        return (await self.gallery.generations_by_id(scope, [id])).get(id)
