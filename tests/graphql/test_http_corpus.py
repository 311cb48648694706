"""Whatever is sent over HTTP, the answer is the right one, and nothing happens that was refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.graphql.http_corpus import EXCHANGES, Exchange
from tests.product.running import Running, running

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(Path(tmp_path_factory.mktemp("house"))) as house:
        yield house


async def send(house: Running, sent: bytes) -> bytes:
    """Send bytes and nothing more, and return what comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(house.url.rpartition(":")[2]))
    try:
        writer.write(sent)
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


def test_the_corpus_is_large_and_tells_its_parts_apart() -> None:
    assert len(EXCHANGES) >= 150
    assert len({exchange.name for exchange in EXCHANGES}) == len(EXCHANGES)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.name)
async def test_a_request_is_answered_as_it_deserves(house: Running, exchange: Exchange) -> None:
    received = await send(house, exchange.sent)

    if exchange.answer is None:
        assert received == b""
    else:
        head, _, body = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        expected = exchange.answer
        assert int(status.split()[1]) == expected.status, received[:1000]
        assert (body if isinstance(expected.body, bytes) else json.loads(body)) == expected.body
        assert {name: headers.get(name) for name in expected.headers} == expected.headers
    assert await house.ask("{ gallery { totalCount } }") == {"gallery": {"totalCount": 0}}
