"""A stream ends when the key of who watches is withdrawn, with something to tell or without."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from image_generation.graphql.views import Bounds, graphql_routes
from tests.graphql.serving import Context, Ledger, served, tiny_schema
from tests.sockets import closing, connected, hear, subscribe

pytestmark = pytest.mark.anyio

WATCH = "subscription { watch }"
ENDING = {
    "errors": [{"message": "This key is not known.", "extensions": {"code": "UNAUTHENTICATED"}}]
}


@asynccontextmanager
async def looking(ledger: Ledger, every: float) -> AsyncIterator[str]:
    """Serve, and look that often whether keys still hold."""
    bounds = Bounds(confirmation=every)
    routes = graphql_routes(tiny_schema(), lambda *_: Context(ledger), bounds=bounds)
    async with served(routes) as host:
        yield host


@asynccontextmanager
async def watching(host: str) -> AsyncIterator[AsyncIterator[str]]:
    """Watch by server-sent events; gives their lines after the first event."""
    body, headers = {"query": WATCH}, {"accept": "text/event-stream"}
    async with httpx2.AsyncClient() as client:
        url = f"http://{host}/graphql"
        async with client.stream("POST", url, json=body, headers=headers) as response:
            lines = aiter(response.aiter_lines())
            while await anext(lines) != 'data: {"data":{"watch":"watching"}}':
                pass
            yield lines


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged of faults of ours."""
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(("every", "told"), [(0.05, False), (60.0, True)])
async def test_a_socket_is_closed(
    every: float, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    async with looking(ledger, every) as host, connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        await hear(socket)
        ledger.withdrawn = True
        if told:
            ledger.release.set()
        end = await closing(socket)
        async with asyncio.timeout(5):
            await ledger.left.wait()

    assert end == (4401, "Unauthorized")
    assert faults(caplog) == []


@pytest.mark.parametrize(("every", "told"), [(0.05, False), (60.0, True)])
async def test_an_event_stream_ends_with_the_reason(
    every: float, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    async with looking(ledger, every) as host, watching(host) as lines:
        ledger.withdrawn = True
        if told:
            ledger.release.set()
        rest = [line async for line in lines if line and not line.startswith(":")]
        async with asyncio.timeout(5):
            await ledger.left.wait()

    assert [rest[0], rest[2], rest[3]] == ["event: next", "event: complete", "data: "]
    assert json.loads(rest[1].removeprefix("data: ")) == ENDING
    assert len(rest) == 4
    assert faults(caplog) == []
