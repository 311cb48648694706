"""When work is done again unasked, and how long it waits."""

import pytest

from image_generation.domain.errors import (
    ContentRejected,
    ProviderBusy,
    ProviderTimedOut,
    ProviderUnavailable,
    StorageFailed,
    UnexpectedFailure,
    WorkFailed,
)
from image_generation.services.retries import RetryPolicy

POLICY = RetryPolicy(attempts=4, first_pause=0.5, longest_pause=3.0, patience=60.0)


@pytest.mark.parametrize(
    ("failures", "longest"), [(1, 0.5), (2, 1.0), (3, 2.0)], ids=["first", "second", "third"]
)
def test_the_pause_doubles_and_varies_by_a_quarter(failures: int, longest: float) -> None:
    pauses = [POLICY.pause_before_next(failures, ProviderBusy("busy")) for _ in range(200)]

    found = [pause for pause in pauses if pause is not None]
    assert len(found) == 200
    assert all(0.75 * longest <= pause <= longest for pause in found)
    assert len(set(found)) > 100


def test_no_pause_is_longer_than_the_longest() -> None:
    patient = RetryPolicy(attempts=100, first_pause=0.5, longest_pause=3.0)

    pause = patient.pause_before_next(99, ProviderBusy("busy"))

    assert pause is not None
    assert 2.25 <= pause <= 3.0


@pytest.mark.parametrize("failures", [4, 5, 1000])
def test_after_the_last_attempt_there_is_none(failures: int) -> None:
    assert POLICY.pause_before_next(failures, ProviderBusy("busy")) is None


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(0.0, 0.0), (2.5, 2.5), (3.0, 3.0), (3.1, None), (3600.0, None)]
)
def test_what_the_provider_asks_for_goes_before_unless_it_is_too_long(
    retry_after: float, pause: float | None
) -> None:
    error = ProviderBusy("busy", retry_after=retry_after)

    assert POLICY.pause_before_next(1, error) == pause


@pytest.mark.parametrize(
    "error",
    [
        ProviderBusy("busy", charged=True),
        ProviderBusy("busy", charged=None, retry_after=1.0),
        ProviderUnavailable("down", charged=None),
        ProviderTimedOut("slow"),
        StorageFailed("full", charged=True),
        ContentRejected("no"),
        UnexpectedFailure("7f3a", charged=False),
    ],
    ids=lambda error: f"{type(error).__name__}, charged={error.charged}",
)
def test_what_may_cost_twice_or_cannot_help_is_not_repeated(error: WorkFailed) -> None:
    assert POLICY.pause_before_next(1, error) is None


@pytest.mark.parametrize(
    ("age", "retry_after", "pause"),
    [
        (0.0, None, 0.5),
        (0.0, 30.0, 30.0),
        (30.0, 30.0, 30.0),
        (30.1, 30.0, None),
        (59.5, None, 0.5),
        (59.6, None, None),
    ],
)
def test_work_that_is_held_back_waits_until_its_patience_ends(
    age: float, retry_after: float | None, pause: float | None
) -> None:
    error = ProviderUnavailable("down", retry_after=retry_after)

    assert POLICY.pause_while_held(age, error) == pause
