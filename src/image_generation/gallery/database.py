"""The embedded database: SQLite through aiosqlite, one hop to a thread per unit of work.

A unit of work is a plain function over a SQLAlchemy connection. It runs whole in the thread of an
aiosqlite connection: one hop instead of one per statement, which is what makes it fast.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from typing_extensions import override

T = TypeVar("T")

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",  # before anything that takes a lock
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # paid work that was committed survives a power cut
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
)


class _Thread(aiosqlite.Connection):
    """An aiosqlite connection that runs units of work in its thread."""

    def __init__(self, path: Path, begin: str, *pragmas: str) -> None:
        super().__init__(partial(_open, path, (*_PRAGMAS, *pragmas)), iter_chunk_size=64)
        self._begin = begin
        self._engine: Engine | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run one unit of work in one transaction; it commits unless `work` raises."""
        result: T = await self._execute(self._transact, work)  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result

    @override
    async def __aenter__(self) -> Self:
        await self
        return self

    def _transact(self, work: Callable[[Connection], T]) -> T:
        if self._engine is None:
            self._engine = _engine_over(self._conn, self._begin)
        with self._engine.begin() as connection:
            return work(connection)


class Database:
    """Where the rows are. Reads see the last commit and do not wait for writes."""

    def __init__(self, reader: _Thread, writer: _Thread) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads, on one snapshot."""
        return await self._reader.run(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that writes; one at a time, all of it or nothing."""
        return await self._writer.run(work)


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Open the database file, which is made when absent, and close it at the end."""
    async with (
        _Thread(path, "BEGIN IMMEDIATE") as writer,
        _Thread(path, "BEGIN", "PRAGMA query_only = 1") as reader,
    ):
        yield Database(reader, writer)


def _open(path: Path, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in pragmas:
        connection.execute(pragma)
    return connection


def _engine_over(connection: sqlite3.Connection, begin: str) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _(transaction: Connection) -> None:
        transaction.exec_driver_sql(begin)

    return engine
