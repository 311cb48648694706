"""Ids: their order is the order of time."""

import time
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_generation.domain.identifiers import Identifiers, first_of, moment_of, number_of

LAST_MILLISECOND = 253_402_300_799_999
"""The end of the year 9999, where Python's calendar ends."""


def assembled(milliseconds: int, counter: int = 0, random: int = 0) -> UUID:
    return UUID(int=milliseconds << 80 | 7 << 76 | counter << 64 | 2 << 62 | random)


ids = st.builds(
    assembled,
    st.integers(0, LAST_MILLISECOND),
    st.integers(0, 2**12 - 1),
    st.integers(0, 2**62 - 1),
)

neighbours = st.builds(
    assembled, st.integers(0, 1), st.integers(0, 1), st.integers(0, 7).map(lambda top: top << 59)
)


def test_each_id_is_a_uuid_version_7_of_this_moment() -> None:
    before = datetime.now(UTC)

    id = Identifiers().new()

    assert (id.version, id.variant) == (7, RFC_4122)
    assert before - timedelta(milliseconds=1) <= moment_of(id) <= datetime.now(UTC)


def test_each_id_and_its_number_are_greater_than_those_before() -> None:
    identifiers = Identifiers()

    made = [identifiers.new() for _ in range(10_000)]

    assert all(earlier < later for earlier, later in pairwise(made))
    assert all(number_of(earlier) < number_of(later) for earlier, later in pairwise(made))


def test_ids_grow_while_the_clock_is_set_back_and_more_come_than_a_millisecond_holds() -> None:
    identifiers = Identifiers()
    ahead = time.time_ns() // 1_000_000 + 3_600_000
    identifiers._milliseconds = ahead  # as if the last id were from an hour ahead

    made = [identifiers.new() for _ in range(3 * 2**12 - 1)]

    assert all(number_of(earlier) < number_of(later) for earlier, later in pairwise(made))
    assert made[0].int >> 80 == ahead
    assert made[-1].int >> 80 == ahead + 2
    assert {id.version for id in made} == {7}


@given(st.tuples(ids, ids) | st.tuples(neighbours, neighbours))
def test_the_order_of_numbers_is_the_order_of_ids(pair: tuple[UUID, UUID]) -> None:
    one, other = pair

    if number_of(one) != number_of(other):
        assert (number_of(one) < number_of(other)) == (one < other)
    assert 0 <= number_of(one) < 2**63


def test_the_first_63_ordered_bits_tell_ids_apart() -> None:
    made = [assembled(3, counter, top << 59) for counter in range(4) for top in range(8)]

    assert [number_of(id) for id in made] == [*range(3 << 15, (3 << 15) + 32)]


@given(st.integers(0, LAST_MILLISECOND))
def test_an_id_tells_its_millisecond_exactly(milliseconds: int) -> None:
    id = assembled(milliseconds)

    assert first_of(moment_of(id)) == id


@given(ids, st.datetimes(timezones=st.timezones()))
def test_an_id_is_not_below_a_moment_exactly_when_its_own_is_not(
    id: UUID, moment: datetime
) -> None:
    assert (id >= first_of(moment)) == (moment_of(id) >= moment)


@pytest.mark.parametrize(
    ("moment", "milliseconds"),
    [
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), 0),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 0, 1, UTC), 1),
        (datetime(1970, 1, 1, 0, 0, 0, 1000, UTC), 1),
        (datetime(1970, 1, 1, 0, 0, 0, 1001, UTC), 2),
        (datetime(2026, 7, 31, 12, 0, 0, 123_000, UTC), 1_785_499_200_123),
        (datetime(2026, 7, 31, 14, 0, 0, 122_001, timezone(timedelta(hours=2))), 1_785_499_200_123),
        (datetime.max.replace(tzinfo=UTC), LAST_MILLISECOND + 1),
        (
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
            LAST_MILLISECOND + 43_200_001,
        ),
    ],
)
def test_the_first_id_of_a_moment_is_of_that_millisecond_or_the_next(
    moment: datetime, milliseconds: int
) -> None:
    assert first_of(moment) == assembled(milliseconds)
