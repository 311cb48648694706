"""Whatever is sent over a WebSocket, what is heard is right, and what is refused touches no other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from image_generation.domain.errors import Unauthenticated
from image_generation.graphql.views import Bounds, graphql_routes
from tests.graphql.serving import Context, Ledger, served, tiny_schema
from tests.graphql.socket_corpus import KEY, SCRIPTS, Script

pytestmark = pytest.mark.anyio


def make_context(connection: HTTPConnection, authorization: str | None) -> Context:
    """Let in who has the key."""
    if authorization != f"Bearer {KEY}":
        raise Unauthenticated("This key is not known.")
    return Context(Ledger())


@asynccontextmanager
async def waiting(seconds: float) -> AsyncIterator[str]:
    """Serve, and wait so long for an introduction."""
    bounds = Bounds(operations_per_socket=2, init_timeout=seconds)
    async with served(graphql_routes(tiny_schema(), make_context, bounds=bounds)) as host:
        yield host


@pytest.fixture(scope="module")
async def hosts() -> AsyncIterator[tuple[str, str]]:
    """A server that waits, and one that hardly does."""
    async with waiting(30) as patient, waiting(0.5) as hurried:
        yield patient, hurried


class Conversation:
    """A client that sends what it likes, and takes down what it hears."""

    def __init__(self, host: str, script: Script) -> None:
        self.script = script
        self.status = 0
        self.heard: list[dict[str, Any]] = []
        self.end: tuple[int, str] | None = None
        offers = [Subprotocol(offer) for offer in script.offers] or None
        self.protocol = ClientProtocol(parse_uri(f"ws://{host}/graphql"), subprotocols=offers)

    async def run(self, host: str) -> None:
        """Shake hands, send everything, and listen until the end or until enough is heard."""
        reader, writer = await asyncio.open_connection(*host.split(":"))
        try:
            writer.write(self._request())
            await self._listen(reader, until=lambda: self.status != 0)
            if self.status == 101:
                writer.write(b"".join(self.script.sent))
                await self._listen(reader, until=self._is_over)
        finally:
            writer.close()

    def _request(self) -> bytes:
        request = self.protocol.connect()
        for name, value in self.script.headers.items():
            request.headers.pop(name, None)
            request.headers[name] = value
        self.protocol.send_request(request)
        return b"".join(self.protocol.data_to_send())

    async def _listen(self, reader: asyncio.StreamReader, until: Any) -> None:
        async with asyncio.timeout(10):
            while not until():
                data = await reader.read(65536)
                self.protocol.receive_data(data) if data else self.protocol.receive_eof()
                for event in self.protocol.events_received():
                    self._note(event)
                if not data:
                    return

    def _note(self, event: Any) -> None:
        match event:
            case Response():
                self.status = event.status_code
            case Frame(opcode=Opcode.TEXT):
                self.heard.append(json.loads(bytes(event.data)))
            case Frame(opcode=Opcode.CLOSE):
                close = self.protocol.close_rcvd
                assert close is not None
                self.end = close.code, close.reason

    def _is_over(self) -> bool:
        enough = self.script.end is None and len(self.heard) >= len(self.script.heard)
        return enough or self.end is not None


def by_operation(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort by operation: those that run at once may speak in any order."""
    return sorted(messages, key=lambda message: str(message.get("id", "")))


def test_the_corpus_is_large_and_tells_its_parts_apart() -> None:
    assert len(SCRIPTS) >= 90
    assert len({script.name for script in SCRIPTS}) == len(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
async def test_a_conversation_goes_as_the_protocol_has_it(
    hosts: tuple[str, str], script: Script
) -> None:
    host = hosts[script.hurried]
    conversation = Conversation(host, script)

    await conversation.run(host)

    assert conversation.status == script.status
    assert conversation.end == script.end
    if script.end is None:
        assert by_operation(conversation.heard) == by_operation(script.heard)
    else:
        assert conversation.heard[: len(script.heard)] == script.heard
