"""What it takes to accept a generation, and then to make it with a provider that does nothing.

`python -m benchmarks.accepting` prints how often the cost of the smallest request each takes.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.clients import Connection, Served, serving
from benchmarks.measuring import Cost, middle
from benchmarks.tables import NOTE, milliseconds, show, times

SMALLEST = "{ __typename }"
GENERATE = """
mutation {
  generate(input: {prompt: "a quiet sea", wait: false}) { generation { id status } }
}
"""
COUNT = "{ gallery { totalCount } }"

_LOOK = 0.05
"""Seconds between two looks at how many pictures there are."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked: requests of each kind in a round, at a time, and rounds."""

    requests: int
    connections: int
    rounds: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500, help="requests of a kind in a round")
    parser.add_argument("--connections", type=int, default=16, help="requests at a time")
    parser.add_argument("--rounds", type=int, default=5)
    load = Load(**vars(parser.parse_args(arguments)))
    costs = uvloop.run(_measure(load))
    rows = [_line(name, cost, costs[SMALLEST]) for name, cost in costs.items()]
    header = ("", "per second", "CPU ms", "time", "CPU")
    show(f"Requests over {load.connections} connections, and the work behind them", header, rows)
    print(f"\nMedians of {load.rounds} rounds of {load.requests}. {NOTE}")


def _line(name: str, cost: Cost, one: Cost) -> Sequence[str]:
    return name, f"{1 / cost.wall:.0f}", milliseconds(cost.cpu), *map(times, cost.times(one))


async def _measure(load: Load) -> dict[str, Cost]:
    """Return the median cost of one of each kind, by name."""
    costs: dict[str, list[Cost]] = {SMALLEST: [], "accepted": [], "made": []}
    with TemporaryDirectory() as folder:
        async with serving(Path(folder)) as served:
            for number in range(1, load.rounds + 1):
                costs[SMALLEST].append(await _asked(SMALLEST, load, served))
                await served.hold()
                costs["accepted"].append(await _asked(GENERATE, load, served))
                costs["made"].append(await _made(load, served, number * load.requests))
    return {name: middle(turns) for name, turns in costs.items()}


async def _asked(query: str, load: Load, served: Served) -> Cost:
    """Ask so often, and return the cost of one."""
    connections = [await Connection.to(served.port) for _ in range(load.connections)]
    numbers = iter(range(load.requests))

    async def keep_asking(connection: Connection) -> None:
        for _ in numbers:
            await connection.ask(query)

    cpu, wall = await served.cpu(), time.perf_counter()
    await asyncio.gather(*(keep_asking(connection) for connection in connections))
    wall = time.perf_counter() - wall
    cpu = await served.cpu() - cpu
    for connection in connections:
        await connection.aclose()
    return Cost(wall / load.requests, cpu / load.requests)


async def _made(load: Load, served: Served, total: int) -> Cost:
    """Have what was accepted made, until there are so many pictures; return the cost of one."""
    cpu, wall = await served.cpu(), time.perf_counter()
    await served.release()
    while (await served.connection.ask(COUNT))["gallery"]["totalCount"] < total:  # noqa: ASYNC110 - the service is another process
        await asyncio.sleep(_LOOK)
    wall = time.perf_counter() - wall
    return Cost(wall / load.requests, (await served.cpu() - cpu) / load.requests)


if __name__ == "__main__":
    main()
