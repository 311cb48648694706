"""GraphQL's multipart request specification: files that come along with an operation."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from image_generation.graphql.views import Bounds
from image_generation.graphql.views.forms import receive_form
from image_generation.graphql.views.refusals import RefusalError
from tests.graphql.broken_forms import CUT, REFUSED
from tests.graphql.forms import (
    BOUNDARY,
    GOOD,
    HEADERS,
    MAP,
    MIB,
    ONE,
    POST,
    Counter,
    counter,
    file,
    form,
    operations,
    part,
    places,
)
from tests.sockets import connected, hear, subscribe

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def door() -> AsyncIterator[Counter]:
    async with counter() as door:
        yield door


@pytest.fixture
def desk(door: Counter) -> Counter:
    door.ledger.painted.clear()
    return door


@pytest.mark.parametrize(
    ("body", "posted"),
    [
        pytest.param(GOOD, ["content"], id="one"),
        pytest.param(
            form(
                operations({"files": [None, None]}),
                places(_0=["variables.l.files.0"], b=["variables.l.files.1"]),
                file("0", "first"),
                file("b", "second"),
            ),
            [None, "first", "second"],
            id="a list",
        ),
        pytest.param(
            form(
                operations({"file": None, "files": [None, None]}),
                places(_0=["variables.l.files.1", "variables.l.file"]),
                file("0", "twin"),
            ),
            ["twin", None, "twin"],
            id="one file for two variables",
        ),
        pytest.param(
            form(ONE, places(ключ=["variables.l.file"]), file("ключ", filename="Ünï %22🦊.png")),
            ["content"],
            id="names that are not ASCII",
        ),
        pytest.param(
            form(ONE, places(_0=["variables.l.file"]), part("0", "bare")),
            ["bare"],
            id="a file without a name and type",
        ),
        pytest.param(
            form(ONE, MAP, file("0", "x", filename="../../etc/passwd")), ["x"], id="a path for name"
        ),
        pytest.param(form(ONE, MAP, file("0", "")), [""], id="an empty file"),
        pytest.param(GOOD.replace(b"a.txt", b"\xfc.txt"), ["content"], id="a name in Latin-1"),
        pytest.param(
            form(ONE, MAP, file("0", b"\r\n--front")), ["\r\n--front"], id="near boundary"
        ),
        pytest.param(form(ONE, MAP, file("0", b"x" * 3 * MIB)), ["3145728 bytes"], id="a long one"),
        pytest.param(
            form(ONE, MAP, file("0", "x", "Content-Transfer-Encoding: Binary")), ["x"], id="binary"
        ),
        pytest.param(form(ONE, places(_0=[]), file("0")), [None], id="a file that goes nowhere"),
        pytest.param(form(ONE, part("map", "{}")), [None], id="no file"),
        pytest.param(b"preamble\r\n" + GOOD + b"epilogue", ["content"], id="words around it"),
    ],
)
async def test_files_come_where_the_map_says(desk: Counter, body: bytes, posted: list[Any]) -> None:
    response = await desk.post(body)

    assert response.status_code == 200
    assert response.json() == {"data": {"post": posted}}
    assert desk.ledger.painted == ["letter"]


@pytest.mark.parametrize(
    "name", ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name"]
)
async def test_a_header_that_browsers_ask_for_first_opens_the_door(
    desk: Counter, name: str
) -> None:
    headers = {"content-type": HEADERS["content-type"], name: "1"}

    response = await desk.client.post("/graphql", content=GOOD, headers=headers)

    assert response.json() == {"data": {"post": ["content"]}}


@pytest.mark.parametrize(
    "headers", [{}, {"graphql-require-preflight": ""}, {"x-requested-with": "XMLHttpRequest"}]
)
async def test_a_form_that_any_page_could_send_is_refused(
    desk: Counter, headers: dict[str, str]
) -> None:
    headers = {"content-type": HEADERS["content-type"], **headers}

    response = await desk.client.post("/graphql", content=GOOD, headers=headers)

    [error] = response.json()["errors"]
    assert response.status_code == 400
    assert error["message"] == (
        "A form without a preflight could come from any page that somebody looks at. "
        "Send the header `GraphQL-Require-Preflight: 1` too."
    )
    assert desk.ledger.painted == []


@pytest.mark.parametrize(("body", "status", "field", "message"), REFUSED.values(), ids=REFUSED)
async def test_a_form_that_is_wrong_is_refused_and_changes_nothing(
    desk: Counter, body: bytes, status: int, field: str | None, message: str
) -> None:
    response = await desk.post(body)

    extensions = {"code": "BAD_USER_INPUT"} | ({"field": field} if field else {})
    assert response.status_code == status
    assert response.json() == {"errors": [{"message": message, "extensions": extensions}]}
    assert desk.ledger.painted == []


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("multipart/form-data", "The form cannot be read: Empty boundary."),
        ("multipart/form-data; boundary=", "The form cannot be read: Empty boundary."),
        ("multipart/form-data; boundary=other", CUT),
    ],
)
async def test_a_form_needs_its_boundary(desk: Counter, content_type: str, message: str) -> None:
    response = await desk.post(GOOD, content_type=content_type)

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == message
    assert desk.ledger.painted == []


@pytest.mark.parametrize("content_type", ["multipart/mixed; boundary=frontier", "image/png"])
async def test_other_bodies_are_no_forms(desk: Counter, content_type: str) -> None:
    response = await desk.post(GOOD, content_type=content_type)

    assert response.status_code == 415
    assert desk.ledger.painted == []


async def test_a_form_is_not_sent_with_get(desk: Counter) -> None:
    response = await desk.client.request("GET", "/graphql", content=GOOD, headers=HEADERS)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["errors"][0]["message"] == "A form is sent with POST."
    assert desk.ledger.painted == []


async def test_the_answer_to_a_form_may_be_a_stream(desk: Counter) -> None:
    body = form(ONE, MAP, file("0", b"x" * MIB))

    response = await desk.post(body, accept="text/event-stream")

    assert response.text.split("\r\n\r\n") == [
        'event: next\r\ndata: {"data":{"post":["1048576 bytes"]}}',
        "event: complete\r\ndata: ",
        "",
    ]


async def test_there_are_no_files_on_a_websocket(desk: Counter) -> None:
    async with connected(desk.host) as socket:
        await subscribe(socket, "1", POST, variables={"l": {"file": None, "title": "bare"}})
        answer = await hear(socket)

    assert answer["payload"] == {"data": {"post": [None]}}


async def test_a_form_is_refused_as_soon_as_it_is_too_large() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(GOOD), 100):
            yield GOOD[start : start + 100]

    async with counter(Bounds(form_size=len(GOOD) - 1)) as desk:
        declared = await desk.post(GOOD)
        chunked = await desk.client.post("/graphql", content=chunks(), headers=HEADERS)
        fits = await desk.post(GOOD.replace(b"content\r\n", b"conten\r\n"))

    told = f"The request is too large: at most {len(GOOD) - 1} bytes."
    assert (declared.status_code, declared.json()["errors"][0]["message"]) == (413, told)
    assert (chunked.status_code, chunked.json()["errors"][0]["message"]) == (413, told)
    assert fits.json() == {"data": {"post": ["conten"]}}
    assert desk.ledger.painted == ["letter"]


async def test_a_slow_line_has_time_for_a_large_form() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(GOOD), len(GOOD) // 5):
            yield GOOD[start : start + len(GOOD) // 5]
            await asyncio.sleep(0.1)

    async with counter(Bounds(body_timeout=0.3, slowest=100)) as desk:
        response = await desk.client.post("/graphql", content=chunks(), headers=HEADERS)

    assert response.json() == {"data": {"post": ["content"]}}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
async def test_it_does_not_matter_how_a_form_is_cut_into_pieces(size: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(GOOD), size):
            yield GOOD[start : start + size]

    async with AsyncExitStack() as stack:
        form = await receive_form(HEADERS["content-type"], pieces(), 1, stack.push_async_callback)
        await form.files["0"].seek(0)
        content = await form.files["0"].read()

    assert json.loads(form.form["operations"])["query"] == POST
    assert json.loads(form.form["map"]) == {"0": ["variables.l.file"]}
    assert content == b"content"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=9)), max_size=3))
async def test_a_damaged_form_is_received_or_refused_and_nothing_else(
    damage: list[tuple[int, bytes]],
) -> None:
    async def body() -> AsyncIterator[bytes]:
        data = GOOD
        for place, patch in damage:
            data = data[:place] + patch + data[place + 5 :]
        yield data

    async with AsyncExitStack() as stack:
        try:
            form = await receive_form(HEADERS["content-type"], body(), 1, stack.push_async_callback)
        except RefusalError as refusal:
            status = refusal.status
        else:
            status = 200
            assert form.form.keys() == {"operations", "map"}

    assert status in {200, 400, 413}


def open_temporary_files() -> int:
    """Count the files of this process that have no name any more, as temporary files have none."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += "(deleted)" in str(link.readlink())
        except FileNotFoundError:
            continue
    return found


async def until_open(count: int) -> None:
    async with asyncio.timeout(10):
        while open_temporary_files() != count:  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.01)


async def test_a_client_that_leaves_midway_leaves_nothing_behind(desk: Counter) -> None:
    before = open_temporary_files()
    address, port = desk.host.split(":")
    _, writer = await asyncio.open_connection(address, int(port))
    lines = [
        "POST /graphql HTTP/1.1",
        f"Host: {desk.host}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        "GraphQL-Require-Preflight: 1",
        "Content-Length: 9000000",
        "",
        "",
    ]

    writer.write("\r\n".join(lines).encode() + form(ONE, MAP, file("0", b"x" * 2 * MIB))[:-20])
    await writer.drain()
    await until_open(before + 1)
    writer.close()

    await until_open(before)
    assert desk.ledger.painted == []


async def test_files_are_closed_when_the_request_is_answered(desk: Counter) -> None:
    before = open_temporary_files()

    await desk.post(form(ONE, MAP, file("0", b"x" * MIB)))
    await desk.post(form(ONE, MAP, file("1", b"x" * MIB)))

    await until_open(before)
