"""The database's history ends where the tables of the code begin."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from image_generation.domain.budgets import SpendBy
from image_generation.domain.generations import CostSource
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.migrations import migrate
from image_generation.gallery.records import BATCHES, SPENDING, TABLE
from image_generation.gallery.spending import Spending
from tests.gallery.rows import ADA, PICTURE, new_id, picture

pytestmark = pytest.mark.anyio


def is_ours(name: str | None, kind: str) -> bool:
    """Leave out the full-text index and its shadow tables, which the metadata cannot name."""
    return kind != "table" or not (name or "").startswith("prompt_index")


def differences(connection: Connection) -> list[object]:
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _parents: is_ours(name, kind),
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, TABLE.metadata))


@pytest.fixture
def fresh(tmp_path: Path) -> Engine:
    return create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")


def test_a_new_database_has_exactly_the_tables_of_the_code(fresh: Engine) -> None:
    with fresh.begin() as connection:
        before = differences(connection)
        migrate(connection)

        assert before != []
        assert differences(connection) == []
    fresh.dispose()


def test_every_index_of_the_code_has_its_condition_in_the_database(fresh: Engine) -> None:
    with fresh.begin() as connection:
        migrate(connection)
        statement = text("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql > ''")
        kept = {name: " ".join(sql.split()) for name, sql in connection.execute(statement)}
        for table in (TABLE, BATCHES, SPENDING):
            table.drop(connection)
            table.create(connection)
        made = {name: " ".join(sql.split()) for name, sql in connection.execute(statement)}
    fresh.dispose()

    tables = (TABLE, BATCHES, SPENDING)
    assert kept.keys() == {index.name for table in tables for index in table.indexes}
    assert kept == made


async def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    left_over, tables = (
        text("CREATE TABLE image_tag (left_over TEXT)"),
        text("SELECT name FROM sqlite_schema"),
    )
    async with open_database(tmp_path / "gallery.db") as database:
        await database.write(lambda connection: connection.execute(left_over))

        with pytest.raises(OperationalError, match="image_tag already exists"):
            await database.write(migrate)

        assert await database.read(lambda c: list(c.scalars(tables))) == ["image_tag"]


async def test_migrating_again_keeps_everything(database: Database) -> None:
    id = await picture(database, tags=["rain"])

    await database.write(migrate)
    await database.write(migrate)

    image = (await Gallery(database).images_by_id(ADA, [id]))[id]
    assert image.tags == ["rain"]


def older_row(connection: Connection, row: dict[str, Any]) -> None:
    """Write a row as version 0001 has it; what is needed and not given is a blank."""
    columns = connection.execute(text("PRAGMA table_info(generation)")).all()
    blanks = {"TEXT": "", "INTEGER": 0, "BIGINT": 0, "JSON": "[]", "FLOAT": 0.0, "BOOLEAN": 0}
    needed = {column.name: blanks.get(column.type, "") for column in columns if column.notnull}
    row = {**needed, **row}
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO generation ({names}) VALUES ({marks})"), row)  # noqa: S608 - names of columns


async def test_a_picture_of_before_there_were_placeholders_has_none(tmp_path: Path) -> None:
    id = new_id()
    row = {
        "id": id.hex,
        "number": 1,
        "owner": "ada",
        "operation": "TEXT_TO_IMAGE",
        "status": "SUCCEEDED",
        "format": "PNG",
        "sha256": "ab" * 32,
    }
    async with open_database(tmp_path / "gallery.db") as database:
        await database.write(lambda connection: migrate(connection, "0003"))
        await database.write(partial(older_row, row=row))
        await database.write(migrate)

        image = (await Gallery(database).images_by_id(ADA, [id]))[id]

    assert (image.sha256, image.placeholder) == ("ab" * 32, None)


async def test_what_was_paid_before_there_were_budgets_is_booked(tmp_path: Path) -> None:
    ids, dollar = [new_id(), new_id()], 1_000_000_000
    queued: dict[str, Any] = {"status": "QUEUED"}
    made: dict[str, Any] = {
        "status": "SUCCEEDED",
        "cost_usd": dollar,
        "finished_at": "2026-02-03 04:05:06.000000",
    }
    cost = {"cost_usd": Decimal(2), "cost_source": CostSource.USAGE}
    async with open_database(tmp_path / "gallery.db") as database:
        await database.write(lambda connection: migrate(connection, "0001"))
        for number, (id, values) in enumerate(zip(ids, (made, queued), strict=True)):
            row = {"id": id.hex, "number": number, "owner": "ada", **values}
            row["operation"] = "TEXT_TO_IMAGE"
            await database.write(partial(older_row, row=row))
        await database.write(migrate)
        ledger, spending = Ledger(database), Spending(database)
        work = await ledger.claim(ids[1])
        assert work is not None
        await ledger.advance(work, **cost)
        await ledger.succeed(work, PICTURE)

        sums = await spending.by(ADA, SpendBy.DAY, date(2026, 2, 1), datetime.now(UTC).date())

    today = f"{datetime.now(UTC).date()}"
    assert [(spend.key, spend.usd) for spend in sums] == [
        ("2026-02-03", Decimal(1)),
        (today, Decimal(2)),
    ]
