"""Clients who watch: through cuts, side by side on one socket, or without reading."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests import sockets

BYTES = "query ($id: ID!) { image(id: $id) { base64 } }"


@dataclass(frozen=True)
class Watched:
    """A subscription with one field, and the id of what it watches."""

    query: str
    field: str
    id: str


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[ClientConnection]:
    """Open a socket to a service."""
    async with sockets.connected(url.removeprefix("http://")) as socket:
        yield socket


async def begin(socket: ClientConnection, name: str, watched: Watched) -> None:
    """Subscribe under a name."""
    await sockets.subscribe(socket, name, watched.query, variables={"id": watched.id})


async def next_event(socket: ClientConnection, name: str, watched: Watched) -> Any:
    """Wait for the next event under a name, and pass over others; None when it is complete."""
    while (message := await sockets.hear(socket))["id"] != name:
        pass
    if message["type"] == "complete":
        return None
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    return message["payload"]["data"][watched.field]


async def events_of(socket: ClientConnection, name: str, watched: Watched) -> AsyncIterator[Any]:
    """Give each event under a name until it is complete."""
    while (event := await next_event(socket, name, watched)) is not None:
        yield event


async def watch_uncut(url: str, watched: Watched) -> list[Any]:
    """Watch until the end, and give each event."""
    async with connected(url) as socket:
        await begin(socket, "1", watched)
        return [event async for event in events_of(socket, "1", watched)]


async def watch_through_cuts(
    url: str, watched: Watched, chance: Random, cuts: int
) -> tuple[list[Any], int]:
    """Watch until the end over connections that are cut so often, at moments of chance.

    Gives each event of each connection, and how many cuts there were.
    """
    events: list[Any] = []
    for cut in range(cuts):
        async with connected(url) as socket:
            moment = chance.uniform(0, 0.08)
            knife = asyncio.get_running_loop().call_later(moment, socket.transport.abort)
            try:
                await begin(socket, "1", watched)
                async for event in events_of(socket, "1", watched):
                    events.append(event)  # noqa: PERF401 - those before the cut are kept
            except ConnectionClosed:
                continue
            knife.cancel()
            return events, cut
    return events + await watch_uncut(url, watched), cuts


async def stop_reading(socket: ClientConnection, image_id: str) -> None:
    """Read no more, with more on its way than the buffers between here and there hold."""
    socket.transport.pause_reading()
    for number in range(40):
        await sockets.subscribe(socket, f"bytes {number}", BYTES, variables={"id": image_id})
