"""Files as they come in: parts of a multipart request, or base64 in a variable."""

import asyncio
import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile

from image_generation.domain.errors import InvalidInput

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A file that was sent as a part; it lies on disk unless it is small."""

    name: str
    file: UploadFile

    async def read(self, limit: int) -> bytes:
        """Return its bytes; a part may stand for several values, and each reads it anew."""
        _check_size(self.name, self.file.size or 0, limit)
        await self.file.seek(0)
        return await self.file.read()


@dataclass(frozen=True, slots=True)
class Base64:
    """A file that was sent in base64, as it is or as a data URL."""

    name: str
    text: str = field(repr=False)

    async def read(self, limit: int) -> bytes:
        """Return its bytes."""
        return await asyncio.to_thread(self._decoded, limit)

    def _decoded(self, limit: int) -> bytes:
        start = _DATA_URL.match(self.text)
        text = "".join(self.text[start.end() if start else 0 :].split())
        _check_size(self.name, len(text) * 3 // 4 - text.endswith("=") - text.endswith("=="), limit)
        try:
            return b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            right = "Give the bytes of the file in base64, or a data URL."
            raise InvalidInput(self.name, "The text is not base64.", right) from error


def part(name: str, value: object) -> Part:
    """Take a value of the type Upload, or raise `InvalidInput`: it may be anything."""
    if not isinstance(value, UploadFile):
        right = "Send the operation as multipart/form-data and map a file to this variable."
        raise InvalidInput(name, "There is no file.", right)
    return Part(name, value)


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise InvalidInput(name, f"{size} bytes are too many.", f"Give at most {limit} bytes.")
