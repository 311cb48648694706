"""How fast callers may ask."""

import pytest

from image_generation.domain.callers import LOCAL, Caller, CallerLimits, Role
from image_generation.domain.errors import RateLimited
from image_generation.services.paces import Paces


class Clock:
    """A clock that the test moves, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def caller(name: str) -> Caller:
    return Caller(name=name, role=Role.MEMBER, limits=CallerLimits(requests_per_minute=6))


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
