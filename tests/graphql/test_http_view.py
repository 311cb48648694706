"""GraphQL over HTTP, asked by a real client."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import structlog
from cross_web import HTTPException
from starlette.types import Message

from image_generation.graphql.views import Bounds, GraphQLView, graphql_routes
from image_generation.graphql.views.json import encode
from image_generation.graphql.views.negotiation import answer_type
from image_generation.graphql.views.refusals import refusal_of
from tests.graphql.serving import Context, FrontDoor, Ledger, front_door, served, tiny_schema

pytestmark = pytest.mark.anyio

GRAPHQL_JSON = "application/graphql-response+json"


@pytest.fixture(scope="module")
async def door() -> AsyncIterator[FrontDoor]:
    async with front_door() as door:
        yield door


@pytest.fixture
def ledger(door: FrontDoor) -> Ledger:
    door.ledger = Ledger()
    return door.ledger


@pytest.fixture
async def client(door: FrontDoor) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://{door.host}") as client:
        yield client


async def ask(client: httpx2.AsyncClient, query: str, **members: Any) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, **members})


def refusal(response: httpx2.Response) -> tuple[int, str]:
    """Give status and message of what must be a GraphQL response without data."""
    answer = response.json()
    assert list(answer) == ["errors"]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    return response.status_code, answer["errors"][0]["message"]


async def test_a_query_is_answered_with_json(client: httpx2.AsyncClient) -> None:
    response = await ask(client, "query ($n: String!) { greet(name: $n) }", variables={"n": "Ada"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"greet": "hello Ada"}}


async def test_a_query_may_come_in_the_address(client: httpx2.AsyncClient) -> None:
    parameters = {"query": "query ($n: String!) { greet(name: $n) }", "variables": '{"n": "Ada"}'}

    response = await client.get("/graphql", params=parameters)

    assert response.json() == {"data": {"greet": "hello Ada"}}


async def test_the_new_media_type_tells_a_refused_document_by_its_status(
    client: httpx2.AsyncClient,
) -> None:
    accept = {"accept": GRAPHQL_JSON}

    refused = await client.post("/graphql", json={"query": "{ nope }"}, headers=accept)
    answered = await client.post("/graphql", json={"query": "{ missing }"}, headers=accept)

    assert refused.status_code == 400
    assert refused.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert "data" not in refused.json()
    assert answered.status_code == 200
    assert answered.json()["data"] == {"missing": None}


async def test_a_body_is_refused_as_soon_as_it_is_too_large() -> None:
    ledger = Ledger()
    bounds = Bounds(body_size=1000)
    routes = graphql_routes(tiny_schema(), lambda *_: Context(ledger), bounds=bounds)
    headers = {"content-type": "application/json"}

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    async with served(routes) as host, httpx2.AsyncClient(base_url=f"http://{host}") as client:
        declared = await client.post("/graphql", content=b"x" * 1001, headers=headers)
        chunked = await client.post("/graphql", content=chunks(), headers=headers)

    told = "The request is too large: at most 1000 bytes."
    assert refusal(declared) == (413, told)
    assert refusal(chunked) == (413, told)


async def test_a_subscription_comes_as_server_sent_events(client: httpx2.AsyncClient) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "subscription { count(to: 2) }"},
        headers={"accept": "text/event-stream"},
    )

    assert response.headers["content-type"] == "text/event-stream"
    assert response.text.split("\r\n\r\n") == [
        'event: next\r\ndata: {"data":{"count":0}}',
        'event: next\r\ndata: {"data":{"count":1}}',
        "event: complete\r\ndata: ",
        "",
    ]


async def test_what_is_not_a_number_is_null_in_the_answer(client: httpx2.AsyncClient) -> None:
    response = await ask(client, "{ notANumber }")

    assert response.text == '{"data":{"notANumber":[null,null,0.5]}}'


def test_a_number_of_any_length_can_be_written() -> None:
    assert encode({"n": 10**30}) == b'{"n":1000000000000000000000000000000}'


async def test_a_fault_of_the_view_is_masked_json() -> None:
    def make_context(_: object, authorization: str | None) -> Context:
        raise ValueError("sk-secret")

    routes = graphql_routes(tiny_schema(), make_context)
    async with served(routes) as host, httpx2.AsyncClient(base_url=f"http://{host}") as client:
        response = await ask(client, "{ hello }")

    assert response.status_code == 500
    assert response.json()["errors"][0]["message"] == "Internal server error."
    assert "sk-secret" not in response.text


def test_what_strawberry_refuses_by_itself_is_told_as_json() -> None:
    told = refusal_of(HTTPException(400, "Batching is not enabled"))

    assert told.status == 400
    assert told.body == {
        "errors": [
            {"message": "Batching is not enabled.", "extensions": {"code": "BAD_USER_INPUT"}}
        ]
    }


async def test_a_client_that_left_is_no_fault_of_ours() -> None:
    view = GraphQLView(tiny_schema(), lambda *_: Context(Ledger()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as log:
        await view(scope, receive, send)

    assert sent[0]["status"] == 400
    assert log == []


def test_a_page_is_offered_where_there_is_one() -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    assert answer_type(accept, page=True) == "text/html"
