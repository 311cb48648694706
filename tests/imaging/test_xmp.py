"""XMP, written into the files of pictures."""

import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from image_generation.imaging.xmp import (
    DIGITAL_SOURCE_TYPE,
    SOURCE_TYPES,
    packet_of,
    with_xmp,
)
from tests.pictures.files import encoded, quarters, srgb

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
TRAINED = f"{SOURCE_TYPES}trainedAlgorithmicMedia"
PACKET = packet_of({DIGITAL_SOURCE_TYPE: TRAINED})
CLEAR = quarters().convert("RGBA")
CLEAR.putalpha(128)
JPEG = encoded(quarters(), "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(quarters()), id="PNG"),
        pytest.param(JPEG, id="JPEG"),
        pytest.param(JPEG[:2] + JPEG[20:], id="JPEG without JFIF"),
        pytest.param(encoded(quarters(), "WEBP"), id="lossy WebP"),
        pytest.param(encoded(CLEAR, "WEBP"), id="lossy WebP with alpha"),
        pytest.param(encoded(quarters(), "WEBP", lossless=True), id="lossless WebP"),
        pytest.param(encoded(CLEAR, "WEBP", lossless=True), id="lossless WebP with alpha"),
        pytest.param(encoded(quarters(), "WEBP", icc_profile=srgb()), id="WebP with a profile"),
    ],
)
def test_a_packet_is_found_again_and_the_pixels_are_the_same(data: bytes) -> None:
    marked = with_xmp(data, PACKET)

    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(marked)) as after:
        assert after.info["xmp"] == PACKET
        assert (after.mode, after.size, after.tobytes()) == (
            before.mode,
            before.size,
            before.tobytes(),
        )
        assert after.info.get("icc_profile") == before.info.get("icc_profile")


@pytest.mark.parametrize("value", [TRAINED, '"/><script>&'])
def test_a_packet_is_xml_that_gives_the_value(value: str) -> None:
    packet = ET.fromstring(packet_of({DIGITAL_SOURCE_TYPE: value}))  # noqa: S314 - ours

    [description] = packet.iter(f"{RDF}Description")
    assert description.attrib == {f"{RDF}about": "", f"{IPTC}DigitalSourceType": value}
