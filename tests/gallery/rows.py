"""Rows that these tests are about, written through the ledger or straight into the table."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from image_generation.domain.generations import GenerationStatus, Operation
from image_generation.domain.identifiers import Identifiers, moment_of, number_of
from image_generation.domain.pictures import ImageFormat
from image_generation.gallery.database import Database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger, Picture
from image_generation.gallery.records import TABLE, Generation, Job
from image_generation.gallery.scope import Scope

ADA, BOB = Scope("ada"), Scope("bob")

PICTURE = Picture(
    image_width=640,
    image_height=480,
    format=ImageFormat.PNG,
    byte_size=1234,
    sha256="ab" * 32,
    placeholder="3wcKNZqAh3dwd3d4eHh3eHCAB/h3",
)

_identifiers = Identifiers()


def new_id() -> UUID:
    return _identifiers.new()


def job(**changes: Any) -> Job:
    """Make work of Ada's, as it is accepted."""
    values: dict[str, Any] = {
        "id": new_id(),
        "owner": "ada",
        "operation": Operation.TEXT_TO_IMAGE,
        "prompt": "an otter in the rain",
        "style": "default",
        "provider": "procedural",
        "model": "painter",
        "width": 640,
        "height": 480,
    }
    return Job(**{**values, **changes})


async def accepted(ledger: Ledger, **changes: Any) -> Job:
    made, _ = await ledger.accept(job(**changes), None)
    return made


async def running(ledger: Ledger, **changes: Any) -> Job:
    claimed = await ledger.claim((await accepted(ledger, **changes)).id)
    assert claimed is not None
    return claimed


async def picture(database: Database, **changes: Any) -> UUID:
    """Have a picture made; tags and favorite are set on it afterwards."""
    marks = {name: changes.pop(name) for name in [*changes] if name in ("tags", "favorite")}
    ledger = Ledger(database)
    work = await running(ledger, **changes)
    await ledger.succeed(work, PICTURE)
    await Gallery(database).update_image(Scope(work.owner), work.id, marks)
    return work.id


async def generation(database: Database, id: UUID) -> Generation:
    return (await Gallery(database).generations_by_id(Scope(None), [id]))[id]


def picture_row(id: UUID, **changes: Any) -> dict[str, Any]:
    """Make the values of a picture's row, for many at once."""
    finished = {
        "status": GenerationStatus.SUCCEEDED,
        "finished_at": moment_of(id),
        "number": number_of(id),
        "seed": None,
        "batch_id": None,
        "favorite": False,
        "tags": [],
        "sha256": PICTURE.sha256,
        "image_width": PICTURE.image_width,
        "image_height": PICTURE.image_height,
        "format": PICTURE.format,
        "byte_size": PICTURE.byte_size,
        "deleted_at": None,
    }
    return {**job(id=id).model_dump(exclude_unset=True), **finished, **changes}


def insert(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    connection.execute(TABLE.insert(), list(rows))


async def snapshot(database: Database) -> list[tuple[Any, ...]]:
    """Return everything that is kept of every generation."""
    statement = text("SELECT * FROM generation ORDER BY id")
    return await database.read(lambda c: [tuple(row) for row in c.execute(statement)])


_LAID_OUT_ANEW = (
    """CREATE VIRTUAL TABLE temp.anew USING fts5(
        prompt, enhanced_prompt, revised_prompt, tokenize = 'porter unicode61 remove_diacritics 2'
    )""",
    """INSERT INTO anew (rowid, prompt, enhanced_prompt, revised_prompt)
        SELECT number, prompt, enhanced_prompt, revised_prompt FROM generation WHERE sha256 > ''""",
    "CREATE VIRTUAL TABLE temp.anew_words USING fts5vocab(temp, anew, instance)",
    "CREATE VIRTUAL TABLE temp.kept_words USING fts5vocab(main, prompt_index, instance)",
)


def _indexes(connection: Connection) -> tuple[list[set[Any]], list[set[Any]]]:
    def all_of(query: str) -> set[Any]:
        return {tuple(row) for row in connection.execute(text(query))}

    for statement in _LAID_OUT_ANEW:
        connection.execute(text(statement))
    words = all_of("SELECT * FROM anew_words"), all_of("SELECT * FROM kept_words")
    for name in ("kept_words", "anew_words", "anew"):
        connection.execute(text(f"DROP TABLE temp.{name}"))
    said = "SELECT owner, value, generation.id FROM generation, json_each(tags) WHERE sha256 > ''"
    tags = all_of(said), all_of("SELECT owner, tag, image_id FROM image_tag")
    return [words[0], tags[0]], [words[1], tags[1]]


async def check_indexes(database: Database) -> None:
    """Fail unless the full-text and tag indexes hold exactly what the rows of pictures say."""
    said, kept = await database.write(_indexes)
    assert kept == said
