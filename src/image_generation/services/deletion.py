"""Deleting pictures in two phases: the row is marked, the bytes go, the row goes.

A picture is out of the gallery with the first; a crash later leaves a mark, and the rest is done
at the next start.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from image_generation.gallery.gallery import Gallery
from image_generation.gallery.scope import Scope
from image_generation.services.keys import mask_key, storage_key
from image_generation.storage.base import Store


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
        if not ids:
            return
        for id in ids:
            await self.store.delete(mask_key(id))
            await self.store.delete(storage_key(id))
        await self.gallery.forget(ids)
