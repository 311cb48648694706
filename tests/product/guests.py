"""Callers with keys of their own, at one service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2

from image_generation.domain.callers import Role
from image_generation.services.key_files import create_key
from tests.product.running import Running


def keys_for(folder: Path, **roles: Role) -> tuple[Path, dict[str, str]]:
    """Make a key for each of these callers; gives the file and the keys by name."""
    path = folder / "keys.toml"
    return path, {name: create_key(path, name, role) for name, role in roles.items()}


@asynccontextmanager
async def asking(house: Running, key: str) -> AsyncIterator[Running]:
    """Ask the same service with a key."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=house.url, timeout=30, headers=headers) as client:
        yield replace(house, client=client)
