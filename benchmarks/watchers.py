"""What many who watch one batch cost, and how late they hear of it.

`python -m benchmarks.watchers` prints how many times later the crowd hears than a single watcher.
An item's end is as late as the time from its `finishedAt` until the event of it is here.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import uvloop

from benchmarks.clients import Heard, Served, serving, subscribe
from benchmarks.tables import NOTE, milliseconds, show, times

BATCH = """
mutation ($count: Int!) {
  generateBatch(input: {prompt: "a quiet sea", count: $count}) { batch { id } }
}
"""
PROGRESS = """
subscription ($id: ID!) {
  batchProgress(id: $id) {
    sequence
    progress
    generation { id status finishedAt }
    batch { status total queued running succeeded failed canceled progress }
  }
}
"""

_CONNECTING = 50
"""How many watchers connect at a time."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is watched: pictures, so many at a time, the seconds each takes."""

    items: int
    concurrency: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What so many watchers heard and cost.

    `memory` is in bytes, `cpu` in seconds, `delays` in seconds, one for each end of an item that
    each of them heard of. `ends` are the last states they were told.
    """

    watchers: int
    memory: int | None
    cpu: float
    events: int
    delays: list[float]
    ends: list[dict[str, Any]]

    def delay(self, percent: int) -> float:
        """Return a percentile of the delays."""
        return quantiles(self.delays, n=100, method="inclusive")[percent - 1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; fail when somebody missed something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--items", type=int, default=100, help="pictures in the batch")
    parser.add_argument("--concurrency", type=int, default=10, help="pictures at a time")
    parser.add_argument("--seconds", type=float, default=1.0, help="what the provider takes")
    chosen = parser.parse_args(arguments)
    work = Work(chosen.items, chosen.concurrency, chosen.seconds)
    one, many = uvloop.run(_measure([1, chosen.watchers], work))
    show(
        f"Watchers of a batch of {work.items} pictures of {work.seconds:g} s,"
        f" {work.concurrency} at a time",
        ("", "KiB each", "events", "CPU ms per event", "p50 ms", "p99 ms", "p50", "p99"),
        [_line(outcome, one) for outcome in (one, many)],
    )
    for outcome in (one, many):
        _check(outcome, work)
    print(f"\nEach was told of every end, and all of the same last state. {NOTE}")


def _line(outcome: Outcome, one: Outcome) -> Sequence[str]:
    memory, delays = outcome.memory, [outcome.delay(percent) for percent in (50, 99)]
    return (
        f"{outcome.watchers}",
        "?" if memory is None else f"{memory / outcome.watchers / 1024:.0f}",
        f"{outcome.events}",
        milliseconds(outcome.cpu / outcome.events),
        *map(milliseconds, delays),
        *(
            times(delay / one.delay(percent))
            for delay, percent in zip(delays, (50, 99), strict=True)
        ),
    )


def _check(outcome: Outcome, work: Work) -> None:
    done = {"queued": 0, "running": 0, "failed": 0, "canceled": 0, "progress": 1.0}
    right = {"status": "SUCCEEDED", "total": work.items, "succeeded": work.items, **done}
    others = sum(end != right for end in outcome.ends)
    missed = work.items * outcome.watchers - len(outcome.delays)
    assert others == 0, f"{others} of {outcome.watchers} watchers were told of another last state"
    assert missed == 0, f"{missed} ends were not told: {outcome.watchers} watchers"


async def _measure(crowds: Sequence[int], work: Work) -> list[Outcome]:
    """Measure crowds of so many watchers, one after the other."""
    options = (f"--seconds={work.seconds}", f"--concurrency={work.concurrency}")
    with TemporaryDirectory() as folder:
        async with serving(Path(folder), *options) as served:
            return [await _watched_by(watchers, served, work) for watchers in crowds]


async def _watched_by(watchers: int, served: Served, work: Work) -> Outcome:
    await served.hold()
    answer = await served.connection.ask(BATCH, count=work.items)
    before = await served.memory()
    streams = await _connect(served, watchers, answer["generateBatch"]["batch"]["id"])
    after, cpu = await served.memory(), await served.cpu()
    await served.release()
    heard = await asyncio.gather(*(_rest(stream) for stream in streams))
    return Outcome(
        watchers=watchers,
        memory=None if before is None or after is None else after - before,
        cpu=await served.cpu() - cpu,
        events=sum(map(len, heard)),
        delays=[delay for events in heard for delay in _delays(events)],
        ends=[events[-1].data["batchProgress"]["batch"] for events in heard],
    )


async def _connect(served: Served, watchers: int, batch: str) -> list[AsyncGenerator[Heard, None]]:
    """Subscribe, and read the snapshot of each."""
    turn = asyncio.Semaphore(_CONNECTING)

    async def connected() -> AsyncGenerator[Heard, None]:
        async with turn:
            stream = subscribe(served.port, PROGRESS, id=batch)
            await anext(stream)
            return stream

    return await asyncio.gather(*(connected() for _ in range(watchers)))


async def _rest(stream: AsyncGenerator[Heard, None]) -> list[Heard]:
    return [heard async for heard in stream]


def _delays(events: list[Heard]) -> list[float]:
    """Return how late each item's end was heard of, the first time."""
    delays: dict[str, float] = {}
    for heard in events:
        generation = heard.data["batchProgress"]["generation"]
        if generation["finishedAt"] is not None:
            finished = datetime.fromisoformat(generation["finishedAt"])
            delays.setdefault(generation["id"], heard.at - finished.timestamp())
    return list(delays.values())


if __name__ == "__main__":
    main()
