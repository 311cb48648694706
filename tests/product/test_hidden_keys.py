"""Keys are shown by nothing that holds them, and by no line of the log."""

import functools
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from image_generation import adapters
from image_generation.app import Service, open_service
from image_generation.domain.callers import Role
from image_generation.graphql.context import Context
from image_generation.graphql.views import GraphQLView
from image_generation.settings import Settings
from tests.product.guests import keys_for
from tests.product.process import serving
from tests.product.running import PROTOCOL, settings_for
from tests.sockets import hear, hear_out, say, subscribe

pytestmark = pytest.mark.anyio

SECRETS = {
    name: f"sk-hidden-0123456789abcdef-{name}"
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation)
}
VIEWER = "{ viewer { name } }"
MAKE = 'mutation { generate(input: {prompt: "a sea"}) { generation { image { url } } } }'
UPLOAD = "mutation ($f: Upload!) { uploadImage(input: {image: {upload: $f}}) { image { id } } }"


def with_secrets(folder: Path, **values: Any) -> Settings:
    """Settings in which every secret is set."""
    hidden = {name: SecretStr(secret) for name, secret in SECRETS.items()}
    bucket = {"s3_bucket": "pictures", "s3_region": "eu-central-1", "storage_backend": "s3"}
    enhancing = {"prompt_enhance_base_url": "http://127.0.0.1:9/v1"}
    return settings_for(folder, **hidden, **bucket, **enhancing, **values)


def graphql_view(service: Service) -> GraphQLView:
    """Find the front door."""
    endpoints = [getattr(route, "endpoint", None) for route in service.web.routes]
    return next(endpoint for endpoint in endpoints if isinstance(endpoint, GraphQLView))


def members(thing: Any) -> Iterator[Any]:
    """Give what an object of ours, a collection or a bound call holds."""
    if isinstance(thing, Mapping):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    elif isinstance(thing, functools.partial):
        yield from (thing.func, *thing.args, *thing.keywords.values())
    elif type(thing).__module__.startswith("image_generation"):
        yield from vars(thing).values() if hasattr(thing, "__dict__") else ()
        slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
        yield from (getattr(thing, name) for name in slots if hasattr(thing, name))


def showing(root: Any, secrets: list[str]) -> list[str]:
    """Walk from an object to all that it holds, and name the types whose text has a secret."""
    waiting, seen, found = [root], set[int](), []
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, str | bytes | type):
            continue
        seen.add(id(thing))
        text = f"{thing!r} {thing}"
        if any(secret in text for secret in secrets):
            found.append(f"{type(thing).__qualname__}: {text[:200]}")
        waiting += members(thing)
    assert len(seen) > 5
    return found


def test_a_setting_whose_name_speaks_of_a_secret_is_one() -> None:
    words = ("key", "token", "secret", "password")
    named = {name for name in Settings.model_fields if any(word in name for word in words)}

    assert len(SECRETS) >= 6
    assert named - {"api_keys_file"} == set(SECRETS)


def test_settings_and_what_is_made_of_them_show_no_key(tmp_path: Path) -> None:
    settings = with_secrets(tmp_path)
    made = [
        settings,
        adapters.providers(settings),
        adapters.chat(settings),
        adapters.store(settings),
        adapters.signer(settings),
    ]

    for thing in made:
        assert showing([thing, *members(thing), *range(6)], [*SECRETS.values()]) == []


async def test_a_running_service_and_who_asks_it_show_no_key(tmp_path: Path) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER)
    settings = with_secrets(tmp_path / "data", api_keys_file=path)
    local = settings.model_copy(update={"storage_backend": "local", "s3_bucket": None})
    async with open_service(local) as service:
        view = graphql_view(service)
        asking = HTTPConnection({"type": "http", "headers": [], "server": ("127.0.0.1", 80)})
        context = view._make_context(asking, f"Bearer {keys['ada']}")
        shown = showing([service, view, context], [*SECRETS.values(), keys["ada"]])

    assert isinstance(context, Context)
    assert context.caller.name == "ada"
    assert shown == []


async def ask_in_every_way(url: str, key: str) -> None:
    """Ask with a key over each transport, and wrongly with one that has a letter more."""
    address, wrong = url.replace("http", "ws") + "/graphql", f"{key}x"
    for sent in (key, wrong):
        bearer = {"authorization": f"Bearer {sent}"}
        async with httpx2.AsyncClient(base_url=url, headers=bearer, timeout=30) as client:
            made = await client.post("/graphql", json={"query": MAKE})
            await client.get("/graphql", params={"query": VIEWER, "authorization": sent})
            await client.post(
                "/graphql", json={"query": VIEWER}, headers={"accept": "text/event-stream"}
            )
            await client.put("/graphql", content=sent)
            await client.post("/graphql", content=sent, headers={"content-type": sent})
            await client.post(
                "/graphql",
                data={"operations": json.dumps({"query": UPLOAD}), "map": f'{{"0": ["{sent}"]}}'},
                files={"0": (sent, sent.encode(), sent)},
                headers={"graphql-require-preflight": "1"},
            )
            await client.post("/graphql", json={"query": f'{{ style(name: "{sent}") {{ name }} }}'})
            if sent == key:
                image = made.json()["data"]["generate"]["generation"]["image"]
                assert (await client.get(image["url"])).status_code == 200
        with suppress(ConnectionClosed):
            async with connect(address, subprotocols=[PROTOCOL]) as client_socket:
                await say(client_socket, type="connection_init", payload=bearer)
                await hear(client_socket)
                await subscribe(client_socket, "1", VIEWER)
                await say(client_socket, type=sent)
                await hear_out(client_socket)
        async with connect(
            address, subprotocols=[PROTOCOL], additional_headers=bearer
        ) as client_socket:
            await say(client_socket, type="connection_init")
            await client_socket.send(sent.encode())
            await hear_out(client_socket)
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as plain:
            plain.sendall(f"GET / HTTP/1.1\r\nauthorization {sent}\r\n\r\n".encode())
            plain.recv(1000)


async def test_no_transport_writes_a_key_to_the_log(tmp_path: Path) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER)
    secrets = {name.upper(): secret for name, secret in SECRETS.items() if "s3" not in name}
    settings = {"LOG_LEVEL": "DEBUG", "API_KEYS_FILE": str(path), "DEFAULT_PROVIDER": "procedural"}
    async with serving(tmp_path / "data", **settings, **secrets) as process:
        await ask_in_every_way(process.url, keys["ada"])
        await process.stop()
    logged = json.dumps(process.log) + (await process.rest).decode()

    assert logged.count('"request"') > 15
    assert "igk_" not in logged
    assert [name for name, secret in secrets.items() if secret in logged] == []
