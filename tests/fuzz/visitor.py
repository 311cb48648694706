"""Somebody who asks: one at a time, and never waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
from graphql import GraphQLSchema

from tests.fuzz.chance import Chance
from tests.fuzz.documents import Documents
from tests.fuzz.world import BROKEN, HUNG, Outcome, World

PATIENCE = 60.0
"""Seconds for one answer; a picture may have to wait for others."""

GLANCE = 1.0
"""Seconds that a stream of events is looked at."""


@dataclass(frozen=True)
class Visitor:
    """A client with its own dice."""

    world: World
    client: httpx2.AsyncClient
    chance: Chance
    schema: GraphQLSchema

    @property
    def documents(self) -> Documents:
        """Give somebody to write documents."""
        return Documents(self.schema, self.world.known, self.chance)

    async def send(
        self, method: str, path: str, headers: dict[str, str], content: bytes = b""
    ) -> Outcome:
        """Send a request as one of the callers, and read its answer."""
        headers = {**self.world.authorization(self.chance), **headers}
        sent, parts = (method, path, headers, content), []
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self.client.stream(method, path, headers=headers, content=content) as response,
            ):
                async for part in _at_once(response):
                    parts.append(part)  # noqa: PERF401 - what came before the end counts too
        except TimeoutError:
            return Outcome(sent, HUNG, b"".join(parts))
        except httpx2.HTTPError as error:
            return Outcome(sent, BROKEN, repr(error).encode())
        return Outcome(sent, response.status_code, b"".join(parts))


async def _at_once(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Read an answer; of a stream of events only what comes at once."""
    endless = response.headers.get("content-type", "").startswith("text/event-stream")
    parts = response.aiter_raw()
    try:
        async with asyncio.timeout(GLANCE if endless else None):
            while (part := await anext(parts, None)) is not None:
                yield part
    except TimeoutError:
        if not endless:
            raise
