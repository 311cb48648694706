"""Pictures kept in a folder of this machine."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp

from image_generation.storage.base import (
    Entry,
    Missing,
    is_key,
    require_key,
    require_range,
    translated,
)

_ID_LENGTH = 32


class LocalStore:
    """Keeps each picture as a file, in folders named by the end of its id.

    Ids of one day share their beginning; their ends are random and fill the folders evenly:
    `c3/d4/…c3d4`, and `c3/d4/…c3d4.name` for a variant. A file is written in `incoming` and then
    moved to its place, so that it is whole or absent, also after a loss of power.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"

    async def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        with translated("written", OSError):
            await asyncio.to_thread(self._write, path, data)

    async def get(self, key: str) -> bytes:
        path = self._path(key)
        with translated("read", OSError), _missing(key):
            return await asyncio.to_thread(path.read_bytes)

    async def read_range(self, key: str, start: int, stop: int) -> bytes:
        require_range(start, stop)
        path = self._path(key)
        with translated("read", OSError), _missing(key):
            return await asyncio.to_thread(_read_range, path, start, stop)

    async def size(self, key: str) -> int:
        path = self._path(key)
        with translated("read", OSError), _missing(key):
            return (await asyncio.to_thread(path.stat)).st_size

    async def exists(self, key: str) -> bool:
        try:
            await self.size(key)
        except Missing:
            return False
        return True

    async def delete(self, key: str) -> None:
        path = self._path(key)
        with translated("deleted", OSError):
            await asyncio.to_thread(_delete, path, with_variants="/" not in key)

    async def entries(self, prefix: str = "") -> AsyncIterator[Entry]:
        if is_key(prefix[:_ID_LENGTH]):
            folders, search = [self._path(prefix[:_ID_LENGTH]).parent], self._entries_in
        else:
            with translated("listed", OSError):
                folders, search = await asyncio.to_thread(_folders_in, self._folder), self._below
        for folder in folders:
            with translated("listed", OSError):
                found = await asyncio.to_thread(search, folder)
            for entry in found:
                if entry.key.startswith(prefix):
                    yield entry

    async def link(self, key: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        return None

    async def check(self) -> None:
        with translated("written", OSError):
            await asyncio.to_thread(self._write_nothing)

    async def sweep(self, older_than: float) -> None:
        with translated("swept", OSError):
            await asyncio.to_thread(self._remove_leftovers, time.time() - older_than)

    async def aclose(self) -> None:
        """Do nothing: no file is open between two calls."""

    def _path(self, key: str) -> Path:
        require_key(key)
        return self._folder / key[28:30] / key[30:32] / key.replace("/", ".")

    def _below(self, folder: Path) -> list[Entry]:
        return [entry for below in _folders_in(folder) for entry in self._entries_in(below)]

    def _entries_in(self, folder: Path) -> list[Entry]:
        """List what is in one folder; a file that is not where its key belongs is not ours."""
        found = []
        for path in _files_in(folder):
            key = path.name.replace(".", "/", 1)
            if is_key(key) and self._path(key) == path:
                with suppress(FileNotFoundError):  # deleted meanwhile
                    stat = path.stat()
                    changed_at = datetime.fromtimestamp(stat.st_mtime, UTC)
                    found.append(Entry(key, stat.st_size, changed_at))
        return found

    def _write(self, path: Path, data: bytes) -> None:
        _make_folder(path.parent)
        with self._temporary(data) as temporary:
            temporary.replace(path)
        _sync_folder(path.parent)

    @contextmanager
    def _temporary(self, data: bytes) -> Iterator[Path]:
        """Put the bytes on the disk under a passing name, readable by our user alone."""
        _make_folder(self._incoming)
        handle, name = mkstemp(dir=self._incoming)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _write_nothing(self) -> None:
        with self._temporary(b"\0"):
            pass

    def _remove_leftovers(self, newest: float) -> None:
        _make_folder(self._incoming)
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < newest:
                    path.unlink()


@contextmanager
def _missing(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(key) from error


def _folders_in(folder: Path) -> list[Path]:
    """List the folders of pictures one level down."""
    # `glob` would pass over what cannot be read, as if there were no pictures in it.
    return [path for path in folder.iterdir() if len(path.name) == 2 and path.is_dir()]


def _read_range(path: Path, start: int, stop: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(stop - start)


def _files_in(folder: Path) -> list[Path]:
    """List a folder that is made with its first file, and may not be there."""
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def _delete(path: Path, *, with_variants: bool) -> None:
    """Delete a file; before an original go its variants, for it is what they are found by."""
    beside = f"{path.name}."
    names = _files_in(path.parent) if with_variants else []
    variants = [found for found in names if found.name.startswith(beside)]
    for file in (*variants, path):
        with suppress(FileNotFoundError):
            file.unlink()
            _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    """Create the folder and those above it, each durable before the next."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make the folder's list of names durable."""
    if sys.platform != "win32":  # pragma: no branch - Windows cannot open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
