"""What moves work: ids go in, the handler is called with them."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

Handler = Callable[[UUID], Awaitable[None]]


class Dispatcher(Protocol):
    """Moves ids and nothing else: when all of them are lost, the rows tell them again."""

    def submit(self, lane: str, ids: Iterable[UUID]) -> None:
        """Have the handler called with each id; a lane, one per provider, has a limit of its own.

        An id that is waiting or running already is dropped.
        """

    def cancel(self, ids: Iterable[UUID]) -> None:
        """Stop what is waiting or running under these ids."""

    def retry(self, lane: str, id: UUID, seconds: float) -> None:
        """Submit an id again after so many seconds."""

    def run(self, handler: Handler) -> AbstractAsyncContextManager[None]:
        """Call the handler from now on; at the end stop what runs, and leave the rest."""
