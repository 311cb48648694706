"""The calls, made with OpenAI's SDK; to import it takes most of a second.

Nothing is repeated here: a call whose answer was not seen may have been paid for.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2
import openai
import structlog
from openai.types import ImageEditStreamEvent, ImageGenStreamEvent

from image_generation.domain.errors import (
    ProviderError,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
)
from image_generation.domain.json import JsonValue
from image_generation.providers.base import ProviderJob
from image_generation.providers.frames import Framed, Frames
from image_generation.providers.models import ModelSpec
from image_generation.providers.openai.answers import Answer, Unreadable, parse, parse_event
from image_generation.providers.openai.complaints import (
    PROVIDER,
    Complaint,
    as_word,
    as_words,
    retry_after,
)
from image_generation.providers.prices import PARTIAL_IMAGES

_log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 10.0
_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)
_REQUEST_ID = re.compile(r"req_[0-9a-f]{1,64}")
_NO_SUCH_MODEL = re.compile(r"\bmodel\b.{1,200}\bdoes not exist\b", re.IGNORECASE)


_File = tuple[str, bytes, str]
_Events = openai.AsyncStream[ImageGenStreamEvent] | openai.AsyncStream[ImageEditStreamEvent]


class Calls:
    """Talks to one server. `who` is its name in errors; `timeout` is in seconds of silence."""

    def __init__(self, who: str, api_key: str | None, base_url: str, timeout: float) -> None:
        self._who = who
        # Key and address are always given: the SDK would look for them in the environment.
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            max_retries=0,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
        )

    async def generate(
        self, model: ModelSpec, body: Mapping[str, JsonValue], frames: Frames | None = None
    ) -> Answer:
        """Make one picture, from others where there are frames, or raise a `ProviderError`."""
        prompt, rest = _split(body)
        with self._translated(model, frames):
            images = self._client.images.with_raw_response
            if frames is None:
                response = await images.generate(prompt=prompt, extra_body=rest)
            else:
                source, mask = _files(model, frames)
                response = await images.edit(
                    image=source, mask=mask, prompt=prompt, extra_body=rest
                )
            return await asyncio.to_thread(parse, response.content)

    async def stream(
        self,
        model: ModelSpec,
        body: Mapping[str, JsonValue],
        job: ProviderJob,
        frames: Frames | None = None,
    ) -> Answer:
        """Make one picture and show it on the way, or raise a `ProviderError`.

        A stream that breaks off ends like one that is complete: only the last event tells.
        """
        with self._translated(model, frames):
            events = await self._events(model, body, frames)
            async with events:
                async for event in events:
                    frame = await asyncio.to_thread(parse_event, event)
                    if frame is None:
                        continue
                    if frame.number is None:
                        return Answer(frame.data, None, None, frame.usage)
                    job.preview(frame.data)
                    job.progress(min(frame.number, PARTIAL_IMAGES) / (PARTIAL_IMAGES + 1))
            raise Unreadable

    async def _events(
        self, model: ModelSpec, body: Mapping[str, JsonValue], frames: Frames | None
    ) -> _Events:
        prompt, rest = _split(body)
        images = self._client.images
        if frames is None:
            return await images.generate(
                prompt=prompt, stream=True, partial_images=PARTIAL_IMAGES, extra_body=rest
            )
        source, mask = _files(model, frames)
        return await images.edit(
            image=source,
            mask=mask,
            prompt=prompt,
            stream=True,
            partial_images=PARTIAL_IMAGES,
            extra_body=rest,
        )

    async def models(self, model: ModelSpec) -> bytes:
        """List the models, or raise a `ProviderError`."""
        with self._translated(model):
            response = await self._client.models.with_raw_response.list()
            return response.content

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.close()

    @contextmanager
    def _translated(self, model: ModelSpec, frames: Frames | None = None) -> Iterator[None]:
        """Turn the SDK's errors into ours.

        They are not kept as causes: their texts and requests hold prompts and keys.
        """
        try:
            yield
        except openai.APIConnectionError as error:
            raise self._cut(error) from None
        except openai.APIError as error:
            complaint = _complaint(error, self._who, model, edits=frames is not None)
            _log.warning(
                "provider_complained",
                status=complaint.status,
                code=complaint.code,
                type=complaint.type,
                param=complaint.param,
                request_id=_request_id(error),
            )
            raise complaint.error() from None
        except ValueError:
            # Broken JSON comes as a ValueError from the SDK, too. The call itself had succeeded.
            message = f"{self._who} answered, and the picture is not in the answer."
            raise ResultLost(message, provider=PROVIDER, charged=None) from None

    def _cut(self, error: openai.APIConnectionError) -> ProviderError:
        if isinstance(error.__cause__, _NOT_SENT):
            return ProviderUnavailable(f"{self._who} cannot be reached.", provider=PROVIDER)
        if isinstance(error, openai.APITimeoutError):
            message = f"{self._who} did not answer in time."
            return ProviderTimedOut(message, provider=PROVIDER, charged=None)
        message = f"The connection to {self._who} broke while the picture was being made."
        return ResultLost(message, provider=PROVIDER, charged=None)


def _request_id(error: openai.APIError) -> str | None:
    """Return what OpenAI's support asks for."""
    found = getattr(error, "request_id", None)
    return found if found and _REQUEST_ID.fullmatch(found) else None


def _lacks_model(error: openai.APIError) -> bool:
    """Whether the text says that there is no such model; OpenAI gives no code for a retired one."""
    refused = isinstance(error, openai.BadRequestError | openai.NotFoundError)
    return refused and error.code is None and _NO_SUCH_MODEL.search(error.message) is not None


def _files(model: ModelSpec, frames: Frames) -> tuple[_File | list[_File], _File | openai.Omit]:
    """Name the files and say what they are: without that they are refused."""
    source = _file("source", frames.source)
    mask = openai.omit if frames.mask is None else _file("mask", frames.mask)
    return [source] if model.source_is_list else source, mask


def _file(name: str, picture: Framed) -> _File:
    return f"{name}.{picture.format.lower()}", picture.data, picture.format.media_type


def _split(body: Mapping[str, JsonValue]) -> tuple[str, dict[str, JsonValue]]:
    return str(body["prompt"]), {key: value for key, value in body.items() if key != "prompt"}


def _complaint(error: openai.APIError, who: str, model: ModelSpec, *, edits: bool) -> Complaint:
    body = error.body if isinstance(error.body, Mapping) else {}
    details = body.get("moderation_details")
    details = details if isinstance(details, Mapping) else {}
    response = error.response if isinstance(error, openai.APIStatusError) else None
    return Complaint(
        who=who,
        model=model,
        edits=edits,
        status=response.status_code if response else None,
        code="model_not_found" if _lacks_model(error) else as_word(error.code),
        type=as_word(error.type),
        param=as_word(error.param),
        stage=as_word(details.get("moderation_stage")),
        categories=as_words(details.get("categories")),
        retry_after=retry_after(response.headers) if response else None,
    )
