"""Deleting pictures in two phases: the row is marked, the bytes go, the row goes.

A picture is out of the gallery with the first; a crash or an outage later leaves a mark, and the
rest is done at the next start or in the next minute.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import structlog

from image_generation.domain.errors import StorageFailed
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.scope import Scope
from image_generation.services.keys import storage_key
from image_generation.storage.base import Store

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deletion:
    """Deletes pictures, rows and bytes."""

    gallery: Gallery
    store: Store

    async def delete(self, scope: Scope, ids: Collection[UUID]) -> list[UUID]:
        """Delete the pictures among these ids; return the ids of those there were."""
        marked = await self.gallery.mark_deleted(scope, ids)
        await self._finish(marked)
        return marked

    async def resume(self) -> None:
        """Finish what was begun and interrupted."""
        await self._finish(await self.gallery.deleted())

    async def _finish(self, ids: Collection[UUID]) -> None:
        gone = [id for id in ids if await self._is_gone(id)]
        if gone:
            await self.gallery.forget(gone)

    async def _is_gone(self, id: UUID) -> bool:
        """Delete all bytes of a picture; False when some are left for later."""
        try:
            await self.store.delete(storage_key(id))
        except StorageFailed as error:
            _log.warning("bytes_not_deleted", id=str(id), exc_info=error)
            return False
        return True
