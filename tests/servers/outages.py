"""A way to an HTTP server on which requests and answers get lost as a test wants it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from enum import Enum


class Outage(Enum):
    """What becomes of a request."""

    REFUSED = "the connection is cut before anything is read"
    CUT_IN_REQUEST = "half of the body is read, and nothing of it handed on"
    CUT_BEFORE_ANSWER = "the request is done, and its answer never comes"
    CUT_IN_ANSWER = "half of the answer comes"
    SILENCE = "the request is done, the connection stays open and nothing comes"
    FAILS = "the server answers 500"
    BUSY = "the server answers 503"


_ANSWERS = {
    Outage.FAILS: b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    Outage.BUSY: b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n",
}


@dataclass
class Way:
    """The way; `outage` befalls those requests whose first line holds `befalls`, or nobody."""

    port: int
    outage: Outage | None = None
    befalls: str = ""
    left: int | None = None
    seen: list[str] = field(default_factory=list)
    struck: asyncio.Event = field(default_factory=asyncio.Event)

    def strike(self, outage: Outage, befalls: str = "", times: int | None = None) -> None:
        """Have an outage from now on, or for so many requests."""
        self.outage, self.befalls, self.left = outage, befalls, times

    def clear(self) -> None:
        """Have none any more."""
        self.outage = None

    def _falls_on(self, line: str) -> Outage | None:
        if self.outage is None or self.befalls not in line or self.left == 0:
            return None
        self.left = None if self.left is None else self.left - 1
        self.struck.set()
        return self.outage

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            line = head.partition(b"\r\n")[0].decode()
            self.seen.append(line)
            outage = self._falls_on(line)
            if outage is not Outage.REFUSED:
                await self._answer(outage, head, reader, writer)

    async def _answer(
        self,
        outage: Outage | None,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        length, expects = _body_of(head)
        if expects:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if outage is Outage.CUT_IN_REQUEST:
            await reader.readexactly(length // 2)
            return
        body = await reader.readexactly(length)
        answer = _ANSWERS.get(outage) if outage else None
        answer = answer or await self._ask(head, body)
        if outage is Outage.SILENCE:
            await reader.read()
        elif outage is Outage.CUT_IN_ANSWER:
            writer.write(answer[: len(answer) - len(answer.partition(b"\r\n\r\n")[2]) // 2 - 1])
        elif outage is not Outage.CUT_BEFORE_ANSWER:
            writer.write(answer)
        await writer.drain()

    async def _ask(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:")]
        writer.write(b"\r\n".join(lines) + body)
        answer = await reader.read()
        writer.close()
        return answer


def _body_of(head: bytes) -> tuple[int, bool]:
    """Tell how long the body is, and whether its sender waits to be asked for it."""
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    return int(fields.get(b"content-length", b"0")), b"expect" in fields


@asynccontextmanager
async def way_to(port: int) -> AsyncIterator[tuple[Way, str]]:
    """Open a way to a server of this machine that closes each connection; give it and its URL."""
    way = Way(port)
    passing: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(way._pass(reader, writer))
        passing.add(task)
        task.add_done_callback(passing.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield way, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
