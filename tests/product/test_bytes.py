"""What a caller may send in a minute is counted in one place, however it is sent."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect

from image_generation.domain.callers import Role
from tests.product.guests import asking, keys_for
from tests.product.running import PROTOCOL, Running, running
from tests.sockets import hear, say, subscribe

pytestmark = pytest.mark.anyio

MOST = 6000
VIEWER = "{ viewer { name } }"
MAKE = 'mutation { generate(input: {prompt: "a sea"}) { generation { id } } }'
UPLOAD = "mutation ($f: Upload!) { uploadImage(input: {image: {upload: $f}}) { image { id } } }"
TOLD = f"ada may send {MOST} bytes a minute."
JSON = {"content-type": "application/json"}


@asynccontextmanager
async def guest(folder: Path) -> AsyncIterator[Running]:
    """Serve, and be a caller with a limit."""
    path, keys = keys_for(folder, ada=Role.MEMBER)
    path.write_text(path.read_text() + f"bytes_per_minute = {MOST}\n")
    async with (
        running(folder / "data", api_keys_file=path) as house,
        asking(house, keys["ada"]) as ada,
    ):
        yield ada


def padded(query: str, size: int) -> bytes:
    """Write a request of exactly so many bytes."""
    plain = json.dumps({"query": query, "operationName": None})
    return (plain + " " * (size - len(plain))).encode()


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    """Send without a length."""
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    [error] = response.json()["errors"]
    return response.status_code, error["message"], error["extensions"]["code"]


async def test_what_is_too_much_for_now_is_told_when_to_come_back(tmp_path: Path) -> None:
    async with guest(tmp_path) as ada:
        first = await ada.client.post("/graphql", content=padded(VIEWER, 4000), headers=JSON)
        declared = await ada.client.post("/graphql", content=padded(MAKE, 4000), headers=JSON)
        streamed = await ada.client.post(
            "/graphql", content=chunks(padded(MAKE, 4000)), headers=JSON
        )

    assert first.json() == {"data": {"viewer": {"name": "ada"}}}
    assert refusal(declared) == refusal(streamed) == (429, TOLD, "RATE_LIMITED")
    wait = declared.json()["errors"][0]["extensions"]["retryAfter"]
    assert 15 < wait <= 20
    assert int(declared.headers["retry-after"]) in {int(wait), int(wait) + 1}
    assert ada.files() == []


async def test_what_is_too_much_for_ever_is_not(tmp_path: Path) -> None:
    async with guest(tmp_path) as ada:
        large = await ada.client.post("/graphql", content=padded(MAKE, MOST + 1), headers=JSON)
        whole = await ada.client.post("/graphql", content=padded(VIEWER, MOST), headers=JSON)

    told = f"`body`: {TOLD} It has {MOST + 1}. Send less at once."
    assert refusal(large) == (400, told, "BAD_USER_INPUT")
    assert whole.status_code == 200


async def test_files_and_sockets_count_for_the_same_limit(tmp_path: Path) -> None:
    async with guest(tmp_path) as ada:
        address, key = ada.url.replace("http", "ws"), ada.client.headers["authorization"]
        async with connect(f"{address}/graphql", subprotocols=[PROTOCOL]) as socket:
            await say(socket, type="connection_init", payload={"authorization": key})
            await hear(socket)
            await subscribe(socket, "1", VIEWER + " " * 4000)
            answered = [await hear(socket), await hear(socket)]
            await subscribe(socket, "2", MAKE + " " * 4000)
            refused = await hear(socket)
        form = {
            "operations": json.dumps({"query": UPLOAD, "variables": {"f": None}}),
            "map": '{"0": ["variables.f"]}',
        }
        sent = await ada.client.post(
            "/graphql",
            data=form,
            files={"0": ("a.png", b"x" * 3000, "image/png")},
            headers={"graphql-require-preflight": "1"},
        )

    assert answered[0]["payload"] == {"data": {"viewer": {"name": "ada"}}}
    assert (refused["id"], refused["type"]) == ("2", "error")
    assert refused["payload"][0]["message"] == TOLD
    assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert refusal(sent) == (429, TOLD, "RATE_LIMITED")
    assert ada.files() == []


async def test_where_a_caller_stands_is_told_when_it_is_asked(tmp_path: Path) -> None:
    body = json.dumps({"query": "{ viewer { limits { bytesPerMinute } } }", "extensions": {"rateLimit": True}})  # fmt: skip  # noqa: E501 - one value
    async with guest(tmp_path) as ada:
        answer = (await ada.client.post("/graphql", content=body, headers=JSON)).json()

    standing = answer["extensions"]["rateLimit"]
    assert answer["data"] == {"viewer": {"limits": {"bytesPerMinute": MOST}}}
    assert (standing["perMinute"], standing["remaining"]) == (None, None)
    assert standing["bytesPerMinute"] == MOST
    assert 0 <= standing["bytesRemaining"] - (MOST - len(body)) < 100


async def test_a_caller_without_a_limit_has_the_usual_one(tmp_path: Path) -> None:
    async with running(tmp_path, bytes_per_minute=5000) as house:
        limits = await house.ask("{ viewer { limits { bytesPerMinute } } }")
        large = await house.client.post("/graphql", content=padded(MAKE, 5001), headers=JSON)

    assert limits == {"viewer": {"limits": {"bytesPerMinute": 5000}}}
    assert large.status_code == 400
