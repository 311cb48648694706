"""Faults of ours that no door expected, as JSON."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from image_generation.domain.errors import ErrorCode
from image_generation.http.errors import error_response
from image_generation.services.incidents import log_incident


class Incidents:
    """Answers a fault with 500 and the reference that finds it in the log, and tells no more.

    Once an answer has begun, the fault goes on and breaks the connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = scope["type"] != "http"

        async def send_watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception as error:
            if has_begun:
                raise
            message = f"Something went wrong here. The log has it as {log_incident(error)}."
            answer = error_response(500, ErrorCode.INTERNAL_SERVER_ERROR, message)
            await answer(scope, receive, send)
