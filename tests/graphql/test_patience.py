"""Peers that do not read, or do not get a request together, are cut off."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from image_generation.graphql.views import Bounds, graphql_routes
from tests.graphql.serving import Context, Ledger, served, serving, tiny_schema
from tests.sockets import connected, hear, subscribe

pytestmark = pytest.mark.anyio

FLOOD = '{"query": "subscription { flood }"}'
FLOOD_OVER_HTTP = (
    "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n"
    f"content-type: application/json\r\ncontent-length: {len(FLOOD)}\r\n\r\n{FLOOD}"
)
UPLOAD = (
    "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    "content-length: 1000\r\n\r\n{"
)


@asynccontextmanager
async def impatient(ledger: Ledger, bounds: Bounds | None = None) -> AsyncIterator[str]:
    """Serve with little patience."""
    routes = graphql_routes(tiny_schema(), lambda *_: Context(ledger), bounds=bounds)
    async with served(routes, patience=0.6) as host:
        yield host


async def raw(host: str) -> socket.socket:
    """Connect with a socket that reads when it is told to."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    name, port = host.split(":")
    await asyncio.get_running_loop().sock_connect(peer, (name, int(port)))
    return peer


async def hung_up(peer: socket.socket) -> None:
    """Read what is left until the server is gone."""
    loop = asyncio.get_running_loop()
    with suppress(ConnectionResetError):
        async with asyncio.timeout(10):
            while await loop.sock_recv(peer, 65536):
                pass


async def test_a_socket_that_never_reads_is_cut_off() -> None:
    ledger = Ledger()
    async with impatient(ledger) as host, connected(host) as client:
        client.transport.pause_reading()
        await subscribe(client, "1", "subscription { flood }")
        async with asyncio.timeout(10):
            await ledger.left.wait()
        client.transport.abort()


async def test_an_event_stream_that_nobody_reads_is_cut_off(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = Ledger()
    async with impatient(ledger) as host:
        with await raw(host) as peer:
            await asyncio.get_running_loop().sock_sendall(peer, FLOOD_OVER_HTTP.encode())
            async with asyncio.timeout(10):
                await ledger.left.wait()
            await hung_up(peer)

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_who_reads_slowly_is_not_cut_off() -> None:
    ledger, loop = Ledger(), asyncio.get_running_loop()
    async with impatient(ledger) as host:
        with await raw(host) as peer:
            await loop.sock_sendall(peer, FLOOD_OVER_HTTP.encode())
            for _ in range(60):
                await asyncio.sleep(0.025)
                for _ in range(20):
                    assert await loop.sock_recv(peer, 65536)
            gone = ledger.left.is_set()

    assert not gone


async def test_who_says_nothing_or_half_a_request_is_cut_off() -> None:
    async with impatient(Ledger()) as host:
        with await raw(host) as silent, await raw(host) as slow:
            await asyncio.get_running_loop().sock_sendall(slow, b"POST /graphql HTTP/1.1\r\nhost:")
            await hung_up(silent)
            await hung_up(slow)


async def test_who_asks_again_and_again_is_not_cut_off() -> None:
    async with impatient(Ledger()) as host:
        reader, writer = await asyncio.open_connection(*host.split(":"))
        for _ in range(16):
            await asyncio.sleep(0.1)
            writer.write(b"GET /graphql?query={hello} HTTP/1.1\r\nhost: localhost\r\n\r\n")
            async with asyncio.timeout(5):
                answer = await reader.readuntil(b"}}")
        writer.close()

    assert answer.endswith(b'{"data":{"hello":"world"}}')


async def test_a_socket_with_nothing_to_say_stays() -> None:
    ledger = Ledger()
    async with impatient(ledger) as host, connected(host) as client:
        await subscribe(client, "1", "subscription { watch }")
        await hear(client)
        await asyncio.sleep(1.5)
        ledger.release.set()
        answer = await hear(client)

    assert answer["payload"] == {"data": {"watch": "released"}}


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async with impatient(Ledger(), Bounds(body_timeout=0.1)) as host:
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(UPLOAD.encode())
        async with asyncio.timeout(5):
            status = await reader.readline()
        writer.close()

    assert status == b"HTTP/1.1 408 Request Timeout\r\n"


async def test_who_is_gone_without_a_word_is_noticed_by_the_system() -> None:
    routes = graphql_routes(tiny_schema(), lambda *_: Context(Ledger()))
    async with serving(routes, patience=1.5) as (server, host), connected(host):
        [connection] = server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        if sys.platform == "linux":
            timeout = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert timeout == 1500
