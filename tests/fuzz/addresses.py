"""Addresses of pictures and figures, with whatever may stand behind them."""

from urllib.parse import quote, urlencode

from image_generation.concepts.figures.catalogue import FIGURES
from tests.fuzz.visitor import Visitor
from tests.fuzz.world import Outcome

_NAMES = ("w", "h", "fit", "format", "expires", "signature", "image", "seed", "steps", "schedule")
_WORDS = (
    "0",
    "1",
    "64",
    "300",
    "16384",
    "cover",
    "contain",
    "png",
    "jpeg",
    "webp",
    "cosine",
    "ddim",
)
_OTHERS = ("/", "/health", "/ready", "/graphql/assets/explorer.js", "/nowhere", "/images/../health")
_RANGES = ("bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,3-4", "bytes=99999999-", "lines=1-2")


async def fetch(visitor: Visitor) -> Outcome:
    """Fetch a picture, a figure or something else."""
    chance, known = visitor.chance, visitor.world.known
    path = chance.choice(
        (
            *([chance.choice(known.paths)] if known.paths else []) * 4,
            f"/images/{quote(chance.text(), errors='replace')[:200]}",
            f"/figures/{chance.choice([*FIGURES])}",
            chance.choice(_OTHERS),
        )
    )
    if chance.happens(0.1):
        path = "/" + quote(chance.garbled_text(path), safe="/?=&", errors="replace")
    if chance.happens(0.6):
        given = [
            (chance.choice(_NAMES), chance.choice((*_WORDS, chance.text())))
            for _ in range(chance.randint(1, 3))
        ]
        query = urlencode(given, errors="replace")
        path += ("&" if "?" in path else "?") + query
    headers = {}
    if chance.happens(0.3):
        headers["range"] = chance.choice(_RANGES)
    if chance.happens(0.2):
        headers["if-none-match"] = chance.choice(("*", '"x"', "W/", '"a", "b"', ""))
    method = "GET" if chance.happens(0.85) else chance.choice(("HEAD", "POST", "DELETE", "OPTIONS"))
    return await visitor.send(method, path, headers)
