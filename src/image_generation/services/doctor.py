"""The doctor: compares rows with bytes, both ways, and repairs what does not agree.

Both are gone through in the order of ids, side by side, so that a million pictures take no more
memory than a thousand.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from uuid import UUID

from image_generation.gallery.inventory import Holding, Inventory
from image_generation.services.deletion import Deletion
from image_generation.services.keys import storage_key
from image_generation.services.sorting import by_key
from image_generation.storage.base import Entry, Missing, Store

_FRESH = timedelta(days=1)
"""How long bytes may be there before their row, while a service works."""

_EXAMPLES = 10
_READ_AT_ONCE = 16


class Finding(StrEnum):
    """What may be wrong."""

    LOST = "rows without bytes"
    LEFT_OVER = "bytes without rows"
    WRONG_SIZE = "wrong sizes"
    WRONG_CONTENT = "wrong contents"


@dataclass(slots=True)
class Report:
    """What was found. `pending` counts deletions and pictures that the next start goes on with."""

    pictures: int = 0
    bytes: int = 0
    pending: int = 0
    found: Counter[Finding] = field(default_factory=Counter)
    examples: dict[Finding, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_sound(self) -> bool:
        """Whether rows and bytes agree."""
        return not self.found

    @property
    def is_repairable(self) -> bool:
        """Whether a repair helps with all of it; else only a backup does."""
        return self.found.keys() <= {Finding.LOST, Finding.LEFT_OVER}

    @property
    def looks_like_a_mistake(self) -> bool:
        """Whether so much is wrong that it may be the bytes of another gallery."""
        wrong = self.found[Finding.LOST] + self.found[Finding.LEFT_OVER]
        return wrong > max(_EXAMPLES, self.pictures // 2)

    def add(self, finding: Finding, what: str) -> None:
        """Count something that is wrong, and remember the first few."""
        self.found[finding] += 1
        if self.found[finding] <= _EXAMPLES:
            self.examples[finding].append(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Compares and repairs. `is_alone`: no service works on this gallery meanwhile."""

    inventory: Inventory
    store: Store
    outbox: Store | None
    deletion: Deletion
    is_alone: bool

    async def examine(self, *, verify: bool = False) -> Report:
        """Compare everything and change nothing; with `verify` all bytes are read, too."""
        return await _Examination(self, verify=verify, repair=False).run()

    async def repair(self) -> None:
        """Delete bytes without rows, and take pictures without bytes out of the gallery.

        What an interrupted deletion left goes, too.
        """
        await self.deletion.resume()
        await self.store.sweep(older_than=0.0)
        await _Examination(self, verify=False, repair=True).run()


class _Examination:
    """One way through all rows and bytes."""

    def __init__(self, doctor: Doctor, *, verify: bool, repair: bool) -> None:
        self._inventory = doctor.inventory
        self._store = doctor.store
        self._outbox = doctor.outbox
        self._is_alone = doctor.is_alone
        self._verify = verify
        self._repair = repair
        self._unread: list[Holding] = []
        self._report = Report()

    async def run(self) -> Report:
        async with by_key(self._store.entries()) as entries:
            async for holding, kept in _side_by_side(self._inventory.holdings(), entries):
                if holding is None:
                    await self._look_for_leftovers(kept)
                elif holding.is_listed:
                    await self._compare(holding, kept)
                self._report.pending += holding is not None and holding.is_deleted
        await self._read()
        if self._outbox is not None:
            await self._look_into(self._outbox)
        return self._report

    async def _compare(self, holding: Holding, kept: Iterable[Entry]) -> None:
        sizes = {entry.key: entry.size for entry in kept}
        size = sizes.get(storage_key(holding.id))
        self._report.pictures += 1
        self._report.bytes += sum(sizes.values())
        if size is None:
            await self._lose(holding.id)
        elif size != holding.byte_size:
            self._report.add(Finding.WRONG_SIZE, f"{holding.id}")
        elif self._verify:
            self._unread.append(holding)
            if len(self._unread) == _READ_AT_ONCE:
                await self._read()

    async def _lose(self, id: UUID) -> None:
        """Look again, since a service may be at work, and note that bytes are missing."""
        now = await self._inventory.find(id)
        if now is None or not now.is_listed or await self._store.exists(storage_key(id)):
            return
        self._report.add(Finding.LOST, f"{id}")
        if self._repair:
            await self._inventory.lose(id)
            await self._store.delete(storage_key(id))

    async def _look_for_leftovers(self, kept: Iterable[Entry]) -> None:
        for entry in kept:
            id = UUID(entry.key[:32])
            is_over = self._is_old(entry) and await self._inventory.find(id) is None  # as above
            if is_over and await self._store.exists(entry.key):
                await self._drop(self._store, entry.key, entry.key)

    async def _look_into(self, outbox: Store) -> None:
        """Count the pictures on their way, and look for those that are not any more."""
        async for entry in outbox.entries():
            holding = await self._inventory.find(UUID(entry.key[:32]))
            if holding is not None and holding.is_open:
                self._report.pending += 1
            elif self._is_old(entry):
                await self._drop(outbox, entry.key, f"outbox/{entry.key}")

    async def _drop(self, store: Store, key: str, name: str) -> None:
        self._report.add(Finding.LEFT_OVER, name)
        if self._repair:
            await store.delete(key)

    def _is_old(self, entry: Entry) -> bool:
        return self._is_alone or datetime.now(UTC) - entry.changed_at > _FRESH

    async def _read(self) -> None:
        unread, self._unread = self._unread, []
        altered = await asyncio.gather(*map(self._is_altered, unread))
        for holding in (
            each for each, is_altered in zip(unread, altered, strict=True) if is_altered
        ):
            self._report.add(Finding.WRONG_CONTENT, f"{holding.id}")

    async def _is_altered(self, holding: Holding) -> bool:
        try:
            data = await self._store.get(storage_key(holding.id))
        except Missing:  # deleted meanwhile
            return False
        return sha256(data).hexdigest() != holding.sha256


async def _side_by_side(
    holdings: AsyncIterator[Holding], entries: Iterator[Entry]
) -> AsyncIterator[tuple[Holding | None, list[Entry]]]:
    """Bring rows and bytes of the same id together; both come in the order of ids.

    Of the bytes, what is kept beside a picture comes first.
    """
    groups = groupby(entries, key=lambda entry: entry.key[:32])
    holding, group = await anext(holdings, None), next(groups, None)
    while holding is not None or group is not None:
        if group is None or (holding is not None and holding.id.hex < group[0]):
            yield holding, []
            holding = await anext(holdings, None)
        elif holding is None or group[0] < holding.id.hex:
            yield None, list(group[1])[::-1]
            group = next(groups, None)
        else:
            yield holding, list(group[1])[::-1]
            holding, group = await anext(holdings, None), next(groups, None)
