"""graphql-transport-ws, spoken by a real client."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")


@asynccontextmanager
async def connected(host: str) -> AsyncIterator[ClientConnection]:
    """Open a socket to "127.0.0.1:port" and say `connection_init`."""
    async with connect(
        f"ws://{host}/graphql",
        subprotocols=[PROTOCOL],
        max_size=None,
        compression=None,
        close_timeout=1,
    ) as socket:
        await say(socket, type="connection_init")
        assert await hear(socket) == {"type": "connection_ack"}
        yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    """Send one message."""
    await socket.send(json.dumps(message))


async def subscribe(socket: ClientConnection, name: str, query: str, **payload: Any) -> None:
    """Begin an operation under a name."""
    await say(socket, id=name, type="subscribe", payload={"query": query, **payload})


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """Wait for the next message."""
    async with asyncio.timeout(20):
        message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def hear_out(socket: ClientConnection) -> list[dict[str, Any]]:
    """Listen until the server closes, or the connection is cut."""
    messages = []
    try:
        while True:
            messages.append(await hear(socket))
    except ConnectionClosed:
        return messages


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """Wait for the server to close without another word, and give its code and reason."""
    with pytest.raises(ConnectionClosed):
        await hear(socket)
    return socket.close_code or 0, socket.close_reason or ""
