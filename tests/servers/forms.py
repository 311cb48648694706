"""Forms that come to the test servers (`multipart/form-data`)."""

from dataclasses import dataclass, field
from io import BytesIO

from multipart import MultipartParser, parse_options_header
from PIL import Image
from starlette.requests import Request

_LARGEST = 64 * 1024 * 1024
"""Bytes that are held in memory: there are no temporary files to be closed then."""


@dataclass(frozen=True)
class Part:
    """A part of a form; a file has a name."""

    key: str
    name: str
    media_type: str
    data: bytes = field(repr=False)

    def open(self) -> Image.Image:
        """Decode it."""
        return Image.open(BytesIO(self.data))


def is_form(request: Request) -> bool:
    """Whether a request brings a form."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def parts_of(request: Request) -> list[Part]:
    """Take a form apart."""
    _, options = parse_options_header(request.headers["content-type"])
    body = BytesIO(await request.body())
    limits = {"spool_limit": _LARGEST, "memory_limit": _LARGEST}
    parser = MultipartParser(body, options["boundary"], **limits)
    return [
        Part(part.name, part.filename or "", part.content_type, part.raw) for part in parser.parts()
    ]
