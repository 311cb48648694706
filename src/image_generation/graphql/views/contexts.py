"""What the views ask of the object that resolvers share."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from starlette.requests import HTTPConnection


@runtime_checkable
class OperationContext(Protocol):
    """What the resolvers of one operation share: who asks, and what was loaded for them.

    One is made for each HTTP request and each WebSocket.
    """

    def admit(self, *, changes: bool, cost: int) -> None:
        """Let an operation in, or raise a `RequestRefused`. `changes`: it is a mutation."""

    def expect(self, size: int) -> None:
        """Let so many bytes of a request come, or raise a `RequestRefused`."""

    def receive(self, size: int) -> None:
        """Count bytes of a request that came, or raise a `RequestRefused`."""

    def notices(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """What an answer tells in its `extensions`; `asked`: those of the request."""

    def for_operation(self) -> "OperationContext":
        """Make one with nothing loaded, for one of the many operations of a WebSocket.

        Raises `Unauthenticated` when the caller's key was withdrawn.
        """

    def confirm(self) -> None:
        """Ask again who it is, while a stream runs; raises `Unauthenticated`."""

    def fresh(self) -> None:
        """Forget what was loaded; called after each event of a stream."""


MakeContext = Callable[[HTTPConnection, str | None], OperationContext]
"""Makes one from a connection and its credentials, as the `Authorization` header has them.

Raises `Unauthenticated`.
"""


class Introduction:
    """What a WebSocket has until it has said who asks, in its header or in `connection_init`."""

    def __init__(self, connection: HTTPConnection, make_context: MakeContext) -> None:
        self._connection = connection
        self._make_context = make_context

    def of(self, payload: dict[str, object]) -> OperationContext:
        """Make the context; raises `Unauthenticated`. The payload is asked before the header."""
        said = payload.get("authorization", payload.get("Authorization"))
        header = self._connection.headers.get("authorization")
        return self._make_context(self._connection, said if isinstance(said, str) else header)
