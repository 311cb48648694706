"""One operation costs no more than one may, over every transport."""

import json
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from image_generation.domain.callers import Role
from tests.product.guests import asking, keys_for
from tests.product.running import PROTOCOL, Running, running
from tests.sockets import hear, say, subscribe

pytestmark = pytest.mark.anyio

GALLERY = "query ($n: Int) { gallery(first: $n) { edges { node { id } } } }"
TOO_MUCH = {
    "message": "`query`: The operation costs 201, and 200 is the limit. "
    "Ask for smaller pages, or for less at once.",
    "code": "BAD_USER_INPUT",
    "field": "query",
}


async def test_what_costs_too_much_is_refused_before_it_runs(tmp_path: Path) -> None:
    batch = """mutation {
      generateBatch(input: {prompt: "a sea", count: 16}) { batch { generations(first: 60) { edges { node { id } } } } }
    }"""  # noqa: E501 - one document
    async with running(tmp_path, max_cost=200) as house:
        reading = await house.error(GALLERY, n=100)
        making = await house.error(batch)
        inside = await house.ask(GALLERY, n=99)
        rows = await house.ask("{ batches { edges { cursor } } gallery { totalCount } }")

    assert reading == TOO_MUCH
    assert making["message"].startswith("`query`: The operation costs 202, and 200 is the limit.")
    assert inside == {"gallery": {"edges": []}}
    assert rows == {"batches": {"edges": []}, "gallery": {"totalCount": 0}}
    assert house.files() == []


async def test_a_socket_and_a_stream_have_the_same_limit(tmp_path: Path) -> None:
    async with running(tmp_path, max_cost=200) as house:
        async with connect(house.url.replace("http", "ws") + "/graphql", subprotocols=[PROTOCOL]) as socket:  # fmt: skip  # noqa: E501 - one statement
            await say(socket, type="connection_init")
            await hear(socket)
            await subscribe(socket, "1", GALLERY, variables={"n": 100})
            refused = await hear(socket)
        body = {"query": GALLERY, "variables": {"n": 100}}
        headers = {"accept": "text/event-stream"}
        streamed = await house.client.post("/graphql", json=body, headers=headers)

    expected = {
        "message": TOO_MUCH["message"],
        "extensions": {"code": "BAD_USER_INPUT", "field": "query"},
    }
    assert refused == {"id": "1", "type": "error", "payload": [expected]}
    [event] = [line for line in streamed.text.splitlines() if line.startswith("data: {")]
    assert json.loads(event[6:]) == {"errors": [expected]}


async def test_who_asks_is_told_what_an_operation_costs(house: Running) -> None:
    body = {"query": GALLERY, "variables": {"n": 10}, "extensions": {"cost": True}}

    told = await house.client.post("/graphql", json=body)
    silent = await house.client.post("/graphql", json={**body, "extensions": {"cost": 1}})
    invalid = await house.client.post("/graphql", json={**body, "query": "{ nope }"})

    assert told.json()["extensions"] == {"cost": 21}
    assert "extensions" not in silent.json()
    assert invalid.json()["extensions"] == {"cost": 0}


async def test_a_caller_may_have_a_limit_of_their_own(tmp_path: Path) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER, ben=Role.MEMBER)
    text = path.read_text().replace("[ben]", "[ben]\nmax_cost = 50")
    path.write_text(text)
    limits = "{ viewer { limits { maxCost } } }"
    async with running(tmp_path / "data", api_keys_file=path, max_cost=200) as house:
        async with asking(house, keys["ada"]) as ada:
            await ada.ask(GALLERY, n=99)
            usual = await ada.ask(limits)
        async with asking(house, keys["ben"]) as ben:
            refused = await ben.error(GALLERY, n=25)
            own = await ben.ask(limits)

    assert usual == {"viewer": {"limits": {"maxCost": 200}}}
    assert own == {"viewer": {"limits": {"maxCost": 50}}}
    assert refused["message"].startswith("`query`: The operation costs 51, and 50 is the limit.")
