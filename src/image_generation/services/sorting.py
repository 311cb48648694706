"""Sorting more than fits into memory."""

import heapq
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import TextIO

from image_generation.storage.base import Entry


@asynccontextmanager
async def by_key(
    entries: AsyncIterator[Entry], room: int = 100_000
) -> AsyncIterator[Iterator[Entry]]:
    """Sort entries; `room` of them are in memory at a time, the others in temporary files."""
    with ExitStack() as files:
        runs: list[TextIO] = []
        lines: list[str] = []
        async for entry in entries:
            lines.append(f"{entry.key} {entry.size} {entry.changed_at.timestamp()}\n")
            if len(lines) == room:
                runs.append(_spilled(lines, files))
                lines = []
        yield map(_entry, heapq.merge(*runs, sorted(lines)))


def _spilled(lines: list[str], files: ExitStack) -> TextIO:
    file = files.enter_context(TemporaryFile("w+", encoding="ascii"))  # noqa: SIM115 - the stack closes it
    file.writelines(sorted(lines))
    file.seek(0)
    return file


def _entry(line: str) -> Entry:
    key, size, changed_at = line.split()
    return Entry(key, int(size), datetime.fromtimestamp(float(changed_at), UTC))
