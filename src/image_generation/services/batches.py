"""Batches: accepting many wishes at once, canceling, trying again, watching."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from typing_extensions import override

from image_generation.domain import limits
from image_generation.domain.batches import BatchRequest
from image_generation.domain.errors import NotFound
from image_generation.domain.generations import GenerationStatus
from image_generation.domain.requests import digest_of
from image_generation.events.bus import Change
from image_generation.events.mailboxes import Stopping
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.batches import Batches, BatchState
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.records import Generation
from image_generation.gallery.scope import Scope
from image_generation.services.feeds import Event, Feeds, Numbers, Watched
from image_generation.services.generations import Generations
from image_generation.services.progress import PREVIEW_PAUSE, Pace
from image_generation.services.sharing import Shared


@dataclass(frozen=True, slots=True, eq=False)
class BatchProgress(Event):
    """One event of a watched batch; `generation` is what changed, None in the snapshot."""

    batch: BatchState
    progress: float
    generation: Generation | None = None

    @property
    @override
    def subject(self) -> UUID | None:
        return None if self.generation is None else self.generation.id


class BatchWork:
    """What callers can do with batches; `most` is how many items one may have."""

    def __init__(self, batches: Batches, generations: Generations, most: int) -> None:
        self._batches = batches
        self._generations = generations
        self._most = most
        self._ledger = generations.ledger
        self._dispatcher = generations.dispatcher
        self._announcer = generations.announcer
        self._feeds = Feeds(
            generations.bus, lambda watched: _Source(self, generations.gallery, watched)
        )
        self._states: Shared[tuple[Scope, UUID], BatchState | None] = Shared(self._read)

    async def start(self, owner: str, request: BatchRequest, key: str | None) -> UUID:
        """Accept a batch and put it to work, or refuse it and leave no trace; return its id."""
        limits.IDEMPOTENCY_KEY.check("idempotency_key", key)
        id = self._generations.identifiers.new()
        jobs = [
            self._generations.planner.plan(wish)
            .job(self._generations.identifiers.new(), owner)
            .model_copy(update={"batch_id": id})
            for wish in request.wishes(self._most)
        ]
        idempotency = None if key is None else IdempotencyKey(key, digest_of(request))
        id, is_new = await self._ledger.accept_batch(id, jobs, idempotency)
        if is_new:
            self._dispatcher.submit(jobs[0].provider, [job.id for job in jobs])
        return id

    async def get(self, scope: Scope, id: UUID) -> BatchState:
        """Return a batch, or raise `NotFound`."""
        state = await self._states.get((scope, id))
        if state is None:
            raise NotFound("There is no such batch.", "id")
        return state

    async def wait(self, scope: Scope, id: UUID) -> BatchState:
        """Wait until a batch is finished; while the service stops, return it as it is."""
        with self._generations.bus.subscribe(id) as changes, suppress(Stopping):
            state = await self.get(scope, id)
            unfinished = set(state.unfinished)
            if not state.status.finished:
                async for change in changes:
                    if change.status.finished:
                        unfinished.discard(change.generation_id)
                    if not unfinished:
                        state = await self.get(scope, id)
                        if state.status.finished:
                            return state
                        unfinished = set(state.unfinished)
        return state

    async def cancel(self, scope: Scope, id: UUID) -> BatchState:
        """Cancel what is not finished: what waits ends at once, what runs at its provider too."""
        await self.get(scope, id)
        jobs = await self._ledger.cancel_batch(scope, id)
        self._dispatcher.cancel([job.id for job in jobs])
        for job in jobs:
            self._announcer.changed(job, GenerationStatus.CANCELED)
        await self._generations.cancellation.pass_on(jobs)
        return await self.get(scope, id)

    async def retry(self, scope: Scope, id: UUID) -> BatchState:
        """Do again what failed or was canceled; what is finished stays."""
        await self.get(scope, id)
        jobs = await self._ledger.reopen_batch(scope, id)
        for job in jobs:
            self._announcer.changed(job, GenerationStatus.QUEUED)
            self._dispatcher.submit(job.provider, [job.id])
        return await self.get(scope, id)

    def watch(self, watched: Watched) -> AsyncGenerator[BatchProgress, None]:
        """Stream a batch's progress; see `Feeds.watch`."""
        return self._feeds.watch(watched)

    async def _read(self, key: tuple[Scope, UUID]) -> BatchState | None:
        scope, id = key
        return (await self._batches.by_id(scope, [id])).get(id)


class _Source:
    """A watched batch. `_untold` holds the items whose last state was not told yet."""

    def __init__(self, batches: BatchWork, gallery: Gallery, watched: Watched) -> None:
        self._batches = batches
        self._gallery = gallery
        self._scope, self._id = watched.scope, watched.id
        self._numbers, self._pace = Numbers(), Pace(PREVIEW_PAUSE)
        self._progress = 0.0
        self._untold: set[UUID] = set()

    async def now(self) -> BatchProgress:
        state = await self._batches.get(self._scope, self._id)
        self._untold.update(state.unfinished)
        return replace(self._event(state), is_last=state.status.finished)

    async def after(self, change: Change) -> Sequence[BatchProgress]:
        state, items = await asyncio.gather(
            self._batches.get(self._scope, self._id),
            self._gallery.generations_by_id(self._scope, [change.generation_id]),
        )
        changed = items.get(change.generation_id)
        if changed is None or changed.status.finished:
            self._untold.discard(change.generation_id)
        else:
            self._untold.add(change.generation_id)
        if not state.status.finished:
            preview = change.preview if change.preview and self._pace.is_due() else None
            return [self._event(state, changed, preview)]
        left = await self._gallery.generations_by_id(self._scope, self._untold)
        events = [self._event(state, item) for item in (changed, *left.values())]
        return [*events[:-1], replace(events[-1], is_last=True)]

    def _event(
        self, state: BatchState, item: Generation | None = None, preview: bytes | None = None
    ) -> BatchProgress:
        self._progress = max(self._progress, state.progress)
        number = self._numbers.next_since(state.created_at)
        return BatchProgress(number, state, self._progress, item, preview=preview)
