"""Streams: each event is fresh, and when the service stops they break off without an end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import pytest
import strawberry
from strawberry.dataloader import DataLoader
from strawberry.scalars import JSON

from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus, Change
from image_generation.graphql.extensions import EXTENSIONS, FrontDoorSchema
from image_generation.graphql.views import graphql_routes
from tests.graphql.serving import served
from tests.sockets import closing, connected, hear, hear_out, subscribe

pytestmark = pytest.mark.anyio

WATCH = "subscription { watch { loaded } }"


@dataclass
class House:
    """A bus, a row that changes, and a task that a query can wait for."""

    bus: Bus = field(default_factory=Bus)
    version: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self) -> None:
        """Change the row, and tell it."""
        self.version += 1
        running = GenerationStatus.RUNNING
        self.bus.publish(Change(generation_id=UUID(int=1), owner="ada", status=running))


class Context:
    """The context of one operation, with a loader of the row's version."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.loader: DataLoader[str, int] = DataLoader(self._load)

    async def _load(self, keys: Sequence[str]) -> list[int]:
        return [self.house.version for _ in keys]

    def admit(self, *, changes: bool, cost: int) -> None:
        return None

    def expect(self, size: int) -> None:
        return None

    def receive(self, size: int) -> None:
        return None

    def notices(self, asked: Mapping[str, object]) -> dict[str, object]:
        return {}

    def for_operation(self) -> "Context":
        return Context(self.house)

    def confirm(self) -> None:
        return None

    def fresh(self) -> None:
        self.loader.clear_all()


Info = strawberry.Info[Context, None]


@strawberry.type
class Event:
    """An event whose only field is loaded."""

    @strawberry.field
    async def loaded(self, info: Info) -> int:
        return await info.context.loader.load("row")


@strawberry.type
class Query:
    """A field that waits, and one that tells what came along with the operation."""

    @strawberry.field
    async def waits(self, info: Info) -> str:
        await info.context.house.done.wait()
        return "done"

    @strawberry.field
    def extensions(self, info: Info) -> JSON:
        return JSON(info.input_extensions)


@strawberry.type
class Subscription:
    """A stream that the bus ends."""

    @strawberry.subscription
    async def watch(self, info: Info) -> AsyncGenerator[Event, None]:
        with info.context.house.bus.subscribe("ada") as changes:
            yield Event()
            async for _ in changes:
                yield Event()


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def host(house: House) -> AsyncIterator[str]:
    schema = FrontDoorSchema(Query, subscription=Subscription, extensions=EXTENSIONS)
    async with served(graphql_routes(schema, lambda *_: Context(house))) as host:
        yield host


async def test_each_event_shows_what_is_there_by_then(house: House, host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        first = await hear(socket)
        house.change()
        second = await hear(socket)

    assert first["payload"]["data"] == {"watch": {"loaded": 0}}
    assert second["payload"]["data"] == {"watch": {"loaded": 1}}


async def test_what_comes_along_with_an_operation_reaches_it(host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "1", "{ extensions }", extensions={"trace": "x"})
        answer = await hear(socket)

    assert answer["payload"]["data"] == {"extensions": {"trace": "x"}}


async def test_a_socket_whose_streams_are_stopped_is_closed_for_its_client_to_come_back(
    house: House, host: str
) -> None:
    async with connected(host) as socket:
        for name in ("1", "2"):
            await subscribe(socket, name, WATCH)
            await hear(socket)
        house.bus.close()
        code, reason = await closing(socket)

    assert (code, reason) == (1012, "Service restart")


async def test_a_question_is_answered_before_its_socket_is_closed(house: House, host: str) -> None:
    async with connected(host) as socket:
        await subscribe(socket, "question", "{ waits }")
        await subscribe(socket, "stream", WATCH)
        await hear(socket)
        house.bus.close()
        await house.bus.deserted()
        house.done.set()
        messages = await hear_out(socket)

    assert messages == [
        {"id": "question", "type": "next", "payload": {"data": {"waits": "done"}}},
        {"id": "question", "type": "complete"},
    ]
    assert socket.close_code == 1012


async def test_a_stream_that_comes_too_late_is_sent_away_too(house: House, host: str) -> None:
    house.bus.close()

    async with connected(host) as socket:
        await subscribe(socket, "1", WATCH)
        [event] = await hear_out(socket)

    assert event["payload"]["data"] == {"watch": {"loaded": 0}}
    assert socket.close_code == 1012


async def test_server_sent_events_break_off_without_an_end(house: House, host: str) -> None:
    accept = {"accept": "text/event-stream"}
    async with (
        httpx2.AsyncClient(base_url=f"http://{host}") as client,
        client.stream("POST", "/graphql", json={"query": WATCH}, headers=accept) as response,
    ):
        events = response.aiter_text()
        first = await anext(events)
        house.bus.close()
        rest = [text async for text in events]

    assert first == 'event: next\r\ndata: {"data":{"watch":{"loaded":0}}}\r\n\r\n'
    assert rest == []


async def test_a_stream_ends_when_the_client_of_server_sent_events_is_gone(
    house: House, host: str
) -> None:
    accept = {"accept": "text/event-stream"}
    async with httpx2.AsyncClient(base_url=f"http://{host}") as client:
        async with client.stream(
            "POST", "/graphql", json={"query": WATCH}, headers=accept
        ) as response:
            await anext(response.aiter_text())
            assert house.bus.is_watched("ada")

        async with asyncio.timeout(10):
            await house.bus.deserted()
