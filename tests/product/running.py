"""A whole service on a port of its own, asked the way clients ask."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from uvicorn.lifespan.off import LifespanOff
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from image_generation.app import Service, open_service
from image_generation.providers.procedural import ProceduralProvider
from image_generation.providers.registry import Providers
from image_generation.serving import PatientServer, server_config
from image_generation.settings import Settings

PROTOCOL = Subprotocol("graphql-transport-ws")

PROGRESS = """
subscription ($id: ID!) {
  generationProgress(id: $id) {
    sequence
    progress
    preview
    generation { id status progress attempts error { code charged } image { id url } }
  }
}
"""

GENERATE = """
mutation Generate($input: GenerateInput!) {
  generate(input: $input) {
    generation {
      id status progress operation prompt finalPrompt negativePrompt style provider model width
      height steps guidanceScale seed attempts durationMs startedAt finishedAt createdAt
      adjustments { field asked used reason }
      error { code message provider retryable retryAfter charged }
      cost { usd source }
      image { id url width height format byteSize sha256 }
    }
  }
}
"""


def settings_for(folder: Path, **values: Any) -> Settings:
    """Settings that read no file of this machine."""
    given: dict[str, Any] = {"data_dir": folder, "port": 0, "default_size": "256x256", **values}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]  # its sources are untyped


@dataclass(frozen=True)
class Running:
    """A running service and a client of it."""

    url: str
    folder: Path
    service: Service
    client: httpx2.AsyncClient

    async def post(self, query: str, **variables: Any) -> httpx2.Response:
        """Send an operation."""
        body = {"query": query, "variables": variables}
        headers = {"content-type": "application/json"}
        return await self.client.post("/graphql", content=json.dumps(body), headers=headers)

    async def ask(self, query: str, **variables: Any) -> Any:
        """Send an operation that succeeds, and return its data."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send an operation that is refused, and return its one error without its place."""
        answer = (await self.post(query, **variables)).json()
        [error] = answer["errors"]
        return {"message": error["message"], **error["extensions"]}

    async def generate(self, prompt: str = "a quiet sea", **wishes: Any) -> Any:
        """Generate a picture and return the generation."""
        data = await self.ask(GENERATE, input={"prompt": prompt, **wishes})
        return data["generate"]["generation"]

    async def watch(self, query: str, **variables: Any) -> AsyncGenerator[Any, None]:
        """Subscribe over graphql-transport-ws, and give each event's data until the end."""
        address = self.url.replace("http", "ws") + "/graphql"
        key = self.client.headers.get("authorization")
        headers = {"authorization": key} if key else {}
        async with connect(
            address, subprotocols=[PROTOCOL], max_size=None, additional_headers=headers
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": query, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            while (message := json.loads(await socket.recv()))["type"] == "next":
                assert "errors" not in message["payload"], message
                yield message["payload"]["data"]
            assert message["type"] == "complete", message

    async def finished(self, id: str) -> Any:
        """Wait until a generation is finished, and return it."""
        async for event in self.watch(PROGRESS, id=id):
            generation = event["generationProgress"]["generation"]
        return generation

    async def watched(self, topic: UUID | str) -> None:
        """Wait until somebody watches a topic of the bus."""
        while not self.service.bus.is_watched(topic):  # noqa: ASYNC110 - the bus tells nobody
            await asyncio.sleep(0.005)

    def files(self) -> list[str]:
        """Return the names of the pictures' files."""
        found = (self.folder / "images").rglob("*")
        return sorted(path.name for path in found if path.is_file())


def painters(*painter: ProceduralProvider) -> Providers:
    """The providers of a service that has only painters; the first is the default."""
    return Providers(painter or [ProceduralProvider()])


@asynccontextmanager
async def running(
    folder: Path, providers: Providers | None = None, **values: Any
) -> AsyncIterator[Running]:
    """Run a service until the end of the block."""
    settings = settings_for(folder, **values)
    async with open_service(settings, providers or painters()) as service:
        config = server_config(service.web, host="127.0.0.1", port=0, grace=5)
        config.load()
        server = PatientServer(config)
        server.lifespan = LifespanOff(config)
        await server.startup()
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        url = f"http://{host}:{port}"
        ticking = asyncio.create_task(server.main_loop())
        try:
            async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
                yield Running(url, folder, service, client)
        finally:
            service.bus.close()
            server.should_exit = True
            await ticking
            await server.shutdown()
