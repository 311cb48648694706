"""Pictures that are sent along: whole and garbled, in base64 and as files."""

import base64
import io
import json
from typing import Any

from PIL import Image

from tests.fuzz.chance import Chance
from tests.fuzz.visitor import Visitor
from tests.fuzz.world import Outcome

_KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "ICO")
_MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16")
_BOUNDARY = "frontier"

_UPLOAD = """
mutation ($image: ImageSource!) { uploadImage(input: {image: $image}) { image { id url } } }
"""
_IMG2IMG = """
mutation ($image: ImageSource!) {
  img2img(input: {image: $image, prompt: "winter", width: 256, height: 256, wait: false}) {
    generation { id }
  }
}
"""
_INPAINT = """
mutation ($image: ImageSource!, $mask: ImageSource!) {
  inpaint(input: {image: $image, mask: $mask, prompt: "a boat", wait: false}) { generation { id } }
}
"""


def picture(chance: Chance) -> bytes:
    """Make a file of a picture; most are garbled."""
    size = (chance.choice((1, 16, 64, 256, 300)), chance.choice((1, 16, 64, 256, 300)))
    kind, mode = chance.choice(_KINDS[:3] if chance.happens(0.8) else _KINDS), chance.choice(_MODES)
    file = io.BytesIO()
    try:
        Image.effect_noise(size, 60).convert(mode).save(file, kind)
    except (OSError, ValueError):  # not every kind of file takes every mode
        Image.new("RGB", size, "teal").save(file, "PNG")
    data = file.getvalue()
    return chance.garbled(data) if chance.happens(0.6) else data


def _operation(chance: Chance) -> tuple[str, list[str]]:
    return chance.choice(
        ((_UPLOAD, ["image"]), (_IMG2IMG, ["image"]), (_INPAINT, ["image", "mask"]))
    )


async def base64_coded(visitor: Visitor) -> Outcome:
    """Send pictures within JSON."""
    chance = visitor.chance
    query, names = _operation(chance)
    texts = {name: base64.b64encode(picture(chance)).decode() for name in names}
    if chance.happens(0.1):
        texts = {name: chance.garbled_text(text) for name, text in texts.items()}
    variables = {name: {"base64": text} for name, text in texts.items()}
    content = json.dumps({"query": query, "variables": variables}).encode()
    return await visitor.send("POST", "/graphql", {"content-type": "application/json"}, content)


async def form(visitor: Visitor) -> Outcome:
    """Send pictures as files beside the operation."""
    chance = visitor.chance
    query, names = _operation(chance)
    operations = {"query": query, "variables": {name: {"upload": None} for name in names}}
    places: Any = {str(n): [f"variables.{name}.upload"] for n, name in enumerate(names)}
    if chance.happens(0.1):
        places = chance.anything()
    parts = [("operations", json.dumps(operations).encode()), ("map", json.dumps(places).encode())]
    parts += [(str(n), picture(chance)) for n, _ in enumerate(names)]
    if chance.happens(0.1):
        chance.shuffle(parts)
    content = b"".join(_part(chance, name, data) for name, data in parts)
    content += f"--{_BOUNDARY}--\r\n".encode()
    if chance.happens(0.15):
        content = chance.garbled(content)
    headers = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    if chance.happens(0.95):
        headers["graphql-require-preflight"] = "1"
    return await visitor.send("POST", "/graphql", headers, content)


def _part(chance: Chance, name: str, data: bytes) -> bytes:
    file = '; filename="p.png"' if name.isdigit() and chance.happens(0.95) else ""
    head = f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + data + b"\r\n"
