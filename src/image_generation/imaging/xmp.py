"""XMP: what a picture says about its origin, written into files without touching their pixels.

After XMP's part 3 (2020) for PNG and JPEG, RFC 9649 for WebP, and IPTC's Photo Metadata Standard.
"""

import struct
import zlib
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from image_generation.imaging.containers import Part, parts, webp_chunk, webp_of

DIGITAL_SOURCE_TYPE = "Iptc4xmpExt:DigitalSourceType"
"""How a picture came to be: a term of `SOURCE_TYPES`."""

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_NAMESPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}

_JFIF_START = b"\xff\xd8\xff\xe0"
_HAS_XMP = 0b0000_0100
_HAS_ALPHA = 0b0001_0000


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
    place = next(parts(data)).end  # of the header, which has to come first
    return data[:place] + chunk + data[place:]


def _jpeg(data: bytes, packet: bytes) -> bytes:
    content = b"http://ns.adobe.com/xap/1.0/\0" + packet
    place = 2
    if data.startswith(_JFIF_START):  # which has to come first
        place += 2 + int.from_bytes(data[4:6])
    return data[:place] + struct.pack(">BBH", 0xFF, 0xE1, len(content) + 2) + content + data[place:]


def _webp(data: bytes, packet: bytes) -> bytes:
    first, *others = parts(data)
    is_extended = first.kind == b"VP8X"
    header = first.content if is_extended else _extended_header(first)
    kept = others if is_extended else [first, *others]
    chunks = [
        webp_chunk(b"VP8X", bytes([header[0] | _HAS_XMP]) + header[1:]),
        *(webp_chunk(part.kind, part.content) for part in kept),
        webp_chunk(b"XMP ", packet),
    ]
    return webp_of(b"".join(chunks))


def _extended_header(coded: Part) -> bytes:
    """Write the content of a VP8X chunk for a picture that has none; sizes are less one there."""
    width: int
    height: int
    alpha = 0
    if coded.kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", coded.content, 1)
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    else:
        wide, high = struct.unpack_from("<HH", coded.content, 6)
        width, height = (wide & 0x3FFF) - 1, (high & 0x3FFF) - 1
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return struct.pack("<I", alpha * _HAS_ALPHA) + size
