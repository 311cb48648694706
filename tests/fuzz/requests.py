"""GraphQL over HTTP: operations that fit, that do not, and what is no request at all."""

import asyncio
import json
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from tests.fuzz.visitor import PATIENCE, Visitor
from tests.fuzz.world import HUNG, NONE, Outcome

_ACCEPTS = (
    "application/json",
    "application/graphql-response+json",
    "text/event-stream",
    "*/*",
    "text/html",
    "application/json;q=0.1, text/event-stream;q=0.9",
    "application/json;q=x",
    "image/png",
)
_TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "multipart/form-data",
)


def _headers(visitor: Visitor) -> dict[str, str]:
    chance = visitor.chance
    kind = _TYPES[0] if chance.happens(0.95) else chance.choice(_TYPES)
    accept = chance.choice(_ACCEPTS[:3] if chance.happens(0.9) else _ACCEPTS)
    return {"content-type": kind, "accept": accept}


async def post(visitor: Visitor) -> Outcome:
    """Post an operation; now and then its text or its envelope is wrong."""
    chance = visitor.chance
    operation = visitor.documents.write()
    body = operation.body()
    if chance.happens(0.2):
        body["query"] = chance.garbled_text(operation.text)
    if chance.happens(0.1):
        name = chance.choice(("query", "variables", "operationName", "extensions", "documentId"))
        body[name] = chance.anything()
    content = json.dumps(body).encode()
    if chance.happens(0.1):
        content = chance.garbled(content)
    return await visitor.send("POST", "/graphql", _headers(visitor), content)


async def get(visitor: Visitor) -> Outcome:
    """Ask by address."""
    chance = visitor.chance
    operation = visitor.documents.write()
    text = chance.garbled_text(operation.text) if chance.happens(0.2) else operation.text
    variables = json.dumps(operation.variables)
    given = [("query", text), ("variables", variables)]
    if chance.happens(0.2):
        given.append((chance.choice(("query", "operationName", "extensions")), chance.text()))
    path = "/graphql?" + urlencode(given, quote_via=quote, errors="replace")
    return await visitor.send("GET", path[:60_000], _headers(visitor))


async def raw(visitor: Visitor) -> Outcome:
    """Send the bytes of a request, garbled, and hang up; the service hangs up too."""
    chance, target = visitor.chance, urlsplit(visitor.world.url)
    body = json.dumps(visitor.documents.write("query").body()).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {target.netloc}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    content = chance.garbled(head.encode() + body)
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await _exchange(target, content)
    except TimeoutError:
        return Outcome(content, HUNG)
    status = answer[9:12]
    return Outcome(content, int(status) if status.isdigit() else NONE, answer)


async def _exchange(target: SplitResult, content: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    try:
        writer.write(content)
        writer.write_eof()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()
