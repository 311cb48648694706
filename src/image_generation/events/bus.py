"""Changes on their way to whoever watches, within this process.

The bus carries changes and the rows carry truth: a change may be merged with a later one of the
same generation, and losing all of them loses nothing. Producers never wait for watchers.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from image_generation.domain.generations import GenerationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new about a generation. `progress` is 0…1, `preview` an encoded picture."""

    generation_id: UUID
    owner: str
    status: GenerationStatus
    progress: float
    batch_id: UUID | None = None
    preview: bytes | None = field(default=None, repr=False)

    def after(self, earlier: "Change") -> "Change":
        """Merge with an earlier change that nobody has read: an unseen preview is kept."""
        preview = self.preview or earlier.preview
        return self if preview is self.preview else replace(self, preview=preview)


class Stopping(BaseException):
    """The service stops. A stream that ends with this is not at its end: it goes on elsewhere.

    Like `CancelledError` it is none of the exceptions that become an answer on their way.
    """


class Subscription:
    """What one watcher has not read yet: the newest change of each generation, in order.

    `previews`: whether the watcher looks at pictures that are not finished.
    """

    def __init__(self, *, previews: bool = False) -> None:
        self.previews = previews
        self._changes: dict[UUID, Change] = {}
        self._news = asyncio.Event()
        self._closed = False

    def put(self, change: Change) -> None:
        """Add a change, merged with an unread one of the same generation."""
        if self._closed or (change.preview is not None and not self.previews):
            return
        earlier = self._changes.get(change.generation_id)
        self._changes[change.generation_id] = change.after(earlier) if earlier else change
        self._news.set()

    def close(self) -> None:
        """Stop the iteration once everything is read that was put until now."""
        self._closed = True
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[Change]:
        """Give changes for ever; raises `Stopping` when it was closed."""
        while True:
            while self._changes:
                yield self._changes.pop(next(iter(self._changes)))
            if self._closed:
                raise Stopping
            self._news.clear()
            await self._news.wait()


class Bus:
    """Tells watchers of a generation, of a batch, or of everything an owner has."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[UUID | str, set[Subscription]] = defaultdict(set)
        self._left = asyncio.Event()
        self._closed = False

    def publish(self, change: Change) -> None:
        """Hand a change to everyone who watches."""
        for topic in (change.generation_id, change.batch_id, change.owner):
            if topic is not None:
                for subscription in self._subscriptions.get(topic, ()):
                    subscription.put(change)

    def is_watched(self, topic: UUID | str | None) -> bool:
        """Whether somebody watches this generation, batch or owner."""
        return topic is not None and topic in self._subscriptions

    def wants_previews(self, topic: UUID | None) -> bool:
        """Whether somebody looks at the previews of this generation or batch."""
        watchers = self._subscriptions.get(topic, ()) if topic is not None else ()
        return any(subscription.previews for subscription in watchers)

    @contextmanager
    def subscribe(self, topic: UUID | str, *, previews: bool = False) -> Iterator[Subscription]:
        """Watch a generation id, a batch id or an owner; from this moment nothing is missed."""
        subscription = Subscription(previews=previews)
        self._subscriptions[topic].add(subscription)
        if self._closed:
            subscription.close()
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]
            self._left.set()

    async def deserted(self) -> None:
        """Wait until nobody watches anything."""
        while self._subscriptions:
            self._left.clear()
            await self._left.wait()

    def close(self) -> None:
        """Stop every subscription, and each that is still to come at its beginning."""
        self._closed = True
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.close()
