"""Batches: accepting many wishes at once, canceling, trying again, watching."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import orjson

from image_generation.domain import limits
from image_generation.domain.batches import BatchRequest
from image_generation.domain.errors import NotFound
from image_generation.domain.generations import GenerationStatus, Operation
from image_generation.events.bus import Stopping
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.batches import Batches, BatchState
from image_generation.gallery.records import Generation, Job
from image_generation.gallery.scope import Scope
from image_generation.services.cancellation import cancel_at
from image_generation.services.generations import Generations
from image_generation.services.progress import PREVIEW_PAUSE, Pace
from image_generation.services.sharing import Shared
from image_generation.services.watching import Sequence


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """One event of a watched batch; `generation` is what changed, None in the snapshot."""

    sequence: int
    batch: BatchState
    progress: float
    generation: Generation | None = None
    preview: bytes | None = field(default=None, repr=False)


class BatchWork:
    """What callers can do with batches; `most` is how many items one may have."""

    def __init__(self, batches: Batches, generations: Generations, most: int) -> None:
        self._batches = batches
        self._generations = generations
        self._most = most
        self._ledger = generations.ledger
        self._dispatcher = generations.dispatcher
        self._progress = generations.progress
        self._states: Shared[tuple[Scope, UUID], BatchState | None] = Shared(self._read)

    async def start(self, owner: str, request: BatchRequest, key: str | None) -> UUID:
        """Accept a batch and put it to work, or refuse it and leave no trace; return its id."""
        limits.IDEMPOTENCY_KEY.check("idempotency_key", key)
        id = self._generations.identifiers.new()
        jobs = [
            self._generations.planner.plan(wish, Operation.TEXT_TO_IMAGE)
            .job(self._generations.identifiers.new(), owner)
            .model_copy(update={"batch_id": id})
            for wish in request.wishes(self._most)
        ]
        idempotency = None if key is None else IdempotencyKey(key, _digest(request))
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
            if not state.status.finished:
                async for change in changes:
                    if change.status.finished:
                        state = await self.get(scope, id)
                        if state.status.finished:
                            return state
        return state

    async def cancel(self, scope: Scope, id: UUID) -> BatchState:
        """Cancel what is not finished: what waits ends at once, what runs at its provider too."""
        await self.get(scope, id)
        jobs = await self._ledger.cancel_batch(scope, id)
        self._dispatcher.cancel([job.id for job in jobs])
        for job in jobs:
            self._progress.changed(job, GenerationStatus.CANCELED)
        await asyncio.gather(*(self._cancel_at_provider(job) for job in jobs if job.request_id))
        return await self.get(scope, id)

    async def retry(self, scope: Scope, id: UUID) -> BatchState:
        """Do again what failed or was canceled; what is finished stays."""
        await self.get(scope, id)
        jobs = await self._ledger.reopen_batch(scope, id)
        for job in jobs:
            self._progress.reopened(job)
            self._dispatcher.submit(job.provider, [job.id])
        return await self.get(scope, id)

    async def watch(
        self, scope: Scope, id: UUID, *, previews: bool
    ) -> AsyncGenerator[BatchProgress, None]:
        """Stream a batch's progress: a snapshot, each change, and the last state."""
        with self._generations.bus.subscribe(id, previews=previews) as changes:
            state = await self.get(scope, id)
            sequence, pace = Sequence(state.created_at), Pace(PREVIEW_PAUSE)
            progress, untold = self.progress_of(state), set(state.unfinished)
            yield BatchProgress(sequence.next_until(state.finished_at), state, progress)
            if state.status.finished:
                return
            async for change in changes:
                state, generation = await asyncio.gather(
                    self.get(scope, id), self._generations.get(scope, change.generation_id)
                )
                progress = max(progress, self.progress_of(state))
                preview = change.preview if change.preview and pace.is_due() else None
                items = await self._told(scope, state, generation, untold)
                for item in items:
                    is_last = item is items[-1]
                    number = sequence.next_until(state.finished_at if is_last else None)
                    yield BatchProgress(number, state, progress, item, preview)
                if state.status.finished:
                    return

    async def _told(
        self, scope: Scope, state: BatchState, changed: Generation, untold: set[UUID]
    ) -> list[Generation]:
        """Return the items to tell of: the one that changed, and at the end all that are left.

        `untold` holds the items whose last state was not told yet, and is kept up to date.
        """
        if changed.status.finished:
            untold.discard(changed.id)
        else:
            untold.add(changed.id)
        if not state.status.finished:
            return [changed]
        left = await self._generations.gallery.generations_by_id(scope, untold)
        told = [] if changed.id in untold else [changed]
        return [*told, *left.values()] or [changed]

    def progress_of(self, state: BatchState) -> float:
        """Return how far a batch is, 0…1; a finished item counts as done, whatever became of it."""
        running = sum(
            self._progress.latest(id, committed) for id, committed in state.unfinished.items()
        )
        return (state.total - len(state.unfinished) + running) / state.total

    async def _read(self, key: tuple[Scope, UUID]) -> BatchState | None:
        scope, id = key
        return (await self._batches.by_id(scope, [id])).get(id)

    async def _cancel_at_provider(self, job: Job) -> None:
        charged = await cancel_at(
            self._generations.planner.providers.find(job.provider), job.request_id
        )
        if charged is not None:
            await self._ledger.note_charge(job, charged=charged)


def _digest(request: BatchRequest) -> str:
    return sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).hexdigest()
