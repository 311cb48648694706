"""What each layer adds to reading one page of the gallery, and whether depth or filters cost.

`python -m benchmarks.layers` prints how often the time of bare `sqlite3` each way takes.
"""

import argparse
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import aiosqlite
import uvloop
from sqlalchemy import Connection, Select, create_engine, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.clients import Served, serving
from benchmarks.measuring import Cost, Way, compare
from benchmarks.pictures import COMMON, RARE, fill
from benchmarks.tables import NOTE, milliseconds, show, times
from image_generation.domain.callers import LOCAL
from image_generation.domain.gallery import GalleryFilter, GalleryOrder, PageRequest
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.pages import Listing
from image_generation.gallery.records import TABLE, Image
from image_generation.gallery.scope import Scope
from image_generation.gallery.views import columns_of

HEADER = ("", "ms", "CPU ms", "time", "CPU")
SQLITE = "sqlite3"
DATABASE = "Database.read"
ENGINE = "SQLAlchemy's async engine"
FIRST = "first page"
STATEMENTS = 4
"""How many statements a unit of work has, where it has several."""

PAGE = """
query ($first: Int) {
  gallery(first: $first) {
    edges {
      cursor
      node { id url width height format byteSize prompt provider model style seed favorite tags }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

Parameters = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: pictures in the gallery, turns of each way, calls in a turn."""

    rows: int
    rounds: int
    calls: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="pictures in the gallery")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each way")
    parser.add_argument("--calls", type=int, default=20, help="calls in a turn")
    uvloop.run(_measure(Extent(**vars(parser.parse_args(arguments)))))


async def _measure(extent: Extent) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        ids = await fill(folder, extent.rows)
        path = folder / "gallery.db"
        async with serving(folder) as served, open_database(path) as database:
            for size in (20, 100):
                async with _layers(path, database, served, size) as ways:
                    costs = await compare(ways, extent.rounds, extent.calls)
                _show(f"A page of {size} pictures out of {extent.rows}", costs, SQLITE)
            async with _units(path, database, ids[0]) as ways:
                costs = await compare(ways, extent.rounds, extent.calls)
            _show(f"{STATEMENTS} rows by their id, in one unit of work", costs, SQLITE)
            costs = await compare(_places(Gallery(database), ids), extent.rounds, extent.calls)
            _show(f"20 pictures out of {extent.rows}, through Gallery", costs, FIRST)
    print(f"\nMedians of {extent.rounds} turns of {extent.calls} calls. {NOTE}")


def _show(title: str, costs: dict[str, Cost], one: str) -> None:
    rows = [
        (name, milliseconds(cost.wall), milliseconds(cost.cpu), *map(times, cost.times(costs[one])))
        for name, cost in costs.items()
    ]
    show(title, HEADER, rows)


@asynccontextmanager
async def _layers(
    path: Path, database: Database, served: Served, size: int
) -> AsyncIterator[list[Way]]:
    """Open every way to read a page of that size; all of them run the same statement."""
    listing = Listing.of(Scope(LOCAL.name), GalleryFilter())
    asked = PageRequest(first=size)
    statement = listing.page(columns_of(Image), GalleryOrder.NEWEST, asked)
    sql, parameters = _as_text(path, statement)
    gallery = Gallery(database)
    async with AsyncExitStack() as stack:
        plain = stack.enter_context(closing(sqlite3.connect(path)))
        threaded = await stack.enter_async_context(aiosqlite.connect(path))
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        stack.push_async_callback(engine.dispose)
        yield [
            Way(SQLITE, _plainly(plain, sql, parameters)),
            Way("aiosqlite", lambda: threaded.execute_fetchall(sql, parameters)),
            Way(DATABASE, lambda: database.read(lambda c: c.execute(statement).all())),
            Way("Gallery.images", _page_of(gallery, GalleryFilter(), asked)),
            Way(ENGINE, lambda: _through(engine, statement)),
            Way("GraphQL over HTTP", lambda: served.connection.ask(PAGE, first=size), served.cpu),
        ]


def _as_text(path: Path, statement: Select[Any]) -> tuple[str, Parameters]:
    """Return the statement and its parameters as they reach SQLite."""
    engine = create_engine(f"sqlite:///{path}")
    sent: list[tuple[str, Parameters]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _(_c: Connection, _cursor: object, sql: str, values: Parameters, *_: object) -> None:
        sent.append((sql, values))

    with engine.connect() as connection:
        connection.execute(statement)
    engine.dispose()
    return sent[0]


@asynccontextmanager
async def _units(path: Path, database: Database, id: UUID) -> AsyncIterator[list[Way]]:
    """Open ways to run several statements in one transaction: what each of them adds."""
    statement = select(TABLE.c.id, TABLE.c.style).where(TABLE.c.id == id)
    sql, parameters = _as_text(path, statement)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    def work(connection: Connection) -> None:
        for _ in range(STATEMENTS):
            connection.execute(statement).all()

    with closing(sqlite3.connect(path)) as plain:
        yield [
            Way(SQLITE, _plainly(plain, sql, parameters, STATEMENTS)),
            Way(DATABASE, lambda: database.read(work)),
            Way(ENGINE, lambda: _through(engine, statement, STATEMENTS)),
        ]
    await engine.dispose()


def _plainly(
    connection: sqlite3.Connection, sql: str, parameters: Parameters, count: int = 1
) -> Callable[[], Awaitable[object]]:
    async def call() -> None:
        for _ in range(count):
            connection.execute(sql, parameters).fetchall()

    return call


async def _through(engine: AsyncEngine, statement: Select[Any], count: int = 1) -> None:
    async with engine.connect() as connection:
        for _ in range(count):
            (await connection.execute(statement)).all()


def _places(gallery: Gallery, ids: Sequence[UUID]) -> list[Way]:
    """Return ways to read a page of 20 that differ in place or filter, and to count."""
    nothing = GalleryFilter()
    middle, end = (ids[int(len(ids) * part)] for part in (0.5, 0.01))
    kept = GalleryFilter(provider="blank", favorite=True)

    def count(wanted: GalleryFilter) -> Callable[[], Awaitable[object]]:
        return lambda: gallery.count(Scope(LOCAL.name), wanted)

    return [
        Way(FIRST, _page_of(gallery, nothing, PageRequest(first=20))),
        Way("at half the depth", _page_of(gallery, nothing, PageRequest(first=20, after=middle))),
        Way("at 99% of the depth", _page_of(gallery, nothing, PageRequest(first=20, after=end))),
        Way("favorites", _page_of(gallery, kept, PageRequest(first=20))),
        Way("with a tag", _page_of(gallery, GalleryFilter(tag="kept"), PageRequest(first=20))),
        Way(
            "a word in every second", _page_of(gallery, GalleryFilter(search=COMMON), PageRequest())
        ),
        Way("a word in twenty", _page_of(gallery, GalleryFilter(search=RARE), PageRequest())),
        Way("count of all", count(nothing)),
        Way("count of favorites", count(GalleryFilter(favorite=True))),
        Way("count of every second", count(GalleryFilter(search=COMMON))),
    ]


def _page_of(
    gallery: Gallery, wanted: GalleryFilter, asked: PageRequest
) -> Callable[[], Awaitable[object]]:
    return lambda: gallery.images(Scope(LOCAL.name), wanted, GalleryOrder.NEWEST, asked)


if __name__ == "__main__":
    main()
