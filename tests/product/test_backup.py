"""A backup that was taken while the service ran is a gallery again."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from image_generation.examination import examine
from tests.product.running import running, settings_for

pytestmark = pytest.mark.anyio

DELETE = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
GALLERY = "{ gallery { edges { node { prompt } } } }"


def copy_rows(folder: Path, backup: Path) -> None:
    backup.mkdir()
    with (
        sqlite3.connect(folder / "gallery.db") as source,
        sqlite3.connect(backup / "gallery.db") as copy,
    ):
        source.backup(copy)
    source.close()
    copy.close()


async def test_rows_first_and_bytes_after_them_make_a_backup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, backup = tmp_path / "data", tmp_path / "backup"

    async with running(folder) as house:
        await house.generate("a fox")
        hare = (await house.generate("a hare"))["image"]
        copy_rows(folder, backup)
        await house.generate("an owl")  # not in the rows of the backup
        await house.ask(DELETE, id=hare["id"])  # not in its bytes
        shutil.copytree(folder / "images", backup / "images")
    settings = settings_for(backup)
    looked = await examine(settings, verify=True, repair=False, force=False)
    said = capsys.readouterr().out
    repaired = await examine(settings, verify=True, repair=True, force=False)
    async with running(backup) as house:
        edges = (await house.ask(GALLERY))["gallery"]["edges"]

    assert (looked, repaired) == (1, 0)
    assert "rows without bytes  1\n" in said
    assert "bytes without rows  1\n" in said
    assert [edge["node"]["prompt"] for edge in edges] == ["a fox"]
    assert await examine(settings, verify=True, repair=False, force=False) == 0
