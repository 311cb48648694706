"""When a provider is left alone, and when it is asked again."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from image_generation.domain.errors import (
    ContentRejected,
    ProviderAuthFailed,
    ProviderBusy,
    ProviderQuotaExceeded,
    ProviderRejected,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
    StorageFailed,
    WorkCanceled,
    WorkFailed,
)
from image_generation.services.breaker import Breakers

pytestmark = pytest.mark.anyio


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(clock)


def call(breakers: Breakers, error: BaseException | None = None, provider: str = "openai") -> None:
    """Make a call that succeeds, or ends with an error."""
    with breakers.attempt(provider):
        if error is not None:
            raise error


def down() -> ProviderUnavailable:
    return ProviderUnavailable("It does not answer.")


def fail(breakers: Breakers, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ProviderUnavailable, match="does not answer"):
            call(breakers, down())


def begun(breakers: Breakers) -> AbstractContextManager[None]:
    """Begin a call that is still under way."""
    attempt = breakers.attempt("openai")
    attempt.__enter__()
    return attempt


def ends(attempt: AbstractContextManager[None], error: BaseException) -> None:
    """Let a call end with an error, which is passed on."""
    assert not attempt.__exit__(type(error), error, None)


def refused(make: Callable[[], None]) -> WorkFailed:
    """Return the error with which a call is turned away."""
    with pytest.raises(WorkFailed) as caught:
        make()
    return caught.value


def test_the_fifth_failure_in_a_row_turns_calls_away_for_30_seconds(
    breakers: Breakers, clock: Clock
) -> None:
    fail(breakers, 5)
    clock.passes(12)

    error = refused(lambda: call(breakers))

    assert type(error) is ProviderUnavailable
    assert (error.provider, error.retry_after, error.charged) == ("openai", 18.0, False)
    assert error.message == "The provider openai is out of order and is left alone for a while."


def test_four_failures_turn_nobody_away(breakers: Breakers) -> None:
    fail(breakers, 4)

    breakers.check("openai")


def test_a_success_between_failures_starts_the_count_again(breakers: Breakers) -> None:
    fail(breakers, 4)
    call(breakers)
    fail(breakers, 4)

    breakers.check("openai")


@pytest.mark.parametrize(
    "answer",
    [ContentRejected, ProviderAuthFailed, ProviderBusy, ProviderQuotaExceeded, ProviderRejected],
)
def test_a_provider_that_says_no_is_up(breakers: Breakers, answer: type[WorkFailed]) -> None:
    fail(breakers, 4)
    with pytest.raises(answer):
        call(breakers, answer("No."))
    fail(breakers, 4)

    breakers.check("openai")


@pytest.mark.parametrize("error", [ProviderTimedOut, ResultLost, StorageFailed, WorkCanceled])
def test_other_errors_neither_count_nor_start_the_count_again(
    breakers: Breakers, error: type[WorkFailed]
) -> None:
    for _ in range(5):
        with pytest.raises(error):
            call(breakers, error("Something else."))
    breakers.check("openai")
    fail(breakers, 4)
    with pytest.raises(error):
        call(breakers, error("Something else."))
    fail(breakers, 1)

    assert refused(lambda: breakers.check("openai")).retry_after == 30.0


def test_after_the_rest_exactly_one_call_goes_first(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    clock.passes(30)

    with breakers.attempt("openai"):
        turned_away = [refused(lambda: call(breakers)), refused(lambda: breakers.check("openai"))]

    assert [type(error) for error in turned_away] == [ProviderUnavailable, ProviderUnavailable]
    assert [error.retry_after for error in turned_away] == [30.0, 30.0]


def test_looking_does_not_take_the_place_of_the_first(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    clock.passes(30)

    breakers.check("openai")
    breakers.check("openai")

    call(breakers)


def test_when_the_first_succeeds_all_may_go(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    clock.passes(30)
    call(breakers)

    fail(breakers, 4)

    breakers.check("openai")


def test_each_rest_is_twice_as_long_up_to_five_minutes(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    rests = []

    for _ in range(6):
        rest = refused(lambda: breakers.check("openai")).retry_after
        assert rest is not None
        rests.append(rest)
        clock.passes(rest)
        fail(breakers, 1)

    assert rests == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


def test_after_a_success_the_next_rest_is_short_again(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    clock.passes(30)
    fail(breakers, 1)
    clock.passes(60)
    call(breakers)

    fail(breakers, 5)

    assert refused(lambda: breakers.check("openai")).retry_after == 30.0


async def test_a_canceled_probe_leaves_its_place_to_the_next(
    breakers: Breakers, clock: Clock
) -> None:
    fail(breakers, 5)
    clock.passes(30)
    started = asyncio.Event()

    async def hang() -> None:
        with breakers.attempt("openai"):
            started.set()
            await asyncio.Event().wait()

    probe = asyncio.create_task(hang())
    await started.wait()
    assert type(refused(lambda: call(breakers))) is ProviderUnavailable
    probe.cancel()
    await asyncio.wait([probe])

    with breakers.attempt("openai"):
        error = refused(lambda: call(breakers))

    assert probe.cancelled()
    assert type(error) is ProviderUnavailable
    breakers.check("openai")


@pytest.mark.parametrize("error", [ProviderTimedOut("Too slow."), RuntimeError("A fault of ours.")])
def test_a_probe_that_tells_nothing_leaves_its_place_to_the_next(
    breakers: Breakers, clock: Clock, error: Exception
) -> None:
    fail(breakers, 5)
    clock.passes(30)
    with pytest.raises(type(error)):
        call(breakers, error)

    with breakers.attempt("openai"):
        turned_away = refused(lambda: call(breakers))

    assert type(turned_away) is ProviderUnavailable


def test_calls_from_before_do_not_end_the_probe(breakers: Breakers, clock: Clock) -> None:
    failing, canceled = begun(breakers), begun(breakers)
    fail(breakers, 5)
    clock.passes(30)

    with breakers.attempt("openai"):
        ends(failing, down())
        ends(canceled, asyncio.CancelledError())
        turned_away = refused(lambda: call(breakers))

    assert turned_away.retry_after == 30.0
    breakers.check("openai")


def test_failures_of_calls_from_before_do_not_make_the_rest_longer(
    breakers: Breakers, clock: Clock
) -> None:
    earlier = [begun(breakers) for _ in range(3)]
    fail(breakers, 5)
    clock.passes(10)

    for attempt in earlier:
        ends(attempt, down())

    assert refused(lambda: breakers.check("openai")).retry_after == 20.0


def test_a_success_of_a_call_from_before_ends_the_rest(breakers: Breakers) -> None:
    with breakers.attempt("openai"):
        fail(breakers, 5)

    breakers.check("openai")


def test_a_success_of_a_call_from_before_lets_all_go_beside_the_probe(
    breakers: Breakers, clock: Clock
) -> None:
    earlier = begun(breakers)
    fail(breakers, 5)
    clock.passes(30)

    with breakers.attempt("openai"):
        assert not earlier.__exit__(None, None, None)
        call(breakers)


def test_a_busy_provider_is_left_alone_by_everybody_as_long_as_it_asks(
    breakers: Breakers, clock: Clock
) -> None:
    with pytest.raises(ProviderBusy):
        call(breakers, ProviderBusy("Slow down.", retry_after=20))
    clock.passes(5)

    error = refused(lambda: call(breakers))

    assert type(error) is ProviderBusy
    assert (error.provider, error.retry_after, error.charged) == ("openai", 15.0, False)
    assert error.message == "The provider openai asks to come back later."
    clock.passes(15)
    call(breakers)


def test_neither_a_shorter_pause_nor_a_success_ends_a_longer_one(breakers: Breakers) -> None:
    with breakers.attempt("openai"):
        earlier = begun(breakers)
        with pytest.raises(ProviderBusy):
            call(breakers, ProviderBusy("Slow down.", retry_after=60))
        ends(earlier, ProviderBusy("Slow down.", retry_after=5))

    error = refused(lambda: breakers.check("openai"))

    assert error.retry_after == 60.0


def test_a_busy_provider_that_names_no_time_is_not_paused(breakers: Breakers) -> None:
    with pytest.raises(ProviderBusy):
        call(breakers, ProviderBusy("Slow down."))

    breakers.check("openai")


def test_each_provider_has_a_breaker_of_its_own(breakers: Breakers) -> None:
    fail(breakers, 5)
    with pytest.raises(ProviderBusy):
        call(breakers, ProviderBusy("Slow down.", retry_after=20), "replicate")

    call(breakers, provider="procedural")

    assert type(refused(lambda: breakers.check("openai"))) is ProviderUnavailable
    assert type(refused(lambda: breakers.check("replicate"))) is ProviderBusy


def test_being_turned_away_is_not_a_failure(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    for _ in range(10):
        refused(lambda: call(breakers))

    clock.passes(30)

    call(breakers)
