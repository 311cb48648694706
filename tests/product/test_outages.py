"""The bucket fails in the middle of the work: what was paid for is kept, and paid for once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from image_generation.examination import examine
from image_generation.storage.bucket import Bucket
from image_generation.storage.registry import open_store
from tests.product.doomed import doomed
from tests.product.drawings import INPAINT, UPLOAD, photo, sent, sky_mask
from tests.product.makers import openai
from tests.product.process import serving
from tests.product.running import GENERATE, Running, running, settings_for
from tests.servers.outages import Outage, Way, way_to
from tests.servers.s3_server import (
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    S3Server,
    settings_of,
)

pytestmark = pytest.mark.anyio

WISH = {"prompt": "a fox", "idempotencyKey": "fox", "width": 1024, "height": 1024}
GALLERY = "{ gallery { edges { node { url sha256 } } } }"
STATUS = "query ($id: ID!) { generation(id: $id) { status error { code } image { id } } }"
DELETE = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"


@dataclass(frozen=True)
class Setting:
    """A bucket, and a way to it that the service takes."""

    bucket: Bucket
    way: Way
    url: str

    @property
    def settings(self) -> dict[str, str]:
        """What the command is told."""
        return settings_of(replace(self.bucket, endpoint_url=self.url))

    @property
    def values(self) -> dict[str, Any]:
        """The same, for a service in this process."""
        return {name.lower(): value for name, value in self.settings.items()}

    def house(self, folder: Path, *providers: Any) -> Any:
        """Run the service in this process."""
        return running(folder, *providers, **self.values)

    async def kept(self) -> dict[str, str]:
        """Return the keys in the bucket and the hashes of what is there."""
        store = open_store("s3", Path("nowhere"), self.bucket)
        keys = [entry.key async for entry in store.entries()]
        found = {key: sha256(await store.get(key)).hexdigest() for key in keys}
        await store.aclose()
        return found


@pytest.fixture
async def setting(s3: S3Server) -> AsyncIterator[Setting]:
    async with way_to(s3.port) as (way, url):
        yield Setting(s3.bucket(timeout=0.5), way, url)


def waiting(folder: Path) -> list[Path]:
    """List the pictures that wait for the bucket."""
    return [path for path in (folder / "outbox").rglob("*") if path.is_file()]


async def listed(house: Running) -> dict[str, str]:
    """Return the keys and hashes of the pictures in the gallery."""
    gallery = (await house.ask(GALLERY))["gallery"]
    nodes = [edge["node"] for edge in gallery["edges"]]
    return {node["url"][-36:].replace("-", ""): node["sha256"] for node in nodes}


@pytest.mark.parametrize(
    "outage", [Outage.REFUSED, Outage.CUT_IN_REQUEST, Outage.CUT_BEFORE_ANSWER, Outage.BUSY]
)
async def test_a_paid_picture_waits_for_the_bucket_and_is_kept_once(
    outage: Outage, setting: Setting, tmp_path: Path
) -> None:
    folder = tmp_path / "data"

    async with openai() as maker, setting.house(folder, maker.providers) as house:
        setting.way.strike(outage)
        started = await house.generate(**WISH, wait=False)
        async with asyncio.timeout(20):
            await setting.way.struck.wait()
        assert len(waiting(folder)) == 1
        meanwhile = await house.ask(STATUS, id=started["id"])
        setting.way.clear()
        finished = await house.finished(started["id"])
        pictures = await listed(house)

        assert maker.asked() == 1

    assert meanwhile["generation"] == {"status": "RUNNING", "error": None, "image": None}
    assert (finished["status"], finished["attempts"]) == ("SUCCEEDED", 1)
    assert await setting.kept() == pictures
    assert waiting(folder) == []


@pytest.mark.parametrize("outage", [Outage.BUSY, Outage.SILENCE], ids=["waiting", "on its way"])
async def test_a_paid_picture_that_is_not_in_the_bucket_yet_survives_a_crash(
    outage: Outage, setting: Setting, tmp_path: Path
) -> None:
    folder = tmp_path / "data"

    async with openai() as maker:
        async with doomed(None, folder, {**maker.settings, **setting.settings}) as process:
            setting.way.strike(outage, "PUT")
            await process.ask(GENERATE, input={**WISH, "wait": False})
            async with asyncio.timeout(20):
                await setting.way.struck.wait()
            process.kill()
        setting.way.clear()
        async with setting.house(folder, maker.providers) as house:
            generation = await house.generate(**WISH)
            pictures = await listed(house)

        assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 2)
        assert generation["cost"]["usd"] == "0.01345"
        assert maker.asked() == 1
    assert await setting.kept() == pictures
    assert len(pictures) == 1
    assert waiting(folder) == []


@pytest.mark.parametrize(
    ("moment", "status", "kept"),
    [("before RENAMED", "FAILED", 0), ("before SUCCEEDED", "SUCCEEDED", 1)],
)
async def test_killed_around_the_outbox_a_picture_is_paid_for_once(
    moment: str, status: str, kept: int, setting: Setting, tmp_path: Path
) -> None:
    folder = tmp_path / "data"

    async with openai() as maker:
        async with doomed(moment, folder, {**maker.settings, **setting.settings}) as process:
            await process.ask(GENERATE, input=WISH)
            await process.death()
        async with setting.house(folder, maker.providers) as house:
            generation = await house.generate(**WISH)
            pictures = await listed(house)

        assert (generation["status"], generation["attempts"]) == (status, 2)
        assert maker.asked() == 1
    assert await setting.kept() == pictures
    assert len(pictures) == kept
    assert waiting(folder) == []


async def test_what_is_sent_while_the_bucket_fails_is_refused_and_leaves_nothing(
    setting: Setting, tmp_path: Path
) -> None:
    async with setting.house(tmp_path / "data") as house:
        setting.way.strike(Outage.BUSY)
        error = await house.error(UPLOAD, input={"image": sent(photo())})
        setting.way.clear()

        assert (error["code"], error["message"]) == (
            "STORAGE_FAILED",
            "The picture could not be kept.",
        )
        assert await listed(house) == {}
        assert await setting.kept() == {}


async def test_when_a_mask_cannot_be_stored_its_picture_is_not_left_either(
    setting: Setting, tmp_path: Path
) -> None:
    async with setting.house(tmp_path / "data") as house:
        setting.way.strike(Outage.BUSY, "/mask ")
        images = {"image": sent(photo()), "mask": sent(sky_mask())}
        error = await house.error(INPAINT, input={"prompt": "a storm", **images})
        setting.way.clear()

        assert error["code"] == "STORAGE_FAILED"
        assert await listed(house) == {}
        assert await setting.kept() == {}


async def test_what_the_bucket_took_without_saying_so_is_left_over_and_found(
    setting: Setting, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    how = {"verify": False, "force": False}
    settings = settings_for(folder, **setting.values)

    async with setting.house(folder) as house:
        setting.way.strike(Outage.CUT_BEFORE_ANSWER, "PUT")
        error = await house.error(UPLOAD, input={"image": sent(photo())})
        setting.way.clear()
        pictures = await listed(house)
    kept = await setting.kept()
    looked = await examine(settings, repair=False, **how)
    repaired = await examine(settings, repair=True, **how)

    assert (error["code"], pictures, len(kept)) == ("STORAGE_FAILED", {}, 1)
    assert (looked, repaired) == (1, 0)
    assert await setting.kept() == {}


async def test_the_keys_of_a_bucket_that_fails_are_not_in_the_log(
    setting: Setting, tmp_path: Path
) -> None:
    settings = {**setting.settings, "LOG_LEVEL": "DEBUG"}

    async with serving(tmp_path / "data", **settings) as process:
        setting.way.strike(Outage.BUSY)
        await process.ask(GENERATE, input={"prompt": "a fox", "wait": False})
        async with httpx2.AsyncClient(base_url=process.url) as client:
            ready = await client.get("/ready")
        await process.kill()
        log = (await process.rest).decode()

    assert ready.status_code == 503
    assert "could not be written" in log or "cannot be used" in log
    assert SECRET_ACCESS_KEY not in log
    assert ACCESS_KEY_ID not in log


async def test_a_picture_is_not_delivered_while_the_bucket_fails_and_then_it_is(
    setting: Setting, tmp_path: Path
) -> None:
    async with setting.house(tmp_path / "data") as house:
        image = (await house.generate())["image"]
        setting.way.strike(Outage.CUT_IN_ANSWER)
        meanwhile = await house.client.get(image["url"])
        setting.way.clear()
        afterwards = await house.client.get(image["url"])

    assert meanwhile.status_code == 503
    assert meanwhile.json()["errors"][0]["extensions"]["code"] == "STORAGE_FAILED"
    assert sha256(afterwards.content).hexdigest() == image["sha256"]


async def test_a_picture_deleted_while_the_bucket_fails_is_gone_and_its_bytes_follow(
    setting: Setting, tmp_path: Path
) -> None:
    async with setting.house(tmp_path / "data") as house:
        image = (await house.generate())["image"]
        setting.way.strike(Outage.BUSY)
        answer = await house.ask(DELETE, id=image["id"])
        setting.way.clear()

        assert answer["deleteImages"]["deletedIds"] == [image["id"]]
        assert await listed(house) == {}
        assert len(await setting.kept()) == 1

    async with setting.house(tmp_path / "data"):
        assert await setting.kept() == {}
