"""Who may ask, and what is theirs."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    build_schema,
    is_required_input_field,
)
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from image_generation.domain.callers import Role
from image_generation.graphql.schema import make_schema
from image_generation.providers.procedural import ProceduralProvider
from image_generation.services.key_files import create_key
from tests.product.guests import asking, keys_for
from tests.product.running import GENERATE, PROGRESS, PROTOCOL, Running, painters, running

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { name role } }"
SPEND = "{ viewer { spend { dayUsd monthUsd } } spend(by: MODEL) { key usd reservedUsd } }"
BATCH_OF_THREE = """
mutation { generateBatch(input: {prompt: "a sea", count: 3}) { batch { id } } }
"""


@dataclass(frozen=True)
class House:
    """A service with keys, and three who have one."""

    open: Running
    ada: Running
    bob: Running
    reader: Running
    keys_file: Path


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    path, keys = keys_for(folder, ada=Role.MEMBER, bob=Role.ADMIN, reader=Role.READER)
    async with running(folder, api_keys_file=path) as open, AsyncExitStack() as stack:
        guests = {
            name: await stack.enter_async_context(asking(open, key)) for name, key in keys.items()
        }
        yield House(open, **guests, keys_file=path)


@pytest.fixture(scope="module")
async def picture(house: House) -> Any:
    """A picture of Ada's."""
    return await house.ada.generate(idempotencyKey="once")


def call(name: str, field: GraphQLField) -> str:
    """Write a field with all that it requires."""
    given = [f"{key}: {literal(argument.type)}" for key, argument in field.args.items()]
    return f"{name}({', '.join(given)}) {{ __typename }}"


def literal(kind: object) -> str:
    """Write some value of a type."""
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if not isinstance(kind, GraphQLInputObjectType):
        return '"x"'
    one = list(kind.fields.items())[-1:] if kind.is_one_of else []
    needed = [
        (name, field) for name, field in kind.fields.items() if is_required_input_field(field)
    ]
    return f"{{{', '.join(f'{name}: {literal(field.type)}' for name, field in one or needed)}}}"


async def first_words(house: House, payload: Any, key: str | None = None) -> tuple[int, str]:
    """Say `connection_init`; gives the close code, or 0, and the reason or the answer's type."""
    address = house.open.url.replace("http", "ws") + "/graphql"
    headers = {"authorization": key} if key else {}
    async with connect(address, subprotocols=[PROTOCOL], additional_headers=headers) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        with suppress(ConnectionClosed):
            return 0, json.loads(await socket.recv())["type"]
        return socket.close_code or 0, socket.close_reason or ""


async def test_the_viewer_is_whose_key_it_is(house: House) -> None:
    assert await house.ada.ask(VIEWER) == {"viewer": {"name": "ada", "role": "MEMBER"}}
    assert await house.bob.ask(VIEWER) == {"viewer": {"name": "bob", "role": "ADMIN"}}


async def test_without_keys_everybody_is_the_local_admin(tmp_path: Path) -> None:
    async with running(tmp_path) as open:
        assert await open.ask(VIEWER) == {"viewer": {"name": "local", "role": "ADMIN"}}


@pytest.mark.parametrize("authorization", [None, "", "igk_x", "Basic YTpi", "Bearer", "Bearer x"])
async def test_whom_nobody_knows_is_told_so_in_the_shape_of_graphql(
    house: House, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}

    answer = await house.open.client.post("/graphql", json={"query": VIEWER}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in answer.json()


async def test_the_explorer_opens_without_a_key(house: House) -> None:
    page = await house.open.client.get("/graphql", headers={"accept": "text/html"})

    assert page.status_code == 200


async def test_a_websocket_says_its_key_in_a_header_or_in_its_first_words(house: House) -> None:
    key = house.ada.client.headers["authorization"]

    assert await first_words(house, None, key) == (0, "connection_ack")
    assert await first_words(house, {"authorization": key}) == (0, "connection_ack")
    assert await first_words(house, {"Authorization": key}) == (0, "connection_ack")


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer x"}, {"authorization": 1}])
async def test_a_websocket_without_a_known_key_is_closed(house: House, payload: Any) -> None:
    assert await first_words(house, payload) == (4401, "Unauthorized")


async def test_every_mutation_is_forbidden_to_readers(house: House) -> None:
    mutation = build_schema(make_schema().as_str()).mutation_type
    assert mutation is not None

    for name, field in mutation.fields.items():
        error = await house.reader.error(f"mutation {{ {call(name, field)} }}")

        assert error["code"] == "FORBIDDEN"
    assert len(mutation.fields) >= 8
    assert await house.reader.ask("{ gallery { totalCount } }") == {"gallery": {"totalCount": 0}}


async def test_what_is_anothers_cannot_be_found(house: House, picture: Any) -> None:
    stranger, ids = house.bob, {"image": picture["image"]["id"], "generation": picture["id"]}

    for id in ids.values():
        assert await stranger.ask("query ($id: ID!) { node(id: $id) { id } }", id=id) == {
            "node": None
        }
    for name, id in ids.items():
        query = f"query ($id: ID!) {{ {name}(id: $id) {{ id }} }}"
        assert await stranger.ask(query, id=id) == {name: None}
    assert (await stranger.ask("{ gallery { totalCount } }"))["gallery"]["totalCount"] == 0
    assert await house.ada.ask("{ gallery { totalCount } }") == {"gallery": {"totalCount": 1}}


async def test_what_is_anothers_cannot_be_changed(house: House, picture: Any) -> None:
    image = picture["image"]["id"]
    mark = "mutation ($id: ID!) { updateImage(input: {id: $id, favorite: true}) { image { id } } }"
    delete = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
    cancel = "mutation ($id: ID!) { cancelGeneration(id: $id) { generation { id } } }"

    assert (await house.bob.error(mark, id=image))["code"] == "NOT_FOUND"
    assert (await house.bob.error(cancel, id=picture["id"]))["code"] == "NOT_FOUND"
    assert await house.bob.ask(delete, id=image) == {"deleteImages": {"deletedIds": []}}
    kept = await house.ada.ask("query ($id: ID!) { image(id: $id) { favorite } }", id=image)
    assert kept == {"image": {"favorite": False}}


async def test_what_is_anothers_cannot_be_watched(house: House, picture: Any) -> None:
    with pytest.raises(AssertionError, match="NOT_FOUND"):
        async for _ in house.bob.watch(PROGRESS, id=picture["id"]):
            pass


async def test_an_idempotency_key_is_ones_own(house: House, picture: Any) -> None:
    again = await house.ada.generate(idempotencyKey="once")
    anothers = await house.bob.generate(idempotencyKey="once")

    assert again["id"] == picture["id"]
    assert anothers["id"] != picture["id"]


async def test_a_batch_is_its_owners(house: House) -> None:
    wish = '{prompt: "a sea", count: 1, wait: true}'
    make = f"mutation {{ generateBatch(input: {wish}) {{ batch {{ id }} }} }}"
    batch = await house.ada.ask(make)
    id = batch["generateBatch"]["batch"]["id"]

    for change in ("cancelBatch", "retryBatch"):
        query = f"mutation ($id: ID!) {{ {change}(id: $id) {{ batch {{ id }} }} }}"
        assert (await house.bob.error(query, id=id))["code"] == "NOT_FOUND"
    assert await house.bob.ask("query ($id: ID!) { batch(id: $id) { id } }", id=id) == {
        "batch": None
    }


async def test_a_key_works_at_once_and_a_withdrawn_one_no_more(house: House) -> None:
    before = house.keys_file.read_text()
    key = create_key(house.keys_file, "carol", Role.MEMBER)

    async with asking(house.open, key) as carol:
        assert (await carol.ask(VIEWER))["viewer"]["name"] == "carol"
        house.keys_file.write_text(before)
        assert (await carol.post(VIEWER)).status_code == 401


async def test_an_open_websocket_begins_nothing_more_with_a_withdrawn_key(house: House) -> None:
    before = house.keys_file.read_text()
    key = create_key(house.keys_file, "dora", Role.MEMBER)
    payload = {"query": 'mutation { generate(input: {prompt: "a sea"}) { generation { id } } }'}
    files = house.open.files()
    address = house.open.url.replace("http", "ws") + "/graphql"
    greeting = {"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}

    async with connect(address, subprotocols=[PROTOCOL]) as socket:
        await socket.send(json.dumps(greeting))
        await socket.recv()
        house.keys_file.write_text(before)
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    assert (socket.close_code, socket.close_reason) == (4401, "Unauthorized")
    assert house.open.files() == files


async def test_what_runs_already_is_told_no_more_with_a_withdrawn_key(tmp_path: Path) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER)
    greeting = {"type": "connection_init", "payload": {"authorization": f"Bearer {keys['ada']}"}}
    wish = {"query": GENERATE, "variables": {"input": {"prompt": "a sea", "wait": False}}}
    added = {"query": "subscription { imageAdded { prompt } }"}
    slow = painters(ProceduralProvider(delay=0.5))
    async with (
        running(tmp_path / "data", slow, api_keys_file=path) as house,
        asking(house, keys["ada"]) as ada,
        connect(house.url.replace("http", "ws") + "/graphql", subprotocols=[PROTOCOL]) as socket,
        ada.client.stream(
            "POST", "/graphql", json=added, headers={"accept": "text/event-stream"}
        ) as events,
    ):
        await socket.send(json.dumps(greeting))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": added}))
        await house.watched("ada")
        await ada.client.post("/graphql", json=wish)
        path.write_text("")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        told = [line async for line in events.aiter_lines() if line.startswith("data: {")]

    assert (socket.close_code, socket.close_reason) == (4401, "Unauthorized")
    assert [json.loads(line[6:])["errors"][0]["extensions"]["code"] for line in told] == [
        "UNAUTHENTICATED"
    ]


async def test_a_broken_file_of_keys_leaves_those_that_were_known(house: House) -> None:
    before = house.keys_file.read_text()
    house.keys_file.write_text("[ada")

    assert (await house.ada.ask(VIEWER))["viewer"]["name"] == "ada"
    house.keys_file.write_text(before)


async def test_what_a_caller_may_have_is_in_the_file_and_told_to_the_viewer(
    tmp_path: Path,
) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER)
    with path.open("a") as file:
        file.write("requests_per_minute = 3\nbatch_size = 2\nrunning = 4\nusd_per_day = 0.10\n")
    query = "{ viewer { limits { requestsPerMinute batchSize running usdPerDay usdPerMonth } } }"

    async with running(tmp_path, api_keys_file=path) as open, asking(open, keys["ada"]) as ada:
        first = (await ada.post(query)).json()
        large = await ada.error(BATCH_OF_THREE)
        spent = await ada.ask(SPEND)
        many = await ada.error(VIEWER)

    standing = first["extensions"]["rateLimit"]
    assert (standing["perMinute"], standing["remaining"]) == (3, 2)
    assert first["data"]["viewer"]["limits"] == {
        "requestsPerMinute": 3,
        "batchSize": 2,
        "running": 4,
        "usdPerDay": "0.10",
        "usdPerMonth": None,
    }
    assert (large["code"], large["field"]) == ("BAD_USER_INPUT", "count")
    assert spent == {"viewer": {"spend": {"dayUsd": "0", "monthUsd": "0"}}, "spend": []}
    assert many["code"] == "RATE_LIMITED"
    assert many["message"] == "ada may ask 3 times a minute."
    assert 0 < many["retryAfter"] <= 20
