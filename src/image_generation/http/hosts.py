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

_AMBIGUOUS = "The request does not say which host it asks. Send one `Host` header."
_FAULT = "The service does not go by the name in `Host`; its setting `ALLOWED_HOSTS` lists names."


class KnownHosts:
    """Turns away who asks by no name (400) or by one that is not known (421); a WebSocket with 403.

    A page can have its own name lead to this machine (DNS rebinding), and is then a page of this
    host to the browser. Addresses and `localhost` cannot be taken over so, and are always known;
    only HTTP/1.0 may ask without a `Host`, and no browser does.

    `names`: "pictures.example", "*.example" for all below it, or "*" for any.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or not (refusal := self._refusal(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": ""})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) > 1 or (not hosts and scope["http_version"] == "1.1"):
            return error_response(400, ErrorCode.BAD_USER_INPUT, _AMBIGUOUS)  # RFC 9112, 3.2
        if not self._is_known(_name_in(hosts[0] if hosts else "")):
            return error_response(421, ErrorCode.FORBIDDEN, _FAULT)
        return None

    def _is_known(self, name: str) -> bool:
        if ANY_HOST in self._names or _is_ours(name):
            return True
        return name in self._names or any(
            known.startswith("*.") and name.endswith(known[1:]) for known in self._names
        )


def _name_in(host: str) -> str:
    host = host.strip().lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.rstrip(".")


def _is_ours(name: str) -> bool:
    with suppress(ValueError):
        ip_address(name)
        return True
    return name in {"", "localhost"} or name.endswith(".localhost")
