"""What a store is: bytes under keys that we make."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple, Protocol

from image_generation.domain.errors import StorageFailed

_KEY = re.compile(r"[0-9a-f]{32}(/[a-z0-9][a-z0-9._-]{0,63})?")


class Missing(KeyError):
    """No bytes are kept under this key."""


class Entry(NamedTuple):
    """What is kept under a key, and since when."""

    key: str
    size: int
    changed_at: datetime


class Store(Protocol):
    """Keeps bytes.

    A key is a picture's id as 32 lower-case hex digits; a variant adds "/" and a short name. Any
    other key is a fault of ours: `ValueError`. What goes wrong outside is a `StorageFailed`.
    """

    async def put(self, key: str, data: bytes) -> None:
        """Keep the bytes for good: all of them or, when it fails, none."""

    async def get(self, key: str) -> bytes:
        """Give all the bytes, or raise `Missing`."""

    async def read_range(self, key: str, start: int, stop: int) -> bytes:
        """Give the bytes from `start` up to `stop`, fewer where they end before; or `Missing`."""

    async def size(self, key: str) -> int:
        """Count the bytes, or raise `Missing`."""

    async def exists(self, key: str) -> bool:
        """Say whether there are bytes under the key."""

    async def delete(self, key: str) -> None:
        """Forget the bytes, if there are any, after all that is kept beside a picture."""

    def entries(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Go through what is kept under keys that begin so, in no order."""

    async def link(self, key: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        """Give an address that hands out the bytes for so long, under these headers.

        None where the store has no door of its own that is to be used.
        """

    async def check(self) -> None:
        """Prove that bytes can be kept here, or raise `StorageFailed`."""

    async def sweep(self, older_than: float) -> None:
        """Remove what interrupted writes left, older than so many seconds.

        0 is for whoever knows that nobody else writes here.
        """

    async def aclose(self) -> None:
        """Let go of connections and threads."""


def is_key(text: str) -> bool:
    """Say whether this is a key."""
    return _KEY.fullmatch(text) is not None


def require_key(key: str) -> None:
    """Refuse what is not a key, so that none leads out of the store."""
    if not is_key(key):
        raise ValueError(f"{key!r} is not a storage key")


def require_range(start: int, stop: int) -> None:
    """Refuse a range that is empty, backward or before the start."""
    if not 0 <= start < stop:
        raise ValueError(f"{start}…{stop} is not a range of bytes")


@contextmanager
def translated(deed: str, *faults: type[Exception]) -> Iterator[None]:
    """Turn faults from outside into ours, without the paths, names and addresses in them."""
    try:
        yield
    except faults as error:
        # Whether the provider charged for the picture is not known here.
        raise StorageFailed(f"The picture storage could not be {deed}.", charged=None) from error
