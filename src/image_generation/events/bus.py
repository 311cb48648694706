"""Changes on their way to whoever watches, within this process.

The bus carries changes and the rows carry truth: a change may be merged with a later one of the
same generation, and losing all of them loses nothing. Producers never wait for watchers.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from typing_extensions import override

from image_generation.domain.generations import GenerationStatus
from image_generation.events.mailboxes import Mailbox, Stopping


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new about a generation. `preview` is an encoded picture."""

    generation_id: UUID
    owner: str
    status: GenerationStatus
    batch_id: UUID | None = None
    preview: bytes | None = field(default=None, repr=False)

    @property
    def subject(self) -> UUID:
        """What it is about."""
        return self.generation_id

    def after(self, earlier: "Change") -> "Change":
        """Merge with an earlier change: an unseen preview is kept."""
        preview = self.preview or earlier.preview
        return self if preview is self.preview else replace(self, preview=preview)


class Subscription(Mailbox[Change]):
    """What one watcher has not read yet.

    `previews`: whether the watcher looks at pictures that are not finished.
    """

    def __init__(self, *, previews: bool = False) -> None:
        super().__init__()
        self.previews = previews

    @override
    def put(self, message: Change) -> None:
        if message.preview is None or self.previews:
            super().put(message)


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
            subscription.close(Stopping())
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
                subscription.close(Stopping())
