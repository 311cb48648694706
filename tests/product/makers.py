"""Who makes the pictures: each provider against a server that lives in the test."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from image_generation.providers.registry import Access, Providers, make_providers
from tests.product.running import painters
from tests.servers.openai_server import KEY, Reply, delivers, openai_server
from tests.servers.replicate_server import (
    OUTPUT,
    TOKEN,
    Body,
    Mishap,
    ReplicateServer,
    replicate,
)

STORY: list[Body] = [
    {"status": "processing", "logs": " 50%|#####     | 2/4 [00:00]"},
    {"status": "succeeded", "output": OUTPUT},
]


@dataclass(frozen=True)
class Maker:
    """Who makes pictures, as the test sees it.

    `asked` counts the requests for a picture that came, `made` the pictures that it made for them.
    """

    settings: Mapping[str, str]
    providers: Providers
    reached: asyncio.Event
    asked: Callable[[], int]
    made: Callable[[], int]


def picture(kind: str) -> bytes:
    """Draw a picture."""
    file = BytesIO()
    Image.new("RGB", (64, 64), "navy").save(file, kind)
    return file.getvalue()


@asynccontextmanager
async def procedural() -> AsyncIterator[Maker]:
    """Have the embedded painter, which is free."""
    yield Maker({}, painters(), asyncio.Event(), lambda: 0, lambda: 0)


@asynccontextmanager
async def openai(*faults: Reply) -> AsyncIterator[Maker]:
    """Have OpenAI, which cannot be asked what became of a call."""
    pictures = [delivers(b64_json=b64encode(picture("PNG")).decode())] * 3
    async with openai_server() as server:
        server.replies.extend([*faults, *pictures])
        access = Access(key=KEY, base_url=server.base_url, profile="openai")
        yield Maker(
            {
                "OPENAI_API_KEY": KEY,
                "OPENAI_BASE_URL": server.base_url,
                "OPENAI_PROFILE": "openai",
            },
            make_providers(openai=access, replicate=Access(), painter_delay=0, default=None),
            server.reached,
            lambda: len(server.seen),
            lambda: len(pictures) - len(server.replies),
        )


def asking(server: ReplicateServer) -> Maker:
    """Ask a server for pictures that can be looked at."""
    server.story = STORY
    server.fail("delivery", *[Mishap(200, picture("WEBP"))] * 3)
    access = Access(key=TOKEN, base_url=server.url)
    return Maker(
        {"REPLICATE_API_TOKEN": TOKEN, "REPLICATE_BASE_URL": server.url},
        make_providers(openai=Access(), replicate=access, painter_delay=0, default=None),
        server.reached,
        lambda: len(server.created()),
        lambda: len(server.predictions),
    )


@asynccontextmanager
async def replicating(*faults: Mishap) -> AsyncIterator[Maker]:
    """Have Replicate, which can be asked for a prediction and lists them all."""
    async with replicate() as server:
        server.fail("create", *faults)
        yield asking(server)


MAKERS: dict[str, Callable[..., AbstractAsyncContextManager[Maker]]] = {
    "procedural": procedural,
    "openai": openai,
    "replicate": replicating,
}
