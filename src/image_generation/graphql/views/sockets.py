"""A WebSocket as it has to be towards peers that misbehave."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
    """A WebSocket that knows how often to confirm who is there, and whose closes are well-formed.

    A peer that stopped reading is none of its business: the server cuts it off.
    """

    def __init__(
        self, view: View, request: WebSocket, response: WebSocket, *, confirmation: float
    ) -> None:
        super().__init__(view, request, response)
        self.confirmation = confirmation

    @override
    async def send_json(self, message: Mapping[str, object]) -> None:
        with _disconnecting():
            await self.ws.send_text(encode(message).decode())

    @override
    async def close(self, code: int, reason: str) -> None:
        short = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with suppress(WebSocketDisconnected), _disconnecting():
            await super().close(code, short)


@contextmanager
def _disconnecting() -> Iterator[None]:
    try:
        yield
    except (WebSocketDisconnect, websockets.WebSocketDisconnected) as error:
        raise WebSocketDisconnected from error
