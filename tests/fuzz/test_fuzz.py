"""The dice fall where they should, and what they find is not overlooked."""

import pytest
from graphql import GraphQLError, build_schema, parse, validate

from tests.fuzz.__main__ import Report, faults_in, tell
from tests.fuzz.chance import Chance
from tests.fuzz.documents import Documents
from tests.fuzz.world import BROKEN, HUNG, NONE, Known, Outcome
from tests.readme import ROOT


def test_most_documents_fit_the_schema_and_some_do_not() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
    fitting = 0

    for number in range(200):
        text = Documents(schema, Known(), Chance(number)).write().text
        try:
            fitting += validate(schema, parse(text)) == []
        except GraphQLError:  # a text that GraphQL cannot hold, a lone surrogate for instance
            continue

    assert 100 < fitting < 200


def test_the_same_dice_fall_the_same_way() -> None:
    first, second = Chance("7"), Chance("7")

    assert first.garbled(b"lighthouse" * 20) == second.garbled(b"lighthouse" * 20)
    assert first.garbled_text("lighthouse") == second.garbled_text("lighthouse")


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        (Outcome("", 200, b'{"data": {}}'), None),
        (Outcome("", 400, b'{"errors": [{"extensions": {"code":"BAD_USER_INPUT"}}]}'), None),
        (Outcome("", NONE), None),
        (Outcome("", 4400), None),
        (Outcome("", 500), "ended with 500"),
        (Outcome("", 1011), "ended with 1011"),
        (Outcome("", 1006), "ended with 1006"),
        (Outcome("", HUNG), "hung"),
        (Outcome("", BROKEN), "broke off"),
        (Outcome("", 200, b'{"code":"STORAGE_FAILED"}'), "answered STORAGE_FAILED"),
        (Outcome("", 200, b'{"code": "INTERNAL_SERVER_ERROR"}'), "answered INTERNAL_SERVER_ERROR"),
    ],
)
def test_a_fault_of_the_service_is_told_from_a_refusal(outcome: Outcome, fault: str | None) -> None:
    assert outcome.fault() == fault


def test_what_the_service_calls_an_error_is_one() -> None:
    lines = [b'{"level": "info"}', b'{"level": "error", "event": "x"}', b"Traceback"]

    assert faults_in(b"\n".join(lines)) == [
        'log: {"level": "error", "event": "x"}',
        "log: Traceback",
    ]


@pytest.mark.parametrize(
    ("faults", "end", "is_well"), [([], 200, True), (["one"], 200, False), ([], 300, False)]
)
def test_a_fault_or_growth_is_not_well(
    faults: list[str], end: int, is_well: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    million = 1024 * 1024

    assert tell(Report(faults=[*faults]), 1, 100 * million, end * million) is is_well

    assert f"{0 if is_well else 1} faults" in capsys.readouterr().out
