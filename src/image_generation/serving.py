"""The HTTP server: how it is set up, and how it stops."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from types import FrameType
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.server import HANDLED_SIGNALS

from image_generation.events.bus import Bus

_log = structlog.get_logger(__name__)

_STREAMS, _READERS, _REQUESTS = 0.1, 0.6, 0.7
"""How much of the grace time streams, slow readers and requests have; the rooms have the rest."""

_SHORTEST_GRACE = 1.0
"""Seconds that the rooms have to close in any case."""

_ANSWERING = 0.1
"""Seconds for those who watched to say what came of it."""


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
        ws="websockets-sansio",
        ws_max_size=1024 * 1024,
        ws_per_message_deflate=False,
        # It is typed as whole seconds, and handed to `asyncio.wait_for`.
        timeout_graceful_shutdown=grace * _REQUESTS,  # type: ignore[arg-type]
    )


class Server(uvicorn.Server):
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
