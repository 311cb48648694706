"""What an adapter is given to talk back with."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from image_generation.domain.generations import GenerationStatus
from image_generation.gallery.ledger import Ledger, Superseded
from image_generation.gallery.records import Job
from image_generation.services.inspection import NotAPicture, thumbnail
from image_generation.services.progress import PREVIEW_PAUSE, Announcer, Pace

_SECONDS_BETWEEN_COMMITS = 0.2
_PREVIEW_EDGE = 256


class Errand:
    """A `ProviderJob` over the ledger: what it is told is committed, then published.

    Nothing is committed or published for it after the `async with` block.
    """

    def __init__(self, job: Job, ledger: Ledger, announcer: Announcer) -> None:
        self._job = job
        self._ledger = ledger
        self._announcer = announcer
        self._progress = job.progress
        self._committing: asyncio.Task[None] | None = None
        self._pace = Pace(PREVIEW_PAUSE)
        self._showing: asyncio.Task[None] | None = None
        self.request_id: str | None = None
        self.charged: bool | None = False if job.step is None else None

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what is still to be told."""
        for task in (self._committing, self._showing):
            if task is not None:
                task.cancel()

    def resume(self, request_id: str | None) -> None:
        """Go on with what was sent before; None when nothing was."""
        self.request_id = request_id
        self.charged = False if request_id is None else None

    @property
    def wants_previews(self) -> bool:
        """Whether somebody watches."""
        return self._announcer.wants_previews(self._job)

    async def submitting(self) -> None:
        """Commit that the call that costs money comes next."""
        await self._ledger.submitting(self._job)
        self.charged = None

    async def submitted(self, request_id: str) -> None:
        """Commit the provider's id for the work."""
        await self._ledger.submitted(self._job, request_id)
        self.request_id = request_id

    def progress(self, fraction: float) -> None:
        """Commit and publish how much is done, now and then; it never goes back."""
        if fraction > self._progress:  # NaN is not
            self._progress = min(fraction, 1.0)
            if self._committing is None:
                self._committing = asyncio.create_task(self._commit_progress())

    def preview(self, picture: bytes) -> None:
        """Publish the picture as it is so far, made small, now and then."""
        if self._pace.is_due():
            self._showing = asyncio.create_task(self._show(picture))

    async def _commit_progress(self) -> None:
        committed = None
        with suppress(Superseded):
            while committed != self._progress:
                committed = self._progress
                await self._ledger.advance(self._job, progress=committed)
                self._announcer.changed(self._job, GenerationStatus.RUNNING)
                await asyncio.sleep(_SECONDS_BETWEEN_COMMITS)
            self._committing = None

    async def _show(self, picture: bytes) -> None:
        with suppress(NotAPicture):
            self._announcer.show(self._job, await thumbnail(picture, _PREVIEW_EDGE))
