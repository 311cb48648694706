"""Pictures by Replicate, from the wish to the gallery, and through a crash."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from image_generation.providers.registry import Access, Providers, make_providers
from tests.product.process import Process, serving, until, until_finished
from tests.product.running import Running, running
from tests.servers.replicate_server import TOKEN, Body, Mishap, ReplicateServer, replicate

pytestmark = pytest.mark.anyio

GENERATE = """
mutation {
  generate(input: {prompt: "a fox", provider: "replicate", seed: 3, wait: false}) {
    generation { id }
  }
}
"""
CANCEL = """
mutation ($id: ID!) { cancelGeneration(id: $id) { generation { status error { charged } } } }
"""
GALLERY = "{ gallery { totalCount } }"
FOREVER: list[Body] = [{"status": "processing"}]


def asked_at(server: ReplicateServer) -> Providers:
    """Make the providers of an operator with a token, asking the test's server."""
    return make_providers(
        openai=Access(),
        replicate=Access(key=TOKEN, base_url=server.url),
        painter_delay=0.0,
        default="replicate",
    )


@asynccontextmanager
async def asked() -> AsyncIterator[ReplicateServer]:
    """Serve Replicate with a picture that can be looked at."""
    file = BytesIO()
    Image.new("RGB", (1024, 1024), "navy").save(file, "WEBP")
    async with replicate() as server:
        server.fail("delivery", *[Mishap(200, file.getvalue())] * 3)
        yield server


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[tuple[Running, ReplicateServer]]:
    """Run a service whose default provider is Replicate."""
    async with asked() as server, running(folder, asked_at(server)) as house:
        yield house, server


def process_asking(server: ReplicateServer, folder: Path) -> AbstractAsyncContextManager[Process]:
    """Run the command with a token, asking the test's server."""
    return serving(folder, REPLICATE_API_TOKEN=TOKEN, REPLICATE_BASE_URL=server.url)


async def test_a_picture_is_waited_for_fetched_and_kept_with_its_price(tmp_path: Path) -> None:
    async with asking(tmp_path) as (house, server):
        generation = await house.generate("a fox", width=1024, height=1024, seed=3, steps=4)

        assert generation["status"] == "SUCCEEDED"
        assert generation["model"] == "black-forest-labs/flux-schnell"
        assert (generation["seed"], generation["steps"]) == (3, 4)
        assert generation["cost"] == {"usd": "0.003", "source": "PRICE_LIST"}
        assert generation["image"]["format"] == "WEBP"
        assert server.sent_input()["seed"] == 3
        assert server.ignored == []


async def test_canceling_is_passed_on_and_says_that_it_is_charged(tmp_path: Path) -> None:
    async with asking(tmp_path) as (house, server):
        server.story = FOREVER
        generation = await house.generate("a fox", wait=False)
        async with asyncio.timeout(10):
            while not server.asked("GET"):  # noqa: ASYNC110 - the server tells of its first only
                await asyncio.sleep(0.01)
        answer = await house.ask(CANCEL, id=generation["id"])

        assert answer["cancelGeneration"]["generation"] == {
            "status": "CANCELED",
            "error": {"charged": True},
        }
        assert len(server.asked("POST", "/cancel")) == 1
        assert house.files() == []


async def test_killed_while_it_waits_it_goes_on_waiting_and_pays_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    async with asked() as server:
        server.story = FOREVER
        async with process_asking(server, folder) as process:
            id = (await process.ask(GENERATE))["generate"]["generation"]["id"]
            await until(process, id, lambda _: bool(server.asked("GET")))
            await process.kill()
        [prediction] = server.predictions.values()
        server.finish(prediction)
        async with process_asking(server, folder) as process:
            generation = await until_finished(process, id)
            gallery = await process.ask(GALLERY)

        assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 2)
        assert gallery == {"gallery": {"totalCount": 1}}
        assert len(server.created()) == 1


async def test_killed_before_the_answer_came_it_finds_what_it_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    async with asked() as server:
        server.fail("create", Mishap(silent=True, after=True))
        async with process_asking(server, folder) as process:
            id = (await process.ask(GENERATE))["generate"]["generation"]["id"]
            await until(process, id, lambda _: bool(server.created()))
            await process.kill()
        async with process_asking(server, folder) as process:
            generation = await until_finished(process, id)
            gallery = await process.ask(GALLERY)

        assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 2)
        assert gallery == {"gallery": {"totalCount": 1}}
        assert len(server.created()) == 1
        assert len(server.predictions) == 1


async def test_killed_before_anything_was_taken_on_it_asks_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    async with asked() as server:
        server.fail("create", Mishap(silent=True))
        async with process_asking(server, folder) as process:
            id = (await process.ask(GENERATE))["generate"]["generation"]["id"]
            await until(process, id, lambda _: bool(server.created()))
            await process.kill()
        async with process_asking(server, folder) as process:
            generation = await until_finished(process, id)

        assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 2)
        assert len(server.created()) == 2
        assert len(server.predictions) == 1


async def test_past_the_deadline_it_is_canceled_there_too(tmp_path: Path) -> None:
    async with asked() as server:
        server.story = FOREVER
        async with running(tmp_path, asked_at(server), generation_timeout=1.0) as house:
            generation = await house.generate("a fox")

        assert generation["error"]["code"] == "PROVIDER_TIMEOUT"
        assert generation["error"]["charged"] is True
        assert generation["attempts"] == 1
        assert len(server.asked("POST", "/cancel")) == 1
