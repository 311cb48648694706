"""A generation's words: states and costs."""

from decimal import Decimal

import pytest

from image_generation.domain.generations import (
    FREE,
    UNFINISHED,
    UNKNOWN_COST,
    Cost,
    CostSource,
    GenerationStatus,
)

LISTED = Cost(Decimal("0.04"), CostSource.PRICE_LIST)
USED = Cost(Decimal("0.0021"), CostSource.USAGE)


def test_work_is_finished_unless_it_waits_or_runs() -> None:
    assert [status.name for status in GenerationStatus if status.finished] == [
        "SUCCEEDED",
        "FAILED",
        "CANCELED",
    ]
    assert UNFINISHED == (GenerationStatus.QUEUED, GenerationStatus.RUNNING)


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [
        (FREE, FREE, FREE),
        (FREE, USED, USED),
        (USED, LISTED, Cost(Decimal("0.0421"), CostSource.PRICE_LIST)),
        (USED, USED, Cost(Decimal("0.0042"), CostSource.USAGE)),
        (UNKNOWN_COST, FREE, UNKNOWN_COST),
        (UNKNOWN_COST, LISTED, UNKNOWN_COST),
    ],
)
def test_a_sum_is_exact_and_no_surer_than_its_parts(one: Cost, other: Cost, total: Cost) -> None:
    assert one.plus(other) == other.plus(one) == total
