"""Replicate's API through its SDK, with the answers as they came over the wire.

The SDK (1.x) cannot read every answer ("aborted" is one), drops the headers and the fields of
errors, repeats a GET as long as it is told to, and gives a creation no time limit at all. Its
transport is the place where all of this can be had right without touching the SDK.

Importing the SDK takes half a second, so this module is imported on first use.
"""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from io import BytesIO

import httpx
import orjson
from replicate.client import Client
from typing_extensions import override

from image_generation.domain.json import JsonValue
from image_generation.providers.frames import Framed
from image_generation.providers.replicate.faults import (
    Refused,
    TooSlow,
    Unanswered,
    Unreadable,
    Unsent,
)
from image_generation.providers.replicate.references import Reference

Answer = dict[str, JsonValue]
"""A JSON object as it came."""

_NO_CONTENT = 204

_HEARD: ContextVar[list[JsonValue]] = ContextVar("heard")
"""Where the answer of the call that runs in this context goes."""


class Wire:
    """Replicate's API; each call gives the answer's JSON object or raises a `Fault`."""

    def __init__(self, api_token: str, base_url: str, seconds: float) -> None:
        self._transport = _Transport(seconds)
        self._client = Client(api_token, base_url=base_url, transport=self._transport)

    async def create(self, model: Reference, values: Mapping[str, JsonValue]) -> Answer:
        """Ask for a prediction; it is sent once."""
        if model.pinned is not None:
            return await _answer(self._client.predictions.async_create(model.pinned, dict(values)))
        official = self._client.models.predictions
        return await _answer(official.async_create(model.model or "", dict(values)))

    async def get(self, prediction_id: str) -> Answer:
        """Ask how a prediction stands."""
        return await _answer(self._client.predictions.async_get(prediction_id))

    async def cancel(self, prediction_id: str) -> Answer:
        """Stop a prediction."""
        return await _answer(self._client.predictions.async_cancel(prediction_id))

    async def page(self, cursor: str | None) -> Answer:
        """List predictions, the newest first."""
        if cursor is None:
            return await _answer(self._client.predictions.async_list())
        path = f"/v1/predictions?{httpx.QueryParams(cursor=cursor)}"
        return await _answer(self._client.predictions.async_list(path))

    async def upload(self, name: str, picture: Framed) -> Answer:
        """Keep a picture there for a prediction to come."""
        call = self._client.files.async_create(
            BytesIO(picture.data),
            filename=f"{name}.{picture.format.lower()}",
            content_type=picture.format.media_type,
        )
        return await _answer(call)

    async def file(self, file_id: str) -> Answer:
        """Ask what an upload is."""
        return await _answer(self._client.files.async_get(file_id))

    async def delete(self, file_id: str) -> None:
        """Delete an upload."""
        await _answer(self._client.files.async_delete(file_id))

    async def account(self) -> Answer:
        """Ask whose token it is."""
        return await _answer(self._client.accounts.async_current())

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._transport.aclose()


async def _answer(call: Awaitable[object]) -> Answer:
    heard: list[JsonValue] = []
    token = _HEARD.set(heard)
    try:
        # What the SDK makes of the answer is not used, so that it may fail to read it.
        with suppress(ValueError, TypeError, LookupError, AttributeError):
            await call
    finally:
        _HEARD.reset(token)
    if not heard or not isinstance(heard[-1], dict):
        raise Unreadable
    return heard[-1]


class _Transport(httpx.AsyncBaseTransport):
    """Puts a time limit on every call, and turns what is no answer into a `Fault`.

    A fault passes through the SDK, which would otherwise repeat the call or lose the details.
    """

    def __init__(self, seconds: float) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self._timeout = httpx.Timeout(seconds, connect=5.0)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["timeout"] = self._timeout.as_dict()
        try:
            response = await self._inner.handle_async_request(request)
            try:
                body = await response.aread()
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unsent from error
        except httpx.TimeoutException as error:
            raise TooSlow from error
        except httpx.RequestError as error:
            raise Unanswered from error
        return _heard(response, body)

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def _heard(response: httpx.Response, body: bytes) -> httpx.Response:
    try:
        answer: JsonValue = {} if response.status_code == _NO_CONTENT else orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if response.is_success:
            raise Unreadable from error
        answer = None
    if not response.is_success:
        raise Refused(response.status_code, response.headers, answer)
    _HEARD.get().append(answer)
    return httpx.Response(response.status_code, content=body)
