"""graphql-transport-ws, towards clients of every kind."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from image_generation.graphql.views import graphql_routes
from tests.graphql.serving import Context, FrontDoor, Ledger, front_door, served, tiny_schema
from tests.sockets import PROTOCOL, connected, hear, say, subscribe

pytestmark = pytest.mark.anyio

WATCH = "subscription { watch }"


@pytest.fixture(scope="module")
async def door() -> AsyncIterator[FrontDoor]:
    async with front_door() as door:
        yield door


@pytest.fixture
def ledger(door: FrontDoor) -> Ledger:
    door.ledger = Ledger()
    return door.ledger


@pytest.fixture
def host(door: FrontDoor, ledger: Ledger) -> str:
    return door.host


async def test_queries_and_mutations_may_come_over_a_socket_too(host: str, ledger: Ledger) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", 'mutation { paint(input: {prompt: "a fox"}) }')
        answer = await hear(socket)

    assert answer["payload"] == {"data": {"paint": "a fox"}}
    assert ledger.painted == ["a fox"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("x" * 500, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
        ("", "BAD_USER_INPUT"),
        ("subscription { refused }", "NOT_FOUND"),
        ("mutation ($p: String!) { paint(input: {prompt: $p}) }", "BAD_USER_INPUT"),
    ],
)
async def test_a_failing_operation_leaves_its_siblings_alone(
    host: str, ledger: Ledger, query: str, code: str
) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "sibling", WATCH)
        assert (await hear(socket))["payload"] == {"data": {"watch": "watching"}}
        await subscribe(socket, "failing", query)
        failing = await hear(socket)
        while failing["type"] == "next":
            failing = {**failing, "payload": failing["payload"]["errors"], "type": "error"}
        ledger.release.set()
        sibling = await hear(socket)
        while sibling["id"] != "sibling":
            sibling = await hear(socket)

    assert failing["payload"][0]["extensions"]["code"] == code
    assert sibling["payload"] == {"data": {"watch": "released"}}


async def test_a_fault_of_ours_is_masked(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", "subscription { breaks }")
        event, end = [await hear(socket) for _ in range(2)]

    assert event["payload"] == {"data": {"breaks": 1}}
    assert end["type"] == "error"
    assert end["payload"][0]["message"] == "Internal server error."


async def test_a_stream_ends_when_the_client_completes_it(host: str, ledger: Ledger) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        await hear(socket)
        await say(socket, id="1", type="complete")

        async with asyncio.timeout(5):
            await ledger.left.wait()


async def test_a_stream_ends_when_the_client_is_gone(host: str, ledger: Ledger) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        await hear(socket)
        socket.transport.abort()

        async with asyncio.timeout(5):
            await ledger.left.wait()


async def test_each_operation_has_a_context_of_its_own(host: str, ledger: Ledger) -> None:
    async with connected(host) as socket:
        for name in ("1", "2"):
            await subscribe(socket, name, "{ context }")
        answers = [await hear(socket) for _ in range(4)]

    numbers = [answer["payload"]["data"]["context"] for answer in answers if "payload" in answer]
    assert sorted(numbers) == [1, 2]
    assert len(ledger.contexts) == 3


async def test_an_operation_that_cannot_begin_leaves_its_siblings_alone(ledger: Ledger) -> None:
    class Exhausted(Context):
        """A context that can be forked once."""

        @override
        def for_operation(self) -> Context:
            if len(ledger.contexts) > 1:
                raise ValueError("sk-secret")
            return super().for_operation()

    routes = graphql_routes(tiny_schema(), lambda *_: Exhausted(ledger))

    async with served(routes) as host, connected(host) as socket:
        await subscribe(socket, "sibling", WATCH)
        await hear(socket)
        await subscribe(socket, "failing", "{ hello }")
        failing = await hear(socket)
        ledger.release.set()
        sibling = await hear(socket)

    assert failing["type"] == "error"
    assert failing["payload"][0]["message"] == "Internal server error."
    assert sibling["payload"] == {"data": {"watch": "released"}}


async def test_a_page_of_another_host_may_not_connect(host: str, ledger: Ledger) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            f"ws://{host}/graphql", subprotocols=[PROTOCOL], origin=Origin("https://else.example")
        ):
            pass

    assert refused.value.response.status_code == 403
    assert ledger.contexts == []


async def test_a_page_of_this_host_may_connect(host: str) -> None:
    async with connect(
        f"ws://{host}/graphql", subprotocols=[PROTOCOL], origin=Origin(f"http://{host}")
    ) as socket:
        await say(socket, type="connection_init")
        answer = await hear(socket)

    assert answer == {"type": "connection_ack"}
