"""Which stores there are."""

from pathlib import Path

from image_generation.storage.base import Store
from image_generation.storage.local import LocalStore
from image_generation.storage.memory import MemoryStore


def open_store(backend: str, folder: Path) -> Store:
    """Make the store of that name; `folder` is for the one that keeps files."""
    match backend:
        case "local":
            return LocalStore(folder)
        case "memory":
            return MemoryStore()
        case _:
            raise ValueError(f"There is no store {backend!r}. Known are: local, memory.")
