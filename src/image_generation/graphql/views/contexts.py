"""What the views ask of the object that resolvers share."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class OperationContext(Protocol):
    """What the resolvers of one operation share: who asks, and what was loaded for them.

    One is made for each HTTP request and each WebSocket.
    """

    def for_operation(self) -> "OperationContext":
        """Make one for the same caller with nothing loaded: a WebSocket has many operations."""

    def fresh(self) -> None:
        """Forget what was loaded; called after each event of a stream."""
