"""What browsers are let do: which names and pages may ask, and what answers tell them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from image_generation.http.headers import SAFE_HEADERS
from tests.product.running import PROTOCOL, Running, running, settings_for

pytestmark = pytest.mark.anyio

GENERATE = 'mutation { generate(input: {prompt: "a fox", wait: false}) { generation { id } } }'


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service without keys that goes by three kinds of name."""
    async with running(
        tmp_path_factory.mktemp("house"),
        allowed_hosts=["pictures.example", "*.home.arpa"],
        public_url="https://art.example:8443/studio",
    ) as house:
        yield house


async def asked_as(house: Running, name: str, query: str = "{ __typename }") -> httpx2.Response:
    return await house.client.post("/graphql", json={"query": query}, headers={"host": name})


@pytest.mark.parametrize(
    "name",
    [
        "localhost:8005",
        "LOCALHOST.",
        "studio.localhost",
        "127.0.0.1",
        "192.168.7.9:8005",
        "[::1]:8005",
        "pictures.example",
        "Pictures.Example:443",
        "nas.home.arpa",
        "art.example",
    ],
)
async def test_the_service_is_asked_by_address_or_by_a_name_it_knows(
    house: Running, name: str
) -> None:
    response = await asked_as(house, name)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "evil.example:8005",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notpictures.example",
        "www.pictures.example",
        "home.arpa",
        "evilhome.arpa",
        "evil.example@localhost",
        "[evil.example]:8005",
    ],
)
async def test_a_page_that_lets_its_name_lead_here_changes_nothing(
    house: Running, name: str
) -> None:
    response = await asked_as(house, name, GENERATE)

    assert response.status_code == 421
    assert response.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    assert (await house.ask("{ batches { edges { cursor } } }"))["batches"]["edges"] == []
    assert house.files() == []


async def test_a_page_that_lets_its_name_lead_here_may_not_connect(house: Running) -> None:
    address = house.url.replace("http", "ws") + "/graphql"
    names = {"host": "evil.example", "origin": "http://evil.example"}

    with pytest.raises(InvalidStatus) as refusal:
        async with connect(address, subprotocols=[PROTOCOL], additional_headers=names):
            pass

    assert refusal.value.response.status_code == 403


def test_with_keys_any_name_will_do_unless_some_are_listed(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"

    assert settings_for(tmp_path).known_hosts == []
    assert settings_for(tmp_path, api_keys_file=keys).known_hosts == ["*"]
    assert settings_for(
        tmp_path, api_keys_file=keys, allowed_hosts=["pictures.example"]
    ).known_hosts == ["pictures.example"]


async def test_listed_pages_of_other_hosts_may_ask_and_read_the_pixels_of_pictures(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, allowed_origins=["https://app.example"]) as house:
        image = (await house.generate())["image"]
        figures = "{ concept(kind: VAE) { figures { url } } }"
        [figure, *_] = (await house.ask(figures))["concept"]["figures"]
        addresses = ("/graphql?query={__typename}", image["url"], figure["url"], "/images/nothing")

        answers = {
            origin: [
                await house.client.get(address, headers={"origin": origin}) for address in addresses
            ]
            for origin in ("https://app.example", "https://else.example")
        }
        unasked = await house.client.get(image["url"])

    permissions = {
        origin: [answer.headers.get("access-control-allow-origin") for answer in given]
        for origin, given in answers.items()
    }
    assert permissions == {
        "https://app.example": ["https://app.example"] * 4,
        "https://else.example": [None] * 4,
    }
    # What a browser keeps for an <img> is not taken for what a page may read.
    assert unasked.headers["vary"] == "Origin"


async def test_without_a_list_no_page_of_another_host_reads_anything(house: Running) -> None:
    image = (await house.generate())["image"]
    path = urlsplit(image["url"]).path.removeprefix("/studio")

    answer = await house.client.get(path, headers={"origin": "https://app.example"})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert "vary" not in answer.headers


@pytest.mark.parametrize("name", ["https://pictures.example", "pictures.example:80", "a.*", ""])
def test_what_is_no_name_cannot_be_listed(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="write a name without scheme and port"):
        settings_for(tmp_path, allowed_hosts=[name])


def paths(routes: list[BaseRoute], prefix: str = "") -> list[str]:
    """Give an address below every route that HTTP leads to."""
    found = []
    for route in routes:
        assert isinstance(route, Route | Mount | WebSocketRoute)
        if isinstance(route, Mount):
            found += [*paths(route.routes, prefix + route.path), f"{prefix}{route.path}/nothing"]
        elif isinstance(route, Route):
            found.append(prefix + route.path.replace("{id}", "nothing"))
    return found


async def test_every_door_tells_browsers_to_do_no_more_than_is_meant(house: Running) -> None:
    doors = paths(house.service.web.routes)
    assert {"/", "/graphql", "/health"} <= set(doors)

    for path in [*doors, "/nowhere", "/graphql/nowhere"]:
        for method in ("GET", "POST"):
            response = await house.client.request(method, path, headers={"accept": "text/html"})

            lacking = [name for name in SAFE_HEADERS if name not in response.headers]
            assert (path, method, lacking) == (path, method, [])
            assert response.status_code < 500 or path == "/ready"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "NOT_FOUND", None)),
        ("POST", "/graphql/nowhere", (404, "NOT_FOUND", None)),
        ("GET", "/graphql/assets/nowhere.js", (404, "NOT_FOUND", None)),
        ("GET", "/%ff%00", (404, "NOT_FOUND", None)),
        ("POST", "/health", (405, "BAD_USER_INPUT", {"GET", "HEAD"})),
        ("DELETE", "/", (405, "BAD_USER_INPUT", {"GET", "HEAD"})),
    ],
)
async def test_where_there_is_no_door_the_answer_is_json(
    house: Running, method: str, path: str, expected: tuple[int, str, set[str] | None]
) -> None:
    response = await house.client.request(method, path)

    [error] = json.loads(response.content)["errors"]
    allow = response.headers.get("allow")
    allowed = set(allow.split(", ")) if allow else None
    assert (response.status_code, error["extensions"]["code"], allowed) == expected
