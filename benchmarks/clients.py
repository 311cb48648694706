"""Clients that take little of the processor themselves."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

_ROOT = Path(__file__).parent.parent
_LIMIT = 2**24
_PROTOCOL = Subprotocol("graphql-transport-ws")


class Connection:
    """One kept-alive HTTP connection: asks, waits for the answer, asks again.

    A whole HTTP client would take longer than the service that it asks.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> Self:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=_LIMIT))

    async def request(self, method: str, path: str, body: bytes = b"") -> Any:
        """Ask, and return what the JSON of the answer says. Raises `RuntimeError` if refused."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = answer.partition(b"content-length:")
        content = await self._reader.readexactly(int(length.split(maxsplit=1)[0]))
        if not answer.startswith(b"http/1.1 200"):
            raise RuntimeError(content.decode())
        return orjson.loads(content)

    async def ask(self, query: str, **variables: Any) -> Any:
        """Send a GraphQL operation and return its data."""
        body = orjson.dumps({"query": query, "variables": variables})
        answer = await self.request("POST", "/graphql", body)
        if "errors" in answer:
            raise RuntimeError(f"{answer['errors']}")
        return answer["data"]

    async def aclose(self) -> None:
        """Close."""
        self._writer.close()
        await self._writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a stream, and when it came: seconds since 1970."""

    at: float
    message: bytes

    @property
    def data(self) -> Any:
        """What the event says."""
        return orjson.loads(self.message)["payload"]["data"]


async def subscribe(port: int, query: str, **variables: Any) -> AsyncGenerator[Heard, None]:
    """Give the events of a subscription over graphql-transport-ws until its end.

    They are read later, so that the time they come at is not the time of reading. Raises
    `RuntimeError` for an event with errors.
    """
    payload = {"query": query, "variables": variables}
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(address, subprotocols=[_PROTOCOL], compression=None) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        wish = {"id": "1", "type": "subscribe", "payload": payload}
        await socket.send(orjson.dumps(wish).decode())
        while b'"type":"complete"' not in (message := await socket.recv(decode=False)):
            if b'"errors"' in message:
                raise RuntimeError(message.decode())
            yield Heard(time.time(), message)


@dataclass(frozen=True, slots=True)
class Served:
    """A service in another process, and a connection for questions about it."""

    port: int
    connection: Connection

    async def cpu(self) -> float:
        """Return the seconds of processor time that it has used."""
        return float((await self.connection.request("GET", "/usage"))["cpu"])

    async def memory(self) -> int | None:
        """Return the bytes that it holds in memory; None where that cannot be told."""
        memory: int | None = (await self.connection.request("GET", "/usage"))["memory"]
        return memory

    async def hold(self) -> None:
        """Have it make nothing for now."""
        await self.connection.request("POST", "/hold")

    async def release(self) -> None:
        """Let it make what it was told to hold."""
        await self.connection.request("POST", "/release")


@asynccontextmanager
async def serving(folder: Path, *arguments: str) -> AsyncIterator[Served]:
    """Run `benchmarks.serving` on a folder until the end of the block."""
    command = (sys.executable, "-m", "benchmarks.serving", f"{folder}", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=_ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if not (line := await process.stdout.readline()):
            raise RuntimeError("The service did not start.")
        port = int(line)
        connection = await Connection.to(port)
        yield Served(port, connection)
        await connection.aclose()
    finally:
        process.stdin.close()
        await process.wait()
