"""A server that behaves like Replicate: predictions, files, an account, and pictures to fetch."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.lifespan.off import LifespanOff

from tests.servers.forms import is_form
from tests.servers.painting import encoded
from tests.servers.replicate_files import Files, urls_in
from tests.servers.replicate_models import made
from tests.servers.replicate_schemas import SCHEMAS, Schema
from tests.servers.stopping import stop_at_once

TOKEN = "r8_planted_secret"  # noqa: S105 - it opens nothing
PICTURE = b"\x89PNG\r\n\x1a\nnot looked at by a provider"
ANYTHING = Schema({}, gives_list=True, required=())

OUTPUT = "${output}"

Body = dict[str, object]

_KINDS = {"webp": "WEBP", "jpg": "JPEG", "png": "PNG"}
_BARS: list[Body] = [
    {"logs": "Using seed: 7\n  0%|          | 0/4 [00:00<?, ?it/s]"},
    {"logs": "Using seed: 7\n  0%|          | 0/4 [00:00<?, ?it/s]\r 50%|#####     | 2/4 [00:00]"},
]


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body


@dataclass(frozen=True)
class Mishap:
    """An answer in place of the right one. `cut` hangs up; `silent` never answers."""

    status: int = 500
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False
    after: bool = False
    """Whether the work is done before the fault is answered."""


@dataclass
class ReplicateServer:
    """The server, seen by a test.

    Each request takes the next of the `mishaps` of its kind: create, get, cancel, list, account,
    upload, file, delete, delivery. With `paints`, what is delivered was made by the model from its
    inputs. Each time a prediction is asked for, it goes on by one of `story`, which is changes to
    the object; `OUTPUT` in it becomes what the model gives.
    """

    host: str
    delivery_host: str
    story: list[Body] = field(default_factory=list)
    output: object = OUTPUT
    page_size: int = 100
    paints: bool = False
    mishaps: dict[str, deque[Mishap]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    predictions: dict[str, Body] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    files: Files = field(init=False)
    pictures: dict[str, bytes] = field(default_factory=dict)
    _stories: dict[str, deque[Body]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.files = Files(self.url)

    @property
    def url(self) -> str:
        """The base URL, as an operator would write it."""
        return f"http://{self.host}/replicate"

    def fail(self, kind: str, *mishaps: Mishap) -> None:
        """Answer the next requests of a kind with mishaps."""
        self.mishaps.setdefault(kind, deque()).extend(mishaps)

    def asked(self, method: str, ending: str = "") -> list[Seen]:
        """Return the requests of a method whose path ends so."""
        return [seen for seen in self.seen if seen.method == method and seen.path.endswith(ending)]

    def created(self) -> list[Seen]:
        """Return the requests for new predictions."""
        return self.asked("POST", "/predictions")

    def sent_input(self) -> Body:
        """Return the input of the only prediction that was asked for."""
        [seen] = self.created()
        values = seen.body["input"]
        assert isinstance(values, dict)
        return values

    def remember(self, number: int, **values: object) -> Body:
        """Put a prediction into the list; later ones come first in it."""
        prediction = self._prediction(f"old{number}", **values)
        self.predictions[f"{prediction['id']}"] = prediction
        return prediction

    def create(self, model: str, version: str, values: Body) -> Body:
        """Make a prediction and its story."""
        number = len(self.predictions)
        schema = SCHEMAS.get(model, ANYTHING)
        if model in SCHEMAS:
            self.ignored += sorted(values.keys() - schema.inputs.keys())
        prediction = self._prediction(f"gm3{number}", model=model, version=version, input=values)
        self.predictions[f"{prediction['id']}"] = prediction
        self._stories[f"{prediction['id']}"] = deque(self.story or _story(schema))
        return prediction

    def go_on(self, prediction: Body) -> None:
        """Let a prediction go on by one change."""
        story = self._stories[f"{prediction['id']}"]
        prediction |= story.popleft() if story else {}
        if prediction["output"] == OUTPUT:
            prediction["output"] = self._output(prediction)

    def finish(self, prediction: Body) -> None:
        """Let a prediction come to its end."""
        prediction |= {"status": "succeeded", "output": self._output(prediction)}

    def _painted(self, prediction: Body) -> bytes:
        values = prediction["input"]
        assert isinstance(values, dict)

        def pictures(name: str) -> list[Image.Image]:
            found = [self.files.open(url) for url in urls_in(values, name)]
            return [picture for picture in found if picture is not None]

        picture = made(f"{prediction['model']}", values, pictures)
        return encoded(picture, _KINDS[f"{values.get('output_format', 'webp')}"])

    def _output(self, prediction: Body) -> object:
        if self.output != OUTPUT:
            return self.output
        if self.paints:
            self.pictures[f"{prediction['id']}"] = self._painted(prediction)
        link = f"http://{self.delivery_host}/xezq/{prediction['id']}/out-0.webp"
        schema = SCHEMAS.get(f"{prediction['model']}", ANYTHING)
        return [link] if schema.gives_list else link

    def _prediction(self, id: str, **values: object) -> Body:
        api = f"http://{self.host}/replicate/v1/predictions/{id}"
        return {
            "id": id,
            "model": "black-forest-labs/flux-schnell",
            "version": "hidden",
            "input": {},
            "logs": "",
            "output": None,
            "data_removed": False,
            "error": None,
            "source": "api",
            "status": "starting",
            "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "urls": {"get": api, "cancel": f"{api}/cancel", "web": f"https://replicate.com/p/{id}"},
        } | values


def _story(schema: Schema) -> list[Body]:
    started: Body = {"status": "processing", "started_at": "2026-11-22T07:35:46Z"}
    ended: Body = {"status": "succeeded", "output": OUTPUT, "metrics": {"predict_time": 0.5}}
    return [started, *(_BARS if schema.draws_bar else []), ended]


def violations(model: str, values: Body) -> list[Body]:
    """Return what Replicate would say of an input, as `invalid_fields`."""
    schema = SCHEMAS.get(model, ANYTHING)
    wrong = dict.fromkeys((name for name in schema.required if name not in values), "required")
    for name, value in values.items():
        if name in schema.inputs and (violation := schema.inputs[name](value)):
            wrong[name] = violation
    tolerance = values.get("safety_tolerance")
    if "input_image" in values and isinstance(tolerance, int) and tolerance > 2:
        wrong["safety_tolerance"] = "number_lte"
    return [
        {"type": fault, "field": f"input.{name}", "description": f"is wrong: {values.get(name)}"}
        for name, fault in wrong.items()
    ]


def problem(status: int, title: str, detail: str, **more: object) -> Mishap:
    """Make an error as Replicate writes them."""
    return Mishap(status, {"title": title, "detail": detail, "status": status, **more})


class _Endpoints:
    """What is answered on which path."""

    def __init__(self, server: ReplicateServer) -> None:
        self._server = server

    def routes(self) -> list[Route]:
        """Return the paths of the API and of the pictures."""
        base = "/replicate/v1"
        one = f"{base}/predictions/{{id}}"
        return [
            Route(f"{base}/models/{{owner}}/{{name}}/predictions", self.official, methods=["POST"]),
            Route(f"{base}/predictions", self.versioned, methods=["POST"]),
            Route(f"{base}/predictions", self.listed),
            Route(one, self.state),
            Route(f"{one}/cancel", self.cancel, methods=["POST"]),
            Route(f"{base}/account", self.account),
            Route(f"{base}/files", self.upload, methods=["POST"]),
            Route(f"{base}/files/{{id}}", self.file, methods=["GET", "DELETE"]),
            Route("/xezq/{path:path}", self.delivery),
        ]

    async def official(self, request: Request) -> Response:
        owner, name = request.path_params["owner"], request.path_params["name"]
        return await self._created(request, f"{owner}/{name}", None)

    async def versioned(self, request: Request) -> Response:
        reference = orjson.loads(await request.body()).get("version")
        model, _, version = f"{reference}".rpartition(":")
        return await self._created(request, model or "somebody/something", version)

    async def _created(self, request: Request, model: str, version: str | None) -> Response:
        seen = await self._see(request)
        mishap = self._mishap("create", seen)
        if mishap is not None and not mishap.after:
            return await self._answer(mishap)
        values = seen.body.get("input")
        assert isinstance(values, dict)
        wrong = violations(model, values)
        wrong += [
            {"type": "invalid_uri", "field": f"input.{name}", "description": "cannot be had"}
            for name in self._server.files.lost_in(values)
        ]
        if wrong:
            detail = "".join(f"- {field['field']}: {field['description']}\n" for field in wrong)
            named = problem(422, "Input validation failed", detail, invalid_fields=wrong)
            return await self._answer(named)
        created = orjson.dumps(self._server.create(model, version or "hidden", values))
        return await self._answer(mishap) if mishap else Response(created, 201)

    async def state(self, request: Request) -> Response:
        async def answer(prediction: Body) -> Response:
            self._server.go_on(prediction)
            return Response(orjson.dumps(prediction))

        return await self._about(request, "get", answer)

    async def cancel(self, request: Request) -> Response:
        async def answer(prediction: Body) -> Response:
            if prediction["status"] in {"starting", "processing"}:
                prediction |= {"status": "canceled", "completed_at": "2026-11-22T07:35:50Z"}
            return Response(orjson.dumps(prediction))

        return await self._about(request, "cancel", answer)

    async def _about(
        self, request: Request, kind: str, answer: Callable[[Body], Awaitable[Response]]
    ) -> Response:
        mishap = self._mishap(kind, await self._see(request))
        prediction = self._server.predictions.get(request.path_params["id"])
        if mishap is None and prediction is not None:
            return await answer(prediction)
        return await self._answer(mishap or problem(404, "Not found", "There is no such thing."))

    async def listed(self, request: Request) -> Response:
        if (mishap := self._mishap("list", await self._see(request))) is not None:
            return await self._answer(mishap)
        start, size = int(request.query_params.get("cursor", "0")), self._server.page_size
        found = list(reversed(self._server.predictions.values()))
        more = start + size < len(found)
        link = f"http://elsewhere.test/v1/predictions?cursor={start + size}"
        page = {
            "next": link if more else None,
            "previous": None,
            "results": found[start : start + size],
        }
        return Response(orjson.dumps(page))

    async def account(self, request: Request) -> Response:
        if (mishap := self._mishap("account", await self._see(request))) is not None:
            return await self._answer(mishap)
        account = {"type": "user", "username": "nobody", "name": "Nobody", "github_url": None}
        return Response(orjson.dumps(account))

    async def upload(self, request: Request) -> Response:
        """Keep a file."""
        if (mishap := self._mishap("upload", await self._see(request))) is not None:
            return await self._answer(mishap)
        return Response(orjson.dumps(await self._server.files.take(request)), 201)

    async def file(self, request: Request) -> Response:
        """Describe a file, or delete it."""
        kind = "delete" if request.method == "DELETE" else "file"
        mishap, id = self._mishap(kind, await self._see(request)), request.path_params["id"]
        found = self._server.files.kept.get(id)
        if mishap is not None or found is None:
            return await self._answer(mishap or problem(404, "Not found", "There is no such file."))
        if kind == "delete":
            self._server.files.delete(id)
            return Response(status_code=204)
        return Response(orjson.dumps(found))

    async def delivery(self, request: Request) -> Response:
        await self._see(request)
        if (mishap := self._next("delivery")) is not None:
            return await self._answer(mishap)
        id = request.path_params["path"].partition("/")[0]
        picture = self._server.pictures.get(id, PICTURE)
        return Response(picture, media_type="image/webp")

    async def _see(self, request: Request) -> Seen:
        raw = await request.body()
        body = orjson.loads(raw) if raw and not is_form(request) else {}
        path = request.url.path
        seen = Seen(request.method, path, dict(request.headers), body)
        self._server.seen.append(seen)
        self._server.reached.set()
        return seen

    def _mishap(self, kind: str, seen: Seen) -> Mishap | None:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            detail = "You did not pass a valid authentication token"
            return problem(401, "Unauthenticated", detail)
        return self._next(kind)

    def _next(self, kind: str) -> Mishap | None:
        waiting = self._server.mishaps.get(kind)
        return waiting.popleft() if waiting else None

    async def _answer(self, fault: Mishap) -> Response:
        if fault.silent:
            await self._server.closing.wait()
        if fault.cut:
            return _Cut()
        raw = fault.body if isinstance(fault.body, bytes) else orjson.dumps(fault.body)
        return Response(raw, fault.status, dict(fault.headers))


class _Cut(Response):
    """An answer that promises more bytes than it has."""

    def __init__(self) -> None:
        super().__init__(b"{", headers={"content-length": "2"})


@asynccontextmanager
async def replicate() -> AsyncIterator[ReplicateServer]:
    """Serve the API and the pictures on two ports of 127.0.0.1."""
    with (
        socket.create_server(("127.0.0.1", 0)) as api,
        socket.create_server(("127.0.0.1", 0)) as pictures,
    ):
        server = ReplicateServer(_host_of(api), _host_of(pictures))
        app = Starlette(routes=_Endpoints(server).routes())
        config = uvicorn.Config(app, log_level="critical", ws="none")
        config.load()
        running = uvicorn.Server(config)
        running.lifespan = LifespanOff(config)
        await running.startup(sockets=[api, pictures])
        try:
            yield server
        finally:
            server.closing.set()
            await stop_at_once(running)


def _host_of(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


def ago(**span: float) -> str:
    """Return a time in the past, as Replicate writes it."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat().replace("+00:00", "Z")
