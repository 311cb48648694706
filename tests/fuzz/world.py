"""The service that is asked, who asks, and what is known of it so far."""

import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.chance import Chance

_ID = re.compile(rb'"id": ?"([^"]{10,120})"')
_URL = re.compile(rb'"url": ?"https?://[^"/]+(/(?:images|figures)/[^"]+)"')


@dataclass
class Known:
    """Ids and addresses that answers told of, the newest of them."""

    ids: deque[str] = field(default_factory=lambda: deque(maxlen=300))
    paths: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def learn(self, answer: bytes) -> None:
        """Remember what an answer tells of."""
        self.ids.extend(found.decode() for found in _ID.findall(answer))
        self.paths.extend(found.decode() for found in _URL.findall(answer))

    def id(self, chance: Chance) -> str:
        """Give the id of something, or what is none."""
        if self.ids and chance.happens(0.9):
            return chance.choice(self.ids)
        return chance.text()


@dataclass(frozen=True)
class World:
    """A service, the keys of its callers, and what is known."""

    url: str
    keys: tuple[str, ...]
    known: Known = field(default_factory=Known)

    def authorization(self, chance: Chance) -> dict[str, str]:
        """Say who asks: mostly somebody who may."""
        if chance.happens(0.05):
            return {}
        key = chance.choice(self.keys)
        if chance.happens(0.05):
            key = chance.choice((key[:-1], "igk_x", key + key))
        return {"authorization": f"Bearer {key}"}


NONE, HUNG, BROKEN = 0, -1, -2
"""Ends without a status: as it should be, not within the time there is, and without a word."""


@dataclass(frozen=True)
class Outcome:
    """What was sent, what came back, and how it ended: a status, a close code, or neither."""

    sent: Any
    end: int
    answer: bytes = b""

    def fault(self) -> str | None:
        """Say what the service did wrong."""
        if self.end in {HUNG, BROKEN, 1006, 1011} or 500 <= self.end < 600:
            return {HUNG: "hung", BROKEN: "broke off"}.get(self.end, f"ended with {self.end}")
        for code in (b"INTERNAL_SERVER_ERROR", b"STORAGE_FAILED"):
            if b'"code": "%b"' % code in self.answer or b'"code":"%b"' % code in self.answer:
                return f"answered {code.decode()}"
        return None

    def told(self) -> str:
        """Tell of it for people."""
        sent = self.sent if isinstance(self.sent, str) else json.dumps(self.sent, default=repr)
        return f"    sent: {sent[:1500]}\n    answer: {self.answer[:500]!r}"
