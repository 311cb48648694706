"""Files of pictures without what is written about them; the coded pixels stay as they are.

JPEG after ITU-T T.81 (B.1), WebP after RFC 9649 (2.5 and 2.7).
"""

import re
import struct
from collections.abc import Iterator

_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_APP0, _APP15, _COMMENT = 0xE0, 0xEF, 0xFE
_JFIF, _PROFILE, _ADOBE = (0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe")
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""What ends coded pixels: a marker that is neither a stuffed byte nor a restart."""

_CODED = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_EXIF_AND_XMP = 0b1100
"""Two flags of VP8X that promise chunks with metadata."""


def without_metadata(data: bytes) -> bytes:
    """Return a JPEG or WebP that can be decoded with its pixels and its colour profile alone."""
    return _webp(data) if data.startswith(b"RIFF") else b"".join(_jpeg(data))


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield _SOI
    place = 2
    while place + 4 <= len(data):
        while data[place + 1] == 0xFF:
            place += 1
        marker = data[place + 1]
        if marker == _EOI[1]:
            break
        (length,) = struct.unpack_from(">H", data, place + 2)
        end = place + 2 + length
        if _is_needed(marker, data[place + 4 : end]):
            yield data[place:end]
        if marker == _SOS:
            coded = _NEXT_MARKER.search(data, end)
            stop = coded.start() if coded else len(data)
            yield data[end:stop]
            end = stop
        place = end
    yield _EOI


def _is_needed(marker: int, content: bytes) -> bool:
    if marker == _COMMENT:
        return False
    if not _APP0 <= marker <= _APP15:
        return True
    return any(
        marker == kind and content.startswith(name) for kind, name in (_JFIF, _PROFILE, _ADOBE)
    )


def _webp(data: bytes) -> bytes:
    kept = b"".join(_chunks(data))
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + kept


def _chunks(data: bytes) -> Iterator[bytes]:
    place = 12
    while place + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        content = data[place + 8 : place + 8 + length]
        if name == b"VP8X":
            content = bytes([content[0] & ~_EXIF_AND_XMP]) + content[1:]
        if name in _CODED:
            yield name + struct.pack("<I", length) + content + b"\0" * (length % 2)
        place += 8 + length + length % 2
