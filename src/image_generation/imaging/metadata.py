"""Files of pictures without what is written about them; the coded pixels stay as they are."""

from image_generation.imaging.containers import SCAN, Part, parts, webp_chunk, webp_of

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_NEEDED = (
    *(bytes([marker]) for marker in (*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDD)),
    *(b"\xe0JFIF\0", b"\xe2ICC_PROFILE\0", b"\xeeAdobe"),
)
"""What a segment begins with that decoding needs: frames, tables and scans; and three others."""

_CODED = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_EXIF_AND_XMP = 0b1100
"""Two flags of VP8X that promise chunks with metadata."""


def without_metadata(data: bytes) -> bytes:
    """Return a JPEG or WebP that can be decoded with its pixels and its colour profile alone."""
    if data.startswith(_SOI):
        return b"".join([_SOI, *(part.whole for part in parts(data) if _is_needed(part)), _EOI])
    kept = [part for part in parts(data) if part.kind in _CODED]
    return webp_of(b"".join(webp_chunk(part.kind, _unpromised(part)) for part in kept))


def number_of_scans(data: bytes) -> int:
    """Count how often the pixels of a JPEG are gone over."""
    return sum(part.kind == SCAN for part in parts(data))


def is_lossy(data: bytes) -> bool:
    """Whether a PNG, JPEG or WebP was coded with loss."""
    return data.startswith(_SOI) or any(part.kind == b"VP8 " for part in parts(data))


def _is_needed(part: Part) -> bool:
    """Whether a segment of a JPEG is more than something said about it."""
    return (part.kind + part.content[:16]).startswith(_NEEDED)


def _unpromised(part: Part) -> bytes:
    """Return the content of a chunk; the header of extended files promises no metadata then."""
    content = part.content
    if part.kind == b"VP8X":
        return bytes([content[0] & ~_EXIF_AND_XMP]) + content[1:]
    return content
