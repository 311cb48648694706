"""Operations with files, sent as the multipart request specification has it."""

import json
from typing import Any

import httpx2

from tests.product.running import Running


async def send(
    house: Running, query: str, input: dict[str, Any], **files: bytes
) -> httpx2.Response:
    """Send an operation with a file for each named source of its input."""
    given = {**input, **{name: {"upload": None} for name in files}}
    operations = json.dumps({"query": query, "variables": {"input": given}})
    places = json.dumps({name: [f"variables.input.{name}.upload"] for name in files})
    texts = [("operations", (None, operations)), ("map", (None, places))]
    parts = [(name, (f"{name}.png", data, "image/png")) for name, data in files.items()]
    headers = {"graphql-require-preflight": "1"}
    return await house.client.post("/graphql", files=[*texts, *parts], headers=headers)


async def sent_data(house: Running, query: str, input: dict[str, Any], **files: bytes) -> Any:
    """Send an operation that succeeds, and return its data."""
    answer = (await send(house, query, input, **files)).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def sent_error(house: Running, query: str, input: dict[str, Any], **files: bytes) -> Any:
    """Send an operation that is refused, and return its one error without its place."""
    [error] = (await send(house, query, input, **files)).json()["errors"]
    return {"message": error["message"], **error["extensions"]}
