"""How fast callers may ask."""

import pytest

from image_generation.domain.callers import LOCAL, Caller, CallerLimits, Role
from image_generation.domain.errors import InvalidInput, RateLimited
from image_generation.services.paces import Paces


class Clock:
    """A clock that the test moves, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def caller(name: str) -> Caller:
    limits = CallerLimits(requests_per_minute=6, bytes_per_minute=600)
    return Caller(name=name, role=Role.MEMBER, limits=limits)


def test_a_minutes_requests_may_come_at_once_and_then_one_with_each_share() -> None:
    clock = Clock()
    paces, ada = Paces(clock), caller("ada")

    for _ in range(6):
        paces.admit(ada)
    with pytest.raises(RateLimited) as refusal:
        paces.admit(ada)
    clock.now += 10
    paces.admit(ada)
    with pytest.raises(RateLimited):
        paces.admit(ada)

    assert refusal.value.retry_after == 10
    paces.admit(caller("bob"))


def test_whoever_waited_as_told_is_let_in() -> None:
    clock = Clock()
    paces, ada = Paces(clock), caller("ada")
    for _ in range(6):
        paces.admit(ada)
    clock.now += 3.5
    with pytest.raises(RateLimited) as refusal:
        paces.admit(ada)

    clock.now += refusal.value.retry_after

    paces.admit(ada)


def test_nobody_waits_without_a_limit() -> None:
    paces = Paces(Clock())

    for _ in range(1000):
        paces.admit(LOCAL)
        paces.receive(LOCAL, 10**9)


def test_a_minutes_bytes_may_come_at_once_and_then_more_with_each_second() -> None:
    clock = Clock()
    paces, ada = Paces(clock), caller("ada")

    paces.receive(ada, 400)
    paces.receive(ada, 200)
    with pytest.raises(RateLimited) as refusal:
        paces.receive(ada, 50)
    clock.now += 5
    paces.expect(ada, 50)
    paces.receive(ada, 50)
    with pytest.raises(RateLimited):
        paces.receive(ada, 1)

    assert refusal.value.retry_after == 5
    paces.receive(caller("bob"), 600)


def test_what_is_more_than_a_minutes_bytes_is_not_told_to_wait() -> None:
    paces, ada = Paces(Clock()), caller("ada")

    with pytest.raises(InvalidInput) as refusal:
        paces.expect(ada, 601)

    assert refusal.value.field == "body"
    paces.receive(ada, 600)


def test_where_a_caller_stands_is_told_for_requests_and_bytes() -> None:
    paces, ada = Paces(Clock()), caller("ada")
    paces.admit(ada)
    paces.receive(ada, 100)

    assert paces.standing(ada) == {
        "perMinute": 6,
        "remaining": 5,
        "bytesPerMinute": 600,
        "bytesRemaining": 500,
    }
    assert set(paces.standing(LOCAL).values()) == {None}
