"""A database, empty and up to date, for each test that asks for one."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.migrations import migrate


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one database; every test gets a copy."""
    path = tmp_path_factory.mktemp("template") / "gallery.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    return path


@pytest.fixture
async def database(empty: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "gallery.db"
    shutil.copyfile(empty, path)
    async with open_database(path) as database:
        yield database


@pytest.fixture
async def gallery(database: Database) -> Gallery:
    return Gallery(database)


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    return Ledger(database)
