"""Files of pictures without what is written about them; the coded pixels stay as they are.

JPEG after ITU-T T.81 (B.1), WebP after RFC 9649 (2.5 and 2.7).
"""

import re
import struct
from collections.abc import Iterator
from typing import TypeAlias

_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", b"\xda"
_APP0, _APP15, _COMMENT = b"\xe0", b"\xef", b"\xfe"
_NEEDED = (b"\xe0JFIF\0", b"\xe2ICC_PROFILE\0", b"\xeeAdobe")
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""What ends coded pixels: a marker that is neither a stuffed byte nor a restart."""

_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_WITHOUT_LENGTH = {b"\x01", *(bytes([marker]) for marker in range(0xD0, 0xD9))}

_Segment: TypeAlias = tuple[bytes, int, int]
"""Marker, start and end of a part of a JPEG. Coded pixels belong to the SOS in front of them."""

_CODED = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_EXIF_AND_XMP = 0b1100
"""Two flags of VP8X that promise chunks with metadata."""


def without_metadata(data: bytes) -> bytes:
    """Return a JPEG or WebP that can be decoded with its pixels and its colour profile alone."""
    return _webp(data) if data.startswith(b"RIFF") else b"".join(_jpeg(data))


def number_of_scans(data: bytes) -> int:
    """Count how often the pixels of a JPEG are gone over."""
    return sum(marker == _SOS for marker, _, _ in _segments(data))


def is_lossy(data: bytes) -> bool:
    """Whether a PNG, JPEG or WebP was coded with loss."""
    if data.startswith(b"RIFF"):
        return any(name == b"VP8 " for name, _ in _chunks(data))
    return data.startswith(_SOI)


def _segments(data: bytes) -> Iterator[_Segment]:
    """Go through the parts up to the end, as libjpeg does: what is between them is passed over."""
    place = 2
    while (found := _MARKER.search(data, place)) and found[1] != _EOI[1:]:
        start, end = found.end() - 2, found.end()
        if found[1] not in _WITHOUT_LENGTH:
            end += int.from_bytes(data[end : end + 2])
        if found[1] == _SOS:
            coded = _NEXT_MARKER.search(data, end)
            end = coded.start() if coded else len(data)
        yield found[1], start, end
        place = end


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield _SOI
    for marker, start, end in _segments(data):
        if _is_needed(marker, data[start + 4 : start + 20]):
            yield data[start:end]
    yield _EOI


def _is_needed(marker: bytes, content: bytes) -> bool:
    if _APP0 <= marker <= _APP15:
        return (marker + content).startswith(_NEEDED)
    return marker != _COMMENT


def _webp(data: bytes) -> bytes:
    kept = b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for name, content in _chunks(data)
        if name in _CODED
    )
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + kept


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Go through the chunks; the header of extended files promises no metadata."""
    place, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while place + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, place)
        content = data[place + 8 : place + 8 + length]
        if name == b"VP8X":
            content = bytes([content[0] & ~_EXIF_AND_XMP]) + content[1:]
        yield name, content
        place += 8 + length + length % 2
