"""How fast callers may ask and send: so much a minute, some of it at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from image_generation.domain.callers import Caller
from image_generation.domain.errors import InvalidInput, RateLimited

_MINUTE = 60.0


@dataclass(slots=True)
class Pace:
    """Counts by GCRA, the leaky bucket as one number for each caller.

    A minute's worth may come at once; then more with each share of a minute.
    """

    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict)

    def left(self, caller: Caller, most: int) -> int:
        """Return how much the caller may have at once now."""
        now = self.clock()
        ahead = max(self._due.get(caller.name, now) - now, 0.0)
        return int((_MINUTE - ahead) * most / _MINUTE + 1e-9)

    def wait(self, caller: Caller, amount: int, most: int) -> float:
        """Return the seconds until the caller may have so much; 0: now."""
        wait = self._after(caller, amount, most) - self.clock() - _MINUTE
        return round(wait, 3) if wait > 1e-9 else 0.0

    def take(self, caller: Caller, amount: int, most: int) -> None:
        """Count so much."""
        self._due[caller.name] = self._after(caller, amount, most)

    def _after(self, caller: Caller, amount: int, most: int) -> float:
        now = self.clock()
        return max(self._due.get(caller.name, now), now) + _MINUTE * amount / most


class Paces:
    """Holds callers to their limits on requests and on bytes sent."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._requests = Pace(clock)
        self._bytes = Pace(clock)

    def admit(self, caller: Caller) -> None:
        """Count a request, or raise `RateLimited` and count nothing."""
        most = caller.limits.requests_per_minute
        if most is None:
            return
        if wait := self._requests.wait(caller, 1, most):
            raise RateLimited(f"{caller.name} may ask {most} times a minute.", retry_after=wait)
        self._requests.take(caller, 1, most)

    def expect(self, caller: Caller, size: int) -> None:
        """Raise `RateLimited` if so many bytes may not come now; counts nothing.

        What may never come, as it is more than a minute's worth, is `InvalidInput`.
        """
        most = caller.limits.bytes_per_minute
        if most is None:
            return
        told = f"{caller.name} may send {most} bytes a minute."
        if size > most:
            raise InvalidInput("body", f"{told} It has {size}.", "Send less at once.")
        if wait := self._bytes.wait(caller, size, most):
            raise RateLimited(told, retry_after=wait)

    def receive(self, caller: Caller, size: int) -> None:
        """Count bytes that came, or raise `RateLimited` and count nothing."""
        self.expect(caller, size)
        if (most := caller.limits.bytes_per_minute) is not None:
            self._bytes.take(caller, size, most)

    def standing(self, caller: Caller) -> dict[str, int | None]:
        """Return the caller's limits and what is left of them, for an answer; None: no limit."""
        asked, sent = caller.limits.requests_per_minute, caller.limits.bytes_per_minute
        return {
            "perMinute": asked,
            "remaining": None if asked is None else self._requests.left(caller, asked),
            "bytesPerMinute": sent,
            "bytesRemaining": None if sent is None else self._bytes.left(caller, sent),
        }
