"""Changes on their way to whoever watches."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from image_generation.domain.generations import GenerationStatus
from image_generation.events.bus import Bus, Change, Subscription
from image_generation.events.mailboxes import Stopping

pytestmark = pytest.mark.anyio

A, B, BATCH = UUID(int=1), UUID(int=2), UUID(int=9)
QUEUED, RUNNING, SUCCEEDED = (
    GenerationStatus.QUEUED,
    GenerationStatus.RUNNING,
    GenerationStatus.SUCCEEDED,
)


def change(
    id: UUID = A, status: GenerationStatus = GenerationStatus.RUNNING, **values: Any
) -> Change:
    return Change(generation_id=id, status=status, owner="ada", **values)


async def rest_of(subscription: Subscription) -> list[Change]:
    """Read until a closed subscription says that the service stops."""
    read = []
    async with asyncio.timeout(10):
        try:
            async for change in subscription:
                read.append(change)  # noqa: PERF401 - what was read before the end counts
        except Stopping:
            return read
    raise AssertionError("a subscription ended without a reason")


async def test_changes_come_in_the_order_in_which_they_were_published() -> None:
    bus = Bus()

    with bus.subscribe("ada") as changes:
        for id in (B, A):
            bus.publish(change(id))
        bus.close()

        assert await rest_of(changes) == [change(B), change(A)]


async def test_a_watcher_who_waits_is_told_at_once() -> None:
    bus = Bus()
    with bus.subscribe(A) as changes:
        reader = aiter(changes)
        waiting = asyncio.ensure_future(anext(reader))
        await asyncio.sleep(0)
        assert not waiting.done()

        bus.publish(change(status=QUEUED))
        first = await waiting
        bus.publish(change(status=RUNNING))
        second = await anext(reader)

        assert (first.status, second.status) == (QUEUED, RUNNING)


async def test_of_unread_changes_of_a_generation_only_the_newest_comes() -> None:
    bus = Bus()

    with bus.subscribe("ada") as changes:
        bus.publish(change(A, QUEUED))
        bus.publish(change(B))
        bus.publish(change(A, RUNNING))
        bus.publish(change(A, SUCCEEDED))
        bus.close()

        assert await rest_of(changes) == [change(B), change(A, SUCCEEDED)]


async def test_an_unseen_preview_stays_until_there_is_a_newer_one() -> None:
    bus = Bus()

    with bus.subscribe(A, previews=True) as kept, bus.subscribe(BATCH, previews=True) as replaced:
        bus.publish(change(preview=b"old", batch_id=BATCH))
        bus.publish(change(batch_id=BATCH))
        with bus.subscribe(A, previews=True) as late:
            bus.publish(change(preview=b"new", batch_id=BATCH))
            bus.publish(change(status=SUCCEEDED, batch_id=BATCH))
            bus.close()

            newest = change(status=SUCCEEDED, preview=b"new", batch_id=BATCH)
            assert await rest_of(kept) == [newest]
            assert await rest_of(replaced) == [newest]
            assert await rest_of(late) == [newest]


async def test_a_preview_that_was_seen_does_not_come_again() -> None:
    bus = Bus()
    with bus.subscribe(A, previews=True) as changes:
        bus.publish(change(preview=b"old"))
        reader = aiter(changes)
        assert (await anext(reader)).preview == b"old"

        bus.publish(change())

        assert (await anext(reader)).preview is None


async def test_previews_are_for_those_who_look_at_them() -> None:
    bus = Bus()

    with bus.subscribe(A) as others, bus.subscribe(BATCH, previews=True) as watchers:
        bus.publish(change(preview=b"picture", batch_id=BATCH))
        bus.publish(change(B, batch_id=BATCH))
        bus.close()

        assert (bus.wants_previews(A), bus.wants_previews(BATCH)) == (False, True)
        assert not bus.wants_previews(None)
        assert await rest_of(others) == []
        assert [seen.preview for seen in await rest_of(watchers)] == [b"picture", None]


@pytest.mark.parametrize("topic", [A, BATCH, "ada"])
async def test_each_watcher_of_generation_batch_or_owner_is_told_once(topic: UUID | str) -> None:
    bus = Bus()

    with bus.subscribe(topic) as one, bus.subscribe(topic) as other:
        bus.publish(change(batch_id=BATCH))
        bus.close()

        assert await rest_of(one) == await rest_of(other) == [change(batch_id=BATCH)]


async def test_nobody_is_told_of_what_they_do_not_watch() -> None:
    bus = Bus()

    with bus.subscribe(B) as id, bus.subscribe(BATCH) as batch, bus.subscribe("bob") as owner:
        bus.publish(change(A))
        bus.close()

        assert [*await rest_of(id), *await rest_of(batch), *await rest_of(owner)] == []


async def test_it_is_known_what_is_watched() -> None:
    bus = Bus()

    with bus.subscribe(A), bus.subscribe(A), bus.subscribe("ada"):
        assert [bus.is_watched(topic) for topic in (A, B, "ada", "bob", None)] == [
            True,
            False,
            True,
            False,
            False,
        ]

    assert not bus.is_watched(A)


async def test_nothing_stays_behind_when_watchers_leave() -> None:
    bus = Bus()

    for number in range(100):
        with bus.subscribe(UUID(int=number)), bus.subscribe("ada"):
            bus.publish(change(UUID(int=number)))
        bus.is_watched(UUID(int=number))
    with pytest.raises(ZeroDivisionError), bus.subscribe(A):
        raise ZeroDivisionError
    bus.publish(change(A, batch_id=BATCH))

    assert bus._subscriptions == {}


async def test_a_slow_watcher_holds_one_change_for_each_generation() -> None:
    bus, ids = Bus(), [UUID(int=number) for number in range(50)]

    with bus.subscribe("ada", previews=True) as changes:
        for step in range(1000):
            for id in ids:
                bus.publish(change(id, preview=b"%d" % step))
        bus.close()

        assert await rest_of(changes) == [change(id, preview=b"999") for id in ids]


async def test_closing_ends_those_who_wait_and_those_who_come_later() -> None:
    bus = Bus()
    with bus.subscribe(A) as changes:
        waiting = asyncio.create_task(rest_of(changes))
        await asyncio.sleep(0)

        bus.close()

        assert await waiting == []
    with bus.subscribe(A) as changes:
        assert await rest_of(changes) == []


async def test_the_bus_is_deserted_when_the_last_watcher_left() -> None:
    bus = Bus()
    await bus.deserted()
    with bus.subscribe(A):
        with bus.subscribe(B):
            waiting = asyncio.create_task(bus.deserted())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        early = waiting.done()
    await waiting

    assert not early


def test_a_preview_is_not_written_into_logs() -> None:
    assert "picture" not in repr(replace(change(), preview=b"picture"))
