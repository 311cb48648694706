"""The parts of picture files in which something is said about the picture.

PNG after its third edition (5.3), JPEG after ITU-T T.81 (B.1), WebP after RFC 9649 (2.3).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_SOS = 0xDA


class Part(NamedTuple):
    """A chunk or segment: its kind, where it is, and what is in it."""

    kind: bytes
    start: int
    end: int
    content: bytes


def parts(data: bytes) -> Iterator[Part]:
    """Go through a PNG, a JPEG as far as its pixels, or a WebP; nothing else has parts."""
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return _jpeg(data)
    return _webp(data) if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else iter(())


def _png(data: bytes) -> Iterator[Part]:
    place = len(_PNG)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        yield Part(kind, place, end, data[place + 8 : end - 4])
        place = end


def _jpeg(data: bytes) -> Iterator[Part]:
    place = len(_JPEG)
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _SOS:
        if data[place + 1] == 0xFF:  # it may stand before a marker as often as one likes
            place += 1
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        yield Part(data[place + 1 : place + 2], place, end, data[place + 4 : end])
        place = end


def _webp(data: bytes) -> Iterator[Part]:
    place = 12
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        end = place + 8 + length
        yield Part(kind, place, end + length % 2, data[place + 8 : end])
        place = end + length % 2
