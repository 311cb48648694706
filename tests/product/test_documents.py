"""Documents that are asked for by their names, and services that run no others."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from image_generation.services.document_files import DocumentFileError
from tests.product.process import start
from tests.product.running import PROTOCOL, Running, running
from tests.sockets import hear, say

pytestmark = pytest.mark.anyio

WHO = "query Who { viewer { name } }"
STYLE = "query Style($n: String!) { style(name: $n) { name } }"
MAKE = 'mutation Make { generate(input: {prompt: "a sea"}) { generation { status } } }'
ADDED = "subscription Added { imageAdded { prompt } }"
HASH = sha256(WHO.encode()).hexdigest()
DOCUMENTS = {HASH: WHO, "style": STYLE, "make": MAKE, "added": ADDED}
VIEWER = {"data": {"viewer": {"name": "local"}}}


@asynccontextmanager
async def trusting(
    folder: Path, documents: Any = DOCUMENTS, **values: Any
) -> AsyncIterator[Running]:
    """Serve with a file of trusted documents."""
    path = folder / "documents.json"
    path.write_text(json.dumps(documents))
    async with running(folder / "data", trusted_documents=path, **values) as house:
        yield house


async def post(house: Running, **members: Any) -> Any:
    return (await house.client.post("/graphql", json=members)).json()


def told(message: str, code: str, field: str | None = None) -> dict[str, Any]:
    extensions = {"code": code, "field": field} if field else {"code": code}
    return {"errors": [{"message": message, "extensions": extensions}]}


def persisted(digest: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


ONLY = told("Only trusted documents run here. Send the `documentId` of one.", "FORBIDDEN")
UNKNOWN = told("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


@pytest.mark.parametrize("only", [True, False])
async def test_a_document_runs_by_its_name(tmp_path: Path, only: bool) -> None:
    async with trusting(tmp_path, only_trusted_documents=only) as house:
        plain = await post(house, documentId=HASH)
        prefixed = await post(house, documentId=f"sha256:{HASH}")
        apollo = await post(house, extensions=persisted(HASH))
        varied = await post(house, documentId="style", variables={"n": "anime"})
        address = await house.client.get("/graphql", params={"documentId": HASH})
        in_extensions = {"extensions": json.dumps(persisted(HASH))}
        apollos_address = await house.client.get("/graphql", params=in_extensions)

    assert plain == prefixed == apollo == address.json() == apollos_address.json() == VIEWER
    assert varied == {"data": {"style": {"name": "anime"}}}


async def test_a_stream_says_why_a_document_does_not_run(tmp_path: Path) -> None:
    async with trusting(tmp_path) as house:
        body, accept = {"documentId": HASH, "query": WHO}, {"accept": "text/event-stream"}
        events = await house.client.post("/graphql", json=body, headers=accept)

    [event] = [line for line in events.text.splitlines() if line.startswith("data: {")]
    message = "`documentId`: There is a `query` too. Send one of them."
    assert json.loads(event.removeprefix("data: ")) == told(message, "BAD_USER_INPUT", "documentId")
    assert events.text.count("event: complete") == 1


async def test_a_document_runs_by_its_name_as_a_stream_too(tmp_path: Path) -> None:
    async with trusting(tmp_path, only_trusted_documents=True) as house:
        body, accept = {"documentId": HASH}, {"accept": "text/event-stream"}
        events = await house.client.post("/graphql", json=body, headers=accept)
        address = house.url.replace("http", "ws") + "/graphql"
        async with connect(address, subprotocols=[PROTOCOL]) as socket:
            await say(socket, type="connection_init")
            await hear(socket)
            await say(socket, type="subscribe", id="1", payload={"documentId": "added"})
            await house.watched("local")
            await house.client.post("/graphql", json={"documentId": "make"})
            added = await hear(socket)
            await say(socket, type="subscribe", id="2", payload={"query": WHO})
            refused = await hear(socket)
            await say(socket, type="subscribe", id="3", payload={"extensions": persisted(HASH)})
            answered = await hear(socket)

    assert events.text.startswith('event: next\r\ndata: {"data":{"viewer":{"name":"local"}}}')
    assert added["payload"] == {"data": {"imageAdded": {"prompt": "a sea"}}}
    assert refused == {"id": "2", "type": "error", "payload": ONLY["errors"]}
    assert answered["payload"] == VIEWER


async def test_no_other_document_runs_where_only_trusted_ones_do(tmp_path: Path) -> None:
    async with trusting(tmp_path, only_trusted_documents=True) as house:
        answers = [
            await post(house, query=MAKE),
            await post(house, query=WHO),
            await post(house, query=MAKE, extensions=persisted("0" * 64)),
            await post(house),
            (await house.client.get("/graphql", params={"query": WHO})).json(),
        ]
        unknown = await post(house, documentId="nope")
        apollo = await post(house, extensions=persisted("0" * 64))
        known = await post(house, query=MAKE, extensions=persisted(HASH))
        page = await house.client.get("/graphql", headers={"accept": "text/html, */*;q=0.5"})

    assert answers == [ONLY] * 5
    assert unknown == told("There is no trusted document of this name.", "NOT_FOUND", "documentId")
    assert apollo == UNKNOWN
    assert known == VIEWER
    assert page.json() == ONLY
    assert house.files() == []


async def test_a_name_is_told_what_is_wrong_with_it(tmp_path: Path) -> None:
    async with trusting(tmp_path) as house:
        both = await post(house, query=WHO, documentId=HASH)
        number = await house.client.post("/graphql", json={"documentId": 1})
        mutation = await house.client.get("/graphql", params={"documentId": "make"})
        retried = await post(house, query=WHO, extensions=persisted("0" * 64))
        free = await post(house, query=WHO)

    assert both == told(
        "`documentId`: There is a `query` too. Send one of them.", "BAD_USER_INPUT", "documentId"
    )
    assert number.json() == told("`documentId` is not a string.", "BAD_USER_INPUT", "documentId")
    assert (number.status_code, mutation.status_code) == (400, 405)
    assert retried == free == VIEWER
    assert house.files() == []


async def test_a_service_without_documents_says_so(house: Running) -> None:
    apollo = await post(house, extensions=persisted(HASH))
    named = await post(house, documentId=HASH)

    assert apollo == told("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    assert named == told("There is no trusted document of this name.", "NOT_FOUND", "documentId")


@pytest.mark.parametrize(
    ("documents", "fault"),
    [
        ([], "it is not an object of documents by their hashes."),
        ({}, "it is not an object of documents by their hashes."),
        ({"a": 1}, "'a' is no document; write it as a string."),
        ({"": WHO}, "'' is no document; write it as a string."),
        ({"a": "{"}, "a: Syntax Error: Expected Name, found <EOF>."),
        ({"a": "{ nope }"}, "a: Cannot query field 'nope' on type 'Query'."),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path, documents: Any, fault: str
) -> None:
    with pytest.raises(DocumentFileError) as refused:
        async with trusting(tmp_path, documents):
            pass

    assert str(refused.value).startswith(f"{tmp_path / 'documents.json'}: {fault}")


async def test_the_command_names_the_file_that_is_missing(tmp_path: Path) -> None:
    process = await start(tmp_path / "data", ONLY_TRUSTED_DOCUMENTS="true")
    _, told = await process.communicate()

    assert process.returncode == 2
    assert b"Set IMG_GEN_TRUSTED_DOCUMENTS to the file of the documents." in told


GUESSES: list[dict[str, Any]] = [
    {"query": "{ viewr { name } }"},
    {"query": "{ gallery(frist: 1) { totalCount } }"},
    {"query": "{ gallery(orderBy: NEWST) { totalCount } }"},
    {"query": "query ($i: GenerateInpt) { viewer { name } }"},
    {
        "query": "query ($f: GalleryFilter) { gallery(filter: $f) { totalCount } }",
        "variables": {"f": {"provder": "x"}},
    },
]


async def test_guesses_at_the_schema_are_helped(house: Running) -> None:
    answers = [json.dumps(await post(house, **guess)) for guess in GUESSES]

    assert ["Did you mean" in answer for answer in answers] == [True] * len(GUESSES)


async def test_a_schema_that_may_not_be_asked_for_is_told_nowhere(tmp_path: Path) -> None:
    async with running(tmp_path, introspection=False) as house:
        schema = await post(house, query="{ __schema { types { name } } }")
        type = await post(house, query='{ __type(name: "Image") { name } }')
        guesses = [await post(house, **guess) for guess in GUESSES]
        typename = await house.ask("{ __typename }")
        page = await house.client.get("/graphql", headers={"accept": "text/html, */*;q=0.5"})
        assets = await house.client.get("/graphql/assets/explorer.js")

    for answer in (schema, type):
        assert list(answer) == ["errors"]
        assert "introspection has been disabled" in answer["errors"][0]["message"]
    assert [guess for guess in guesses if "errors" not in guess] == []
    assert [guess for guess in guesses if "Did you mean" in json.dumps(guess)] == []
    assert typename == {"__typename": "Query"}
    assert page.status_code == 400
    assert assets.status_code == 404
