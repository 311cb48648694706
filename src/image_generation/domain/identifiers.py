"""Ids whose order is the order of time: UUID version 7 (RFC 9562).

Python's own `uuid.uuid7` (3.14) spreads its counter over 42 bits. Here it fills the 12 bits behind
the timestamp (RFC 9562, 6.2, method 1), so that the first 63 ordered bits tell ids apart and can
serve as the integer key of a full-text index.
"""

import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_COUNTER_BITS = 12
_RANDOM_BITS = 62
_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)

# Whole milliseconds throughout: seconds in floating point lose them in the far future.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Identifiers:
    """Makes ids; each is greater than the one before, even when the clock steps back."""

    def __init__(self) -> None:
        self._milliseconds = 0
        self._counter = 0

    def new(self) -> UUID:
        """Make the next id."""
        now = time.time_ns() // 1_000_000
        if now > self._milliseconds:
            self._milliseconds, self._counter = now, secrets.randbits(_COUNTER_BITS - 1)
        else:
            self._counter += 1
            if self._counter >> _COUNTER_BITS:
                self._milliseconds, self._counter = self._milliseconds + 1, 0
        return _assemble(self._milliseconds, self._counter, secrets.randbits(_RANDOM_BITS))


def first_of(moment: datetime) -> UUID:
    """Return the smallest id of that millisecond; ids from that moment on are not below it."""
    milliseconds = -((_EPOCH - moment) // _MILLISECOND)
    return _assemble(max(0, milliseconds), 0, 0)


def moment_of(identifier: UUID) -> datetime:
    """Return when the id was made, in UTC, to the millisecond."""
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND


def number_of(identifier: UUID) -> int:
    """Return the id's first 63 ordered bits: timestamp, counter and three random ones."""
    timestamp = identifier.int >> 80
    counter = (identifier.int >> 64) & 0xFFF
    random = (identifier.int >> 59) & 0b111
    return timestamp << 15 | counter << 3 | random


def _assemble(milliseconds: int, counter: int, random: int) -> UUID:
    return UUID(int=milliseconds << 80 | counter << 64 | random | _VERSION_AND_VARIANT)
