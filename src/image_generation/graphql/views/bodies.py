"""The body of a request, which is read no further than it may go."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from cross_web import FormData, StarletteRequestAdapter
from starlette.requests import Request
from typing_extensions import override

from image_generation.graphql.views.bounds import Bounds
from image_generation.graphql.views.contexts import OperationContext
from image_generation.graphql.views.forms import receive_form
from image_generation.graphql.views.refusals import RefusalError


class BoundedRequest(StarletteRequestAdapter):
    """A request whose body ends where its bounds do."""

    def __init__(self, request: Request, bounds: Bounds) -> None:
        super().__init__(request)
        self._bounds = bounds

    @override
    async def get_body(self) -> bytes:
        body = bytearray()
        async with aclosing(self._chunks(self._bounds.body_size)) as chunks:
            async for chunk in chunks:
                body += chunk
        return bytes(body)

    @override
    async def get_form_data(self) -> FormData:
        """Receive a form; its files are closed when the request is answered."""
        close_at_end = self._request.state.belongings.push_async_callback
        async with aclosing(self._chunks(self._bounds.form_size)) as chunks:
            return await receive_form(
                self.content_type or "", chunks, self._bounds.files_per_form, close_at_end
            )

    async def _chunks(self, limit: int) -> AsyncGenerator[bytes, None]:
        """Pass the body on, or refuse it as soon as it is known to be too much."""
        declared = self.headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() else 0
        _admit(size, limit)
        context: OperationContext = self._request.state.context
        context.expect(size)
        size = 0
        async for chunk in self._stream():
            size += len(chunk)
            _admit(size, limit)
            context.receive(len(chunk))
            yield chunk

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        """Pass the body on as it arrives, or refuse it when it takes too long for what it is."""
        deadline = asyncio.get_running_loop().time() + self._bounds.body_timeout
        stream = aiter(self._request.stream())
        while True:
            async with _until(deadline):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            if chunk:
                deadline += len(chunk) / self._bounds.slowest
                yield chunk


@asynccontextmanager
async def _until(deadline: float) -> AsyncGenerator[None, None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise RefusalError(408, "The request took too long to arrive.") from error


def _admit(size: int, limit: int) -> None:
    if size > limit:
        raise RefusalError(413, f"The request is too large: at most {limit} bytes.")
