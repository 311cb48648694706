"""What picture files are made of: the chunks of PNG and WebP, the segments of JPEG.

PNG after its third edition (5.3), JPEG after ITU-T T.81 (B.1), WebP after RFC 9649 (2.3).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"

SCAN = b"\xda"
"""The kind of a segment of a JPEG that coded pixels follow; they belong to it."""

_END = b"\xd9"
_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_WITHOUT_LENGTH = {b"\x01", *(bytes([marker]) for marker in range(0xD0, 0xD9))}
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""What ends coded pixels: a marker that is neither a stuffed byte nor a restart."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk or segment: its kind, and where it and its content are in the file."""

    kind: bytes
    start: int
    end: int
    file: bytes = field(repr=False)
    inner: slice

    @property
    def content(self) -> bytes:
        """What is in it, without its kind and length."""
        return self.file[self.inner]

    @property
    def whole(self) -> bytes:
        """All of its bytes."""
        return self.file[self.start : self.end]


def parts(data: bytes) -> Iterator[Part]:
    """Go through the parts of a PNG, JPEG or WebP; nothing else has any."""
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return _jpeg(data)
    return _webp(data) if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else iter(())


def webp_of(chunks: bytes) -> bytes:
    """Write a WebP with these chunks."""
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def webp_chunk(kind: bytes, content: bytes) -> bytes:
    """Write a chunk of a WebP."""
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _png(data: bytes) -> Iterator[Part]:
    place = len(_PNG)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        yield Part(kind, place, end, data, slice(place + 8, end - 4))
        place = end


def _jpeg(data: bytes) -> Iterator[Part]:
    """Go on up to the end, as libjpeg does: what is between the segments is passed over."""
    place = len(_JPEG)
    while (found := _MARKER.search(data, place)) and found[1] != _END:
        start, end = found.end() - 2, found.end()
        if found[1] not in _WITHOUT_LENGTH:
            end += int.from_bytes(data[end : end + 2])
        inner = slice(start + 4, end)
        if found[1] == SCAN:
            coded = _NEXT_MARKER.search(data, end)
            end = coded.start() if coded else len(data)
        yield Part(found[1], start, end, data, inner)
        place = end


def _webp(data: bytes) -> Iterator[Part]:
    place, last = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while place + 8 <= last:
        kind, length = struct.unpack_from("<4sI", data, place)
        end = place + 8 + length
        yield Part(kind, place, end + length % 2, data, slice(place + 8, end))
        place = end + length % 2
