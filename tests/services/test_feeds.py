"""One feed for all who watch the same thing at the same time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from typing_extensions import override

from image_generation.domain.errors import NotFound
from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus, Change
from image_generation.events.mailboxes import Stopping
from image_generation.gallery.scope import Scope
from image_generation.services.feeds import Event, Feeds, Numbers, Watched

pytestmark = pytest.mark.anyio

LAST, BATCH, ITEMS = 9, UUID(int=100), [UUID(int=number) for number in range(3)]
WATCHED = Watched(Scope("ada"), BATCH, previews=False)


@dataclass(frozen=True, slots=True, eq=False)
class Told(Event):
    """What was read, and of which item."""

    version: int
    item: UUID | None = None

    @property
    @override
    def subject(self) -> UUID | None:
        return self.item


@dataclass
class House:
    """A row that changes, how often it was read, and those who may watch it."""

    bus: Bus = field(default_factory=Bus)
    version: int = 0
    reads: int = 0
    made: int = 0
    fault: Exception | None = None
    feeds: Feeds[Told] = field(init=False)

    def __post_init__(self) -> None:
        self.feeds = Feeds(self.bus, self._source)

    def change(self, item: UUID = ITEMS[0], version: int | None = None) -> None:
        """Change the row, and tell it."""
        self.version = self.version + 1 if version is None else version
        running = GenerationStatus.RUNNING
        self.bus.publish(Change(generation_id=item, batch_id=BATCH, owner="ada", status=running))

    def _source(self, _: Watched) -> "Source":
        self.made += 1
        return Source(self)


class Source:
    """Reads the row."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._number = house.made * 1000

    async def now(self) -> Told:
        return self._read(None)

    async def after(self, change: Change) -> Sequence[Told]:
        return [self._read(change.generation_id)]

    def _read(self, item: UUID | None) -> Told:
        if self._house.fault is not None:
            raise self._house.fault
        self._house.reads += 1
        self._number += 1
        version = self._house.version
        return Told(self._number, version, item, is_last=version == LAST)


async def versions(events: AsyncIterator[Told]) -> list[int]:
    return [event.version async for event in events]


async def test_all_who_watch_are_told_the_same_events_from_one_read() -> None:
    house = House()
    streams = [house.feeds.watch(WATCHED) for _ in range(100)]

    firsts = await asyncio.gather(*(anext(stream) for stream in streams))
    house.change()
    seconds = await asyncio.gather(*(anext(stream) for stream in streams))
    house.change(version=LAST)
    rests = await asyncio.gather(*(versions(stream) for stream in streams))

    assert [len({*map(id, events)}) for events in (firsts, seconds)] == [1, 1]
    assert [firsts[0].version, seconds[0].version, rests] == [0, 1, [[LAST]] * 100]
    assert (house.made, house.reads) == (1, 3)


async def test_what_watchers_of_something_else_may_see_is_read_for_them() -> None:
    house = House()
    others = [Watched(Scope("bob"), BATCH, previews=False), Watched(Scope("ada"), BATCH, True)]

    for watched in (WATCHED, *others):
        async with aclosing(house.feeds.watch(watched)) as stream:
            await anext(stream)

    assert house.made == 3


async def test_a_slow_watcher_is_told_the_newest_of_each_item_in_the_order_of_their_numbers() -> (
    None
):
    house = House()
    slow, quick = house.feeds.watch(WATCHED), house.feeds.watch(WATCHED)
    await asyncio.gather(anext(slow), anext(quick))

    for item in (ITEMS[0], ITEMS[1], ITEMS[0], ITEMS[2], ITEMS[1]):
        house.change(item)
        await anext(quick)
    house.change(ITEMS[2], LAST)
    await versions(quick)
    told = [event async for event in slow]

    assert [(event.item, event.version) for event in told] == [
        (ITEMS[0], 3),
        (ITEMS[1], 5),
        (ITEMS[2], LAST),
    ]
    assert [event.sequence for event in told] == sorted(event.sequence for event in told)


async def test_whoever_comes_later_begins_with_how_it_is_then() -> None:
    house = House()
    early = house.feeds.watch(WATCHED)
    await anext(early)
    house.change()
    house.change(ITEMS[1])

    late = house.feeds.watch(WATCHED)
    first = await anext(late)
    house.change(version=LAST)

    assert first.version == 2
    assert await versions(late) == [LAST]
    assert (await versions(early))[-1] == LAST


async def test_nothing_is_read_any_more_when_the_last_watcher_left() -> None:
    house = House()
    streams = [house.feeds.watch(WATCHED) for _ in range(2)]
    for stream in streams:
        await anext(stream)

    await streams[0].aclose()
    still = house.bus.is_watched(BATCH)
    await streams[1].aclose()
    async with asyncio.timeout(10):
        await house.bus.deserted()

    assert still
    reads = house.reads
    house.change()
    assert house.reads == reads


async def test_what_goes_wrong_ends_every_stream_and_not_the_next_one() -> None:
    house = House()
    streams = [house.feeds.watch(WATCHED) for _ in range(2)]
    for stream in streams:
        await anext(stream)

    house.fault = NotFound("It is gone.")
    house.change()
    for stream in streams:
        with pytest.raises(NotFound):
            await anext(stream)
    house.fault = None
    async with aclosing(house.feeds.watch(WATCHED)) as again:
        first = await anext(again)

    assert (first.version, house.made) == (1, 2)


async def test_when_the_service_stops_the_streams_end_without_their_last_event() -> None:
    house = House()
    stream = house.feeds.watch(WATCHED)
    await anext(stream)
    house.change()
    house.bus.close()

    seen = [await anext(stream)]
    with pytest.raises(Stopping):
        await anext(stream)

    assert [event.version for event in seen] == [1]


async def test_an_unseen_preview_goes_with_the_next_event_of_its_item() -> None:
    old, new = Told(1, 0, ITEMS[0], preview=b"picture"), Told(2, 1, ITEMS[0])
    old.memo["question"] = "answer"

    merged = new.after(old)

    assert (merged.sequence, merged.preview, merged.memo) == (2, b"picture", {})
    assert Told(3, 2, preview=b"newer").after(old).preview == b"newer"


def test_numbers_grow_within_a_feed_and_from_one_to_the_next() -> None:
    start = datetime.now(UTC) - timedelta(hours=1)

    first, second = Numbers(), Numbers()
    numbers = [first.next_since(start) for _ in range(100)]

    assert numbers == sorted(set(numbers))
    assert numbers[0] >= 3_600_000
    assert second.next_since(start - timedelta(seconds=1)) > numbers[-1]
