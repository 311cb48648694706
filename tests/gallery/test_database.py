"""The embedded database: units of work, and what each of the two connections may do."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from image_generation.gallery.database import Database, open_database
from image_generation.gallery.migrations import migrate

pytestmark = pytest.mark.anyio

ADD = text("INSERT INTO image_tag VALUES ('ada', :tag, '0')")
TAGS = text("SELECT tag FROM image_tag ORDER BY tag")


def tags(connection: Connection) -> list[str]:
    return list(connection.scalars(TAGS))


def add(connection: Connection, names: list[str]) -> None:
    for name in names:
        connection.execute(ADD, {"tag": name})


async def test_what_one_unit_of_work_wrote_the_next_one_reads(database: Database) -> None:
    await database.write(partial(add, names=["fog", "rain"]))

    assert await database.read(tags) == ["fog", "rain"]


async def test_a_unit_of_work_that_raises_leaves_nothing(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, ["fog", "rain", "fog"])

    with pytest.raises(Exception, match="UNIQUE constraint failed"):
        await database.write(work)

    assert await database.read(tags) == []
    await database.write(partial(add, names=["sun"]))
    assert await database.read(tags) == ["sun"]


async def test_a_reader_sees_the_last_commit_while_a_write_is_under_way(database: Database) -> None:
    await database.write(partial(add, names=["fog"]))
    loop = asyncio.get_running_loop()
    written, go_on = asyncio.Event(), threading.Event()

    def work(connection: Connection) -> None:
        add(connection, ["rain"])
        loop.call_soon_threadsafe(written.set)
        assert go_on.wait(10)

    writing = asyncio.create_task(database.write(work))
    await written.wait()
    try:
        assert await database.read(tags) == ["fog"]
    finally:
        go_on.set()
    await writing

    assert await database.read(tags) == ["fog", "rain"]


async def test_one_unit_of_work_reads_one_snapshot(database: Database) -> None:
    loop = asyncio.get_running_loop()
    begun, go_on = asyncio.Event(), threading.Event()

    def work(connection: Connection) -> tuple[list[str], list[str]]:
        before = tags(connection)
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        return before, tags(connection)

    reading = asyncio.create_task(database.read(work))
    await begun.wait()
    await database.write(partial(add, names=["fog"]))
    go_on.set()

    assert await reading == ([], [])
    assert await database.read(tags) == ["fog"]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly database"):
        await database.read(partial(add, names=["fog"]))

    assert await database.read(tags) == []


async def test_a_caller_who_stops_waiting_does_no_harm(database: Database) -> None:
    loop = asyncio.get_running_loop()
    begun, go_on = asyncio.Event(), threading.Event()

    def work(connection: Connection) -> None:
        add(connection, ["fog", "rain"])
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)

    under_way = asyncio.create_task(database.write(work))
    waiting = asyncio.create_task(database.write(partial(add, names=["sun"])))
    await begun.wait()
    under_way.cancel()
    waiting.cancel()
    await asyncio.gather(under_way, waiting, return_exceptions=True)
    go_on.set()
    await database.write(partial(add, names=["wind"]))

    assert under_way.cancelled()
    assert waiting.cancelled()
    assert await database.read(tags) == ["fog", "rain", "sun", "wind"]


async def test_writes_of_many_callers_come_one_after_the_other(database: Database) -> None:
    names = [f"{number:03}" for number in range(100)]

    await asyncio.gather(*(database.write(partial(add, names=[name])) for name in names))

    assert await database.read(tags) == names


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("busy_timeout", 10_000),
        ("temp_store", 2),  # MEMORY
    ],
)
async def test_what_is_committed_survives_a_power_cut(
    database: Database, pragma: str, value: object
) -> None:
    asked = text(f"PRAGMA {pragma}")

    assert await database.write(lambda connection: connection.scalar(asked)) == value
    assert await database.read(lambda connection: connection.scalar(asked)) == value


async def test_what_was_written_is_there_when_the_file_is_opened_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gallery.db"
    async with open_database(path) as database:
        await database.write(migrate)
        await database.write(partial(add, names=["fog"]))

    async with open_database(path) as database:
        assert await database.read(tags) == ["fog"]


async def test_a_file_that_cannot_be_opened_is_an_error_and_no_thread_stays(
    tmp_path: Path,
) -> None:
    threads = threading.active_count()

    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        async with open_database(tmp_path / "nowhere" / "gallery.db"):
            pass

    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(10)
    assert threading.active_count() <= threads


async def test_writes_that_wait_for_each_other_share_a_commit_and_not_a_fault(
    database: Database,
) -> None:
    commits = 0

    def count(_: Connection) -> None:
        nonlocal commits
        commits += 1

    def add(tag: str) -> Callable[[Connection], str]:
        def work(connection: Connection) -> str:
            if not event.contains(connection.engine, "commit", count):
                event.listen(connection.engine, "commit", count)
            connection.execute(ADD, {"tag": tag})
            if tag == "bad":
                raise ZeroDivisionError
            return tag

        return work

    tags = [*(f"t{number}" for number in range(20)), "bad", "last"]
    outcomes = await asyncio.gather(
        *(database.write(add(tag)) for tag in tags), return_exceptions=True
    )

    kept = await database.read(lambda connection: set(connection.scalars(TAGS)))
    assert [outcome for outcome in outcomes if isinstance(outcome, str)] == [*tags[:20], "last"]
    assert isinstance(outcomes[20], ZeroDivisionError)
    assert kept == {*tags} - {"bad"}
    assert commits < 5
