"""Forms as clients send them, whole or broken, and a door that takes them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import strawberry
from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection
from strawberry.file_uploads import Upload

from image_generation.graphql.extensions import EXTENSIONS, FrontDoorSchema
from image_generation.graphql.views import Bounds, graphql_routes
from tests.graphql.serving import Context, Ledger, Query, served

BOUNDARY = "frontier"
HEADERS = {
    "content-type": f"multipart/form-data; boundary={BOUNDARY}",
    "graphql-require-preflight": "1",
}
POST = "mutation ($l: Letter!) { post(letter: $l) }"

Info = strawberry.Info[Context, None]


@strawberry.input
class Letter:
    """Files at every place where a value can be."""

    file: Upload | None = None
    files: list[Upload | None] | None = None
    title: str = "letter"


@strawberry.type
class Mutation:
    """One change, kept in the ledger."""

    @strawberry.mutation
    async def post(self, info: Info, letter: Letter) -> list[str | None]:
        info.context.ledger.painted.append(letter.title)
        return [await _read(file) for file in (letter.file, *(letter.files or ()))]


async def _read(file: object) -> str | None:
    if not isinstance(file, UploadFile):
        return None
    await file.seek(0)
    data = await file.read()
    return data.decode() if len(data) < 100 else f"{len(data)} bytes"


@dataclass
class Counter:
    """A door with files, and what happened behind it."""

    client: httpx2.AsyncClient
    host: str
    ledger: Ledger = field(default_factory=Ledger)

    async def post(self, body: bytes, **headers: str) -> httpx2.Response:
        """Send a form."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/graphql", content=body, headers={**HEADERS, **names})


@asynccontextmanager
async def counter(bounds: Bounds | None = None) -> AsyncIterator[Counter]:
    """Open one."""
    ledger = Ledger()

    def make_context(connection: HTTPConnection, authorization: str | None) -> Context:
        return Context(ledger)

    schema = FrontDoorSchema(Query, Mutation, extensions=EXTENSIONS)
    routes = graphql_routes(schema, make_context, bounds=bounds)
    async with served(routes) as host, httpx2.AsyncClient(base_url=f"http://{host}") as client:
        yield Counter(client, host, ledger)


def part(name: str, data: bytes | str, *headers: str, filename: str | None = None) -> bytes:
    """Write a part."""
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    head = "\r\n".join([f"--{BOUNDARY}", disposition, *headers])
    return (
        head.encode() + b"\r\n\r\n" + (data.encode() if isinstance(data, str) else data) + b"\r\n"
    )


END = f"--{BOUNDARY}--\r\n".encode()


def form(*parts: bytes) -> bytes:
    """Write a form of parts."""
    return b"".join(parts) + END


def operations(letter: Any, query: str = POST) -> bytes:
    """Write the first part."""
    return part("operations", json.dumps({"query": query, "variables": {"l": letter}}))


def places(**paths: Any) -> bytes:
    """Write the second part; `_0` is the file "0"."""
    return part("map", json.dumps({name.lstrip("_"): path for name, path in paths.items()}))


def file(name: str, data: bytes | str = "content", *headers: str, filename: str = "a.txt") -> bytes:
    """Write a part with a file."""
    return part(name, data, "Content-Type: text/plain", *headers, filename=filename)


ONE = operations({"file": None})
MAP = places(_0=["variables.l.file"])
GOOD = form(ONE, MAP, file("0"))
MIB = 1024 * 1024
