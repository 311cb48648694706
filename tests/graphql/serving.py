"""A real server on a port of its own, with a schema that does what the tests need."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import strawberry
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from strawberry.scalars import JSON
from uvicorn.lifespan.off import LifespanOff

from image_generation.domain.errors import (
    InvalidInput,
    NotFound,
    ProviderBusy,
    Unauthenticated,
    UnexpectedFailure,
)
from image_generation.graphql.extensions import EXTENSIONS, FrontDoorSchema
from image_generation.graphql.views import graphql_routes
from image_generation.serving import PatientServer, server_config


@dataclass
class Ledger:
    """What happened on the server, for tests to look at and to wait for."""

    contexts: list["Context"] = field(default_factory=list)
    painted: list[str] = field(default_factory=list)
    freshened: int = 0
    withdrawn: bool = False
    watching: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Context:
    """The context of one operation."""

    ledger: Ledger

    def __post_init__(self) -> None:
        self.ledger.contexts.append(self)

    def admit(self, *, changes: bool, cost: int) -> None:
        return None

    def expect(self, size: int) -> None:
        return None

    def receive(self, size: int) -> None:
        return None

    def notices(self, asked: Mapping[str, object]) -> dict[str, object]:
        return {}

    def for_operation(self) -> "Context":
        return Context(self.ledger)

    def confirm(self) -> None:
        if self.ledger.withdrawn:
            raise Unauthenticated("This key is not known.")

    def fresh(self) -> None:
        self.ledger.freshened += 1


Info = strawberry.Info[Context, None]


@strawberry.input
class PaintInput:
    """What to paint."""

    prompt: str
    steps: int = 1


@strawberry.input(one_of=True)
class Choice:
    """One of two."""

    left: strawberry.Maybe[int]
    right: strawberry.Maybe[int]


@strawberry.type
class Query:
    """Fields that answer, and fields that fail in every way."""

    hello: str = strawberry.field(resolver=lambda: "world")

    @strawberry.field
    def greet(self, name: str) -> str:
        return f"hello {name}"

    @strawberry.field
    def choose(self, choice: Choice) -> str:
        return "left" if choice.left else "right"

    @strawberry.field
    def echo(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def not_a_number(self) -> JSON:
        return JSON([float("nan"), float("inf"), 0.5])

    @strawberry.field
    def context(self, info: Info) -> int:
        return info.context.ledger.contexts.index(info.context)

    @strawberry.field
    def missing(self) -> str | None:
        raise NotFound("There is no such style.", "style_name")

    @strawberry.field
    def search(self) -> str | None:
        raise InvalidInput("filter.created_after", "It lies in the future.", "Use a past time.")

    @strawberry.field
    def busy(self) -> str | None:
        raise ProviderBusy("The provider is busy.", retry_after=3.0)

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("Argument 'key' is sk-secret")

    @strawberry.field
    def failed(self) -> str | None:
        raise UnexpectedFailure("abc123", charged=None)

    @strawberry.field
    def again(self) -> "Query":
        return Query()


@strawberry.type
class Mutation:
    """One change, kept in the ledger."""

    @strawberry.mutation
    def paint(self, info: Info, input: PaintInput) -> str:
        info.context.ledger.painted.append(input.prompt)
        return input.prompt


@strawberry.type
class Subscription:
    """Streams that end, wait, flood and fail."""

    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def watch(self, info: Info) -> AsyncGenerator[str, None]:
        """Say "watching", and say nothing more until it is released."""
        ledger = info.context.ledger
        try:
            yield "watching"
            ledger.watching.set()
            await ledger.release.wait()
            yield "released"
        finally:
            ledger.left.set()

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncGenerator[str, None]:
        """Say a lot, for ever."""
        try:
            while True:
                info.context.ledger.watching.set()
                yield "x" * 65536
        finally:
            info.context.ledger.left.set()

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("sk-secret")

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise NotFound("There is no such generation.", "id")
        yield 1


def tiny_schema() -> FrontDoorSchema:
    return FrontDoorSchema(Query, Mutation, Subscription, extensions=EXTENSIONS)


@asynccontextmanager
async def served(routes: Sequence[BaseRoute], patience: float = 20.0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1; gives "127.0.0.1:port"."""
    async with serving(routes, patience) as (_, host):
        yield host


@asynccontextmanager
async def serving(
    routes: Sequence[BaseRoute], patience: float
) -> AsyncIterator[tuple[PatientServer, str]]:
    """Serve on 127.0.0.1; gives the server, too."""
    config = server_config(Starlette(routes=routes), host="127.0.0.1", port=0, grace=5)
    config.load()
    server = PatientServer(config, patience)
    server.lifespan = LifespanOff(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        ticking = asyncio.create_task(server.main_loop())
        try:
            yield server, f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await ticking
            await server.shutdown(sockets=[listener])


class FrontDoor:
    """The tiny schema, served. Starting takes a while, so tests share it; each has a ledger."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.ledger = Ledger()


@asynccontextmanager
async def front_door() -> AsyncIterator[FrontDoor]:
    door: FrontDoor

    def make_context(connection: HTTPConnection, authorization: str | None) -> Context:
        return Context(door.ledger)

    async with served(graphql_routes(tiny_schema(), make_context)) as host:
        door = FrontDoor(host)
        yield door
