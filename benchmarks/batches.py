"""How near a batch comes to the time that its provider takes.

`python -m benchmarks.batches` prints how often the ideal time it takes: what is left of it if
nothing but the provider took any.
"""

import argparse
import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.clients import Connection, Served, serving
from benchmarks.measuring import Cost, middle
from benchmarks.tables import NOTE, milliseconds, show, times

BATCH = """
mutation ($count: Int!) {
  generateBatch(input: {prompt: "a quiet sea", count: $count, wait: true}) {
    batch { id status succeeded }
  }
}
"""
SINGLE = """
mutation { generate(input: {prompt: "a quiet sea"}) { generation { id status } } }
"""


@dataclass(frozen=True, slots=True)
class Work:
    """How much is made: pictures, so many at a time, the seconds each takes; and how often."""

    items: int
    concurrency: int
    seconds: float
    rounds: int

    @property
    def ideal(self) -> float:
        """The seconds that the provider takes for all of it."""
        return math.ceil(self.items / self.concurrency) * self.seconds


Ask = Callable[[Served, Work], Awaitable[None]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200, help="pictures in a batch")
    parser.add_argument("--concurrency", type=int, default=50, help="pictures at a time")
    parser.add_argument("--seconds", type=float, default=0.5, help="what the provider takes")
    parser.add_argument("--rounds", type=int, default=5)
    work = Work(**vars(parser.parse_args(arguments)))
    costs = uvloop.run(_measure(work))
    show(
        f"{work.items} pictures of {work.seconds:g} s, {work.concurrency} at a time",
        ("", "s", "ideal s", "time", "CPU ms per picture"),
        [_line(name, cost, work) for name, cost in costs.items()],
    )
    print(f"\nMedians of {work.rounds} rounds. {NOTE}")


def _line(name: str, cost: Cost, work: Work) -> Sequence[str]:
    ratio, cpu = times(cost.wall / work.ideal), milliseconds(cost.cpu / work.items)
    return name, f"{cost.wall:.2f}", f"{work.ideal:.2f}", ratio, cpu


async def _measure(work: Work) -> dict[str, Cost]:
    """Return the median cost of all the pictures, by the way they are asked for."""
    ways: dict[str, Ask] = {"a batch": _batch, "single generations": _singles}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    options = (f"--seconds={work.seconds}", f"--concurrency={work.concurrency}")
    with TemporaryDirectory() as folder:
        async with serving(Path(folder), *options) as served:
            for _ in range(work.rounds):
                for name, ask in ways.items():
                    costs[name].append(await _turn(ask, served, work))
    return {name: middle(turns) for name, turns in costs.items()}


async def _turn(ask: Ask, served: Served, work: Work) -> Cost:
    cpu, wall = await served.cpu(), time.perf_counter()
    await ask(served, work)
    wall = time.perf_counter() - wall
    return Cost(wall, await served.cpu() - cpu)


async def _batch(served: Served, work: Work) -> None:
    batch = (await served.connection.ask(BATCH, count=work.items))["generateBatch"]["batch"]
    assert (batch["status"], batch["succeeded"]) == ("SUCCEEDED", work.items), batch


async def _singles(served: Served, work: Work) -> None:
    connections = [await Connection.to(served.port) for _ in range(work.items)]
    answers = await asyncio.gather(*(connection.ask(SINGLE) for connection in connections))
    for connection, answer in zip(connections, answers, strict=True):
        assert answer["generate"]["generation"]["status"] == "SUCCEEDED", answer
        await connection.aclose()


if __name__ == "__main__":
    main()
