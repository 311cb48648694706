"""What every dispatcher does with ids."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from image_generation.jobs.base import Dispatcher
from image_generation.jobs.registry import make_dispatcher

pytestmark = pytest.mark.anyio

IDS = [UUID(int=number) for number in range(1, 10)]
A, B, C, D = IDS[:4]
LIMIT = 2


class Workshop:
    """A handler whose work goes on until it is let go, and which notes what happens to it."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.ended: list[UUID] = []
        self.stopped: list[UUID] = []
        self._gates: dict[UUID, asyncio.Event] = {}
        self._news = asyncio.Event()

    async def work(self, id: UUID) -> None:
        self._note(self.begun, id)
        try:
            await self._gates.setdefault(id, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self._note(self.stopped, id)
            raise
        self._note(self.ended, id)

    def let_go(self, *ids: UUID) -> None:
        for id in ids:
            self._gates.setdefault(id, asyncio.Event()).set()

    async def until(self, notes: list[UUID], count: int) -> list[UUID]:
        """Wait until so many ids are noted, and until nothing more happens by itself."""
        async with asyncio.timeout(10):
            while len(notes) < count:
                self._news.clear()
                await self._news.wait()
        await settle()
        return [*notes]

    def _note(self, notes: list[UUID], id: UUID) -> None:
        notes.append(id)
        self._news.set()


async def settle() -> None:
    """Let everything that can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
async def dispatcher(workshop: Workshop) -> AsyncIterator[Dispatcher]:
    dispatcher = make_dispatcher(LIMIT)
    async with dispatcher.run(workshop.work):
        yield dispatcher


async def test_every_id_is_worked_on_in_the_order_of_submission(
    dispatcher: Dispatcher, workshop: Workshop
) -> None:
    workshop.let_go(*IDS)

    dispatcher.submit("lane", IDS)

    assert await workshop.until(workshop.ended, len(IDS)) == IDS
    assert workshop.begun == IDS


async def test_a_lane_works_on_so_many_at_a_time_and_others_do_not_wait_for_it(
    dispatcher: Dispatcher, workshop: Workshop
) -> None:
    dispatcher.submit("slow", [A, B, C])
    assert await workshop.until(workshop.begun, 2) == [A, B]

    dispatcher.submit("other", [D])
    assert await workshop.until(workshop.begun, 3) == [A, B, D]

    workshop.let_go(B)
    assert await workshop.until(workshop.begun, 4) == [A, B, D, C]


async def test_an_id_that_waits_or_runs_is_dropped_and_one_that_is_done_is_not(
    dispatcher: Dispatcher, workshop: Workshop
) -> None:
    dispatcher.submit("lane", [A, B, C])
    await workshop.until(workshop.begun, 2)

    dispatcher.submit("lane", [A, C, C])
    dispatcher.submit("other", [A, C])
    dispatcher.retry("lane", B, 0.0)
    workshop.let_go(A, B, C)
    assert await workshop.until(workshop.ended, 3) == [A, B, C]

    dispatcher.submit("lane", [A])
    assert await workshop.until(workshop.ended, 4) == [A, B, C, A]


async def test_canceling_stops_what_runs_and_makes_room(
    dispatcher: Dispatcher, workshop: Workshop
) -> None:
    dispatcher.submit("lane", [A, B, C])
    await workshop.until(workshop.begun, 2)

    dispatcher.cancel([A, UUID(int=99)])

    assert await workshop.until(workshop.stopped, 1) == [A]
    assert workshop.begun == [A, B, C]
    dispatcher.submit("lane", [A])
    workshop.let_go(A, B, C)
    assert sorted(await workshop.until(workshop.ended, 3)) == [A, B, C]


async def test_canceling_drops_what_waits(dispatcher: Dispatcher, workshop: Workshop) -> None:
    dispatcher.submit("lane", [A, B, C])
    await workshop.until(workshop.begun, 2)

    dispatcher.cancel([C])
    workshop.let_go(A, B)
    await workshop.until(workshop.ended, 2)

    assert workshop.begun == [A, B]
    assert workshop.stopped == []


async def test_canceling_drops_what_is_to_be_done_again(
    dispatcher: Dispatcher, workshop: Workshop
) -> None:
    dispatcher.retry("lane", A, 0.02)
    dispatcher.retry("lane", B, 0.02)

    dispatcher.cancel([A])

    assert await workshop.until(workshop.begun, 1) == [B]


async def test_what_is_to_be_done_again_waits_so_long_and_takes_no_one_s_place(
    dispatcher: Dispatcher, workshop: Workshop
) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()

    dispatcher.retry("lane", A, 0.05)
    dispatcher.submit("lane", [A, B, C])
    assert await workshop.until(workshop.begun, 2) == [B, C]
    workshop.let_go(B)

    assert await workshop.until(workshop.begun, 3) == [B, C, A]
    assert loop.time() - start >= 0.05


async def test_a_handler_can_ask_to_be_called_again_for_its_own_id() -> None:
    calls: list[UUID] = []
    done = asyncio.Event()
    dispatcher = make_dispatcher(LIMIT)

    async def handler(id: UUID) -> None:
        calls.append(id)
        if len(calls) < 3:
            dispatcher.retry("lane", id, 0.001)
            dispatcher.submit("lane", [id])
        else:
            done.set()

    async with dispatcher.run(handler), asyncio.timeout(10):
        dispatcher.submit("lane", [A])
        await done.wait()
        await settle()

    assert calls == [A, A, A]


async def test_a_crash_is_logged_without_its_words_and_harms_no_other(
    workshop: Workshop,
) -> None:
    dispatcher = make_dispatcher(1)

    async def handler(id: UUID) -> None:
        if id == A:
            raise ZeroDivisionError("the prompt is secret")
        await workshop.work(id)

    with capture_logs() as logs:
        async with dispatcher.run(handler):
            workshop.let_go(B)
            dispatcher.submit("lane", [A, B])
            await workshop.until(workshop.ended, 1)

    assert workshop.ended == [B]
    assert logs == [
        {
            "event": "work_crashed",
            "log_level": "error",
            "generation": str(A),
            "error": "ZeroDivisionError",
        }
    ]


async def test_the_end_stops_what_runs_waits_for_it_and_drops_the_rest(
    workshop: Workshop,
) -> None:
    dispatcher = make_dispatcher(LIMIT)

    async with dispatcher.run(workshop.work):
        dispatcher.submit("lane", [A, B, C])
        dispatcher.retry("lane", D, 60.0)
        await workshop.until(workshop.begun, 2)

    assert sorted(workshop.stopped) == [A, B]
    assert workshop.begun == [A, B]
    assert workshop.ended == []


async def test_the_end_stops_a_handler_that_asked_to_be_called_again_and_goes_on() -> None:
    dispatcher = make_dispatcher(LIMIT)
    asked, notes = asyncio.Event(), []

    async def handler(id: UUID) -> None:
        dispatcher.retry("lane", id, 60.0)
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            notes.append("stopped")

    async with dispatcher.run(handler):
        dispatcher.submit("lane", [A])
        await asked.wait()

    assert notes == ["stopped"]


async def test_nothing_is_started_before_the_beginning_or_after_the_end(
    workshop: Workshop,
) -> None:
    dispatcher = make_dispatcher(LIMIT)
    dispatcher.submit("lane", [A])

    async with dispatcher.run(workshop.work):
        await settle()
        dispatcher.submit("lane", [B])
        await workshop.until(workshop.begun, 1)
    dispatcher.submit("lane", [C])
    dispatcher.cancel([B])
    await settle()

    assert workshop.begun == [B]


async def test_what_is_submitted_while_the_end_is_under_way_is_dropped() -> None:
    dispatcher = make_dispatcher(LIMIT)
    begun, calls = asyncio.Event(), []

    async def handler(id: UUID) -> None:
        calls.append(id)
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            dispatcher.submit("lane", [B])
            dispatcher.retry("lane", id, 0.0)

    async with dispatcher.run(handler):
        dispatcher.submit("lane", [A])
        await begun.wait()
    await settle()

    assert calls == [A]
