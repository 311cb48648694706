"""A store with pictures in it, and a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from image_generation.storage.base import Store
from image_generation.storage.registry import open_store
from tests.http.shelf import ID, LARGE, LARGE_ID, SMALL, app_over, client_of


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture(params=["local", "memory"])
async def store(request: pytest.FixtureRequest, folder: Path) -> Store:
    """Keep the small and the large picture; the lost one has facts and no bytes."""
    store = open_store(request.param, folder)
    await store.put(ID.hex, SMALL)
    await store.put(LARGE_ID.hex, LARGE)
    return store


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_over(store)) as client:
        yield client
