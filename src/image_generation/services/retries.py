"""When work is done again unasked."""

import random
from dataclasses import dataclass

from image_generation.domain.errors import WorkFailed


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Repeats what is retryable and surely not charged, a few times, ever more slowly.

    The pause doubles from `first_pause` seconds and varies by a quarter, so that many who fail
    together do not come back together. What the provider asks for in `retry_after` goes before,
    and above `longest_pause` the work fails at once, with that number in its error.
    """

    attempts: int = 4
    first_pause: float = 0.5
    longest_pause: float = 120.0

    def pause_before_next(self, attempts: int, error: WorkFailed) -> float | None:
        """Return how many seconds to wait before the next attempt; None when there is none."""
        if not error.repeatable or attempts >= self.attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.longest_pause else None
        pause = self.first_pause * 2.0 ** (attempts - 1)
        return min(pause, self.longest_pause) * random.uniform(0.75, 1.0)  # noqa: S311 - no secret
