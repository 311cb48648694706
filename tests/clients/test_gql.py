"""The flow of the README with gql, Python's client: over HTTP, and over a WebSocket."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.product.running import Running, running

pytestmark = pytest.mark.anyio

GENERATE = """
mutation ($input: GenerateInput!) { generate(input: $input) { generation { id status } } }
"""

PROGRESS = """
subscription ($id: ID!) { generationProgress(id: $id) { progress generation { id status } } }
"""

BATCH = """
mutation ($input: GenerateBatchInput!) { generateBatch(input: $input) { batch { id total } } }
"""

BATCH_PROGRESS = """
subscription ($id: ID!) { batchProgress(id: $id) { progress batch { status succeeded } } }
"""

GALLERY = """
query ($after: String) {
  gallery(first: 3, after: $after, filter: {search: "light*"}, orderBy: OLDEST) {
    totalCount
    edges { node { seed url sha256 } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

WISH = {"prompt": "a lighthouse", "seed": 7, "wait": False, "idempotencyKey": "lighthouse"}


@pytest.fixture
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service with nothing in it."""
    async with running(tmp_path_factory.mktemp("house")) as house:
        yield house


def over_http(house: Running) -> Client:
    """Ask over HTTP; the service tells the schema, and documents are checked against it."""
    transport = HTTPXAsyncTransport(f"{house.url}/graphql")
    return Client(transport=transport, fetch_schema_from_transport=True)


def over_a_socket(house: Running) -> Client:
    """Ask over a WebSocket, queries and mutations too."""
    address = house.url.replace("http", "ws") + "/graphql"
    return Client(transport=WebsocketsTransport(address), fetch_schema_from_transport=True)


async def ask(session: AsyncClientSession, document: str, **variables: Any) -> Any:
    return await session.execute(GraphQLRequest(document, variable_values=variables))


async def last(session: AsyncClientSession, document: str, **variables: Any) -> Any:
    """Watch until the end, and return the last event."""
    request = GraphQLRequest(document, variable_values=variables)
    return [event async for event in session.subscribe(request)][-1]


async def follow(house: Running, asking: AsyncClientSession, watching: AsyncClientSession) -> None:
    """Make a picture and a batch, watch both, find them, and fetch one."""
    generation = (await ask(asking, GENERATE, input=WISH))["generate"]["generation"]
    assert await last(watching, PROGRESS, id=generation["id"]) == {
        "generationProgress": {
            "progress": 1.0,
            "generation": {"id": generation["id"], "status": "SUCCEEDED"},
        }
    }
    again = (await ask(asking, GENERATE, input=WISH))["generate"]["generation"]
    assert again == {"id": generation["id"], "status": "SUCCEEDED"}

    wishes = {"prompt": "a lighthouse at night", "seeds": [1, 2, 3]}
    batch = (await ask(asking, BATCH, input=wishes))["generateBatch"]["batch"]
    assert await last(watching, BATCH_PROGRESS, id=batch["id"]) == {
        "batchProgress": {"progress": 1.0, "batch": {"status": "SUCCEEDED", "succeeded": 3}}
    }

    first = (await ask(asking, GALLERY))["gallery"]
    second = (await ask(asking, GALLERY, after=first["pageInfo"]["endCursor"]))["gallery"]
    images = [edge["node"] for page in (first, second) for edge in page["edges"]]
    assert [image["seed"] for image in images] == [7, 1, 2, 3]
    assert second["pageInfo"]["hasNextPage"] is False
    picture = (await house.client.get(images[0]["url"])).content
    assert hashlib.sha256(picture).hexdigest() == images[0]["sha256"]


async def be_refused(session: AsyncClientSession) -> None:
    """Ask for what is not granted."""
    with pytest.raises(TransportQueryError) as refusal:
        await ask(session, GENERATE, input={"prompt": "a lighthouse", "width": 9000})
    [error] = refusal.value.errors or []
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "width"}


async def test_gql_follows_the_readme_over_http(house: Running) -> None:
    async with over_http(house) as asking, over_a_socket(house) as watching:
        await follow(house, asking, watching)
        await be_refused(asking)


async def test_gql_follows_the_readme_over_one_websocket(house: Running) -> None:
    async with over_a_socket(house) as session:
        await follow(house, session, session)
        await be_refused(session)
