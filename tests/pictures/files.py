"""Writing picture files by hand, chunk by chunk, so that they can be wrong in one place."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """Draw red and green over blue and white, so that every way of turning it shows."""
    picture = Image.new("RGB", (width, height), RED)
    middle = (width // 2, height // 2)
    picture.paste(GREEN, (middle[0], 0, width, middle[1]))
    picture.paste(BLUE, (0, middle[1], middle[0], height))
    picture.paste(WHITE, (*middle, width, height))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    """Write a picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def chunk(name: bytes, content: bytes, *, checksum: int | None = None) -> bytes:
    """Write a chunk of a PNG; its checksum is right unless it is given."""
    found = zlib.crc32(name + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", found)


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    """Write the first chunk of a PNG; 0 is grey, 2 RGB, 3 a palette, 4 and 6 have alpha."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks: bytes) -> bytes:
    """Put a PNG together."""
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


def plain_png(width: int, height: int, depth: int, colour: int, *between: bytes) -> bytes:
    """Write a PNG of one colour, with all samples half of what they can be."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    line = b"\0" + b"\x80" * ((width * samples * depth + 7) // 8)
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    return png(header(width, height, depth, colour), *between, chunk(b"IDAT", data))


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """Put chunks behind the first one of a PNG."""
    return data[:33] + b"".join(chunks) + data[33:]


def deflated(size: int) -> bytes:
    """Write a small stream that unpacks to so many bytes."""
    packer = zlib.compressobj(9)
    block = b"\0" * (1024 * 1024)
    pieces = [packer.compress(block) for _ in range(size // len(block))]
    return b"".join(pieces) + packer.flush()


def segment(marker: int, content: bytes) -> bytes:
    """Write a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """Put segments behind the first marker of a JPEG."""
    return data[:2] + b"".join(segments) + data[2:]


def resized_jpeg(data: bytes, width: int, height: int) -> bytes:
    """Let a baseline JPEG claim another size."""
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """Put a WebP together."""
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def exif(orientation: int = 1, *, gps: bool = False, wide: bool = False) -> bytes:
    """Write EXIF as phones do: the camera, which way is up, and where it was."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SecretCamera"
    tags[0x0132] = "2026:01:02 03:04:05"
    if gps:
        tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 59.0), 3: "E", 4: (13.0, 22.0, 1.0)})
    if wide:
        tags.get_ifd(0x8769)[0x927C] = b"SecretNote" * 5000
    return tags.tobytes()


def xmp(*properties: str) -> bytes:
    """Write XMP with these attributes."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f"{' '.join(properties)}/>"
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def xmp_chunk(packet: bytes) -> bytes:
    """Write XMP as a PNG has it."""
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)


def srgb() -> bytes:
    """Make a colour profile."""
    profile: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile
