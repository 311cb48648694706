"""What each figure takes to draw.

`python -m benchmarks.figures` prints how often the time of signal-to-noise each takes.
"""

import argparse
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from benchmarks.measuring import Way, compare
from benchmarks.tables import NOTE, show, times
from image_generation.concepts.figures.catalogue import FIGURES, Figure

_ONE = "signal-to-noise"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each figure")
    chosen = parser.parse_args(arguments)
    ways = [Way(figure.name, _drawing(figure)) for figure in FIGURES.values()]
    costs = uvloop.run(compare(ways, chosen.rounds, calls=1))
    show(
        "A figure with its defaults",
        ("", "s", "CPU s", "time", "CPU"),
        [
            (name, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", *map(times, cost.times(costs[_ONE])))
            for name, cost in costs.items()
        ],
    )
    print(f"\nMedians of {chosen.rounds} turns. {NOTE}")


def _drawing(figure: Figure) -> Callable[[], Awaitable[object]]:
    async def draw() -> None:
        figure.draw(figure.arguments(), None)

    return draw


if __name__ == "__main__":
    main()
