"""GraphQL over HTTP and server-sent events, clean to the specification."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from math import ceil
from typing import Any, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry import Schema
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.streaming import SSETransport
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from typing_extensions import override

from image_generation.domain.errors import ErrorCode, RateLimited
from image_generation.graphql.errors import is_request_error, public_error
from image_generation.graphql.explorer import Explorer
from image_generation.graphql.views.bodies import BoundedRequest
from image_generation.graphql.views.bounds import Bounds
from image_generation.graphql.views.contexts import (
    Introduction,
    MakeContext,
    OperationContext,
)
from image_generation.graphql.views.interruptions import (
    Chunks,
    breaking_off,
    until_broken_off,
    while_known,
)
from image_generation.graphql.views.json import decode, encode
from image_generation.graphql.views.negotiation import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    PAGE,
    answer_type,
)
from image_generation.graphql.views.refusals import RefusalError, refusal_of
from image_generation.graphql.views.requests import read_request
from image_generation.graphql.views.sockets import BoundedSocket
from image_generation.graphql.views.websocket import TransportHandler

METHODS = ("GET", "POST")

_STATUSES = {
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
}
"""Which status a code has; the others have 400."""


class GraphQLView(GraphQL[OperationContext | Introduction, None]):
    """One endpoint for every transport.

    Whatever is wrong with a request, the answer is JSON in the shape of a GraphQL response.
    """

    graphql_transport_ws_handler_class = TransportHandler

    def __init__(
        self,
        schema: Schema,
        make_context: MakeContext,
        *,
        explorer: Explorer | None = None,
        bounds: Bounds | None = None,
        allowed_origins: tuple[str, ...] = (),
    ) -> None:
        bounds = bounds or Bounds()
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=bounds.init_timeout),
            max_subscriptions_per_connection=bounds.operations_per_socket,
            allowed_origins=allowed_origins,
        )
        # Any callable will do; Strawberry's annotation narrows it to its own class.
        self.request_adapter_class = partial(BoundedRequest, bounds=bounds)  # type: ignore[assignment]
        self.websocket_adapter_class = partial(BoundedSocket, confirmation=bounds.confirmation)  # type: ignore[assignment]
        self._event_stream = SSETransport(bounds.confirmation)
        self._stream_transport_map = {SSETransport.protocol: self._event_stream}
        self._make_context = make_context
        self._explorer = explorer

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        async with AsyncExitStack() as request.state.belongings:
            response = await self._answer(request)
            await response(scope, receive, send)

    @override
    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> OperationContext | Introduction:
        if isinstance(request, WebSocket):
            return Introduction(request, self._make_context)
        context = self._make_context(request, request.headers.get("authorization"))
        request.state.context = context
        return context

    @override
    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        return False  # the explorer does that, before Strawberry is asked

    @override
    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        streamed = answer_type(request.headers.get("accept", "")) == EVENT_STREAM
        return await read_request(request, "sse" if streamed else "http")

    @override
    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """Leave out `data` when nothing was executed, and remember that for the status."""
        answer = await super().process_result(request, result)
        if is_request_error(result):
            answer.pop("data", None)
            request.state.status = _status(result.errors or [])
        return answer

    @override
    async def execute_operation(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Execute; a stream of results breaks off when the service stops.

        Strawberry leaves a stream that nobody reads any more to the garbage collector.
        """
        result = await super().execute_operation(request, *args, **kwargs)
        if not isinstance(result, AsyncGenerator):
            return result
        results = breaking_off(result)
        request.state.belongings.push_async_callback(results.aclose)
        return results

    @override
    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """Stream; whatever ends it, it is closed before its results are."""
        chunks = cast("Chunks", stream())  # it is typed as less than it is
        known = while_known(until_broken_off(chunks), request.state.context, self._last_event)
        request.state.belongings.push_async_callback(known.aclose)
        return await super().create_streaming_response(
            request, lambda: known, sub_response, headers
        )

    @override
    def encode_json(self, data: object) -> bytes:
        return encode(data)

    @override
    def decode_json(self, data: str | bytes) -> object:
        return decode(data)

    async def _answer(self, request: Request) -> Response:
        page = self._explorer is not None and _asks_for_nothing(request)
        kind = answer_type(request.headers.get("accept", ""), page=page)
        try:
            response = await self._run(request, kind)
        except ClientDisconnect:
            response = Response(status_code=400)  # nobody is there to read it
        except RefusalError as refusal:
            response = Response(encode(refusal.body), refusal.status, refusal.headers, JSON)
        except Exception as error:  # noqa: BLE001 - whatever happens, the answer is JSON and masked
            response = self._failure(error)
        return _labelled(response, kind)

    async def _run(self, request: Request, kind: str | None) -> Response:
        if request.method not in METHODS:
            message = f"{request.method} is not a method of GraphQL. Use GET or POST."
            raise RefusalError(405, message, headers={"allow": ", ".join(METHODS)})
        if kind is None:
            offered = f"{GRAPHQL_JSON}, {JSON} and {EVENT_STREAM}"
            raise RefusalError(406, f"No acceptable media type. There are {offered}.")
        if self._explorer and kind == PAGE:
            return self._explorer.page()
        try:
            response = await self.run(request)
        except HTTPException as error:
            raise refusal_of(error) from error
        if kind == GRAPHQL_JSON:
            response.status_code = getattr(request.state, "status", response.status_code)
        return response

    def _last_event(self, error: GraphQLError) -> str:
        told = self._event_stream.encode_next(
            {"errors": [error.formatted]}, self.encode_json_string
        )
        return told + self._event_stream.encode_complete()

    def _failure(self, error: Exception) -> Response:
        told = public_error(error)
        status = _status([told])
        headers = {"www-authenticate": "Bearer"} if status == 401 else {}
        if isinstance(error, RateLimited):
            headers["retry-after"] = str(ceil(error.retry_after))
        return Response(encode({"errors": [told.formatted]}), status, headers, JSON)


def _asks_for_nothing(request: Request) -> bool:
    members = {"query", "documentId", "extensions"}
    return request.method == "GET" and members.isdisjoint(request.query_params)


def _status(errors: Sequence[GraphQLError]) -> int:
    """Choose the status of an answer without data by whose fault it was."""
    codes = [(error.extensions or {}).get("code") for error in errors]
    return next((status for code, status in _STATUSES.items() if code in codes), 400)


def _labelled(response: Response, kind: str | None) -> Response:
    """Name the JSON as the client asked for it; an error of a stream is plain JSON."""
    if response.headers.get("content-type", "").startswith(JSON):
        media_type = GRAPHQL_JSON if kind == GRAPHQL_JSON else JSON
        response.headers["content-type"] = f"{media_type}; charset=utf-8"
    response.headers.add_vary_header("Accept")
    return response
