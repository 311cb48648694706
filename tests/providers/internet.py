"""An internet for tests, in which every host is one function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx2

from image_generation.providers.downloads import Bounds, Downloader, Home
from tests.servers.replicate_server import PICTURE

HASTY = Bounds(largest=1000, seconds=5.0, pauses=(0.0, 0.0))
LINK = "https://replicate.delivery/xezq/out-0.webp"
ADDRESS, OTHER_ADDRESS = "104.16.1.1", "104.16.2.2"

Answer = Callable[[httpx2.Request], httpx2.Response]


@dataclass
class Internet:
    """Every host of the world: one function answers, and each look-up is given out in turn."""

    answer: Answer
    addresses: list[Sequence[str]] = field(default_factory=lambda: [[ADDRESS]])
    requests: list[httpx2.Request] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)

    def downloader(self, home: Home | None = None, bounds: Bounds = HASTY) -> Downloader:
        """Make a downloader that reaches this internet and nothing else."""
        transport = httpx2.MockTransport(self._answer)
        return Downloader(
            "replicate", home, bounds=bounds, resolve=self._resolve, transport=transport
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.answer(request)

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        self.looked_up.append(f"{host}:{port}")
        return self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]


def answer(status: int, content: bytes, headers: dict[str, str]) -> httpx2.Response:
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(content))


def picture(_: httpx2.Request) -> httpx2.Response:
    return answer(200, PICTURE, {"content-type": "image/webp"})


def redirect_to(link: str) -> Answer:
    return lambda _: httpx2.Response(302, headers={"location": link})


def always(status: int, content: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: answer(status, content, named)
