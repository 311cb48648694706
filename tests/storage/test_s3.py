"""What a bucket looks like, and what a store says of one that cannot be used."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import anyio
import httpx2
import pytest

from image_generation.domain.errors import StorageFailed
from image_generation.storage.base import Store
from image_generation.storage.bucket import Bucket
from image_generation.storage.registry import open_store
from tests.servers.s3_server import ACCESS_KEY_ID, SECRET_ACCESS_KEY, S3Server

pytestmark = pytest.mark.anyio

KEY = "0192f1c2d3e47a5b8c6d7e8f9a0b1c2d"
FIFTY_YEARS = 50.0 * 365 * 24 * 3600


@asynccontextmanager
async def opened(bucket: Bucket) -> AsyncIterator[Store]:
    async with aclosing(open_store("s3", Path("nowhere"), bucket)) as store:
        yield store


async def names_in(bucket: Bucket) -> list[str]:
    async with httpx2.AsyncClient(base_url=f"{bucket.endpoint_url}/{bucket.name}") as client:
        listing = (await client.get("?list-type=2")).text
    return [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]


async def send(bucket: Bucket, method: str, name: str, content: bytes = b"") -> str:
    async with httpx2.AsyncClient(base_url=f"{bucket.endpoint_url}/{bucket.name}") as client:
        response = await client.request(method, name, content=content)
        response.raise_for_status()
        return response.text


@pytest.mark.parametrize(
    ("prefix", "begins"), [("", ""), ("art", "art/"), ("art/", "art/"), ("/a/b/", "a/b/")]
)
async def test_a_picture_is_named_by_prefix_and_key(s3: S3Server, prefix: str, begins: str) -> None:
    bucket = s3.bucket(prefix=prefix)

    async with opened(bucket) as store:
        await store.check()
        await store.put(KEY, b"picture")
        await store.put(f"{KEY}/mask", b"mask")

    assert await names_in(bucket) == [f"{begins}{KEY}", f"{begins}{KEY}/mask"]


async def test_two_prefixes_of_a_bucket_do_not_see_each_other(s3: S3Server) -> None:
    bucket = s3.bucket(prefix="one")
    other = replace(bucket, prefix="two")

    async with opened(bucket) as store, opened(other) as neighbour:
        await store.put(KEY, b"picture")
        await neighbour.delete(KEY)

        assert not await neighbour.exists(KEY)
        assert [entry async for entry in neighbour.entries()] == []
        assert await store.get(KEY) == b"picture"


async def test_strangers_in_the_bucket_are_no_keys(s3: S3Server) -> None:
    bucket = s3.bucket(prefix="art")
    for name in ("readme.txt", f"{KEY}", "art/readme.txt", f"art/{KEY}/a/b", f"art/{KEY.upper()}"):
        await send(bucket, "PUT", name, b"not ours")

    async with opened(bucket) as store:
        assert [entry async for entry in store.entries()] == []


async def test_a_large_picture_goes_in_parts_and_comes_back_whole(s3: S3Server) -> None:
    picture = Random(1).randbytes(17 * 1024 * 1024)

    async with opened(s3.bucket()) as store:
        await store.put(KEY, picture)

        assert await store.get(KEY) == picture
        assert await store.size(KEY) == len(picture)
        assert await store.read_range(KEY, 8_388_600, 8_388_620) == picture[8_388_600:8_388_620]


async def test_a_sweep_ends_interrupted_uploads_that_are_old_enough(s3: S3Server) -> None:
    bucket = s3.bucket(prefix="art")
    for name in (f"art/{KEY}", f"elsewhere/{KEY}"):
        await send(bucket, "POST", f"{name}?uploads")

    async with opened(bucket) as store:
        await store.sweep(older_than=FIFTY_YEARS)  # to moto, every upload is from 2010
        assert (await send(bucket, "GET", "?uploads")).count("<UploadId>") == 2
        await store.sweep(older_than=0)

    left = await send(bucket, "GET", "?uploads")
    assert left.count("<UploadId>") == 1
    assert f"elsewhere/{KEY}" in left


async def test_a_sweep_removes_what_an_interrupted_check_left(s3: S3Server) -> None:
    bucket = s3.bucket(prefix="art")
    for name in ("art/check-0192f1c2", "check-0192f1c2", f"art/{KEY}"):
        await send(bucket, "PUT", name, b"x")
    await asyncio.sleep(1)  # S3 tells times in seconds

    async with opened(bucket) as store:
        await store.sweep(older_than=60)
        kept = await names_in(bucket)
        await store.sweep(older_than=0)

    assert len(kept) == 3
    assert await names_in(bucket) == [f"art/{KEY}", "check-0192f1c2"]


async def test_a_bucket_that_is_not_there_is_a_failure_and_not_an_empty_one(s3: S3Server) -> None:
    bucket = replace(s3.bucket(), name="nobody-made-it")

    async with opened(bucket) as store:
        for read in (
            store.get(KEY),
            store.read_range(KEY, 0, 1),
            store.size(KEY),
            store.exists(KEY),
        ):
            with pytest.raises(StorageFailed, match=r"^The picture storage could not be read\.$"):
                await read
        with pytest.raises(StorageFailed, match=r"^The picture storage could not be listed\.$"):
            await anext(store.entries())
        with pytest.raises(StorageFailed, match=r"^The picture storage could not be written\.$"):
            await store.put(KEY, b"picture")
        with pytest.raises(
            StorageFailed,
            match=r"^The bucket nobody-made-it cannot be used\. The bucket does not exist\.$",
        ):
            await store.check()


async def test_a_server_that_is_not_there_is_told_without_keys_and_addresses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    bucket = Bucket(
        name="pictures",
        endpoint_url=f"http://127.0.0.1:{port}",
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
    )

    async with opened(bucket) as store:
        with pytest.raises(
            StorageFailed, match=r"^The bucket pictures cannot be used\. It cannot be reached\.$"
        ) as failure:
            await store.check()

    assert failure.value.charged is None
    assert SECRET_ACCESS_KEY not in repr(bucket)
    assert ACCESS_KEY_ID not in repr(bucket)
    assert SECRET_ACCESS_KEY not in repr(failure.value.__cause__)


async def test_boto3_is_loaded_only_for_those_who_use_it() -> None:
    check = "import sys, image_generation.cli; sys.exit('boto3' in sys.modules)"

    done = await anyio.run_process([sys.executable, "-c", check], check=False)

    assert done.returncode == 0
