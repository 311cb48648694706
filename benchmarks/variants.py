"""What a picture at the size of a page takes, when it is first asked for and afterwards.

`python -m benchmarks.variants` asks the picture door, without a network in between, for a picture
and for variants of it, and prints how often the time of a kept variant each takes.
"""

import argparse
import io
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx2
import numpy as np
import uvloop
from PIL import Image
from starlette.applications import Starlette

from benchmarks.measuring import Cost, Way, compare
from benchmarks.tables import NOTE, milliseconds, show, times
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.gallery.scope import Scope
from image_generation.http.pictures import routes
from image_generation.services.addresses import Addresses
from image_generation.services.delivery import Delivered, Delivery
from image_generation.services.key_files import KeyRing
from image_generation.services.variants import Variants
from image_generation.storage.base import Store
from image_generation.storage.registry import open_store

_EDGE = 1024
_ONE = "256 px, kept"
_IDS = {kind: UUID(int=number) for number, kind in enumerate(ImageFormat)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        costs = uvloop.run(_measured(Path(folder), chosen.rounds))
    show(
        f"A picture of {_EDGE}x{_EDGE} at its door",
        ("", "ms", "CPU ms", "time", "CPU"),
        [
            (
                name,
                milliseconds(cost.wall),
                milliseconds(cost.cpu),
                *map(times, cost.times(costs[_ONE])),
            )
            for name, cost in costs.items()
        ],
    )
    print(f"\nMedians of {chosen.rounds} turns. {NOTE}")


async def _measured(folder: Path, rounds: int) -> dict[str, Cost]:
    store = open_store("local", folder)
    kept = {id: await _keep(store, kind) for kind, id in _IDS.items()}

    async def find(scope: Scope, id: UUID) -> Delivered | None:
        return kept.get(id)

    delivery = Delivery(store, find)
    door = routes(delivery, Variants(store, delivery), Addresses(KeyRing(None), None))
    transport = httpx2.ASGITransport(Starlette(routes=door))
    async with httpx2.AsyncClient(transport=transport, base_url="http://door") as client:
        png = _IDS[ImageFormat.PNG]
        ways = [
            Way("the PNG itself", _asking(client, png, "")),
            Way(_ONE, _asking(client, png, "w=256")),
            *(
                Way(f"256 px as {kind}, made", _making(client, store, png, f"w256.{kind}"))
                for kind in ("webp", "jpeg", "png")
            ),
            *(
                Way(f"256 px of a {kind}, made", _making(client, store, _IDS[kind], "w256.webp"))
                for kind in (ImageFormat.JPEG, ImageFormat.WEBP)
            ),
        ]
        return await compare(ways, rounds, calls=5)


def _asking(client: httpx2.AsyncClient, id: UUID, query: str) -> Callable[[], Awaitable[object]]:
    async def ask() -> None:
        (await client.get(f"/images/{id}?{query}")).raise_for_status()

    return ask


def _making(
    client: httpx2.AsyncClient, store: Store, id: UUID, name: str
) -> Callable[[], Awaitable[object]]:
    ask = _asking(client, id, f"w=256&format={name.partition('.')[2]}")

    async def make() -> None:
        await store.delete(f"{id.hex}/{name}")
        await ask()

    return make


async def _keep(store: Store, kind: ImageFormat) -> Delivered:
    y, x = np.mgrid[0:_EDGE, 0:_EDGE] / _EDGE
    grain = np.random.default_rng(7).normal(0, 6, (_EDGE, _EDGE, 3))
    pixels = np.stack([255 * x, 255 * y, 128 + 127 * np.sin(20 * x * y)], axis=2) + grain
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, kind.value)
    data, id = file.getvalue(), _IDS[kind]
    await store.put(id.hex, data)
    return Delivered(id, kind, Size(_EDGE, _EDGE), len(data), sha256(data).hexdigest())


if __name__ == "__main__":
    main()
