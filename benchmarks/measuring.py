"""Measuring ways to do the same thing, against each other."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call takes: seconds on the clock, and of the processor in all its threads."""

    wall: float
    cpu: float

    def times(self, other: "Cost") -> tuple[float, float]:
        """Return how often the other fits into it, by the clock and by the processor."""
        return self.wall / other.wall, self.cpu / other.cpu


async def own_cpu() -> float:
    """Return the seconds of processor time that this process has used."""
    return time.process_time()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do it. `cpu` reads the processor time of the process that does the work."""

    name: str
    call: Callable[[], Awaitable[object]]
    cpu: Callable[[], Awaitable[float]] = own_cpu


async def compare(ways: Sequence[Way], rounds: int, calls: int) -> dict[str, Cost]:
    """Return the median cost of a call of each way, by name.

    The ways take turns, so that whatever else the machine does meets all of them. A first round
    warms up and is not counted.
    """
    costs: dict[str, list[Cost]] = {way.name: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            cost = await _turn(way, calls)
            if number > 0:
                costs[way.name].append(cost)
    return {name: middle(turns) for name, turns in costs.items()}


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each."""
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


async def _turn(way: Way, calls: int) -> Cost:
    cpu, wall = await way.cpu(), time.perf_counter()
    for _ in range(calls):
        await way.call()
    wall = time.perf_counter() - wall
    return Cost(wall / calls, (await way.cpu() - cpu) / calls)
