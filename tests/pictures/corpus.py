"""Odd and hostile picture files, each with what has to become of it."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests.pictures.files import (
    BLUE,
    GREEN,
    RED,
    SIGNATURE,
    WHITE,
    chunk,
    deflated,
    encoded,
    exif,
    header,
    plain_png,
    png,
    quarters,
    resized_jpeg,
    segment,
    srgb,
    webp,
    with_chunks,
    with_segments,
    xmp,
    xmp_chunk,
)

MOST_PIXELS = 1999 * 2001
"""What a picture may have where these are sent; one more is 2000x2000."""

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
MADE = f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"'
SECRETS = ('dc:creator="SecretName"', 'exif:GPSLatitude="52,30.98N"')
GREY = (128, 128, 128)

RIGHT = "Give a PNG, JPEG or WebP picture."
NO_PICTURE = f"The file cannot be read as a picture. {RIGHT}"
DAMAGED = f"The picture is damaged. {RIGHT}"
EMPTY = f"The file is empty. {RIGHT}"
ANIMATED = "The picture is animated. Give one that stands still."
HUGE = "The picture has too many pixels. Give at most 4 megapixels."
SCANS = "The JPEG has too many scans. Give at most 32."


@dataclass(frozen=True, slots=True)
class Kept:
    """What a picture looks like where it is kept. `corner` is the colour at its upper left."""

    kind: str = "PNG"
    size: tuple[int, int] = (64, 48)
    mode: str = "RGB"
    corner: tuple[int, ...] = RED
    profile: bool = False
    source_type: str | None = None


Outcome = Kept | str
"""A string is what the refusal says."""


def too_many(size: str) -> str:
    """Expect what is said of a picture that is too large."""
    return f"{size} pixels are too many. Give at most 4 megapixels."


def too_few(size: str) -> str:
    """Expect what is said of a picture that is too small."""
    return f"{size} pixels are too few. Give at least 16 pixels each way."


PNG, JPEG, WEBP = (
    encoded(quarters()),
    encoded(quarters(), "JPEG", quality=95, subsampling=0),
    encoded(quarters(), "WEBP", lossless=True),
)
IDAT = PNG.index(b"IDAT") - 4
PALETTE = chunk(b"PLTE", bytes([128] * 3) * 256)
FRAMES = [quarters().rotate(angle) for angle in (90, 180)]


def bombs() -> Mapping[str, tuple[bytes, Outcome]]:
    """Small files that want a lot."""
    bomb = deflated(100 * 1024 * 1024)
    progressive = encoded(quarters(), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    text = zlib.compress(b"x" * 900_000)
    vp8x = b"\0\0\0\0" + struct.pack("<I", 16382)[:3] * 2
    return {
        "a PNG of 2.5 gigapixels": (png(header(50_000, 50_000)), HUGE),
        "a JPEG of 4 gigapixels": (resized_jpeg(JPEG, 65_000, 65_000), HUGE),
        "a WebP of 268 megapixels": (webp((b"VP8X", vp8x), (b"VP8L", WEBP[20:])), HUGE),
        "a PNG of 50 megapixels": (png(header(10_000, 5000)), too_many("10000x5000")),
        "as many pixels as may be": (
            plain_png(1999, 2001, 8, 6),
            Kept(size=(1999, 2001), mode="RGBA", corner=(*GREY, 128)),
        ),
        "as many with 16 bits": (
            plain_png(1999, 2001, 16, 0),
            Kept(size=(1999, 2001), mode="L", corner=(128,)),
        ),
        "one pixel more": (plain_png(2000, 2000, 8, 0), too_many("2000x2000")),
        "a zTXt bomb": (with_chunks(PNG, chunk(b"zTXt", b"Comment\0\0" + bomb)), DAMAGED),
        "an iTXt bomb": (with_chunks(PNG, chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb)), DAMAGED),
        "an iCCP bomb": (with_chunks(PNG, chunk(b"iCCP", b"ICC\0\0" + bomb)), DAMAGED),
        "an IDAT bomb": (png(header(64, 48), chunk(b"IDAT", bomb)), Kept(corner=(0, 0, 0))),
        "a hundred texts": (
            with_chunks(PNG, *[chunk(b"zTXt", b"Comment\0\0" + text)] * 100),
            DAMAGED,
        ),
        "a thousand scans": (progressive[:-2] + scan * 1000 + progressive[-2:], SCANS),
        "scans behind a marker without a length": (
            progressive[:-2] + b"\xff\x01" + scan * 1000 + progressive[-2:],
            SCANS,
        ),
    }


def broken() -> Mapping[str, tuple[bytes, Outcome]]:
    """Files that are cut short, altered or longer than they should be."""
    noise = b"PK\3\4<script>" * 50
    wild = b"MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 500
    return {
        "an empty file": (b"", EMPTY),
        "a PNG cut in its signature": (PNG[:6], NO_PICTURE),
        "a PNG cut in its header": (PNG[:20], DAMAGED),
        "a PNG cut behind its header": (PNG[:33], NO_PICTURE),
        "a PNG cut in its pixels": (PNG[: len(PNG) // 2], DAMAGED),
        "a PNG cut behind its pixels": (PNG[:-12], Kept()),
        "a JPEG cut in its header": (JPEG[:100], DAMAGED),
        "a JPEG cut in its pixels": (JPEG[:-50], DAMAGED),
        "a JPEG cut before its end": (JPEG[:-2], DAMAGED),
        "a WebP cut in its header": (WEBP[:20], DAMAGED),
        "a WebP cut in its pixels": (WEBP[:-5], DAMAGED),
        "a PNG and more": (PNG + noise, Kept()),
        "a JPEG and more": (JPEG + noise, Kept("JPEG")),
        "a WebP and more": (WEBP + b"VP8L" + struct.pack("<I", 8) + noise, Kept("WEBP")),
        "a PNG and a JPEG": (PNG + JPEG, Kept()),
        "a header with a wrong checksum": (PNG[:29] + b"\0\0\0\0" + PNG[33:], NO_PICTURE),
        "pixels that are damaged": (PNG[: IDAT + 20] + b"\xff" + PNG[IDAT + 21 :], DAMAGED),
        "a header that is too short": (SIGNATURE + chunk(b"IHDR", PNG[16:26]) + PNG[33:], DAMAGED),
        "a header that is too long": (
            SIGNATURE + chunk(b"IHDR", PNG[16:29] + b"\0" * 7) + PNG[33:],
            Kept(),
        ),
        "no pixels": (PNG[:IDAT] + PNG[-12:], DAMAGED),
        "no width": (png(header(0, 48), chunk(b"IDAT", b"")), NO_PICTURE),
        "no height": (png(header(64, 0), chunk(b"IDAT", b"")), NO_PICTURE),
        "a palette that is missing": (
            plain_png(32, 32, 8, 3),
            Kept(size=(32, 32), corner=(0, 0, 0)),
        ),
        "EXIF that is broken in a PNG": (with_chunks(PNG, chunk(b"eXIf", wild)), Kept()),
        "EXIF that is broken in a JPEG": (
            with_segments(JPEG, segment(0xE1, b"Exif\0\0" + wild)),
            Kept("JPEG"),
        ),
        "EXIF that is no EXIF": (encoded(quarters(), "WEBP", exif=b"Exif\0\0none"), Kept("WEBP")),
        "a profile that is none": (
            with_chunks(PNG, chunk(b"iCCP", b"ICC\0\0" + zlib.compress(b"none" * 50))),
            Kept(),
        ),
    }


def foreign() -> Mapping[str, tuple[bytes, Outcome]]:
    """Files of other kinds."""
    picture = quarters()
    others = {kind: encoded(picture, kind) for kind in ("GIF", "TIFF", "BMP", "ICO", "AVIF", "PDF")}
    made = {
        "a LAB picture": encoded(Image.new("LAB", (32, 32)), "TIFF"),
        "a HEIC picture": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50,
        "a PSD picture": b"8BPS\0\1" + b"\0" * 50,
        "a text": b"a red house by the sea",
        "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "a page": b"<!doctype html><script>alert(1)</script>",
        "an archive": b"PK\3\4" + b"\0" * 50,
        "a PDF before a PNG": b"%PDF-1.7\n" + PNG,
    }
    return {
        name: (data, NO_PICTURE)
        for name, data in ({f"{kind} as PNG": data for kind, data in others.items()} | made).items()
    } | {
        "an animated GIF": (
            encoded(picture, "GIF", save_all=True, append_images=FRAMES),
            NO_PICTURE,
        ),
        "an animated PNG": (encoded(picture, save_all=True, append_images=FRAMES), ANIMATED),
        "an animated WebP": (
            encoded(picture, "WEBP", save_all=True, append_images=FRAMES),
            ANIMATED,
        ),
        "a JPEG of several pictures": (
            encoded(picture, "MPO", save_all=True, append_images=FRAMES),
            Kept("JPEG"),
        ),
    }


def pixels() -> Mapping[str, tuple[bytes, Outcome]]:
    """Every kind of pixel and size."""
    picture = quarters()
    cmyk = encoded(picture.convert("CMYK"), "JPEG", quality=95)
    transform = cmyk.index(b"Adobe") + 11
    ycck = cmyk[:transform] + b"\2" + cmyk[transform + 1 :]
    small = (32, 32)
    key, keys = chunk(b"tRNS", b"\0\x80"), chunk(b"tRNS", b"\0\x80" * 3)
    passes = b"".join((b"\0" + b"\x80" * w) * h for w, h in ADAM7)
    return {
        "RGB": (PNG, Kept()),
        "JPEG": (JPEG, Kept("JPEG")),
        "WebP": (WEBP, Kept("WEBP")),
        "16 bits of grey": (plain_png(*small, 16, 0), Kept("PNG", small, "L", (128,))),
        "16 bits of RGB": (plain_png(*small, 16, 2), Kept("PNG", small, "RGB", GREY)),
        "16 bits of RGBA": (plain_png(*small, 16, 6), Kept("PNG", small, "RGBA", (*GREY, 128))),
        "1 bit": (plain_png(*small, 1, 0), Kept("PNG", small, "L", (0,))),
        "4 bits": (plain_png(*small, 4, 0), Kept("PNG", small, "L", (136,))),
        "grey and alpha": (plain_png(*small, 8, 4), Kept("PNG", small, "RGBA", (*GREY, 128))),
        "a palette": (plain_png(*small, 8, 3, PALETTE), Kept("PNG", small, "RGB", GREY)),
        "a palette with transparency": (
            plain_png(*small, 8, 3, PALETTE, chunk(b"tRNS", bytes(256))),
            Kept("PNG", small, "RGBA", (*GREY, 0)),
        ),
        "grey with a clear one": (
            plain_png(*small, 8, 0, key),
            Kept("PNG", small, "RGBA", (*GREY, 0)),
        ),
        "RGB with a clear one": (
            plain_png(*small, 8, 2, keys),
            Kept("PNG", small, "RGBA", (*GREY, 0)),
        ),
        "interlaced": (
            png(header(*small, 8, 0, 1), chunk(b"IDAT", zlib.compress(passes))),
            Kept("PNG", small, "L", (128,)),
        ),
        "a progressive JPEG": (encoded(picture, "JPEG", progressive=True), Kept("JPEG")),
        "a grey JPEG": (
            encoded(picture.convert("L"), "JPEG"),
            Kept("JPEG", mode="L", corner=(76,)),
        ),
        "a CMYK JPEG": (cmyk, Kept("JPEG")),
        "a YCCK JPEG": (ycck, Kept("JPEG", corner=(179, 0, 226))),
        "a CMYK JPEG with the wrong profile": (
            encoded(picture.convert("CMYK"), "JPEG", quality=95, icc_profile=srgb()),
            Kept("JPEG"),
        ),
        "a lossy WebP with alpha": (
            encoded(picture.convert("RGBA"), "WEBP", quality=90),
            Kept("WEBP"),
        ),
        "one pixel": (encoded(quarters(1, 1)), too_few("1x1")),
        "too narrow": (encoded(quarters(15, 16)), too_few("15x16")),
        "the smallest": (encoded(quarters(16, 16)), Kept("PNG", (16, 16))),
        "a very high one": (plain_png(16, 60_000, 8, 0), Kept("PNG", (16, 60_000), "L", (128,))),
        "a very wide one": (
            encoded(quarters(60_000, 16), "JPEG", quality=95, subsampling=0),
            Kept("JPEG", (60_000, 16)),
        ),
    }


ADAM7 = ((4, 4), (4, 4), (8, 4), (8, 8), (16, 8), (16, 16), (32, 16))
"""Width and height of each pass over 32x32 pixels (PNG, 8.2)."""

TURNED = {1: RED, 2: GREEN, 3: WHITE, 4: BLUE, 5: RED, 6: BLUE, 7: WHITE, 8: GREEN}
"""Which quarter comes to be the upper left one, by orientation."""


def described() -> Mapping[str, tuple[bytes, Outcome]]:
    """What is written about pictures: which way is up, where they were taken, their colours."""
    picture = quarters()
    where = exif(gps=True)
    turned = {
        f"orientation {way}": (
            encoded(picture, "JPEG", quality=95, subsampling=0, exif=exif(way)),
            Kept("JPEG", (48, 64) if way > 4 else (64, 48), corner=corner),
        )
        for way, corner in TURNED.items()
    }
    kinds = ("PNG", "JPEG", "WEBP")
    places = {
        f"a place in a {kind}": (encoded(picture, kind, exif=where), Kept(kind)) for kind in kinds
    }
    sides = {
        f"a {kind} on its side": (
            encoded(picture, kind, exif=exif(6, gps=True, wide=True)),
            Kept("PNG" if kind == "PNG" else "JPEG", (48, 64), corner=BLUE),
        )
        for kind in kinds
    }
    profiles = {
        f"a profile in a {kind}": (
            encoded(picture, kind, icc_profile=srgb()),
            Kept(kind, profile=True),
        )
        for kind in kinds
    } | {
        "a profile in a lossless WebP on its side": (
            encoded(picture, "WEBP", lossless=True, icc_profile=srgb(), exif=exif(6)),
            Kept("PNG", (48, 64), corner=BLUE, profile=True),
        ),
        "a profile in a JPEG on its side": (
            encoded(picture, "JPEG", icc_profile=srgb(), exif=exif(6)),
            Kept("JPEG", (48, 64), corner=BLUE, profile=True),
        ),
    }
    return turned | places | sides | profiles


def made() -> Mapping[str, tuple[bytes, Outcome]]:
    """What is written about how pictures came to be."""
    picture = quarters()
    told, made = xmp(*SECRETS), xmp(MADE, *SECRETS)
    return {
        "a machine's PNG": (with_chunks(PNG, xmp_chunk(made)), Kept(source_type=TRAINED)),
        "a machine's JPEG": (
            encoded(picture, "JPEG", xmp=made),
            Kept("JPEG", source_type=TRAINED),
        ),
        "a machine's JPEG on its side": (
            encoded(picture, "JPEG", xmp=made, exif=exif(6)),
            Kept("JPEG", (48, 64), corner=BLUE, source_type=TRAINED),
        ),
        "a machine's lossless WebP": (
            encoded(picture, "WEBP", lossless=True, xmp=made),
            Kept("WEBP", source_type=TRAINED),
        ),
        "a machine's lossy WebP": (
            encoded(picture, "WEBP", xmp=made, icc_profile=srgb()),
            Kept("WEBP", source_type=TRAINED, profile=True),
        ),
        "a person's JPEG": (encoded(picture, "JPEG", xmp=told), Kept("JPEG")),
        "a term that nobody knows": (
            encoded(picture, "JPEG", xmp=xmp('Iptc4xmpExt:DigitalSourceType="SecretNote"')),
            Kept("JPEG"),
        ),
        "C2PA of a machine": (
            with_chunks(PNG, chunk(b"caBX", b"SecretName c2pa " + TRAINED.encode() + b"\0")),
            Kept(source_type=TRAINED),
        ),
    }


def chattered() -> Mapping[str, tuple[bytes, Outcome]]:
    """What else is written about pictures, at every place for it."""
    return {
        "IPTC in a JPEG": (
            with_segments(JPEG, segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0SecretName")),
            Kept("JPEG"),
        ),
        "a comment in a JPEG": (with_segments(JPEG, segment(0xFE, b"SecretNote")), Kept("JPEG")),
        "C2PA in a JPEG": (
            with_segments(JPEG, segment(0xEB, b"JP\0\1\0\0\0\1SecretName c2pa")),
            Kept("JPEG"),
        ),
        "C2PA in a PNG": (with_chunks(PNG, chunk(b"caBX", b"SecretName c2pa")), Kept()),
        "five megabytes about a PNG": (
            with_chunks(PNG, chunk(b"tEXt", b"Comment\0" + b"SecretNote" * 500_000)),
            Kept(),
        ),
        "a page in a chunk": (
            with_chunks(PNG, chunk(b"tEXt", b"Comment\0SecretNote<script>")),
            Kept(),
        ),
    }


@cache
def corpus() -> Mapping[str, tuple[bytes, Outcome]]:
    """Make all of them."""
    return {**bombs(), **broken(), **foreign(), **pixels(), **described(), **made(), **chattered()}
