"""The HTTP server: how it is set up, and how it stops."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Timer
from types import FrameType
from typing import Any, Self

import structlog
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import HANDLED_SIGNALS

from image_generation.events.bus import Bus

_log = structlog.get_logger(__name__)

_STREAMS, _READERS, _REQUESTS = 0.1, 0.6, 0.7
"""How much of the grace time streams, slow readers and requests have; the rooms have the rest."""

_SHORTEST_GRACE = 1.0
"""Seconds that the rooms have to close in any case."""

_ANSWERING = 0.1
"""Seconds for those who watched to say what came of it."""

_TICK = 0.1
"""Seconds, as Uvicorn has it."""

_TICKS = 5
"""From one look at the peers to the next."""


def server_config(web: ASGIApp, *, host: str, port: int, grace: float) -> uvicorn.Config:
    """Set a server up; `grace`: the seconds it has to stop."""
    return uvicorn.Config(
        web,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        http=_HTTP,
        ws=_WEB_SOCKET,
        ws_max_size=1024 * 1024,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,
        # It is typed as whole seconds, and handed to `asyncio.wait_for`.
        timeout_graceful_shutdown=grace * _REQUESTS,  # type: ignore[arg-type]
    )


class _Paced(asyncio.Protocol):
    """A connection that counts how often its peer has read enough for more to be written."""

    caught_up = 0

    @override
    def resume_writing(self) -> None:
        self.caught_up += 1
        super().resume_writing()


_HTTP = type("PacedHTTP", (_Paced, AutoHTTPProtocol), {})
_WEB_SOCKET = type("PacedWebSocket", (_Paced, WebSocketsSansIOProtocol), {})


class PatientServer(uvicorn.Server):
    """A server that waits for its peers only so long.

    It cuts off who does not read what there is for them, a client of a closed connection too, and
    who does not get a request together. Uvicorn closes politely: it would wait for the first for
    ever. `patience`: in seconds.
    """

    def __init__(self, config: uvicorn.Config, patience: float = 20.0) -> None:
        super().__init__(config)
        self._patience = patience
        self._looks = patience / (_TICKS * _TICK)
        self._debts: dict[Any, _Debt] = {}

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; who is gone without a word is noticed by what they do not acknowledge."""
        await super().startup(sockets)
        if sys.platform == "linux":
            for listener in (x for server in self.servers for x in server.sockets):
                milliseconds = round(self._patience * 1000)
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    @override
    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            self._cut_off()
        return await super().on_tick(counter)

    def _cut_off(self) -> None:
        """Look at every connection. Looks are counted and not time, which passes when we sleep."""
        debts: dict[Any, _Debt] = {}
        connections: list[Any] = [*self.server_state.connections]
        for connection in connections:
            if debt := _debt(connection):
                debts[connection] = debt = debt.after(self._debts.get(connection))
                if debt.looks > self._looks:
                    _log.info("cut_off", unread=connection.transport.get_write_buffer_size())
                    connection.transport.abort()
        self._debts = debts


@dataclass(frozen=True, slots=True)
class _Debt:
    """What a peer has to do, and for how many looks it did nothing about it.

    `unread`: bytes that it has to read; without any it has to make a request. `mark` changes
    whenever it does something.
    """

    unread: int
    mark: tuple[Any, ...]
    looks: int = 0

    def after(self, earlier: Self | None) -> Self:
        """Count on if nothing was done since."""
        if earlier is None or self.unread < earlier.unread or self.mark != earlier.mark:
            return self
        return replace(self, looks=earlier.looks + 1)


def _debt(connection: Any) -> _Debt | None:
    """Tell what the peer of a connection has to do; None: nothing, it is our turn."""
    unread = connection.transport.get_write_buffer_size()
    request = getattr(connection, "cycle", None)  # a WebSocket has none
    if unread:
        return _Debt(unread, (connection.caught_up, request))
    waits = hasattr(connection, "cycle") and (request is None or request.response_complete)
    return _Debt(0, (connection.caught_up, request)) if waits else None


class Server(PatientServer):
    """A server that ends its streams before its connections, and is gone within its grace time.

    `announce` is called with the address once it listens.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        bus: Bus,
        grace: float,
        announce: Callable[[tuple[Any, ...]], None],
    ) -> None:
        super().__init__(config)
        self._bus = bus
        self._grace = grace
        self._announce = announce

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the first signal as the wish to stop; the next one ends the process where it is.

        Uvicorn raises the first one again at the end of `serve`, which would end the process
        before the rooms behind the server are closed.
        """
        before = {signum: signal.signal(signum, self.handle_exit) for signum in HANDLED_SIGNALS}
        try:
            yield
        finally:
            if not self.should_exit:
                for signum, handler in before.items():
                    signal.signal(signum, handler)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True
        for signum in HANDLED_SIGNALS:
            signal.signal(signum, signal.SIG_DFL)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce(self.servers[0].sockets[0].getsockname())

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let each have its time: streams, readers, requests, and the rooms after this."""
        _end_after(max(self._grace, _SHORTEST_GRACE))
        for server in self.servers:
            server.close()
        self._bus.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._grace * _STREAMS):
                await self._bus.deserted()
                await asyncio.sleep(_ANSWERING)
        asyncio.get_running_loop().call_later(self._grace * _READERS, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        """Drop those who do not read what there is for them; else they are waited for."""
        for connection in [*self.server_state.connections]:
            connection.transport.abort()


def _end_after(seconds: float) -> None:
    """End the process then, whatever still hangs; what it was at is taken up at the next start.

    A thread that waits for a disk cannot be stopped, and Python would wait for it.
    """
    timer = Timer(seconds, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    _log.error("stopped_by_force")
    os._exit(1)
