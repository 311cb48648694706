"""A bucket that answers badly, late or not at all: what is put is there whole, or it failed."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from image_generation.domain.errors import StorageFailed
from image_generation.storage.base import Store
from image_generation.storage.bucket import Bucket
from image_generation.storage.registry import open_store
from tests.servers.outages import Outage, Way, way_to
from tests.servers.s3_server import S3Server

pytestmark = pytest.mark.anyio

KEY = "0192f1c2d3e47a5b8c6d7e8f9a0b1c2d"
PICTURE = 50_000 * b"picture"
REACH_THE_BUCKET = (Outage.CUT_BEFORE_ANSWER, Outage.SILENCE)

PUT_OUTAGES = [outage for outage in Outage if outage is not Outage.CUT_IN_ANSWER]
"""The answer to a PUT is too short to have a half."""


@pytest.fixture
def bucket(s3: S3Server) -> Bucket:
    return s3.bucket(timeout=0.5)


@pytest.fixture
async def way(s3: S3Server) -> AsyncIterator[tuple[Way, str]]:
    async with way_to(s3.port) as way:
        yield way


@pytest.fixture
async def store(bucket: Bucket, way: tuple[Way, str]) -> AsyncIterator[Store]:
    there = replace(bucket, endpoint_url=way[1])
    async with aclosing(open_store("s3", Path("nowhere"), there)) as store:
        yield store


@pytest.mark.parametrize("outage", Outage)
async def test_one_bad_answer_is_not_noticed(
    outage: Outage, store: Store, way: tuple[Way, str]
) -> None:
    way[0].strike(outage, "PUT", times=1)
    await store.put(KEY, PICTURE)
    way[0].strike(outage, "GET", times=1)

    assert await store.get(KEY) == PICTURE
    assert [line.split()[0] for line in way[0].seen].count("GET") == 2


@pytest.mark.parametrize("outage", PUT_OUTAGES)
async def test_what_cannot_be_put_is_a_failure_and_can_be_put_later(
    outage: Outage, store: Store, way: tuple[Way, str], bucket: Bucket
) -> None:
    way[0].strike(outage)

    with pytest.raises(StorageFailed, match=r"^The picture storage could not be written\.$"):
        await store.put(KEY, PICTURE)
    way[0].clear()
    was_put = await store.exists(KEY)
    found = await store.get(KEY) if was_put else None
    await store.put(KEY, PICTURE)

    assert found == (PICTURE if outage in REACH_THE_BUCKET else None)
    assert await store.get(KEY) == PICTURE


@pytest.mark.parametrize("outage", Outage)
async def test_what_cannot_be_read_is_a_failure_and_not_missing(
    outage: Outage, store: Store, way: tuple[Way, str]
) -> None:
    await store.put(KEY, PICTURE)
    way[0].strike(outage)

    with pytest.raises(StorageFailed, match=r"^The picture storage could not be read\.$"):
        await store.get(KEY)
