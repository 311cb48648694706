"""Marks of origin: in every kind of file, without a change of its pixels."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from image_generation.domain.origins import (
    ALGORITHMIC,
    COMPOSITE_WITH_TRAINED,
    TRAINED,
    Maker,
    Origin,
)
from image_generation.imaging.marks import mark, mark_copy, term_of
from image_generation.imaging.xmp import with_xmp
from tests.marks import TERMS, marks_of

FLUX = Origin(TRAINED, Maker("black-forest-labs/flux-schnell", is_algorithm=False))
PAINTER = Origin(ALGORITHMIC, Maker("painter-1", is_algorithm=True))
SAID = {
    "Iptc4xmpExt:DigitalSourceType": f"{TERMS}trainedAlgorithmicMedia",
    "Iptc4xmpExt:AISystemUsed": "black-forest-labs/flux-schnell",
}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXIF = Image.Exif()
EXIF[0x010E] = "by a machine"

KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "png": ("PNG", "RGB", {}),
    "png-with-alpha": ("PNG", "RGBA", {}),
    "png-grey": ("PNG", "L", {}),
    "png-palette": ("PNG", "P", {}),
    "png-profile": ("PNG", "RGB", {"icc_profile": PROFILE, "exif": EXIF}),
    "jpeg": ("JPEG", "RGB", {}),
    "jpeg-grey": ("JPEG", "L", {}),
    "jpeg-cmyk": ("JPEG", "CMYK", {}),
    "jpeg-progressive": ("JPEG", "RGB", {"progressive": True, "comment": b"by a machine"}),
    "jpeg-profile": ("JPEG", "RGB", {"icc_profile": PROFILE, "exif": EXIF}),
    "webp": ("WEBP", "RGB", {}),
    "webp-lossless": ("WEBP", "RGB", {"lossless": True}),
    "webp-with-alpha": ("WEBP", "RGBA", {}),
    "webp-lossless-with-alpha": ("WEBP", "RGBA", {"lossless": True}),
    "webp-profile": ("WEBP", "RGB", {"icc_profile": PROFILE, "exif": EXIF}),
}


def picture(
    kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **how: Any
) -> bytes:
    noise = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise, "RGBA").convert("RGB" if mode == "P" else mode).convert(mode).save(
        file, kind, **how
    )
    return file.getvalue()


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes, object, object]:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        told = image.info.get("icc_profile"), image.getexif().get(0x010E)
        return image.mode, image.size, image.tobytes(), *told


@pytest.mark.parametrize("size", [(1, 1), (17, 16), (640, 480)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_marked_and_its_pixels_are_not_touched(
    kind: str, size: tuple[int, int]
) -> None:
    format, mode, how = KINDS[kind]
    data = picture(format, mode, size, **how)

    marked = mark(data, FLUX)

    assert marks_of(marked) == SAID
    assert term_of(marked) == TRAINED
    assert pixels(marked) == pixels(data)
    assert len(marked) - len(data) < 600


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_is_the_same_each_time_and_is_not_made_twice(kind: str) -> None:
    format, mode, how = KINDS[kind]
    data = picture(format, mode, **how)

    marked = mark(data, FLUX)

    assert mark(data, FLUX) == marked
    assert mark(marked, PAINTER) == marked


def test_an_algorithm_is_no_system_of_ai() -> None:
    assert marks_of(mark(picture(), PAINTER)) == {
        "Iptc4xmpExt:DigitalSourceType": f"{TERMS}algorithmicMedia",
        "xmp:CreatorTool": "painter-1",
    }


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ('a "fox" <&> an otter\'s 猫\nSteps: 3', 'a "fox" <&> an otter\'s 猫\nSteps: 3'),
        ("a\x01b\x0bc\ufffed", "abcd"),
        ('"' * 9000, '"' * 8000),
        ("猫" * 9000, "猫" * 8000),
    ],
)
def test_a_prompt_is_told_as_it_is_as_far_as_xml_and_the_file_can(
    kind: str, prompt: str, told: str
) -> None:
    marked = mark(picture(kind), Origin(TRAINED, FLUX.maker, prompt))

    assert marks_of(marked) == {**SAID, "Iptc4xmpExt:AIPromptInformation": told}


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def with_credentials(kind: str, content: bytes, size: tuple[int, int] = (64, 48)) -> bytes:
    """Put what looks like a provider's Content Credentials into a picture."""
    data = picture(kind, size=size)
    if kind == "PNG":
        return data[:33] + chunk(b"caBX", content) + data[33:]
    if kind == "JPEG":
        content = b"JP\0\1\0\0\0\1" + content
        return data[:2] + struct.pack(">BBH", 0xFF, 0xEB, len(content) + 2) + content + data[2:]
    content += b"\0" * (len(content) % 2)
    body = data[12:] + b"C2PA" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


CREDENTIALS = b"jumb c2pa.actions digitalSourceType http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_whose_credentials_tell_what_it_is_stays_as_it_is(kind: str) -> None:
    data = with_credentials(kind, CREDENTIALS + b"trainedAlgorithmicMedia")

    assert term_of(data) == TRAINED
    assert mark(data, FLUX) == data


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("content", [b"jumb c2pa", CREDENTIALS + b"digitalCapture"])
def test_credentials_that_do_not_tell_are_kept_beside_the_mark(kind: str, content: bytes) -> None:
    data = with_credentials(kind, content)

    marked = mark(data, FLUX)

    assert marks_of(marked) == SAID
    assert content in marked


def test_credentials_that_tell_of_a_source_too_tell_of_the_whole() -> None:
    terms = (b"digitalCapture", b"compositeWithTrainedAlgorithmicMedia")
    data = with_credentials("PNG", b" ".join(CREDENTIALS + term for term in terms))

    assert term_of(data) == COMPOSITE_WITH_TRAINED


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_xmp_that_does_not_tell_gives_way(kind: str) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">by a machine</x:xmpmeta>'
    if kind == "PNG":
        data = picture()
        data = data[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp) + data[33:]
    else:
        data = picture(kind, xmp=xmp)

    marked = mark(data, FLUX)

    assert marks_of(marked) == SAID
    assert b"by a machine" not in marked
    assert pixels(marked) == pixels(data)


@pytest.mark.parametrize(
    ("packet", "term"),
    [
        (f"<x>{TERMS}trainedAlgorithmicMedia</x>", TRAINED),
        (f'<x resource="{TERMS.replace("http:", "https:")}digitalCapture"/>', "digitalCapture"),
        ('DigitalSourceType="my holiday"', None),
        (TERMS, None),
        ("http://cv.iptc.org/newscodes/scene/010100", None),
        ("", None),
    ],
)
def test_only_the_terms_of_iptc_tell_how_a_picture_came_to_be(
    packet: str, term: str | None
) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        assert term_of(with_xmp(picture(kind), packet.encode())) == term


def test_a_png_with_a_longer_header_is_marked_behind_it() -> None:
    data = picture()
    longer = data[:8] + chunk(b"IHDR", data[16:29] + b"more") + data[33:]

    marked = mark(longer, FLUX)

    assert marks_of(marked) == SAID
    assert pixels(marked) == pixels(data)


def test_words_in_another_place_are_no_mark() -> None:
    prompt = CREDENTIALS + b"trainedAlgorithmicMedia"
    data = picture()
    data = data[:33] + chunk(b"tEXt", b"prompt\0" + prompt) + data[33:]

    assert term_of(data) is None
    assert marks_of(mark(data, PAINTER))["xmp:CreatorTool"] == "painter-1"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x89PNG", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd8\xff",
        b"RIFF", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a", b"<svg/>",
        b"\xff\xd8" + 50 * b"\xff",
    ],
)  # fmt: skip
def test_what_is_no_picture_stays_as_it_is(data: bytes) -> None:
    assert mark(data, FLUX) == data


@given(
    st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP8X"]
    ),
    st.binary(max_size=60),
)
def test_no_bytes_make_marking_fail(start: bytes, rest: bytes) -> None:
    assert len(mark(start + rest, FLUX)) >= len(start)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("copy", ["PNG", "JPEG", "WEBP"])
def test_a_copy_tells_what_its_original_tells(kind: str, copy: str) -> None:
    told = mark(picture(kind), Origin(TRAINED, FLUX.maker, "a fox"))
    sealed = with_credentials(kind, CREDENTIALS + b"trainedAlgorithmicMedia")

    assert marks_of(mark_copy(picture(copy), told, PAINTER)) == {
        **SAID, "Iptc4xmpExt:AIPromptInformation": "a fox"
    }  # fmt: skip
    assert marks_of(mark_copy(picture(copy), sealed, FLUX)) == SAID
    assert marks_of(mark_copy(picture(copy), sealed, None)) == {
        "Iptc4xmpExt:DigitalSourceType": f"{TERMS}trainedAlgorithmicMedia"
    }
    assert marks_of(mark_copy(picture(copy), picture(kind), FLUX)) == SAID
    assert mark_copy(picture(copy), picture(kind), None) == picture(copy)


def test_a_packet_that_is_too_long_for_a_copy_is_not_taken_over() -> None:
    term = CREDENTIALS + b"trainedAlgorithmicMedia"
    original = picture("WEBP", xmp=b"<x>" + term + b" " * 70_000 + b"</x>")

    assert marks_of(mark_copy(picture("JPEG"), original, FLUX)) == SAID
