"""Whether the process lives, and whether it can do its work."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

_log: FilteringBoundLogger = structlog.get_logger(__name__)


def routes(ready: Callable[[], Awaitable[bool]]) -> list[Route]:
    """Make `/health`, which asks nothing, and `/ready`, which asks `ready`.

    What `ready` raises is logged and counts as no.
    """

    async def health(request: Request) -> JSONResponse:
        return _status(200, "ok")

    async def readiness(request: Request) -> JSONResponse:
        if await _is_ready(ready):
            return _status(200, "ok")
        return _status(503, "unavailable")

    return [Route("/health", health), Route("/ready", readiness, name="ready")]


async def _is_ready(ready: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await ready()
    except Exception as failure:  # noqa: BLE001 - whatever it is, who asks wants an answer
        _log.error("not ready", exc_info=failure)
        return False


def _status(code: int, status: str) -> JSONResponse:
    return JSONResponse({"status": status}, code, {"Cache-Control": "no-store"})
