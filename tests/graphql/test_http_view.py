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


async def test_a_mutation_in_the_address_changes_nothing(
    client: httpx2.AsyncClient, ledger: Ledger
) -> None:
    query = 'mutation { paint(input: {prompt: "a fox"}) }'

    response = await client.get("/graphql", params={"query": query})

    assert refusal(response) == (405, "A GET request changes nothing: send mutations with POST.")
    assert response.headers["allow"] == "POST"
    assert ledger.painted == []


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


@pytest.mark.parametrize("body", ["3", '"text"', "null", "[]", "[1]", '[{"query": "{ hello }"}]'])
async def test_a_body_that_is_no_object_is_refused(client: httpx2.AsyncClient, body: str) -> None:
    headers = {"content-type": "application/json"}

    response = await client.post("/graphql", content=body, headers=headers)

    told = "The request body is not a JSON object. Send one operation in it."
    assert refusal(response) == (400, told)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        '{"query": "{ hello }"}'.encode("utf-16"),
        b'{"query": NaN}',
        b'{"query": "\\ud800"}',
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_json_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    response = await client.post("/graphql", content=body, headers=headers)

    status, told = refusal(response)
    assert status == 400
    assert told.startswith("The request body is not JSON: ")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"query": 1}, "query"),
        ({"query": "{ hello }", "variables": []}, "variables"),
        ({"query": "{ hello }", "operationName": {}}, "operationName"),
        ({"query": "{ hello }", "extensions": "x"}, "extensions"),
    ],
)
async def test_a_member_of_the_wrong_kind_is_named(
    client: httpx2.AsyncClient, members: dict[str, Any], field: str
) -> None:
    response = await client.post("/graphql", json=members)

    assert refusal(response)[0] == 400
    assert response.json()["errors"][0]["extensions"]["field"] == field


@pytest.mark.parametrize("members", [{}, {"query": None}, {"query": ""}])
async def test_a_request_without_a_query_is_refused(
    client: httpx2.AsyncClient, members: dict[str, Any]
) -> None:
    response = await client.post("/graphql", json=members)

    assert refusal(response) == (400, "The request has no `query`.")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "",
    ],
)
async def test_what_a_foreign_page_could_send_unasked_is_refused(
    client: httpx2.AsyncClient, ledger: Ledger, content_type: str
) -> None:
    body = '{"query": "mutation { paint(input: {prompt: \\"a fox\\"}) }"}'

    response = await client.post(
        "/graphql", content=body, headers={"content-type": content_type} if content_type else {}
    )

    assert refusal(response)[0] == 415
    assert ledger.painted == []


async def test_an_unknown_method_is_told_the_known_ones(client: httpx2.AsyncClient) -> None:
    response = await client.put("/graphql", json={"query": "{ hello }"})

    assert refusal(response) == (405, "PUT is not a method of GraphQL. Use GET or POST.")
    assert response.headers["allow"] == "GET, POST"


async def test_an_answer_nobody_can_read_is_not_made(client: httpx2.AsyncClient) -> None:
    headers = {"accept": "image/png"}

    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)

    assert refusal(response)[0] == 406


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


async def test_of_several_operations_one_has_to_be_named(client: httpx2.AsyncClient) -> None:
    unnamed = await ask(client, "query A { hello } query B { hello }")
    unknown = await ask(client, "query A { hello }", operationName="B")
    absent = await ask(client, "fragment F on Query { hello }")
    named = await ask(client, "query A { hello } query B { missing }", operationName="A")

    assert unnamed.json()["errors"][0]["extensions"]["field"] == "operationName"
    assert refusal(unknown) == (400, "The document has no operation named `B`.")
    assert refusal(absent) == (400, "The document has no operation.")
    assert named.json() == {"data": {"hello": "world"}}


async def test_a_subscription_without_a_stream_is_shown_the_transports(
    client: httpx2.AsyncClient,
) -> None:
    response = await ask(client, "subscription { count(to: 1) }")

    told = (
        "A subscription is a stream: use a WebSocket (graphql-transport-ws) "
        "or `Accept: text/event-stream`."
    )
    assert refusal(response) == (400, told)


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


async def test_only_listed_pages_of_other_hosts_may_ask() -> None:
    ledger = Ledger()
    routes = graphql_routes(
        tiny_schema(), lambda *_: Context(ledger), allowed_origins=("https://app.example",)
    )

    async with served(routes) as host, httpx2.AsyncClient(base_url=f"http://{host}") as client:
        answers = [
            await client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": origin})
            for origin in ("https://app.example", "https://else.example")
        ]

    permitted = [answer.headers.get("access-control-allow-origin") for answer in answers]
    assert permitted == ["https://app.example", None]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*;q=0.5", "application/json"),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        (f"application/json;q=0.9, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON}", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("text/html, */*;q=0.8", "application/json"),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
        ("text/plain", None),
        (", ;", None),
    ],
)
def test_the_answer_is_of_the_kind_the_client_likes_best(accept: str, expected: str | None) -> None:
    assert answer_type(accept) == expected


def test_a_page_is_offered_where_there_is_one() -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    assert answer_type(accept, page=True) == "text/html"
