"""Leaving a provider alone when it is down or asks for it.

The state is this process's own. It is only touched between two awaits, so that it needs no lock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog

from image_generation.domain.errors import (
    ContentRejected,
    ProviderAuthFailed,
    ProviderBusy,
    ProviderQuotaExceeded,
    ProviderRejected,
    ProviderUnavailable,
    WorkFailed,
)

_log = structlog.get_logger(__name__)

_FAILURES = 5
_FIRST_REST = 30.0
_LONGEST_REST = 300.0

_SIGNS_OF_LIFE = (
    ContentRejected,
    ProviderAuthFailed,
    ProviderBusy,
    ProviderQuotaExceeded,
    ProviderRejected,
)
"""A provider that says no is up."""


class Breaker:
    """One provider's. Closed, calls go through; open, none does; then one goes first.

    Five times in a row `ProviderUnavailable` opens it for 30 seconds. The first call after that is
    a probe, and nobody else goes until its end is known: a sign of life closes the breaker, another
    `ProviderUnavailable` opens it for twice as long, 5 minutes at most, and a probe that ends
    without telling anything, because it was canceled for instance, leaves its place to the next.
    """

    def __init__(self, provider: str, clock: Callable[[], float]) -> None:
        self._provider = provider
        self._clock = clock
        self._failures = 0
        self._rest = 0.0
        self._rests_until = float("-inf")
        self._paused_until = float("-inf")
        self._probe: object | None = None

    def check(self) -> None:
        """Raise what `attempt` would raise; a call that passes has taken nothing."""
        now = self._clock()
        if now < self._rests_until:
            raise self._unavailable(self._rests_until - now)
        if now < self._paused_until:
            raise self._busy(self._paused_until - now)
        if self._probe is not None:
            raise self._unavailable(_FIRST_REST)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Make one call inside; how it ends is taken into account."""
        self.check()
        call = object()
        if self._rest:
            self._probe = call
        try:
            yield
        except WorkFailed as error:
            self._failed(call, error)
            raise
        else:
            self._lives()
        finally:
            if self._probe is call:
                self._probe = None

    def _lives(self) -> None:
        if self._rest:
            _log.info("breaker_closed", provider=self._provider)
        self._failures = 0
        self._rest = 0.0
        self._rests_until = float("-inf")
        self._probe = None

    def _failed(self, call: object, error: WorkFailed) -> None:
        if isinstance(error, _SIGNS_OF_LIFE):
            self._lives()
        if isinstance(error, ProviderBusy) and error.retry_after is not None:
            self._paused_until = max(self._paused_until, self._clock() + error.retry_after)
        if isinstance(error, ProviderUnavailable):
            self._failures += 1
            if self._probe is call or (not self._rest and self._failures >= _FAILURES):
                self._open()

    def _open(self) -> None:
        self._rest = min(self._rest * 2, _LONGEST_REST) if self._rest else _FIRST_REST
        self._rests_until = self._clock() + self._rest
        _log.warning("breaker_opened", provider=self._provider, seconds=self._rest)

    def _unavailable(self, seconds: float) -> ProviderUnavailable:
        message = f"The provider {self._provider} is out of order and is left alone for a while."
        return ProviderUnavailable(
            message, provider=self._provider, retry_after=seconds, charged=False
        )

    def _busy(self, seconds: float) -> ProviderBusy:
        message = f"The provider {self._provider} asks to come back later."
        return ProviderBusy(message, provider=self._provider, retry_after=seconds, charged=False)


class Breakers:
    """A breaker for each provider, by name; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}

    def check(self, provider: str) -> None:
        """Raise `ProviderUnavailable` or `ProviderBusy`, with `retry_after`, unless calls may go.

        For turning work away early. The call itself goes through `attempt`, which checks again.
        """
        self._of(provider).check()

    def attempt(self, provider: str) -> AbstractContextManager[None]:
        """Make one call to a provider inside this; raises what `check` raises, before the call."""
        return self._of(provider).attempt()

    def _of(self, provider: str) -> Breaker:
        return self._breakers.setdefault(provider, Breaker(provider, self._clock))
