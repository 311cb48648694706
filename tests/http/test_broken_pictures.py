"""Pictures whose bytes are lost, wrong or out of reach."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from image_generation.domain.errors import NotFound
from image_generation.storage.base import Store
from image_generation.storage.registry import open_store
from tests.http.shelf import ID, LARGE, LARGE_ID, LOST_ID, SMALL, app_over, client_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_lost_bytes_are_not_found_and_logged(client: httpx2.AsyncClient, method: str) -> None:
    with capture_logs() as logs:
        response = await client.request(method, f"/images/{LOST_ID}")

    assert response.status_code == 404
    assert response.headers["cache-control"] == "no-store"
    [entry] = logs
    assert entry["event"] == "picture not delivered"
    assert entry["id"] == str(LOST_ID)
    assert entry["log_level"] == "error"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("data", [SMALL[:-1], SMALL + b"!", b""])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}])
async def test_a_picture_of_another_length_is_never_shown(
    client: httpx2.AsyncClient, store: Store, method: str, data: bytes, headers: dict[str, str]
) -> None:
    await store.put(ID.hex, data)

    with capture_logs() as logs:
        response = await client.request(method, f"/images/{ID}", headers=headers)

    assert response.status_code == 503
    assert response.headers["cache-control"] == "no-store"
    assert [entry["id"] for entry in logs] == [str(ID)]


async def test_a_large_picture_of_another_length_is_never_begun(
    client: httpx2.AsyncClient, store: Store
) -> None:
    await store.put(LARGE_ID.hex, LARGE[:-1])

    response = await client.get(f"/images/{LARGE_ID}")

    assert response.status_code == 503


async def test_a_store_that_fails_is_told_without_its_path(folder: Path) -> None:
    (folder / "1c" / "2d" / ID.hex).mkdir(parents=True)

    with capture_logs() as logs:
        async with client_of(app_over(open_store("local", folder))) as client:
            response = await client.get(f"/images/{ID}")

    assert response.status_code == 503
    assert response.json() == {
        "errors": [
            {
                "message": "The picture storage could not be read.",
                "extensions": {"code": "STORAGE_FAILED"},
            }
        ]
    }
    assert [entry["id"] for entry in logs] == [str(ID)]


async def test_a_picture_that_vanishes_on_the_way_breaks_the_connection(store: Store) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await store.delete(LARGE_ID.hex)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": f"/images/{LARGE_ID}",
        "query_string": b"",
        "headers": [],
    }
    with capture_logs() as logs, pytest.raises(NotFound):
        await app_over(store)(scope, asyncio.Future[Message], send)

    start, beginning = sent
    assert (start["status"], beginning["more_body"]) == (200, True)
    assert beginning["body"] == LARGE[: 1024 * 1024]
    assert [entry["id"] for entry in logs] == [str(LARGE_ID)]
