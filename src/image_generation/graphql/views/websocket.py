"""GraphQL over WebSockets: graphql-transport-ws as its PROTOCOL.md has it."""

import asyncio
from contextlib import suppress
from typing import Any

from graphql import GraphQLError, GraphQLFormattedError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.schema.schema import StreamResult
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    ErrorMessage,
    Message,
    PingMessage,
    PongMessage,
    SubscribeMessage,
)
from strawberry.types import ExecutionResult
from strawberry.utils.aio import aclosing
from typing_extensions import override

from image_generation.domain.errors import ErrorCode, RequestRefused, Unauthenticated
from image_generation.events.mailboxes import Stopping
from image_generation.graphql.documents import with_document_id
from image_generation.graphql.errors import is_request_error, public_error
from image_generation.graphql.views.contexts import Introduction, OperationContext
from image_generation.graphql.views.json import encode
from image_generation.graphql.views.messages import is_message
from image_generation.graphql.views.sockets import SERVICE_RESTART, BoundedSocket
from image_generation.services.incidents import log_incident

Asker = OperationContext | Introduction

UNAUTHORIZED = 4401
"""The close code for those whom nobody knows (graphql-transport-ws, PROTOCOL.md)."""


class TransportHandler(BaseGraphQLTransportWSHandler[Asker, None]):
    """One connection and its operations; what goes wrong in one does not touch the others."""

    websocket: BoundedSocket

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._extensions: dict[str, dict[str, Any] | None] = {}
        self._stopping = False

    @override
    async def handle(self) -> None:
        """Serve the connection as long as the caller's key holds."""
        vigil = asyncio.create_task(self._watch_key())
        try:
            await super().handle()
        finally:
            vigil.cancel()

    @override
    async def handle_message(self, message: Message) -> None:
        if is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Invalid message received")

    @override
    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Learn who asks. A payload of null is none, as in the protocol."""
        payload = message.get("payload") or {}
        if isinstance(self.context, Introduction):
            try:
                self.context = self.context.of(payload)
            except Unauthenticated:
                await self.websocket.close(UNAUTHORIZED, "Unauthorized")
                return
        await super().handle_connection_init({"type": "connection_init", "payload": payload})

    @override
    async def handle_ping(self, message: PingMessage) -> None:
        pong: PongMessage = {"type": "pong"}
        if payload := message.get("payload"):
            pong["payload"] = payload
        await self.send_message(pong)

    @override
    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        identifier = message["id"]
        if self.connection_acknowledged and (refusal := self._refusal(message)):
            error: ErrorMessage = {"id": identifier, "type": "error", "payload": [refusal]}
            await self.send_message(error)
            return
        payload = message["payload"]
        self._extensions[identifier] = with_document_id(payload)
        payload["query"] = payload.get("query") or ""  # a named document has none
        await super().handle_subscribe(message)
        if identifier not in self.operations:
            del self._extensions[identifier]

    @override
    async def run_operation(self, operation: Operation[Asker, None]) -> None:
        """Answer an operation; the last one on a socket whose streams were stopped closes it.

        A stopped stream gets no last message: its client is to ask for it again elsewhere.
        """
        try:
            await self._answer(operation)
        except WebSocketDisconnected:
            return
        except Unauthenticated:
            await self.websocket.close(UNAUTHORIZED, "Unauthorized")
        except Stopping:
            self._stopping = True
            self.operations.pop(operation.id, None)
        except Exception as error:  # noqa: BLE001 - it ends this operation and no other
            await self._fail(operation, error)
        if self._stopping and not self.operations:
            await self.websocket.close(SERVICE_RESTART, "Service restart")

    @override
    async def handle_task_exception(self, error: Exception) -> None:
        log_incident(error)

    @override
    async def _send_result_stream(
        self, operation: Operation[Asker, None], result_source: StreamResult
    ) -> None:
        """Send results; `error` when nothing was executed, which ends this operation alone."""
        async for result in result_source:
            if not isinstance(result, ExecutionResult):
                raise TypeError("incremental delivery is not enabled")
            if is_request_error(result):
                await operation.send_initial_errors(result.errors or [])
                return
            if isinstance(self.context, OperationContext):
                self.context.confirm()
            await operation.send_next(result)

    async def _watch_key(self) -> None:
        """Close the socket of a withdrawn key whose operations have nothing to say."""
        try:
            while True:
                await asyncio.sleep(self.websocket.confirmation)
                if isinstance(self.context, OperationContext):
                    self.context.confirm()
        except Unauthenticated:
            await self.websocket.close(UNAUTHORIZED, "Unauthorized")

    async def _answer(self, operation: Operation[Asker, None]) -> None:
        if isinstance(self.context, Introduction):
            raise TypeError("operations come after connection_init")
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=self.context.for_operation(),
            root_value=self.root_value,
            operation_name=operation.operation_name,
            operation_extensions=self._extensions.pop(operation.id, None),
        )
        async with aclosing(results):
            await self._send_result_stream(operation, results)
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _fail(self, operation: Operation[Asker, None], error: Exception) -> None:
        told = public_error(error)
        if self.operations.get(operation.id) is operation:  # the id may be in use again
            with suppress(WebSocketDisconnected):
                await operation.send_initial_errors([told])

    def _refusal(self, message: SubscribeMessage) -> GraphQLFormattedError | None:
        """Say why an operation may not begin; None: it may."""
        limit = self.max_subscriptions_per_connection
        is_full = limit is not None and len(self.operations) >= limit
        if is_full and message["id"] not in self.operations:
            fault = f"At most {limit} operations run on one WebSocket. Complete one first."
            return GraphQLError(fault, extensions={"code": ErrorCode.RATE_LIMITED}).formatted
        try:
            if isinstance(self.context, OperationContext):
                self.context.receive(len(encode(message)))
        except RequestRefused as error:
            return public_error(error).formatted
        return None
