"""Marks of origin: how a picture came to be, written into its file for machines to read.

They are XMP with the properties of IPTC's Photo Metadata Standard 2025.1. A file that is marked by
its provider stays as it is: a byte more would break the seal of Content Credentials (C2PA).
"""

import re
import struct

from image_generation.domain.origins import SYNTHETIC, Origin
from image_generation.imaging.containers import Part, parts
from image_generation.imaging.xmp import (
    DIGITAL_SOURCE_TYPE,
    SOURCE_TYPES,
    packet_of,
    with_xmp,
)

_TERM = re.compile(rb"https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,64})\b")
"""A term of IPTC, wherever it stands: nothing else of what a file says is to be believed."""

_PACKETS = {
    b"iTXt": b"XML:com.adobe.xmp\0\0\0\0\0",
    b"\xe1": b"http://ns.adobe.com/xap/1.0/\0",
    b"XMP ": b"",
}
"""Which part of a file holds XMP, and what stands before it."""

_CREDENTIALS = {b"caBX": b"", b"\xeb": b"JP", b"C2PA": b""}
"""Which part holds Content Credentials, or a piece of them (C2PA 2.2, A.3)."""

_LONGEST_PROMPT = 8000
"""In characters, so that the mark fits into a segment of a JPEG."""

_LONGEST_PACKET = 65_000
"""In bytes, for the same reason."""

_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def term_of(data: bytes) -> str | None:
    """Return the term of IPTC that a file gives for how it came to be, if it does.

    Credentials tell of sources, too; what is synthetic in a picture comes before what is not.
    """
    told = [part.content for part in parts(data) if _is(part, _PACKETS) or _is(part, _CREDENTIALS)]
    terms = [term.decode() for term in _TERM.findall(b"\n".join(told))]
    return next((term for term in SYNTHETIC if term in terms), terms[0] if terms else None)


def mark(data: bytes, origin: Origin) -> bytes:
    """Return the file with its mark: its pixels are not touched, nor a file that is marked."""
    if term_of(data) in SYNTHETIC or not any(parts(data)):
        return data
    try:
        return with_xmp(_without_packets(data), _packet_for(origin))
    except (IndexError, ValueError, struct.error):  # it ends too soon, and cannot be decoded
        return data


def mark_copy(copy: bytes, original: bytes, origin: Origin | None) -> bytes:
    """Mark what was drawn from another file as that is marked; else with the origin, if any."""
    found = [_packet_in(part) for part in parts(original) if _is(part, _PACKETS)]
    for packet in found:
        if len(packet) <= _LONGEST_PACKET and _TERM.search(packet):
            return with_xmp(copy, packet)
    if term := term_of(original):
        origin = Origin(term, origin.maker if origin else None)
    return copy if origin is None else with_xmp(copy, _packet_for(origin))


def _is(part: Part, kinds: dict[bytes, bytes]) -> bool:
    return part.kind in kinds and part.content.startswith(kinds[part.kind])


def _packet_in(part: Part) -> bytes:
    return part.content.removeprefix(_PACKETS[part.kind])


def _without_packets(data: bytes) -> bytes:
    for part in reversed([part for part in parts(data) if _is(part, _PACKETS)]):
        data = data[: part.start] + data[part.end :]
    return data


def _packet_for(origin: Origin) -> bytes:
    properties = {DIGITAL_SOURCE_TYPE: f"{SOURCE_TYPES}{origin.term}"}
    if origin.maker is not None and origin.maker.is_algorithm:
        properties["xmp:CreatorTool"] = origin.maker.name
    elif origin.maker is not None:
        properties["Iptc4xmpExt:AISystemUsed"] = origin.maker.name
    if origin.prompt is not None:
        prompt = _NO_XML.sub("", origin.prompt)[:_LONGEST_PROMPT]
        properties["Iptc4xmpExt:AIPromptInformation"] = prompt
    return packet_of(properties)
