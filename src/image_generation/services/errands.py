"""What an adapter is given to talk back with."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from image_generation.gallery.ledger import Ledger, Superseded
from image_generation.gallery.records import Job
from image_generation.services.inspection import NotAPicture, thumbnail
from image_generation.services.progress import PREVIEW_PAUSE, LiveProgress, Pace

_SECONDS_BETWEEN_COMMITS = 1.0
_SECONDS_BETWEEN_EVENTS = 0.1
_PREVIEW_EDGE = 256


class Errand:
    """A `ProviderJob` over the ledger: what it is told is committed, then published."""

    def __init__(self, job: Job, ledger: Ledger, progress: LiveProgress) -> None:
        self._job = job
        self._ledger = ledger
        self._progress = progress
        self._pace = Pace(_SECONDS_BETWEEN_COMMITS)
        self._telling = Pace(_SECONDS_BETWEEN_EVENTS)
        self._showing = Pace(PREVIEW_PAUSE)
        self._commits: set[asyncio.Task[None]] = set()
        self.request_id: str | None = None
        self.charged: bool | None = False if job.step is None else None

    def resume(self, request_id: str | None) -> None:
        """Go on with what was sent before; None when nothing was."""
        self.request_id = request_id
        self.charged = False if request_id is None else None

    @property
    def wants_previews(self) -> bool:
        """Whether somebody watches."""
        return self._progress.wants_previews(self._job)

    async def submitting(self) -> None:
        """Commit that the call that costs money comes next."""
        await self._ledger.submitting(self._job)
        self.charged = None

    async def submitted(self, request_id: str) -> None:
        """Commit the provider's id for the work."""
        await self._ledger.submitted(self._job, request_id)
        self.request_id = request_id

    def progress(self, fraction: float) -> None:
        """Publish how much is done, and commit it now and then."""
        tell = self._telling.is_due()
        progress = self._progress.advance(self._job, fraction, tell=tell)
        if self._pace.is_due():
            self._later(self._commit(progress))

    def preview(self, picture: bytes) -> None:
        """Publish the picture as it is so far, made small, now and then."""
        if self._showing.is_due():
            self._later(self._show(picture))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)

    async def _show(self, picture: bytes) -> None:
        with suppress(NotAPicture):
            self._progress.show(self._job, await thumbnail(picture, _PREVIEW_EDGE))

    async def _commit(self, progress: float) -> None:
        with suppress(Superseded):
            await self._ledger.advance(self._job, progress=progress)
