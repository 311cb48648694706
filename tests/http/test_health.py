"""The two questions that orchestrators ask."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from image_generation.http.health import routes

pytestmark = pytest.mark.anyio


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def broken() -> bool:
    raise ConnectionError("no database at secret-host")


async def ask(path: str, ready: Callable[[], Awaitable[bool]]) -> httpx2.Response:
    transport = httpx2.ASGITransport(Starlette(routes=routes(ready)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


@pytest.mark.parametrize("ready", [yes, no, broken])
async def test_a_process_that_answers_lives(ready: Callable[[], Awaitable[bool]]) -> None:
    response = await ask("/health", ready)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["cache-control"] == "no-store"


async def test_ready_is_ready() -> None:
    response = await ask("/ready", yes)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["cache-control"] == "no-store"


async def test_not_ready_is_unavailable() -> None:
    response = await ask("/ready", no)

    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    assert response.headers["cache-control"] == "no-store"


async def test_a_question_that_fails_is_logged_and_not_told() -> None:
    with capture_logs() as logs:
        response = await ask("/ready", broken)

    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    [entry] = logs
    assert (entry["event"], entry["log_level"]) == ("not ready", "error")
    assert str(entry["exc_info"]) == "no database at secret-host"
