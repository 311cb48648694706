"""The files that are uploaded to Replicate for predictions, and the pictures that inputs name."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from starlette.requests import Request

from tests.servers.forms import parts_of

Body = dict[str, object]

PICTURE_INPUTS = ("image", "mask", "input_image", "input_images", "images")
_LARGEST_INLINE = 256 * 1024
_MEDIA_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


@dataclass
class Files:
    """What was uploaded, and what was deleted of it; `api` is the address of the API."""

    api: str
    kept: dict[str, Body] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    _contents: dict[str, bytes] = field(default_factory=dict)

    async def take(self, request: Request) -> Body:
        """Keep a file that comes in a form; it must say what it is."""
        [part] = await parts_of(request)
        assert (part.key, part.open().format) == ("content", _MEDIA_TYPES[part.media_type])
        id = f"file{len(self._contents)}"
        self._contents[id] = part.data
        self.kept[id] = {
            "id": id,
            "name": part.name,
            "content_type": part.media_type,
            "size": len(part.data),
            "etag": id,
            "checksums": {"sha256": sha256(part.data).hexdigest()},
            "metadata": {},
            "created_at": "2026-11-22T07:35:45.262Z",
            "expires_at": "2026-11-23T07:35:45.262Z",
            "urls": {"get": f"{self.api}/v1/files/{id}"},
        }
        return self.kept[id]

    def delete(self, id: str) -> bool:
        """Delete a file; say whether it was there."""
        self.deleted.append(id)
        return self.kept.pop(id, None) is not None

    def open(self, url: str) -> Image.Image | None:
        """Return the picture that an input names, if it can be had."""
        head, _, body = url.partition(";base64,")
        if head.startswith("data:image/") and len(body) <= _LARGEST_INLINE * 4 / 3 + 4:
            return _opened(base64.b64decode(body), head.removeprefix("data:"))
        id = url.removeprefix(f"{self.api}/v1/files/")
        kept = self.kept.get(id)
        return _opened(self._contents[id], f"{kept['content_type']}") if kept else None

    def lost_in(self, values: Mapping[str, object]) -> list[str]:
        """Name the inputs whose pictures cannot be had."""
        return [
            name for name in PICTURE_INPUTS for url in urls_in(values, name) if not self.open(url)
        ]


def urls_in(values: Mapping[str, object], name: str) -> list[str]:
    """Return the links of an input, which may be one or a list."""
    value = values.get(name, [])
    return [f"{url}" for url in value] if isinstance(value, list) else [f"{value}"]


def _opened(data: bytes, media_type: str) -> Image.Image | None:
    try:
        picture = Image.open(BytesIO(data))
    except UnidentifiedImageError:
        return None
    return picture if picture.format == _MEDIA_TYPES.get(media_type) else None
