"""Feeds: what happens to one thing, read once and told to all who watch it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic, Protocol, Self, TypeVar
from uuid import UUID

from image_generation.events.bus import Bus, Change
from image_generation.events.mailboxes import Mailbox, Stopping
from image_generation.gallery.scope import Scope
from image_generation.services.sharing import Shared


@dataclass(frozen=True, slots=True)
class Watched:
    """A generation or a batch within a scope. `previews`: whether unfinished pictures count."""

    scope: Scope
    id: UUID
    previews: bool


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One moment of what is watched, the same for all who watch. `sequence`: see `Numbers`.

    `memo` holds what was worked out of it, so that it is worked out once. `preview` is an encoded
    picture, and after the last event nothing will change any more.
    """

    memo: dict[Hashable, object] = field(init=False, repr=False, default_factory=dict)
    sequence: int
    preview: bytes | None = field(default=None, repr=False, kw_only=True)
    is_last: bool = field(default=False, kw_only=True)

    @property
    def subject(self) -> UUID | None:
        """What it is about; None: all of it."""
        return None

    def after(self, earlier: Self) -> Self:
        """Merge with an earlier event: an unseen preview is kept."""
        preview = self.preview or earlier.preview
        return self if preview is self.preview else replace(self, preview=preview)


E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


class Source(Protocol[E_co]):
    """Reads what is watched from the rows. Its calls come one after the other."""

    async def now(self) -> E_co:
        """Tell how it is."""

    async def after(self, change: Change) -> Sequence[E_co]:
        """Tell what has become of it with a change; with the last state, all that was not told."""


class Numbers:
    """Numbers that grow within a feed, and from one feed to the next, also after a restart.

    A number is the milliseconds since the work was accepted, or one more than the last.
    """

    def __init__(self) -> None:
        self._last = -1

    def next_since(self, start: datetime) -> int:
        """Return the next number."""
        elapsed = int((datetime.now(UTC) - start).total_seconds() * 1000)
        self._last = max(self._last + 1, elapsed)
        return self._last


class Feed(Generic[E]):
    """Reads changes as long as somebody watches, and tells every watcher the same events."""

    def __init__(self, source: Source[E], bus: Bus, watched: Watched) -> None:
        self.boxes: set[Mailbox[E]] = set()
        self.end: BaseException | None = None
        self._source = source
        self._turn = asyncio.Lock()
        self._listening = asyncio.Event()
        self._snapshots: Shared[None, E] = Shared(self._snapshot)
        self._reading = asyncio.create_task(self._read(bus, watched))

    async def now(self) -> E:
        """Tell how it is, in one read for all who ask at once."""
        return await self._snapshots.get(None)

    def close(self) -> None:
        """Stop reading."""
        self._reading.cancel()

    async def _snapshot(self, _: None) -> E:
        await self._listening.wait()  # what changes from here on is told after it
        async with self._turn:
            return await self._source.now()

    async def _read(self, bus: Bus, watched: Watched) -> None:
        try:
            with bus.subscribe(watched.id, previews=watched.previews) as changes:
                self._listening.set()
                async for change in changes:
                    async with self._turn:
                        self._tell(await self._source.after(change))
        except (Stopping, Exception) as end:  # noqa: BLE001 - each watcher is told of it
            self.end = end
            for box in self.boxes:
                box.close(end)

    def _tell(self, events: Sequence[E]) -> None:
        for event in events:
            for box in self.boxes:
                box.put(event)


class Feeds(Generic[E]):
    """One feed for all who watch the same thing at the same time.

    A watcher who is slow is told the newest of each subject, and the last event in any case.
    """

    def __init__(self, bus: Bus, make: Callable[[Watched], Source[E]]) -> None:
        self._bus = bus
        self._make = make
        self._feeds: dict[Watched, Feed[E]] = {}

    async def watch(self, watched: Watched) -> AsyncGenerator[E, None]:
        """Stream: how it is now, then what changes, until its last state.

        Raises what the source does, and `Stopping` when the service stops before the end.
        """
        with self._joined(watched) as (feed, box):
            first = await feed.now()
            yield first
            if first.is_last:
                return
            async for event in box:
                if event.sequence > first.sequence:
                    yield event
                    if event.is_last:
                        return

    @contextmanager
    def _joined(self, watched: Watched) -> Iterator[tuple[Feed[E], Mailbox[E]]]:
        feed, box = self._feed(watched), Mailbox[E]()
        feed.boxes.add(box)
        try:
            yield feed, box
        finally:
            feed.boxes.discard(box)
            if not feed.boxes:
                feed.close()
                if self._feeds.get(watched) is feed:
                    del self._feeds[watched]

    def _feed(self, watched: Watched) -> Feed[E]:
        feed = self._feeds.get(watched)
        if feed is None or feed.end is not None:
            feed = self._feeds[watched] = Feed(self._make(watched), self._bus, watched)
        return feed
