"""A WebSocket as it has to be towards peers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

from starlette import websockets
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.async_base_view import AsyncBaseHTTPView
from strawberry.http.exceptions import WebSocketDisconnected
from typing_extensions import override

from image_generation.graphql.views.json import encode

View: TypeAlias = AsyncBaseHTTPView[Any, Any, Any, Any, Any, Any, Any]

SERVICE_RESTART = 1012
"""The close code after which clients come back (RFC 6455, 7.4; IANA's registry)."""

LONGEST_REASON = 123
"""Bytes of a close reason (RFC 6455, 5.5.1); a longer one breaks the closing handshake."""


class BoundedSocket(ASGIWebSocketAdapter):
    """A WebSocket that gives up on a peer who stopped reading.

    The server's own keep-alive cannot: it closes politely, and waits for what is unread.
    """

    def __init__(
        self, view: View, request: WebSocket, response: WebSocket, *, send_timeout: float
    ) -> None:
        super().__init__(view, request, response)
        self._send_timeout = send_timeout
        self.stalled = asyncio.Event()

    @override
    async def send_json(self, message: Mapping[str, object]) -> None:
        async with self._patience():
            await self.ws.send_text(encode(message).decode())

    @override
    async def close(self, code: int, reason: str) -> None:
        short = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with suppress(WebSocketDisconnected):
            async with self._patience():
                await super().close(code, short)

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._send_timeout):
                yield
        except TimeoutError as error:
            self.stalled.set()
            raise WebSocketDisconnected from error
        except (WebSocketDisconnect, websockets.WebSocketDisconnected) as error:
            raise WebSocketDisconnected from error
