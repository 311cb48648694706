"""graphql-transport-ws, towards clients of every kind."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from image_generation.graphql.views import Bounds, graphql_routes
from tests.graphql.serving import Context, FrontDoor, Ledger, front_door, served, tiny_schema
from tests.sockets import PROTOCOL, closing, connected, hear, say, subscribe

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


async def test_a_subscription_is_answered_until_it_is_complete(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(
            socket, "1", "subscription ($n: Int!) { count(to: $n) }", variables={"n": 2}
        )
        messages = [await hear(socket) for _ in range(3)]

    assert messages == [
        {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
        {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
        {"id": "1", "type": "complete"},
    ]


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


async def test_an_unknown_operation_name_ends_one_operation(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", "query A { hello }", operationName="B")
        answer = await hear(socket)

    assert answer["type"] == "error"
    assert answer["payload"][0]["message"] == "The document has no operation named `B`."


async def test_a_fault_of_ours_is_masked(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", "subscription { breaks }")
        messages = [await hear(socket) for _ in range(3)]

    assert messages[0]["payload"] == {"data": {"breaks": 1}}
    assert messages[1]["payload"]["errors"][0]["message"] == "Internal server error."
    assert messages[2] == {"id": "1", "type": "complete"}


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


async def test_a_payload_of_null_is_no_payload(host: str) -> None:
    async with connect(f"ws://{host}/graphql", subprotocols=[PROTOCOL]) as socket:
        await say(socket, type="connection_init", payload=None)
        answer = await hear(socket)

    assert answer == {"type": "connection_ack"}


async def test_a_ping_is_answered_with_its_payload(host: str) -> None:
    async with connected(host) as socket:
        await say(socket, type="ping", payload={"sent": 1})
        with_payload = await hear(socket)
        await say(socket, type="ping")
        without = await hear(socket)

    assert with_payload == {"type": "pong", "payload": {"sent": 1}}
    assert without == {"type": "pong"}


@pytest.mark.parametrize("type", ["pong", "complete"])
async def test_what_nobody_waits_for_is_no_mistake(host: str, type: str) -> None:
    async with connected(host) as socket:
        await say(socket, type=type, id="nobody's")
        await subscribe(socket, "1", "{ hello }")
        answer = await hear(socket)

    assert answer["payload"] == {"data": {"hello": "world"}}


async def test_an_identifier_is_free_again_after_its_operation(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        await hear(socket)
        await say(socket, type="complete", id="1")
        answers = []
        for _ in range(2):
            await subscribe(socket, "1", "{ hello }")
            answers += [await hear(socket), await hear(socket)]

    assert [answer["type"] for answer in answers] == ["next", "complete"] * 2


@pytest.mark.parametrize(
    "message",
    [
        "[]",
        "null",
        '"text"',
        "{",
        "{}",
        '{"type": "nope"}',
        '{"type": []}',
        '{"type": "ping", "payload": 1}',
        '{"type": "complete"}',
        '{"type": "complete", "id": 1}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": 1}}',
    ],
)
async def test_a_message_out_of_order_closes_the_socket(host: str, message: str) -> None:
    async with connected(host) as socket:
        await socket.send(message)
        code, _ = await closing(socket)

    assert code == 4400


async def test_a_binary_message_closes_the_socket(host: str) -> None:
    async with connected(host) as socket:
        await socket.send(b"{}")
        code, _ = await closing(socket)

    assert code == 4400


async def test_a_socket_has_to_introduce_itself_first(host: str) -> None:
    async with connect(f"ws://{host}/graphql", subprotocols=[PROTOCOL]) as socket:
        await subscribe(socket, "1", "{ hello }")
        code, _ = await closing(socket)

    assert code == 4401


async def test_a_socket_has_to_introduce_itself_soon(ledger: Ledger) -> None:
    bounds = Bounds(init_timeout=0.05)
    routes = graphql_routes(tiny_schema(), lambda *_: Context(ledger), bounds=bounds)

    async with (
        served(routes) as host,
        connect(f"ws://{host}/graphql", subprotocols=[PROTOCOL]) as socket,
    ):
        code, _ = await closing(socket)

    assert code == 4408


async def test_a_second_introduction_closes_the_socket(host: str) -> None:
    async with connected(host) as socket:
        await say(socket, type="connection_init")
        code, _ = await closing(socket)

    assert code == 4429


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


async def test_an_identifier_in_use_closes_the_socket_with_a_short_reason(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "é" * 100, WATCH)
        await hear(socket)
        await subscribe(socket, "é" * 100, WATCH)
        code, reason = await closing(socket)

    assert code == 4409
    assert reason == "Subscriber for " + "é" * 54


async def test_a_socket_runs_a_bounded_number_of_operations(ledger: Ledger) -> None:
    bounds = Bounds(operations_per_socket=1)
    routes = graphql_routes(tiny_schema(), lambda *_: Context(ledger), bounds=bounds)

    async with served(routes) as host, connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        await hear(socket)
        await subscribe(socket, "2", "{ hello }")
        answer = await hear(socket)

    assert answer["type"] == "error"
    assert answer["payload"][0] == {
        "message": "At most 1 operations run on one WebSocket. Complete one first.",
        "extensions": {"code": "RATE_LIMITED"},
    }


async def test_a_peer_that_stopped_reading_is_dropped(ledger: Ledger) -> None:
    bounds = Bounds(send_timeout=0.2)
    routes = graphql_routes(tiny_schema(), lambda *_: Context(ledger), bounds=bounds)

    async with served(routes) as host, connected(host) as socket:
        socket.transport.pause_reading()
        await subscribe(socket, "1", "subscription { flood }")

        async with asyncio.timeout(10):
            await ledger.left.wait()
        socket.transport.abort()


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


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], None])
async def test_another_protocol_is_not_spoken(
    host: str, subprotocols: list[Subprotocol] | None
) -> None:
    async with connect(f"ws://{host}/graphql", subprotocols=subprotocols) as socket:
        code, _ = await closing(socket)

    assert code == 4406
