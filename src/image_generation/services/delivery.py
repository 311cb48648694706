"""Delivery: a picture's facts and bytes, for whoever shows it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from image_generation.domain.errors import NotFound, StorageFailed
from image_generation.domain.origins import Origin
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.gallery.scope import Scope
from image_generation.services.keys import storage_key, variant_key
from image_generation.storage.base import Missing, Store

# Up to this many bytes are read at once: one trip to a worker thread is what delivery costs.
_AT_ONCE = 2 * 1024 * 1024
_PIECE = 1024 * 1024


LINK_SECONDS = 3600
"""How long an address of the store lives at most."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What is known of a kept picture or a variant of it, by its name.

    `tag` is different for other bytes; `origin` is for variants of a file that does not tell it.
    """

    id: UUID
    format: ImageFormat
    size: Size
    byte_size: int
    tag: str
    origin: Origin | None = None
    variant: str | None = None

    @property
    def key(self) -> str:
        """Where the bytes are."""
        if self.variant is None:
            return storage_key(self.id)
        return variant_key(self.id, self.variant)


Find = Callable[[Scope, UUID], Awaitable[Delivered | None]]


class Delivery:
    """Finds pictures and reads their bytes.

    Reading raises `NotFound` when the bytes are gone and `StorageFailed` when they cannot be had
    or are not as many as they should be.
    """

    def __init__(self, store: Store, find: Find) -> None:
        self._store = store
        self._find = find

    async def find(self, scope: Scope, picture_id: UUID) -> Delivered | None:
        """Look up a picture within a scope."""
        return await self._find(scope, picture_id)

    async def check(self, picture: Delivered) -> None:
        """Make sure that the bytes are there, without reading them."""
        with _found():
            _require(await self._store.size(picture.key), picture.byte_size)

    async def link(
        self, picture: Delivered, seconds: int, headers: Mapping[str, str]
    ) -> str | None:
        """Give an address of the store that hands out the bytes, for so long; or None."""
        return await self._store.link(picture.key, seconds, headers)

    async def read(self, picture: Delivered, span: range) -> bytes:
        """Read exactly these bytes, at once; see `cut`."""
        with _found():
            if len(span) == picture.byte_size:
                data = await self._store.get(picture.key)
            else:
                data = await self._store.read_range(picture.key, span.start, span.stop)
        _require(len(data), len(span))
        return data


def cut(span: range) -> list[range]:
    """Cut what is too long to be read at once into pieces."""
    if len(span) <= _AT_ONCE:
        return [span]
    return [span[start : start + _PIECE] for start in range(0, len(span), _PIECE)]


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except Missing as error:
        raise NotFound("The bytes of this picture are gone.") from error


def _require(found: int, expected: int) -> None:
    if found != expected:
        raise StorageFailed("The stored picture is damaged.", charged=None)
