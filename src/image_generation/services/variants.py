"""Variants of pictures: made when they are first asked for, and kept beside the picture."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial

from image_generation.domain.errors import NotFound, StorageFailed
from image_generation.domain.origins import Origin
from image_generation.domain.variants import Variant
from image_generation.gallery.scope import EVERYBODY
from image_generation.imaging.marks import mark_copy
from image_generation.imaging.rendering import render
from image_generation.services.addresses import NO_PICTURE
from image_generation.services.delivery import Delivered, Delivery
from image_generation.services.inspection import UNREADABLE
from image_generation.services.keys import variant_key
from image_generation.storage.base import Missing, Store

_AT_ONCE = 2
"""How many are drawn at the same time."""

_LARGE = 16 * 1024 * 1024
"""Pictures with more pixels are decoded one at a time: each may take a few hundred megabytes."""


def tag_of(picture: Delivered, variant: Variant | None) -> str:
    """Tell a variant from all others; it is drawn from the picture and never changes either."""
    return picture.tag if variant is None else f"{picture.tag}.{variant.name}"


class Variants:
    """Finds variants, or makes them, each once for all who ask."""

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery
        self._making: dict[str, asyncio.Task[int]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        # Of their own: each thread keeps some of the memory that it has used.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="variants")
        self._place_for_large = asyncio.Semaphore(1)

    async def get(self, picture: Delivered, variant: Variant) -> Delivered:
        """Return the variant of a picture, which is there then.

        Raises `NotFound` when the picture is gone, `StorageFailed` when it cannot be read or kept.
        """
        return replace(
            picture,
            format=variant.format,
            byte_size=await self._size(picture, variant),
            tag=tag_of(picture, variant),
            variant=variant.name,
        )

    async def _size(self, picture: Delivered, variant: Variant) -> int:
        """Count the bytes of a variant, which is made if it is not there."""
        key = variant_key(picture.id, variant.name)
        if key not in self._making:
            with suppress(Missing):
                return await self._store.size(key)
        if key not in self._making:
            task = asyncio.create_task(self._make(picture, variant, key))
            self._making[key] = task
            task.add_done_callback(partial(self._made, key))
        return await asyncio.shield(self._making[key])

    def _made(self, key: str, task: asyncio.Task[int]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # whoever asked may be gone, and then nobody else looks at it

    async def _make(self, picture: Delivered, variant: Variant, key: str) -> int:
        """Draw it, keep it and count its bytes, unless the picture is deleted meanwhile."""
        data = await self._drawn(picture, variant)
        await self._store.put(key, data)
        # Whoever deletes marks the row first and looks for bytes then: one of us sees the other.
        if await self._delivery.find(EVERYBODY, picture.id) is None:
            await self._store.delete(key)
            raise NotFound(NO_PICTURE)
        return len(data)

    async def _drawn(self, picture: Delivered, variant: Variant) -> bytes:
        is_large = picture.size.width * picture.size.height > _LARGE
        async with self._place_for_large if is_large else nullcontext(), self._places:
            data = await self._delivery.read(picture, range(picture.byte_size))
            draw = partial(_marked, data, variant, picture.origin)
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, draw)
            except UNREADABLE as error:
                raise StorageFailed("The stored picture is damaged.", charged=None) from error


def _marked(data: bytes, variant: Variant, origin: Origin | None) -> bytes:
    return mark_copy(render(data, variant), data, origin)
