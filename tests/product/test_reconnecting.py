"""Watching over connections that fail: nothing goes back, and everybody sees the same end."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from image_generation.providers.procedural import ProceduralProvider
from tests.product.running import PROGRESS, Running, painters, running
from tests.product.watchers import (
    Watched,
    begin,
    connected,
    events_of,
    next_event,
    stop_reading,
    watch_through_cuts,
    watch_uncut,
)

pytestmark = pytest.mark.anyio

CUTS = 20


async def begun(house: Running, prompt: str = "a fox") -> Watched:
    """Begin a generation to be watched."""
    generation = await house.generate(prompt, wait=False)
    return Watched(PROGRESS, "generationProgress", generation["id"])


def state(event: Any) -> Any:
    """Leave out what is a matter of time: when it was told, and with which preview."""
    return {name: value for name, value in event.items() if name not in {"sequence", "preview"}}


def goes_back(numbers: list[float]) -> bool:
    """Whether a number is smaller than one before it."""
    return numbers != sorted(numbers)


async def test_watchers_who_are_cut_off_again_and_again_see_nothing_go_back(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=3.0))) as house:
        watched = await begun(house)
        uncut, *cut = await asyncio.gather(
            watch_uncut(house.url, watched),
            *(watch_through_cuts(house.url, watched, Random(seed), CUTS) for seed in range(5)),
        )
        async with asyncio.timeout(10):
            await house.service.bus.deserted()

    assert uncut[-1]["generation"]["status"] == "SUCCEEDED"
    for events, cuts in cut:
        assert cuts == CUTS
        assert not goes_back([event["sequence"] for event in events])
        assert not goes_back([event["progress"] for event in events])
        assert state(events[-1]) == state(uncut[-1])


async def test_watchers_before_during_and_after_the_work_see_the_same_end(tmp_path: Path) -> None:
    painter = ProceduralProvider(delay=0.5)
    async with running(tmp_path, painters(painter), max_concurrency=1) as house:
        await begun(house, "the one before")
        watched = await begun(house)
        async with connected(house.url) as socket:
            await begin(socket, "1", watched)
            waiting = await next_event(socket, "1", watched)
            started = await next_event(socket, "1", watched)
            during = await watch_uncut(house.url, watched)
            before = [event async for event in events_of(socket, "1", watched)]
        after = await watch_uncut(house.url, watched)

    assert waiting["generation"]["status"] == "QUEUED"
    assert started["generation"]["status"] == "RUNNING"
    assert len(during) > 1
    assert len(after) == 1
    assert state(before[-1]) == state(during[-1]) == state(after[-1])


async def test_several_subscriptions_share_a_socket(tmp_path: Path) -> None:
    painter = ProceduralProvider(delay=0.3)
    async with running(tmp_path, painters(painter), max_concurrency=1) as house:
        first, second = await begun(house), await begun(house)
        async with connected(house.url) as socket:
            await begin(socket, "second", second)
            await begin(socket, "first", first)
            of_first = [event async for event in events_of(socket, "first", first)]
            of_second = [event async for event in events_of(socket, "second", second)]

    for watched, events in ((first, of_first), (second, of_second)):
        assert {event["generation"]["id"] for event in events} == {watched.id}
        assert events[-1]["generation"]["status"] == "SUCCEEDED"


async def test_a_watcher_who_does_not_read_slows_nobody_and_still_sees_the_end(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=1.0))) as house:
        picture = await house.generate(width=512, height=512)
        async with connected(house.url) as socket:
            await stop_reading(socket, picture["image"]["id"])
            watched = await begun(house)
            await begin(socket, "slow", watched)
            quick = await watch_uncut(house.url, watched)

            socket.transport.resume_reading()
            slow = [event async for event in events_of(socket, "slow", watched)]

    assert len(slow) < len(quick) / 2
    assert state(slow[-1]) == state(quick[-1])
