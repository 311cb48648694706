"""Faults that no door expected."""

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from image_generation.http.headers import SAFE_HEADERS, SafeHeaders
from image_generation.http.incidents import Incidents

pytestmark = pytest.mark.anyio


async def broken(_: Request) -> Response:
    raise RuntimeError("sk-planted-secret")


async def test_an_unexpected_fault_is_told_by_its_reference_in_the_log_and_nothing_else() -> None:
    app = Starlette(
        routes=[Route("/broken", broken)],
        middleware=[Middleware(SafeHeaders), Middleware(Incidents)],
    )
    transport = httpx2.ASGITransport(app)

    with capture_logs() as logs:
        async with httpx2.AsyncClient(transport=transport, base_url="http://host") as client:
            response = await client.get("/broken")

    [entry] = logs
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": f"Something went wrong here. The log has it as {entry['reference']}.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            }
        ]
    }
    assert {name: response.headers[name] for name in SAFE_HEADERS} == SAFE_HEADERS
    assert "planted" not in f"{logs}"
