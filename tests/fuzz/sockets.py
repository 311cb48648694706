"""GraphQL over WebSocket: conversations that keep to the protocol, and others."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from tests.fuzz.visitor import PATIENCE, Visitor
from tests.fuzz.world import HUNG, NONE, Outcome

_PROTOCOL = Subprotocol("graphql-transport-ws")
_OTHERS = (Subprotocol("graphql-ws"), Subprotocol("soap"))
_SILENCE = 0.3
"""Seconds without a message after which there will be none."""


async def converse(visitor: Visitor) -> Outcome:
    """Hold a conversation, and end it."""
    chance = visitor.chance
    sent = [_message(visitor) for _ in range(chance.randint(1, 8))]
    if chance.happens(0.95):
        sent.insert(0, json.dumps({"type": "connection_init"}))
    protocol = _PROTOCOL if chance.happens(0.97) else chance.choice(_OTHERS)
    try:
        async with asyncio.timeout(PATIENCE):
            return await _talk(visitor, protocol, sent)
    except TimeoutError:
        return Outcome(sent, HUNG)
    except InvalidStatus as refusal:
        return Outcome(sent, refusal.response.status_code)
    except InvalidHandshake:  # the service offers none of the protocols
        return Outcome(sent, NONE)


async def _talk(visitor: Visitor, protocol: Subprotocol, sent: list[str | bytes]) -> Outcome:
    async with connect(
        f"{visitor.world.url.replace('http', 'ws')}/graphql",
        subprotocols=[protocol],
        additional_headers=visitor.world.authorization(visitor.chance),
        max_size=None,
    ) as socket:
        heard = [message async for message in _exchange(socket, sent)]
    return Outcome(sent, socket.close_code or NONE, b"\n".join(heard))


async def _exchange(socket: ClientConnection, sent: list[str | bytes]) -> AsyncIterator[bytes]:
    try:
        for message in sent:
            await socket.send(message)
        while True:
            async with asyncio.timeout(_SILENCE):
                answer = await socket.recv()
            yield answer.encode() if isinstance(answer, str) else answer
    except (ConnectionClosed, TimeoutError):
        return


def _message(visitor: Visitor) -> str | bytes:
    chance = visitor.chance
    id = chance.choice("1234")
    subscribe: Callable[[], Any] = lambda: {  # noqa: E731 - one of a kind with those below
        "id": id,
        "type": "subscribe",
        "payload": visitor.documents.write().body(),
    }
    choices: list[Callable[[], Any]] = [
        *([subscribe] * 6),
        lambda: {"id": id, "type": "complete"},
        lambda: {"type": chance.choice(("ping", "pong")), "payload": chance.anything()},
        lambda: {"type": "connection_init", "payload": chance.anything()},
        lambda: {"id": chance.anything(), "type": chance.text(), "payload": chance.anything()},
        chance.anything,
    ]
    message = json.dumps(chance.choice(choices)())
    if chance.happens(0.1):
        message = chance.garbled_text(message).encode("utf-8", "replace").decode()
    return chance.randbytes(20) if chance.happens(0.03) else message
