"""The pictures that go with a prediction: within its input while small, else uploaded before.

An upload costs nothing. It is deleted when the prediction has ended, and expires if it is not.
"""

import asyncio
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from image_generation.domain.generations import Operation
from image_generation.domain.json import JsonValue
from image_generation.providers.base import ProviderRequest
from image_generation.providers.frames import Framed, frames_of
from image_generation.providers.models import ModelSpec
from image_generation.providers.replicate.faults import Fault, Refused, Unreadable

if TYPE_CHECKING:
    from image_generation.providers.replicate.wire import Answer, Wire

_log = structlog.get_logger(__name__)

LARGEST_INLINE = 256 * 1024
"""Bytes of a picture that may go within the input; Replicate asks to upload what is larger."""

_FILE = re.compile(r".*/v1/files/([A-Za-z0-9_-]{1,100})")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture and the input that it is for, which may want a list of them."""

    input: str
    picture: Framed
    in_list: bool = False

    @property
    def data_url(self) -> str:
        """The picture itself, as a URL."""
        data = b64encode(self.picture.data).decode()
        return f"data:{self.picture.format.media_type};base64,{data}"

    def written(self, url: str) -> JsonValue:
        """Return the value of the input."""
        return [url] if self.in_list else url

    async def is_shown_in(self, values: Mapping[str, JsonValue], wire: "Wire") -> bool | None:
        """Whether a prediction's input has this picture; None when that cannot be told."""
        url = _url_in(values.get(self.input))
        if url is None:
            return False
        if url.startswith("data:"):
            return url == self.data_url
        if (file_id := _file_id(url)) is None:
            return None
        return await self._is_file(file_id, wire)

    async def _is_file(self, file_id: str, wire: "Wire") -> bool | None:
        try:
            checksums = (await wire.file(file_id)).get("checksums")
        except Refused as fault:
            if fault.status == 404:
                return None
            raise
        theirs = checksums.get("sha256") if isinstance(checksums, dict) else None
        return None if theirs is None else theirs == sha256(self.picture.data).hexdigest()


async def attachments_of(model: ModelSpec, request: ProviderRequest) -> list[Attachment]:
    """Bring the pictures of a request into form, or raise `ProviderRejected`."""
    if request.operation is Operation.TEXT_TO_IMAGE:
        return []
    frames = await frames_of(request, model.mask, "replicate")
    names = model.parameter_names
    attachments = [Attachment(names["source"], frames.source, model.source_is_list)]
    if frames.mask is not None:
        attachments.append(Attachment(names["mask"], frames.mask))
    return attachments


async def attached(attachments: Iterable[Attachment], wire: "Wire") -> dict[str, JsonValue]:
    """Return the inputs for pictures; uploads those that are large, or raises a `Fault`."""
    return {it.input: it.written(await _url_of(it, wire)) for it in attachments}


async def forget(values: Mapping[str, JsonValue] | None, wire: "Wire") -> None:
    """Delete the uploads that an input names, as far as that succeeds."""
    urls = map(_url_in, (values or {}).values())
    ids = {file_id for url in urls if url and (file_id := _file_id(url))}
    await asyncio.gather(*(_delete(file_id, wire) for file_id in ids))


async def _url_of(attachment: Attachment, wire: "Wire") -> str:
    if len(attachment.picture.data) <= LARGEST_INLINE:
        return await asyncio.to_thread(lambda: attachment.data_url)
    return _link_of(await wire.upload(attachment.input, attachment.picture))


def _link_of(file: "Answer") -> str:
    urls = file.get("urls")
    link = urls.get("get") if isinstance(urls, dict) else None
    if not isinstance(link, str):
        raise Unreadable
    return link


async def _delete(file_id: str, wire: "Wire") -> None:
    try:
        await wire.delete(file_id)
    except Fault as fault:
        _log.info("upload_left_to_expire", file=file_id, fault=type(fault).__name__)


def _url_in(value: JsonValue) -> str | None:
    """Return the URL in an input that wants one, or a list of one."""
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
        [value] = value
    return value if isinstance(value, str) else None


def _file_id(url: str) -> str | None:
    match = _FILE.fullmatch(urlsplit(url).path)
    return match[1] if match else None
