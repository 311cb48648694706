"""The embedded database: SQLite through aiosqlite, one hop to a thread per unit of work.

A unit of work is a plain function over a SQLAlchemy connection. It runs whole in the thread of an
aiosqlite connection: one hop instead of one per statement, which is what makes it fast.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from typing_extensions import override

T = TypeVar("T")

Work = Callable[[Connection], T]


class _Outcome(NamedTuple):
    """What a unit of work returned or raised."""

    result: Any
    error: Exception | None


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
        self._over: Connection | None = None

    async def run(self, work: Work[T]) -> T:
        """Run one unit of work in one transaction; it commits unless `work` raises."""
        result: T = await self._execute(self._transact, work)  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result

    @override
    async def __aenter__(self) -> Self:
        await self
        return self

    @override
    async def close(self) -> None:
        if self._over is not None:
            await self._execute(self._over.close)  # type: ignore[no-untyped-call]  # as above
        await super().close()

    def _transact(self, work: Work[T]) -> T:
        if self._over is None:  # kept, since to take one anew costs as much as a statement
            self._over = _engine_over(self._conn, self._begin).connect()
        with self._over.begin():
            return work(self._over)


class Database:
    """Where the rows are. Reads see the last commit and do not wait for writes.

    What is to be written while a commit is under way is committed together after it: a commit
    waits for the disk, and many who wait share one.
    """

    def __init__(self, reader: _Thread, writer: _Thread) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def read(self, work: Work[T]) -> T:
        """Run a unit of work that only reads, on one snapshot."""
        return await self._reader.run(work)

    async def write(self, work: Work[T]) -> T:
        """Run a unit of work that writes; one at a time, all of it or nothing, on disk after it.

        It reads and writes rows and does nothing else: it may be run again when another one that
        shares its commit raises.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await future

    async def aclose(self) -> None:
        """Finish what is being written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            outcomes = await self._commit([work for work, _ in waiting])
            for (_, future), outcome in zip(waiting, outcomes, strict=True):
                _settle(future, outcome)
        self._writing = None

    async def _commit(self, works: Sequence[Work[Any]]) -> Sequence[_Outcome]:
        try:
            return await self._writer.run(lambda connection: _all(connection, works))
        except Exception as error:  # noqa: BLE001 - it is handed to the one who waits
            if len(works) == 1:
                return [_Outcome(None, error)]
        try:
            return await self._writer.run(lambda connection: _each(connection, works))
        except Exception as error:  # noqa: BLE001 - it is handed to those who wait
            return [_Outcome(None, error)] * len(works)


def _all(connection: Connection, works: Sequence[Work[Any]]) -> list[_Outcome]:
    """Run units of work in one transaction, which ends with the first that raises."""
    return [_Outcome(work(connection), None) for work in works]


def _each(connection: Connection, works: Sequence[Work[Any]]) -> list[_Outcome]:
    """Run units of work in one transaction; what one of them did is undone when it raises."""
    outcomes = []
    for work in works:
        try:
            with connection.begin_nested():
                outcomes.append(_Outcome(work(connection), None))
        except Exception as error:  # noqa: BLE001 - it is handed to the one who waits for it
            outcomes.append(_Outcome(None, error))
    return outcomes


def _settle(future: asyncio.Future[Any], outcome: _Outcome) -> None:
    if future.done():  # whoever waited was canceled
        return
    if outcome.error is None:
        future.set_result(outcome.result)
    else:
        future.set_exception(outcome.error)


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Open the database file, which is made when absent, and close it at the end."""
    async with (
        _Thread(path, "BEGIN IMMEDIATE") as writer,
        _Thread(path, "BEGIN", "PRAGMA query_only = 1") as reader,
        aclosing(Database(reader, writer)) as database,
    ):
        yield database


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
