"""Stopping: whoever watches is told to come back, and nothing is lost or waited for too long."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from image_generation.graphql.identifiers import NodeKind, read_id
from image_generation.providers.procedural import ProceduralProvider
from tests.product.process import Process, serving, until, until_finished
from tests.product.running import PROGRESS, painters, running
from tests.product.watchers import Watched, begin, connected, next_event, stop_reading
from tests.servers.openai_server import KEY, Reply, openai_server
from tests.sockets import closing, hear_out, subscribe

pytestmark = pytest.mark.anyio

GENERATE = """
mutation ($prompt: String!, $wait: Boolean, $size: Int) {
  generate(input: {prompt: $prompt, wait: $wait, width: $size, height: $size}) {
    generation { id status image { id } }
  }
}
"""
KEYED = """
mutation ($key: String!, $wait: Boolean!) {
  generate(input: {prompt: "a fox", idempotencyKey: $key, wait: $wait}) {
    generation { id status }
  }
}
"""
ADDED = "subscription { imageAdded { id } }"
BYTES = "{ gallery { totalCount edges { node { byteSize base64 } } } }"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of a process, not made yet."""
    return tmp_path / "data"


async def begun(process: Process, number: int) -> list[str]:
    """Begin so many generations, and wait until all of them run."""
    answers = [
        await process.ask(GENERATE, prompt=f"fox {number}", wait=False) for number in range(number)
    ]
    ids = [answer["generate"]["generation"]["id"] for answer in answers]
    for id in ids:
        await until(process, id, lambda generation: generation["status"] == "RUNNING")
    return ids


async def painted(process: Process) -> str:
    """Make a picture of some size, and give its id."""
    answer = await process.ask(GENERATE, prompt="a fox", size=512)
    return f"{answer['generate']['generation']['image']['id']}"


async def events_of(process: Process, id: str, begun: asyncio.Event) -> str:
    """Watch a generation by server-sent events until they end, and give what came."""
    body = {"query": PROGRESS, "variables": {"id": id}}
    accept = {"accept": "text/event-stream"}
    came = ""
    async with (
        httpx2.AsyncClient(base_url=process.url, timeout=30) as client,
        client.stream("POST", "/graphql", json=body, headers=accept) as response,
    ):
        async for text in response.aiter_text():
            came += text
            begun.set()
    return came


def files_in(folder: Path) -> list[Path]:
    """List the files of the pictures."""
    return [path for path in (folder / "images").rglob("*") if path.is_file()]


async def test_every_watcher_is_sent_to_come_back_and_the_work_goes_on_at_the_next_start(
    folder: Path,
) -> None:
    settings = {"PAINTER_DELAY": "60", "MAX_CONCURRENCY": "20"}
    async with serving(folder, **settings) as process, AsyncExitStack() as stack:
        ids = await begun(process, 20)
        sockets = [await stack.enter_async_context(connected(process.url)) for _ in range(50)]
        for number, socket in enumerate(sockets):
            watched = Watched(PROGRESS, "generationProgress", ids[number % 20])
            await begin(socket, "1", watched)
            assert await next_event(socket, "1", watched) is not None
        begun_events = [asyncio.Event() for _ in range(5)]
        streams = [
            asyncio.create_task(events_of(process, id, event))
            for id, event in zip(ids, begun_events, strict=False)
        ]
        for event in begun_events:
            await event.wait()

        began = time.monotonic()
        code = await process.stop()
        took = time.monotonic() - began
        heard = [await hear_out(socket) for socket in sockets]
        streamed = await asyncio.gather(*streams)
    async with serving(folder, MAX_CONCURRENCY="20") as process:
        finished = [await until_finished(process, id) for id in ids]
        gallery = (await process.ask(BYTES))["gallery"]

    assert code == 0
    assert took < 10
    assert {socket.close_code for socket in sockets} == {1012}
    assert {message["type"] for messages in heard for message in messages} <= {"next"}
    assert all("event: next" in stream for stream in streamed)
    assert not any("event: complete" in stream or '"errors"' in stream for stream in streamed)
    assert {generation["status"] for generation in finished} == {"SUCCEEDED"}
    assert {generation["attempts"] for generation in finished} == {2}
    assert gallery["totalCount"] == len(files_in(folder)) == 20


async def test_who_waits_is_answered_with_the_work_as_it_is(folder: Path) -> None:
    async with serving(folder, PAINTER_DELAY="60") as process, connected(process.url) as socket:
        await subscribe(socket, "news", ADDED)
        await subscribe(socket, "work", KEYED, variables={"key": "one", "wait": True})
        waiting = asyncio.create_task(process.ask(KEYED, key="other", wait=True))
        for key in ("one", "other"):
            answer = await process.ask(KEYED, key=key, wait=False)
            id = answer["generate"]["generation"]["id"]
            await until(process, id, lambda generation: generation["status"] == "RUNNING")

        code = await process.stop()
        answer = await waiting
        messages = await hear_out(socket)

    assert code == 0
    assert answer["generate"]["generation"]["status"] == "RUNNING"
    assert [(message["type"], message["id"]) for message in messages] == [
        ("next", "work"),
        ("complete", "work"),
    ]
    assert messages[0]["payload"]["data"]["generate"]["generation"]["status"] == "RUNNING"
    assert socket.close_code == 1012


async def test_who_waits_is_answered_when_streams_end(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=60))) as house:
        asking = asyncio.create_task(house.generate(idempotencyKey="one"))
        watched = await house.generate(wait=False, idempotencyKey="one")
        await house.watched(read_id(NodeKind.GENERATION, watched["id"]))

        house.service.bus.close()
        answer = await asking

    assert answer["id"] == watched["id"]
    assert answer["status"] in {"QUEUED", "RUNNING"}


async def test_a_reader_who_stopped_reading_holds_nobody_up(folder: Path) -> None:
    async with serving(folder, SHUTDOWN_GRACE="8") as process, connected(process.url) as socket:
        await stop_reading(socket, await painted(process))

        code = await process.stop()
        socket.transport.abort()
        said = await process.rest

    assert code == 0  # it is 1 when the grace time has run out
    assert b"Traceback" not in said


async def test_work_that_hangs_at_its_provider_is_left_there(folder: Path) -> None:
    async with openai_server() as server:
        server.replies.append(Reply(silent=True))
        settings = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        async with serving(folder, **settings, OPENAI_PROFILE="openai") as process:
            answer = await process.ask(GENERATE, prompt="a fox", wait=False, size=1024)
            id = answer["generate"]["generation"]["id"]
            while not server.seen:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
            code = await process.stop()
        async with serving(folder, **settings, OPENAI_PROFILE="openai") as process:
            generation = await until_finished(process, id)

    assert code == 0
    assert (generation["status"], generation["error"]) == ("FAILED", {"code": "RESULT_LOST"})
    assert len(server.seen) == 1


@pytest.fixture
async def pipe(folder: Path) -> Path:
    """A disk that does not answer: the file of the only picture is a pipe nobody writes to."""
    async with running(folder) as house:
        await house.generate()
    [file] = files_in(folder)
    file.unlink()
    os.mkfifo(file)
    return file


@asynccontextmanager
async def hanging(process: Process, pipe: Path) -> AsyncIterator[None]:
    """Ask for the bytes of the picture, and go on when the service waits for its disk."""
    asking = asyncio.create_task(process.ask(BYTES))
    end = None
    while end is None:
        with suppress(OSError):  # as long as nobody reads
            end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        await asyncio.gather(asking, return_exceptions=True)
        os.close(end)


async def test_what_hangs_when_time_is_up_is_cut_off(folder: Path, pipe: Path) -> None:
    async with serving(folder, SHUTDOWN_GRACE="2") as process, hanging(process, pipe):
        began = time.monotonic()
        code = await process.stop()
        took = time.monotonic() - began
        said = await process.rest

    assert code == 1
    assert b"stopped_by_force" in said
    assert 1.5 < took < 3


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_it_at_once(
    folder: Path, pipe: Path, second: signal.Signals
) -> None:
    async with (
        serving(folder, SHUTDOWN_GRACE="600") as process,
        hanging(process, pipe),
        connected(process.url) as socket,
    ):
        await subscribe(socket, "1", ADDED)

        process.process.send_signal(signal.SIGINT)
        told, _ = await closing(socket)
        process.process.send_signal(second)
        async with asyncio.timeout(10):
            code = await process.process.wait()

    assert told == 1012
    assert code == -second
