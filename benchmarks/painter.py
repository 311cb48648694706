"""What a picture of the embedded painter takes in each style.

`python -m benchmarks.painter` prints how often the time of the default style each takes.
"""

import argparse
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from benchmarks.measuring import Cost, Way, compare
from benchmarks.tables import NOTE, show, times
from image_generation.domain.generations import Operation
from image_generation.domain.styles import DEFAULT_STYLE, PRESETS, Style, with_suffix
from image_generation.providers.base import ProviderRequest
from image_generation.providers.procedural import ProceduralProvider

PROMPTS = (
    "a lighthouse by a stormy sea at sunset",
    "a city at night in the rain",
    "a quiet forest in the mountains",
)


class Unwatched:
    """A job that nobody looks at."""

    request_id: str | None = None
    wants_previews = False

    async def submitting(self) -> None:
        """Note nothing."""

    async def submitted(self, request_id: str) -> None:
        """Note nothing."""

    def progress(self, fraction: float) -> None:
        """Note nothing."""

    def preview(self, picture: bytes) -> None:
        """Note nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edge", type=int, default=1024, help="width and height in pixels")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each style")
    parser.add_argument("--prompts", type=int, default=len(PROMPTS), help="pictures in a turn")
    chosen = parser.parse_args(arguments)
    prompts = PROMPTS[: chosen.prompts]
    ways = [Way(style.name, _painting(style, prompts, chosen.edge)) for style in PRESETS]
    turns = uvloop.run(compare(ways, chosen.rounds, calls=1))
    costs = {
        name: Cost(turn.wall / len(prompts), turn.cpu / len(prompts))
        for name, turn in turns.items()
    }
    show(
        f"A picture of {chosen.edge}x{chosen.edge}, the mean of {len(prompts)} prompts",
        ("", "s", "CPU s", "time", "CPU"),
        [_line(name, cost, costs[DEFAULT_STYLE]) for name, cost in costs.items()],
    )
    print(f"\nMedians of {chosen.rounds} turns. {NOTE}")


def _line(name: str, cost: Cost, one: Cost) -> Sequence[str]:
    return name, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", *map(times, cost.times(one))


def _painting(style: Style, prompts: Sequence[str], edge: int) -> Callable[[], Awaitable[object]]:
    provider = ProceduralProvider()
    requests = [_request(style, prompt, edge) for prompt in prompts]

    async def paint_all() -> None:
        for request in requests:
            await provider.generate(request, Unwatched())

    return paint_all


def _request(style: Style, prompt: str, edge: int) -> ProviderRequest:
    return ProviderRequest(
        operation=Operation.TEXT_TO_IMAGE,
        model="painter-1",
        prompt=with_suffix(prompt, style.suffix),
        negative_prompt=style.negative_with(None),
        style=style.name,
        width=edge,
        height=edge,
        steps=style.steps,
        guidance_scale=style.guidance_scale,
        seed=7,
    )


if __name__ == "__main__":
    main()
