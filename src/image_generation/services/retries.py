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

    Work that is held back, because its provider is left alone for a while, has not failed: it
    waits as often as it must, but not for longer than `patience` seconds in all.
    """

    attempts: int = 4
    first_pause: float = 0.5
    longest_pause: float = 120.0
    patience: float = 900.0

    def pause_before_next(self, failures: int, error: WorkFailed) -> float | None:
        """Return the seconds to wait after so many failures; None when there is no other try."""
        if not error.repeatable or failures >= self.attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.longest_pause else None
        pause = self.first_pause * 2.0 ** (failures - 1)
        return min(pause, self.longest_pause) * random.uniform(0.75, 1.0)  # noqa: S311 - no secret

    def pause_while_held(self, age: float, error: WorkFailed) -> float | None:
        """Return the seconds to wait for work held back at that age; None: it waited enough."""
        pause = error.retry_after or self.first_pause
        return pause if age + pause <= self.patience else None
