"""A gallery full of pictures, to be read."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from image_generation.domain.callers import LOCAL
from image_generation.domain.generations import GenerationStatus, Operation
from image_generation.domain.identifiers import first_of, number_of
from image_generation.domain.pictures import ImageFormat
from image_generation.domain.styles import PRESETS, with_suffix
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.migrations import migrate
from image_generation.gallery.records import TABLE

COMMON, RARE = "lighthouse", "obsidian"
"""A word of every second prompt, and one of twenty prompts whatever their number."""

_RARE_PICTURES = 20
_AT_A_TIME = 10_000
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_PLACES = ("by the sea", "over a valley", "at the edge of town", "in the rain", "under the moon")
_LOOKS = ("quiet", "stormy", "golden", "frozen", "crowded", "forgotten", "bright", "endless")


async def fill(folder: Path, count: int) -> list[UUID]:
    """Make the database of a data folder, with so many pictures; return their ids, oldest first."""
    ids = [first_of(_FIRST + timedelta(minutes=number)) for number in range(count)]
    rare = max(1, count // _RARE_PICTURES)
    chance = random.Random(7)
    async with open_database(folder / "gallery.db") as database:
        await database.write(migrate)
        for start in range(0, count, _AT_A_TIME):
            numbers = range(start, min(start + _AT_A_TIME, count))
            rows = [_row(ids[number], chance, rare=number % rare == 0) for number in numbers]
            await _insert(database, rows)
    return ids


async def _insert(database: Database, rows: list[dict[str, Any]]) -> None:
    def work(connection: Connection) -> None:
        connection.execute(TABLE.insert(), rows)

    await database.write(work)


def _row(id: UUID, chance: random.Random, *, rare: bool) -> dict[str, Any]:
    style = chance.choice(PRESETS)
    subject = chance.choice((COMMON, "harbour"))
    prompt = f"a {chance.choice(_LOOKS)} {subject} {chance.choice(_PLACES)}"
    prompt = f"{prompt}, {RARE}" if rare else prompt
    return {
        "id": id,
        "number": number_of(id),
        "owner": LOCAL.name,
        "operation": Operation.TEXT_TO_IMAGE,
        "status": GenerationStatus.SUCCEEDED,
        "prompt": prompt,
        "final_prompt": with_suffix(prompt, style.suffix),
        "style": style.name,
        "style_suffix": style.suffix,
        "provider": "blank",
        "model": "blank-1",
        "seed": chance.getrandbits(32),
        "width": 1024,
        "height": 1024,
        "progress": 1.0,
        "attempts": 1,
        "finished_at": _FIRST,
        "image_width": 1024,
        "image_height": 1024,
        "format": ImageFormat.PNG,
        "byte_size": 1_500_000,
        "sha256": f"{id.int:064x}",
        "favorite": chance.random() < 0.1,
        "tags": ["kept"] if chance.random() < 0.1 else [],
    }
