"""What a picture's file tells of its origin, read with Pillow and an XML parser."""

import io
import xml.etree.ElementTree as ET

from PIL import Image

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_NAMES = {
    "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}": "Iptc4xmpExt:",
    "{http://ns.adobe.com/xap/1.0/}": "xmp:",
}
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def marks_of(data: bytes) -> dict[str, str]:
    """Return the properties of the file's XMP; none when it has no XMP."""
    with Image.open(io.BytesIO(data)) as image:
        packet = image.info.get("xmp")
    if packet is None:
        return {}
    root = ET.fromstring(packet)  # noqa: S314 - it is written by us
    told: dict[str, str] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            space, _, local = name.rpartition("}")
            if f"{space}}}" != _RDF:
                told[_NAMES[f"{space}}}"] + local] = value
    return told
