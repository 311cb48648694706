"""A server that behaves like OpenAI's images API, or as a test tells it to."""

import asyncio
import base64
import socket
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.lifespan.off import LifespanOff

from tests.servers.forms import Part, is_form, parts_of
from tests.servers.openai_edits import edited, refusal_of_files, values_of
from tests.servers.openai_rules import MODELS, Body, refusal_of
from tests.servers.painting import encoded, painted
from tests.servers.stopping import stop_at_once

KEY = "sk-planted-secret"
PICTURE = b"\x89PNG\r\n\x1a\nnot looked at by a provider"
PREVIEWS = tuple(PICTURE + f" {number}".encode() for number in range(3))
USAGE: Body = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 40, "image_tokens": 10},
    "output_tokens": 439,
    "total_tokens": 489,
}


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body
    files: Sequence[Part] = ()


@dataclass(frozen=True)
class Reply:
    """An answer, byte for byte. `cut` hangs up after the body; `silent` never answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    cut: bool = False
    silent: bool = False


@dataclass
class OpenAIServer:
    """The server, seen by a test.

    Each request takes the next of `replies`; without one it is answered as OpenAI does. `key` is
    the only one that is accepted, None accepts any. `announced` has dates of shutdown by model.
    `paints`: whether pictures from words are painted, too; those from pictures always are.
    """

    base_url: str
    key: str | None = KEY
    replies: deque[Reply] = field(default_factory=deque)
    announced: dict[str, str] = field(default_factory=dict)
    paints: bool = False
    seen: list[Seen] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def sent(self) -> Body:
        """Return the body of the only request for a picture."""
        [seen] = [seen for seen in self.seen if seen.method == "POST"]
        return seen.body

    async def generations(self, request: Request) -> Response:
        """Answer `POST /images/generations`."""
        seen = await self._see(request)
        reply = self._scripted() or self._unauthorized(seen) or self._makes(seen)
        return await self._answer(reply)

    async def edits(self, request: Request) -> Response:
        """Answer `POST /images/edits`."""
        seen = await self._see(request)
        reply = self._scripted() or self._unauthorized(seen) or _edits(seen)
        return await self._answer(reply)

    async def models(self, request: Request) -> Response:
        """Answer `GET /models`."""
        seen = await self._see(request)
        return await self._answer(self._scripted() or self._unauthorized(seen) or self._listing())

    async def picture(self, request: Request) -> Response:
        """Answer a link to a picture."""
        await self._see(request)
        return await self._answer(self._scripted() or Reply(PICTURE, media_type="image/png"))

    def _makes(self, seen: Seen) -> Reply:
        """Answer as OpenAI does: a refusal, a stream, or a picture."""
        body = seen.body
        if wrong := refusal_of(body):
            return fails(400, wrong.message, param=wrong.param, code=wrong.code)
        picture = PICTURE
        if self.paints:
            picture = encoded(painted(body["prompt"], _size(body)), _kind(body))
        return _made(body, picture)

    def _scripted(self) -> Reply | None:
        return self.replies.popleft() if self.replies else None

    def _listing(self) -> Reply:
        data = [
            {
                "id": name,
                "object": "model",
                "created": 1_795_000_000,
                "owned_by": "system",
                "shutdown_date": self.announced.get(name),
            }
            for name in MODELS
        ]
        return Reply(orjson.dumps({"object": "list", "data": data}))

    async def _see(self, request: Request) -> Seen:
        files: Sequence[Part] = ()
        if is_form(request):
            parts = await parts_of(request)
            body, files = values_of(parts), [part for part in parts if part.name]
        else:
            raw = await request.body()
            body = orjson.loads(raw) if raw else {}
        seen = Seen(request.method, request.url.path, dict(request.headers), body, files)
        self.seen.append(seen)
        self.reached.set()
        return seen

    def _unauthorized(self, seen: Seen) -> Reply | None:
        given = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if self.key in {None, given}:
            return None
        message = f"Incorrect API key provided: {given}. You can find your API key at …"
        return fails(401, message, code="invalid_api_key")

    async def _answer(self, reply: Reply) -> Response:
        if reply.silent:
            await self.closing.wait()
        headers = {"x-request-id": "req_123", **reply.headers}
        if reply.cut:
            headers["content-length"] = str(len(reply.body) + 1)
        return Response(reply.body, reply.status, headers, reply.media_type)


def delivers(*, usage: object = None, **picture: object) -> Reply:
    """Answer with a picture, as OpenAI does; `picture` replaces the only item's keys."""
    item = picture or {"b64_json": _text(PICTURE)}
    body = {
        "created": 1_713_833_628,
        "background": "opaque",
        "output_format": "png",
        "quality": "medium",
        "size": "1024x1024",
        "data": [item],
        "usage": usage or USAGE | {"output_tokens_details": {"image_tokens": 439}},
    }
    return Reply(orjson.dumps(body))


def streams(
    *,
    partials: int,
    completed: bool = True,
    error: Body | None = None,
    cut: bool = False,
    picture: bytes = PICTURE,
    subject: str = "image_generation",
) -> Reply:
    """Answer with a stream: some partial pictures, then the finished one, or an error."""
    common = {
        "created_at": 1_620_000_000,
        "size": "1024x1024",
        "quality": "medium",
        "background": "opaque",
        "output_format": "png",
    }
    events: list[Body] = [
        {
            "type": f"{subject}.partial_image",
            "b64_json": _text(PREVIEWS[number]),
            "partial_image_index": number,
            **common,
        }
        for number in range(partials)
    ]
    if error is not None:
        events.append({"type": "error", "error": error})
    elif completed:
        finished = {"b64_json": _text(picture), "usage": USAGE}
        events.append({"type": f"{subject}.completed", **finished, **common})
    text = b"".join(
        b"event: %b\ndata: %b\n\n" % (str(event["type"]).encode(), orjson.dumps(event))
        for event in events
    )
    return Reply(text, media_type="text/event-stream", cut=cut)


def fails(
    status: int,
    message: str = "Something about a red fox.",
    *,
    type: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Answer with an error, as OpenAI writes them."""
    error = {"message": message, "type": type, "param": param, "code": code}
    return Reply(orjson.dumps({"error": error}), status, headers or {})


def blocked(stage: str, *categories: str, code: str = "moderation_blocked") -> Body:
    """Return the error of the safety system."""
    return {
        "message": "Your request was rejected by the safety system. safety_violations=[sexual].",
        "type": "image_generation_user_error",
        "param": None,
        "code": code,
        "moderation_details": {"moderation_stage": stage, "categories": list(categories)},
    }


def _edits(seen: Seen) -> Reply:
    body = seen.body
    if wrong := refusal_of(body, edits=True) or refusal_of_files(seen.files):
        return fails(400, wrong.message, param=wrong.param, code=wrong.code)
    picture = edited(seen.files, body).resize(_size(body))
    return _made(body, encoded(picture, _kind(body)), "image_edit")


def _made(body: Body, picture: bytes, subject: str = "image_generation") -> Reply:
    if body.get("stream"):
        wanted = body.get("partial_images", 0)
        assert isinstance(wanted, int)
        return streams(partials=wanted, picture=picture, subject=subject)
    return delivers(b64_json=_text(picture))


def _size(body: Body) -> tuple[int, int]:
    width, height = f"{body['size']}".split("x")
    return int(width), int(height)


def _kind(body: Body) -> str:
    return f"{body.get('output_format', 'png')}".upper()


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


@asynccontextmanager
async def openai_server() -> AsyncIterator[OpenAIServer]:
    """Serve on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = OpenAIServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        app = Starlette(
            routes=[
                Route("/v1/images/generations", server.generations, methods=["POST"]),
                Route("/v1/images/edits", server.edits, methods=["POST"]),
                Route("/v1/images/{id}/content", server.picture),
                Route("/generated-images/{name}", server.picture),
                Route("/v1/models", server.models),
            ]
        )
        config = uvicorn.Config(app, log_level="critical", ws="none")
        config.load()
        running = uvicorn.Server(config)
        running.lifespan = LifespanOff(config)
        await running.startup(sockets=[listener])
        try:
            yield server
        finally:
            server.closing.set()
            await stop_at_once(running)
