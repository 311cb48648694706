"""What one reader has not read yet: the newest message on each subject."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from typing import Generic, Protocol, Self, TypeVar


class Message(Protocol):
    """Something that is told, and replaced by what is told later on the same subject."""

    @property
    def subject(self) -> Hashable:
        """What it is about."""

    def after(self, earlier: Self) -> Self:
        """Merge with an earlier message on the subject that nobody has read."""


M = TypeVar("M", bound=Message)


class Stopping(BaseException):
    """The service stops. A stream that ends with this is not at its end: it goes on elsewhere.

    Like `CancelledError` it is none of the exceptions that become an answer on their way.
    """


class Mailbox(Generic[M]):
    """Holds at most one message on each subject, in the order in which they were told."""

    def __init__(self) -> None:
        self._messages: dict[Hashable, M] = {}
        self._news = asyncio.Event()
        self._end: BaseException | None = None

    def put(self, message: M) -> None:
        """Add a message, merged with an unread one on the same subject; it is the last then."""
        if self._end is not None:
            return
        earlier = self._messages.pop(message.subject, None)
        self._messages[message.subject] = message if earlier is None else message.after(earlier)
        self._news.set()

    def close(self, end: BaseException) -> None:
        """End the iteration with an exception, once everything is read that was put until now."""
        self._end = self._end or end
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[M]:
        """Give messages until it is closed; raises what it was closed with."""
        while True:
            while self._messages:
                yield self._messages.pop(next(iter(self._messages)))
            if self._end is not None:
                raise self._end
            self._news.clear()
            await self._news.wait()
