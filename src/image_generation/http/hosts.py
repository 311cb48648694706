"""By which names the service may be asked."""

from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from image_generation.domain.errors import ErrorCode
from image_generation.http.errors import error_response

ANY_HOST = "*"

_POLICY_VIOLATION = 1008
"""RFC 6455, 7.4.1; before the handshake is accepted, servers answer with 403."""

_FAULT = "The service does not go by the name in `Host`; its setting `ALLOWED_HOSTS` lists names."


class KnownHosts:
    """Turns away who asks by a name that is not known (421; 403 for a WebSocket).

    A page can have its own name lead to this machine (DNS rebinding), and is then a page of this
    host to the browser. Addresses and `localhost` cannot be taken over so, and are always known;
    a request without a `Host` comes from no browser.

    `names`: "pictures.example", "*.example" for all below it, or "*" for any.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._is_known(_name_asked(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": ""})
        else:
            await error_response(421, ErrorCode.FORBIDDEN, _FAULT)(scope, receive, send)

    def _is_known(self, name: str) -> bool:
        if ANY_HOST in self._names or _is_ours(name):
            return True
        return name in self._names or any(
            known.startswith("*.") and name.endswith(known[1:]) for known in self._names
        )


def _name_asked(scope: Scope) -> str:
    host = Headers(scope=scope).get("host", "").strip().lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.rstrip(".")


def _is_ours(name: str) -> bool:
    with suppress(ValueError):
        ip_address(name)
        return True
    return name in {"", "localhost"} or name.endswith(".localhost")
