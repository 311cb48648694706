"""Which stores there are."""

from pathlib import Path

from image_generation.storage.base import Store
from image_generation.storage.bucket import Bucket
from image_generation.storage.local import LocalStore
from image_generation.storage.memory import MemoryStore


def open_store(backend: str, folder: Path, bucket: Bucket | None = None) -> Store:
    """Make the store of that name; `folder` and `bucket` are for those that keep files there."""
    match backend, bucket:
        case "local", _:
            return LocalStore(folder)
        case "memory", _:
            return MemoryStore()
        case "s3", Bucket():
            # boto3 takes a second to import, and only those who use it pay for it.
            from image_generation.storage.s3 import S3Store  # noqa: PLC0415

            return S3Store(bucket)
        case _:
            raise ValueError(
                f"There is no store {backend!r}. Known are: local, memory, and s3 with a bucket."
            )
