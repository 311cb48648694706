"""Killed at any moment: in the end each picture is made once, charged once and kept once.

The process kills itself; the service that takes up what it left runs in the test. The provider's
server lives through both, and what counts is what that server saw.
"""

import asyncio
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.product.doomed import doomed
from tests.product.drawings import IMG2IMG, sent
from tests.product.makers import MAKERS, Maker, asking, openai, procedural
from tests.product.running import GENERATE, Running, running
from tests.servers.chat_server import chat_host, says
from tests.servers.openai_server import Reply, fails
from tests.servers.replicate_server import Mishap, replicate

pytestmark = pytest.mark.anyio

WHEN_ASKED = "when asked"
"""Killed from outside, as soon as the provider's server has the request."""

PRICES = {"procedural": Decimal(0), "openai": Decimal("0.01345"), "replicate": Decimal("0.003")}
DELETE = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
CANCEL = "mutation ($id: ID!) { cancelGeneration(id: $id) { generation { status } } }"
BATCH = "mutation ($input: GenerateBatchInput!) { generateBatch(input: $input) { batch { id } } }"
RETRY = "mutation ($id: ID!) { retryBatch(id: $id) { batch { id } } }"
ATTEMPTS = "query ($id: ID!) { generation(id: $id) { attempts } }"
GALLERY = "{ gallery { totalCount edges { node { url sha256 } } } }"


@dataclass(frozen=True)
class End:
    """What became of a wish. `charged` is that of the error: None when nobody can know."""

    status: str
    code: str | None
    charged: bool | None
    attempts: int
    asked: int
    made: int


def kept(*, attempts: int = 2, asked: int = 1, made: int = 1) -> End:
    """The picture is there."""
    return End("SUCCEEDED", None, None, attempts, asked, made)


def painted(*, attempts: int = 2) -> End:
    """The picture is there, and no server was asked for it."""
    return kept(attempts=attempts, asked=0, made=0)


def lost(*, charged: bool | None = None, asked: int = 1, made: int = 1) -> End:
    """The picture may have been made and cannot be had; it is not asked for once more."""
    return End("FAILED", "RESULT_LOST", charged, 2, asked, made)


def wish(provider: str, prompt: str = "a fox", **more: Any) -> dict[str, Any]:
    """What a client asks for, and asks for again when it got no answer."""
    edge = 256 if provider == "procedural" else 1024
    size = {"width": edge, "height": edge}
    return {"prompt": prompt, "provider": provider, "idempotencyKey": prompt, **size, **more}


async def crash(moment: str, maker: Maker, folder: Path, **wished: Any) -> None:
    """Serve until that moment; a wish with an image is one for an edit."""
    query = IMG2IMG if "image" in wished else GENERATE
    async with doomed(moment, folder, maker.settings) as process:
        if wished:
            await process.ask(query, input={**wished, "wait": moment != WHEN_ASKED})
        if moment == WHEN_ASKED:
            await maker.reached.wait()
            process.kill()
        await process.death()


def rows_in(folder: Path) -> int:
    """Count the rows, whatever they are."""
    database = sqlite3.connect(folder / "gallery.db")
    try:
        return int(database.execute("SELECT count(*) FROM generation").fetchone()[0])
    finally:
        database.close()


async def hashes(house: Running) -> tuple[list[str], list[str]]:
    """Return the hashes of the pictures that are listed, and of the files that are there.

    What is listed is delivered as it is listed, and no file is anything but a picture.
    """
    gallery = (await house.ask(GALLERY))["gallery"]
    listed = [edge["node"]["sha256"] for edge in gallery["edges"]]
    for edge in gallery["edges"]:
        delivered = await house.client.get(edge["node"]["url"])
        assert sha256(delivered.content).hexdigest() == edge["node"]["sha256"]
    assert gallery["totalCount"] == len(listed)
    files = [path for path in (house.folder / "images").rglob("*") if path.is_file()]
    return listed, [sha256(path.read_bytes()).hexdigest() for path in files]


def killed(provider: str, moments: str, end: End, *faults: object) -> Any:
    """Write a line of the table: killed once a moment, after faults of the provider's server."""
    return pytest.param(provider, moments.split(", "), faults, end, id=f"{provider}, {moments}")


@pytest.mark.parametrize(
    ("provider", "moments", "faults", "end"),
    [
        killed("procedural", "before ACCEPTED", painted(attempts=1)),
        killed("procedural", "after ACCEPTED", painted(attempts=1)),
        killed("procedural", "before RUNNING", painted(attempts=1)),
        killed("procedural", "after RUNNING", painted()),
        killed("procedural", "after PROGRESS", painted()),
        killed("procedural", "before KEEPING", painted()),
        killed("procedural", "after KEEPING", painted()),
        killed("procedural", "before RENAMED", painted()),
        killed("procedural", "before SUCCEEDED", painted()),
        killed("procedural", "after SUCCEEDED", painted(attempts=1)),
        killed("procedural", "after KEEPING, before SUCCEEDED", painted(attempts=3)),
        killed("openai", "after ACCEPTED", kept(attempts=1)),
        killed("openai", "after RUNNING", kept()),
        killed("openai", "before SUBMITTING", kept()),
        killed("openai", "after SUBMITTING", lost(asked=0, made=0)),
        killed("openai", WHEN_ASKED, lost(made=0), Reply(silent=True)),
        killed("openai", "before QUEUED", lost(made=0), fails(503)),
        killed("openai", "after QUEUED", kept(asked=2), fails(503)),
        killed("openai", "before KEEPING", lost()),
        killed("openai", "after KEEPING", lost(charged=True)),
        killed("openai", "before RENAMED", lost(charged=True)),
        killed("openai", "before SUCCEEDED", kept()),
        killed("openai", "after SUCCEEDED", kept(attempts=1)),
        killed("replicate", "after ACCEPTED", kept(attempts=1)),
        killed("replicate", "after RUNNING", kept()),
        killed("replicate", "before SUBMITTING", kept()),
        killed("replicate", "after SUBMITTING", kept()),
        killed("replicate", WHEN_ASKED, kept(asked=2), Mishap(silent=True)),
        killed("replicate", WHEN_ASKED, kept(), Mishap(silent=True, after=True)),
        killed("replicate", "before QUEUED", kept(asked=2), Mishap(503)),
        killed("replicate", "after QUEUED", kept(asked=2), Mishap(503)),
        killed("replicate", "before SUBMITTED", kept()),
        killed("replicate", "after SUBMITTED", kept()),
        killed("replicate", "after PROGRESS", kept()),
        killed("replicate", "before KEEPING", kept()),
        killed("replicate", "after KEEPING", kept()),
        killed("replicate", "before RENAMED", kept()),
        killed("replicate", "before SUCCEEDED", kept()),
        killed("replicate", "after SUCCEEDED", kept(attempts=1)),
        killed("replicate", "after SUBMITTING, after SUBMITTING", kept(attempts=3)),
        killed("replicate", "before SUBMITTED, before SUBMITTED", kept(attempts=3)),
        killed("replicate", "after SUBMITTED, before KEEPING", kept(attempts=3)),
    ],
)
async def test_a_picture_is_made_and_charged_and_kept_once(
    provider: str, moments: list[str], faults: tuple[object, ...], end: End, tmp_path: Path
) -> None:
    first, *later = moments

    async with MAKERS[provider](*faults) as maker:
        await crash(first, maker, tmp_path / "data", **wish(provider))
        for moment in later:
            await crash(moment, maker, tmp_path / "data")
        async with running(tmp_path / "data", maker.providers) as house:
            generation = await house.generate(**wish(provider))
            listed, files = await hashes(house)
        asked, made = maker.asked(), maker.made()

    error = generation["error"] or {"code": None, "charged": None}
    became = (generation["status"], error["code"], error["charged"], generation["attempts"])
    assert End(*became, asked, made) == end
    assert rows_in(tmp_path / "data") == 1
    if end.status == "SUCCEEDED":
        assert listed == files == [generation["image"]["sha256"]]
        assert Decimal(generation["cost"]["usd"]) == PRICES[provider]
    else:
        assert listed == files == []


@pytest.mark.parametrize(
    ("provider", "moments", "faults", "end"),
    [
        killed("openai", "after ACCEPTED", kept(attempts=1)),
        killed("openai", "after SUBMITTING", lost(asked=0, made=0)),
        killed("openai", "before KEEPING", lost()),
        killed("openai", "after QUEUED", kept(asked=2), fails(503)),
        killed("replicate", "after SUBMITTING", kept()),
        killed("replicate", "before SUBMITTED", kept()),
        killed("replicate", "after SUBMITTED", kept()),
        killed("replicate", "after QUEUED", kept(asked=2), Mishap(503)),
    ],
)
@pytest.mark.parametrize("uploaded", [False, True], ids=["a small source", "a large source"])
async def test_an_edit_is_made_and_charged_and_kept_once(
    provider: str,
    moments: list[str],
    faults: tuple[object, ...],
    end: End,
    tmp_path: Path,
    *,
    uploaded: bool,
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8) * uploaded
    model = {"model": "flux-2-pro"} if provider == "replicate" else {}
    asked_for = wish(provider, image=sent(Image.fromarray(pixels)), **model)

    async with MAKERS[provider](*faults) as maker:
        await crash(moments[0], maker, tmp_path / "data", **asked_for)
        async with running(tmp_path / "data", maker.providers) as house:
            generation = (await house.ask(IMG2IMG, input=asked_for))["img2img"]["generation"]
            listed, files = await hashes(house)
            attempts = await house.ask(ATTEMPTS, id=generation["id"])
        asked, made = maker.asked(), maker.made()

    error = generation["error"] or {"code": None, "charged": None}
    became = (error["code"], error["charged"], attempts["generation"]["attempts"], asked, made)
    assert End(generation["status"], *became) == end
    assert rows_in(tmp_path / "data") == 2
    assert sorted(listed) == sorted(files)
    assert len(listed) == (2 if end.status == "SUCCEEDED" else 1)


@pytest.mark.parametrize(
    ("moment", "charged"), [("before SUBMITTED", None), ("before RENAMED", True)]
)
async def test_what_replicate_has_deleted_meanwhile_is_lost_and_not_paid_for_twice(
    moment: str, charged: bool | None, tmp_path: Path
) -> None:
    async with replicate() as server:
        maker = asking(server)
        await crash(moment, maker, tmp_path / "data", **wish("replicate"))
        [prediction] = server.predictions.values()
        prediction |= {"status": "succeeded", "input": {}, "output": None, "data_removed": True}
        async with running(tmp_path / "data", maker.providers) as house:
            generation = await house.generate(**wish("replicate"))

        assert generation["error"]["code"] == "RESULT_LOST"
        assert generation["error"]["charged"] is charged
        assert len(server.created()) == 1


async def test_replicate_is_asked_again_for_what_became_of_a_call(tmp_path: Path) -> None:
    async with replicate() as server:
        maker = asking(server)
        await crash("before SUBMITTED", maker, tmp_path / "data", **wish("replicate"))
        server.fail("list", Mishap(503))
        async with running(tmp_path / "data", maker.providers) as house:
            generation = await house.generate(**wish("replicate"))

        assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 2)
        assert len(server.asked("GET", "/predictions")) == 2
        assert len(server.created()) == 1


async def test_two_who_asked_for_the_same_get_a_picture_each(tmp_path: Path) -> None:
    async with replicate() as server:
        maker = asking(server)
        server.fail("create", *[Mishap(silent=True, after=True)] * 2)
        twins = [wish("replicate", seed=3, idempotencyKey=key) for key in ("one", "other")]
        async with doomed(None, tmp_path / "data", maker.settings) as process:
            for twin in twins:
                server.reached.clear()
                await process.ask(GENERATE, input={**twin, "wait": False})
                await server.reached.wait()
            process.kill()
        async with running(tmp_path / "data", maker.providers) as house:
            generations = [await house.generate(**twin) for twin in twins]

        assert [generation["status"] for generation in generations] == ["SUCCEEDED"] * 2
        assert len(server.created()) == 2
        assert {len(server.asked("GET", id)) for id in server.predictions} == {2}


async def test_what_is_paid_for_is_waited_for_while_the_provider_wants_a_pause(
    tmp_path: Path,
) -> None:
    async with replicate() as server:
        maker = asking(server)
        server.fail("create", Mishap(silent=True))
        async with doomed("after SUBMITTED", tmp_path / "data", maker.settings) as process:
            await process.ask(GENERATE, input=wish("replicate", "unheard", wait=False))
            await server.reached.wait()
            await process.ask(GENERATE, input=wish("replicate", "paid for"))
            await process.death()
        server.fail("create", Mishap(429, headers={"retry-after": "0.5"}))
        async with running(tmp_path / "data", maker.providers, max_concurrency=1) as house:
            paid = await house.generate(**wish("replicate", "paid for"))
            unheard = await house.generate(**wish("replicate", "unheard"))

        assert (paid["status"], paid["attempts"]) == ("SUCCEEDED", 2)
        assert (unheard["status"], unheard["attempts"]) == ("SUCCEEDED", 3)
        assert len(server.predictions) == 2


async def test_what_a_user_sent_again_is_not_sent_a_third_time(tmp_path: Path) -> None:
    wished = {**wish("openai"), "count": 1, "wait": True}

    async with openai() as maker:
        async with doomed("before KEEPING", tmp_path / "data", maker.settings) as process:
            await process.ask(BATCH, input=wished)
            await process.death()
        async with running(tmp_path / "data", maker.providers) as house:
            batch = (await house.ask(BATCH, input=wished))["generateBatch"]["batch"]
        async with doomed("before KEEPING", tmp_path / "data", maker.settings) as process:
            await process.ask(RETRY, id=batch["id"])
            await process.death()
        async with running(tmp_path / "data", maker.providers) as house:
            await house.ask(BATCH, input=wished)
            listed, files = await hashes(house)

        assert maker.asked() == 2
    assert listed == files == []


@pytest.mark.parametrize(("moment", "asked"), [("before ENHANCED", 2), ("after ENHANCED", 1)])
async def test_a_prompt_that_was_enhanced_and_written_down_is_not_enhanced_again(
    moment: str, asked: int, tmp_path: Path
) -> None:
    wished = wish("procedural", enhancePrompt=True)

    async with chat_host() as host, procedural() as painter:
        with host.server() as chat:
            chat.replies = [says("A red fox in tall grass"), says("A fox in snow")]
            chat_settings = {"PROMPT_ENHANCE_BASE_URL": chat.base_url}
            async with doomed(moment, tmp_path / "data", chat_settings) as process:
                await process.ask(GENERATE, input=wished)
                await process.death()
            async with running(
                tmp_path / "data", painter.providers, prompt_enhance_base_url=chat.base_url
            ) as house:
                generation = await house.generate(**wished)

            assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 2)
            assert (
                generation["finalPrompt"] == ["A red fox in tall grass", "A fox in snow"][asked - 1]
            )
            assert len(chat.asked) == asked


async def test_what_was_canceled_is_canceled_at_its_provider_after_the_restart(
    tmp_path: Path,
) -> None:
    async with replicate() as server:
        maker = asking(server)
        server.story = [{"status": "processing"}]
        async with running(tmp_path / "data", maker.providers) as house:
            generation = await house.generate(**wish("replicate", wait=False))
            await server.reached.wait()
        async with doomed("after CANCELED", tmp_path / "data", maker.settings) as process:
            await process.ask(CANCEL, id=generation["id"])
            await process.death()
        async with running(tmp_path / "data", maker.providers) as house:
            async with asyncio.timeout(10):
                while not server.asked("POST", "/cancel"):  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
        async with running(tmp_path / "data", maker.providers) as house:
            generation = await house.generate(**wish("replicate"))

        assert generation["status"] == "CANCELED"
        assert generation["error"]["charged"] is True
        assert len(server.asked("POST", "/cancel")) == 1
        assert len(server.created()) == 1


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("before DELETED", 1),
        ("after DELETED", 0),
        ("before FORGOTTEN", 0),
        ("after FORGOTTEN", 0),
    ],
)
async def test_a_picture_is_deleted_whole_or_not_at_all(
    moment: str, left: int, tmp_path: Path
) -> None:
    async with running(tmp_path / "data") as house:
        image = (await house.generate())["image"]

    async with doomed(moment, tmp_path / "data", {}) as process:
        await process.ask(DELETE, id=image["id"])
        await process.death()
    async with running(tmp_path / "data") as house:
        listed, files = await hashes(house)

    assert listed == files == [image["sha256"]] * left
    assert rows_in(tmp_path / "data") == left


async def test_bytes_that_cannot_be_deleted_now_are_deleted_later(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as house:
        image = (await house.generate())["image"]
        [file] = (path for path in (house.folder / "images").rglob("*") if path.is_file())
        file.unlink()
        file.mkdir()  # no file any more, so that it cannot be deleted as one
        deleted = (await house.ask(DELETE, id=image["id"]))["deleteImages"]["deletedIds"]
        listed, _ = await hashes(house)
        delivered = await house.client.get(image["url"])

    assert (deleted, listed, delivered.status_code) == ([image["id"]], [], 404)
    assert rows_in(tmp_path / "data") == 1

    async with running(tmp_path / "data"):
        assert rows_in(tmp_path / "data") == 1
    file.rmdir()
    async with running(tmp_path / "data"):
        assert rows_in(tmp_path / "data") == 0
