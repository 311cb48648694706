"""Pictures kept in memory, until the process ends."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from image_generation.storage.base import Entry, Missing, require_key, require_range


class MemoryStore:
    """Keeps bytes in a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._changed_at: dict[str, datetime] = {}

    async def put(self, key: str, data: bytes) -> None:
        require_key(key)
        self._kept[key] = data
        self._changed_at[key] = datetime.now(UTC)

    async def get(self, key: str) -> bytes:
        return self._find(key)

    async def read_range(self, key: str, start: int, stop: int) -> bytes:
        require_range(start, stop)
        return self._find(key)[start:stop]

    async def size(self, key: str) -> int:
        return len(self._find(key))

    async def exists(self, key: str) -> bool:
        require_key(key)
        return key in self._kept

    async def delete(self, key: str) -> None:
        require_key(key)
        for beside in [entry.key async for entry in self.entries(f"{key}/")]:
            del self._kept[beside]
        self._kept.pop(key, None)

    async def entries(self, prefix: str = "") -> AsyncIterator[Entry]:
        for key, data in tuple(self._kept.items()):
            if key.startswith(prefix):
                yield Entry(key, len(data), self._changed_at[key])

    async def link(self, key: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        return None

    async def check(self) -> None:
        """Do nothing: memory can always be written."""

    async def sweep(self, older_than: float) -> None:
        """Do nothing: no write to memory is interrupted."""

    async def aclose(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _find(self, key: str) -> bytes:
        require_key(key)
        if key not in self._kept:
            raise Missing(key)
        return self._kept[key]
