"""What the questions cost: each goes through an index, and no page is dearer than the first."""

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, text

from image_generation.domain.budgets import Budget
from image_generation.domain.callers import CallerLimits
from image_generation.domain.gallery import GalleryFilter, GalleryOrder, PageRequest
from image_generation.domain.generations import Operation
from image_generation.domain.identifiers import first_of, moment_of
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.booking import Allowances
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.records import TABLE
from tests.gallery.rows import ADA, PICTURE, insert, job, new_id, picture_row, running

pytestmark = pytest.mark.anyio

ROWS = 10_000
FIRST = UUID("019fb80b-aa00-7000-8000-000000000000")
START = moment_of(FIRST)

VARIED = {
    "id": f"printf('%012x70008%015x', {FIRST.int >> 80} + n, n)",
    "number": f"({FIRST.int >> 80} + n) << 15",
    "owner": "iif(n % 5, 'ada', 'bob')",
    "provider": "'provider-' || (n % 3)",
    "model": "'model-' || (n % 7)",
    "style": "'style-' || (n % 11)",
    "operation": "iif(n % 13, 'TEXT_TO_IMAGE', 'UPLOAD')",
    "prompt": "'an otter ' || iif(n % 2, 'in the rain', 'under the moon')",
    "seed": "n % 17",
    "batch_id": "printf('%032x', n / 16)",
    "favorite": "n % 19 = 0",
    "tags": "json_array('tag-' || (n % 4), 'all')",
}
"""How the rows differ, as SQL over their place `n` from 1 on; each is a millisecond later."""

WISHES: dict[str, Any] = {
    "provider": "provider-1",
    "model": "model-1",
    "style": "style-1",
    "operation": Operation.TEXT_TO_IMAGE,
    "search": "otter rain",
    "seed": 1,
    "batch_id": UUID(int=7),
    "favorite": True,
    "tag": "tag-1",
    "created_after": START,
    "created_before": START + timedelta(seconds=ROWS),
}

FILTERS = [{}, *({name: WISHES[name]} for name in WISHES)] + [
    {one: WISHES[one], other: WISHES[other]} for one, other in combinations(WISHES, 2)
]


def _fill(connection: Connection) -> None:
    insert(connection, [picture_row(FIRST)])
    columns = {column.name: VARIED.get(column.name, column.name) for column in TABLE.columns}
    names, values = ", ".join(columns), ", ".join(columns.values())
    places = "VALUES (1) UNION ALL SELECT n + 1 FROM place LIMIT :rows"
    copies = f"INSERT INTO generation ({names}) SELECT {values} FROM generation, place"  # noqa: S608 - all of it stands above
    connection.execute(text(f"WITH RECURSIVE place (n) AS ({places}) {copies}"), {"rows": ROWS})


class Watched:
    """A database whose statements are noted, to be asked how SQLite goes about them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._noted: list[tuple[str, Any]] = []

    @asynccontextmanager
    async def noting(self) -> AsyncIterator[None]:
        def note(_connection: Connection, _cursor: object, *noted: Any) -> None:
            self._noted.append(noted[:2])

        for run in (self.database.read, self.database.write):
            await run(lambda c: event.listen(c.engine, "before_cursor_execute", note))
        yield
        for run in (self.database.read, self.database.write):
            await run(lambda c: event.remove(c.engine, "before_cursor_execute", note))

    async def plans(self) -> list[list[str]]:
        """Return the plan of each statement so far."""
        silent = ("BEGIN", "EXPLAIN")
        noted = [(sql, values) for sql, values in self._noted if not sql.startswith(silent)]

        def explain(connection: Connection) -> list[list[str]]:
            return [
                [
                    row.detail
                    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
                ]
                for sql, values in noted
            ]

        return await self.database.read(explain)


@pytest.fixture(scope="module")
async def large(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """Ten thousand pictures, and no statistics about them."""
    path = tmp_path_factory.mktemp("large") / "gallery.db"
    shutil.copyfile(empty, path)
    async with open_database(path) as database:
        await database.write(_fill)
        yield database


@pytest.fixture
async def watched(large: Database) -> AsyncIterator[Watched]:
    watched = Watched(large)
    async with watched.noting():
        yield watched


async def cost_of(database: Database, wanted: GalleryFilter, asked: PageRequest) -> int:
    """Count the steps of SQLite's machine that a page takes, in tens."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    def watch(connection: Connection, handler: Callable[[], None] | None) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(handler, 10)

    await database.read(lambda connection: watch(connection, count))
    page = await Gallery(database).images(ADA, wanted, GalleryOrder.NEWEST, asked)
    await database.read(lambda connection: watch(connection, None))
    assert len(page.rows) == asked.size
    return steps


def reads_in_vain(line: str) -> bool:
    """Whether a line of a plan walks a table, or sorts what an index should have sorted."""
    scans = re.search(r"SCAN (?!prompt_index|CONSTANT ROW)", line)
    return scans is not None or "TEMP B-TREE" in line


def driving(plan: list[str]) -> str:
    """Return the first table that a plan reads."""
    reads = (re.match(r"(?:SEARCH|SCAN) (?!CONSTANT)(\w+)", line) for line in plan)
    return next(found[1] for found in reads if found)


@pytest.mark.parametrize("wishes", FILTERS, ids=lambda wishes: "+".join(wishes) or "all")
async def test_every_question_goes_through_the_narrowest_index(
    watched: Watched, wishes: dict[str, Any]
) -> None:
    gallery, wanted = Gallery(watched.database), GalleryFilter(**wishes)
    cursor = first_of(START + timedelta(seconds=5))

    for order in GalleryOrder:
        for asked in (
            PageRequest(),
            PageRequest(after=cursor),
            PageRequest(last=5),
            PageRequest(last=5, before=cursor),
            PageRequest(after=cursor, before=cursor),
        ):
            await gallery.images(ADA, wanted, order, asked)
    await gallery.count(ADA, wanted)
    pages = await watched.plans()
    await gallery.matching(ADA, wanted, FIRST)
    match = (await watched.plans())[-1]

    assert len(pages) == 17
    assert [line for plan in [*pages, match] for line in plan if reads_in_vain(line)] == []
    through = {"search": "prompt_index", "tag": "image_tag"}
    narrowest = next((through[name] for name in through if name in wishes), "generation")
    assert {driving(plan) for plan in pages} == {narrowest}
    assert any(re.search(r"generation .*\b(id|number)=\?", line) for line in match)


@pytest.mark.parametrize(
    "wishes",
    [{}, *({name: WISHES[name]} for name in WISHES if name != "batch_id")],
    ids=lambda wishes: "+".join(wishes) or "all",
)
async def test_no_page_is_dearer_than_the_first_however_deep_it_lies(
    large: Database, wishes: dict[str, Any]
) -> None:
    wanted = GalleryFilter(**wishes)
    places = [first_of(START + timedelta(milliseconds=place)) for place in (1000, 5000, 9000)]

    costs = [
        await cost_of(large, wanted, asked)
        for asked in (
            PageRequest(first=10),
            *(PageRequest(first=10, after=place) for place in places),
            PageRequest(last=10),
            *(PageRequest(last=10, before=place) for place in places),
        )
    ]

    assert max(costs) < 2 * min(costs)


async def test_unfinished_and_deleted_rows_are_found_without_reading_the_others(
    watched: Watched,
) -> None:
    gallery, ledger = Gallery(watched.database), Ledger(watched.database)

    assert await ledger.unfinished() == []
    assert await gallery.deleted() == []

    assert [re.findall(r"INDEX (\w+)", line) for (line,) in await watched.plans()] == [
        ["generation_unfinished"],
        ["generation_deleted"],
    ]


async def test_every_change_finds_its_row_by_a_key(watched: Watched) -> None:
    gallery, ledger = Gallery(watched.database), Ledger(watched.database)
    await ledger.accept(job(), IdempotencyKey(new_id().hex, "digest"))
    work = await running(ledger)
    await ledger.advance(work, progress=0.5)
    await ledger.adopt(work, ["request-7"])
    await ledger.cancel(ADA, new_id())
    await ledger.succeed(work, PICTURE)
    await gallery.update_image(ADA, work.id, {"favorite": True})
    await gallery.images_by_id(ADA, [work.id])
    await gallery.generations_by_id(ADA, [work.id])
    await gallery.mark_deleted(ADA, [work.id])
    await gallery.forget([work.id])

    plans = await watched.plans()

    used = [re.findall(r"INDEX (\w+)", line) for plan in plans for line in plan]
    key = "sqlite_autoindex_generation_1"
    assert used == [
        ["generation_by_idempotency_key"],
        ["batch_by_idempotency_key"],
        [key],  # claim
        [key],  # advance
        ["generation_by_request"],
        [key],  # adopt
        *([[key]] * 8),
    ]


async def test_what_is_left_is_added_up_without_reading_the_rows(watched: Watched) -> None:
    day = Budget(usd_per_day=Decimal(1))
    limits = CallerLimits(running=5, budget=day)
    ledger = Ledger(watched.database, Allowances(of=lambda _: limits, overall=day))

    await ledger.accept(job(price_usd=Decimal("0.01")), None)

    plans = await watched.plans()
    used = [re.findall(r"INDEX (\w+)", line) for plan in plans for line in plan]
    assert used == [
        ["generation_unfinished_of_owner"],
        ["sqlite_autoindex_spending_1"],
        ["spending_by_day"],
    ]
