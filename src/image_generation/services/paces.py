"""How fast callers may ask: so many requests a minute, some of them at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from image_generation.domain.callers import Caller
from image_generation.domain.errors import RateLimited

_MINUTE = 60.0


@dataclass(slots=True)
class Paces:
    """Counts requests by GCRA, the leaky bucket as one number for each caller.

    A minute's requests may come at once; then one more with each share of a minute.
    """

    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict)

    def left(self, caller: Caller) -> int | None:
        """Return how many requests the caller may make at once now; None: any number."""
        most = caller.limits.requests_per_minute
        if most is None:
            return None
        now = self.clock()
        ahead = max(self._due.get(caller.name, now) - now, 0.0)
        return int((_MINUTE - ahead) * most / _MINUTE + 1e-9)

    def admit(self, caller: Caller) -> None:
        """Count a request, or raise `RateLimited` and count nothing."""
        most = caller.limits.requests_per_minute
        if most is None:
            return
        now = self.clock()
        due = max(self._due.get(caller.name, now), now) + _MINUTE / most
        if (wait := due - now - _MINUTE) > 1e-9:
            raise RateLimited(
                f"{caller.name} may ask {most} times a minute.", retry_after=round(wait, 3)
            )
        self._due[caller.name] = due
