"""XMP: what a picture says about its origin, written into files without touching their pixels.

After XMP's part 3 (2020) for PNG and JPEG, RFC 9649 for WebP, and IPTC's Photo Metadata Standard.
"""

import re
import struct
import zlib
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

DIGITAL_SOURCE_TYPE = "Iptc4xmpExt:DigitalSourceType"
"""How a picture came to be: a term of `SOURCE_TYPES`."""

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_SOURCE_TYPE = re.compile(rb"https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,64})\b")

_NAMESPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}

_PNG_HEADER = 33
"""Where the first chunk of a PNG ends."""

_JFIF_START = b"\xff\xd8\xff\xe0"
_HAS_XMP = 0b0000_0100
_HAS_ALPHA = 0b0001_0000


def digital_source_type(packet: bytes) -> str | None:
    """Find the digital source type that a packet gives, as the address of its term.

    Only IPTC's own terms count, wherever they stand: nothing else of a packet is to be believed.
    """
    found = _SOURCE_TYPE.search(packet)
    return SOURCE_TYPES + found[1].decode() if found else None


def packet_of(properties: Mapping[str, str]) -> bytes:
    """Write a packet with these properties, such as "Iptc4xmpExt:DigitalSourceType"."""
    used = dict.fromkeys(name.partition(":")[0] for name in properties)
    spaces = [f"xmlns:{prefix}={quoteattr(_NAMESPACES[prefix])}" for prefix in used]
    values = [f"{name}={quoteattr(value)}" for name, value in properties.items()]
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {" ".join([*spaces, *values])}/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Put a packet into a PNG, JPEG or WebP that has none."""
    if data.startswith(b"\x89PNG"):
        return _png(data, packet)
    return _webp(data, packet) if data.startswith(b"RIFF") else _jpeg(data, packet)


def _png(data: bytes, packet: bytes) -> bytes:
    body = b"iTXt" + b"XML:com.adobe.xmp\0\0\0\0\0" + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_PNG_HEADER] + chunk + data[_PNG_HEADER:]


def _jpeg(data: bytes, packet: bytes) -> bytes:
    content = b"http://ns.adobe.com/xap/1.0/\0" + packet
    place = 2
    if data.startswith(_JFIF_START):  # which has to come first
        place += 2 + int.from_bytes(data[4:6])
    return data[:place] + struct.pack(">BBH", 0xFF, 0xE1, len(content) + 2) + content + data[place:]


def _webp(data: bytes, packet: bytes) -> bytes:
    chunks = data[12:]
    if not chunks.startswith(b"VP8X"):
        chunks = b"VP8X" + struct.pack("<I", 10) + _extended_header(chunks) + chunks
    flags = bytes([chunks[8] | _HAS_XMP])
    chunks = chunks[:8] + flags + chunks[9:]
    chunks += b"XMP " + struct.pack("<I", len(packet)) + packet + b"\0" * (len(packet) % 2)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _extended_header(chunks: bytes) -> bytes:
    """Write the content of a VP8X chunk for a picture that has none; sizes are less one there."""
    width: int
    height: int
    alpha = 0
    if chunks.startswith(b"VP8L"):
        (bits,) = struct.unpack_from("<I", chunks, 9)
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    else:
        wide, high = struct.unpack_from("<HH", chunks, 14)
        width, height = (wide & 0x3FFF) - 1, (high & 0x3FFF) - 1
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return struct.pack("<I", alpha * _HAS_ALPHA) + size
