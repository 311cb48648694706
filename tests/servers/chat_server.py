"""A server for chat completions: says what it is told to say, remembers what it was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.lifespan.off import LifespanOff


@dataclass(frozen=True)
class Asked:
    """One request. `options` is the body without model and messages."""

    authorization: str | None
    model: str
    system: str
    user: str
    options: Mapping[str, object]


@dataclass(frozen=True)
class Reply:
    """One answer, byte for byte."""

    body: bytes
    status: int = 200


def says(
    content: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: Mapping[str, object] | None = None,
) -> Reply:
    """Answer as a model does."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return Reply(
        orjson.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_795_000_000,
                "model": "a-model",
                "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
                "usage": usage,
            }
        )
    )


def fails(
    status: int,
    message: str = "No.",
    *,
    type: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> Reply:
    """Answer with an error, as OpenAI writes them."""
    error = {"message": message, "type": type, "param": param, "code": code}
    return Reply(orjson.dumps({"error": error}), status)


@dataclass
class ChatServer:
    """A server, as a test sees it: `origin` and `path` make its `base_url`.

    The last of `replies` is given again and again.

    A request with an option of `refuses` is refused; `names_it` says whether the error has a
    `param`. While `silent`, nothing is answered; `reached` is set by the first request.
    """

    origin: str
    path: str
    replies: list[Reply] = field(default_factory=lambda: [says("A red fox.")])
    refuses: set[str] = field(default_factory=set)
    names_it: bool = True
    silent: bool = False
    asked: list[Asked] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        """Where the SDK is sent."""
        return self.origin + self.path

    async def complete(self, request: Request) -> Response:
        """Answer a request for a chat completion."""
        asked = _asked(request.headers.get("authorization"), orjson.loads(await request.body()))
        self.asked.append(asked)
        self.reached.set()
        if self.silent:
            await self._closing.wait()
        reply = self._refusal(asked) or self._next()
        return Response(reply.body, reply.status, media_type="application/json")

    def close(self) -> None:
        """Let those who wait go."""
        self._closing.set()

    def _refusal(self, asked: Asked) -> Reply | None:
        refused = next((name for name in asked.options if name in self.refuses), None)
        if refused is None:
            return None
        if self.names_it:
            message = f"Unsupported parameter: '{refused}' is not supported with this model."
            return fails(400, message, param=refused, code="unsupported_parameter")
        return fails(400, f"Unrecognized request argument supplied: {refused}")

    def _next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def _asked(authorization: str | None, body: dict[str, object]) -> Asked:
    """Take a request apart; it must be one system and one user message."""
    match body.pop("messages"):
        case [{"role": "system", "content": str(system)}, {"role": "user", "content": str(user)}]:
            return Asked(authorization, str(body.pop("model")), system, user, body)
        case other:
            raise AssertionError(other)


class ChatHost:
    """Many servers at one port. Starting and stopping take a while, so tests share them."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._servers: list[ChatServer] = []

    @contextmanager
    def server(self) -> Iterator[ChatServer]:
        """Open a server that nobody has used."""
        server = ChatServer(self._origin, f"/{len(self._servers)}/v1")
        self._servers.append(server)
        try:
            yield server
        finally:
            server.close()

    async def complete(self, request: Request) -> Response:
        """Hand a request to the server it is for."""
        number: int = request.path_params["number"]
        return await self._servers[number].complete(request)


@asynccontextmanager
async def chat_host() -> AsyncIterator[ChatHost]:
    """Serve on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = ChatHost(f"http://127.0.0.1:{listener.getsockname()[1]}")
        route = Route("/{number:int}/v1/chat/completions", host.complete, methods=["POST"])
        config = uvicorn.Config(Starlette(routes=[route]), log_level="error")
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = LifespanOff(config)
        await server.startup(sockets=[listener])
        try:
            yield host
        finally:
            await server.shutdown(sockets=[listener])
