"""What the headers of a request come to."""

import pytest
from starlette.datastructures import Headers

from image_generation.http.conditions import Condition, wanted_range, weigh

ETAG = '"abc123"'


def headers(*lines: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.encode(), value.encode("latin-1")) for name, value in lines])


@pytest.mark.parametrize(
    "value",
    [
        ETAG,
        f"W/{ETAG}",
        "*",
        " * ",
        f'"other", {ETAG}',
        f'"other",{ETAG}',
        f'W/"other" , W/{ETAG} ,',
        f'"with, comma", {ETAG}',
        f'"\xe4", {ETAG}',
    ],
)
def test_a_tag_the_client_has_means_not_modified(value: str) -> None:
    assert weigh(headers(("if-none-match", value)), ETAG) is Condition.NOT_MODIFIED


@pytest.mark.parametrize(
    "value",
    ["", '""', "abc123", '"ABC123"', '"abc1234"', '"abc123', '"other", W/"another"', '"*"', "**"],
)
def test_a_tag_the_client_has_not_means_go_on(value: str) -> None:
    assert weigh(headers(("if-none-match", value)), ETAG) is Condition.MET


def test_tags_on_several_lines_are_one_list() -> None:
    lines = headers(("if-none-match", '"other"'), ("if-none-match", ETAG))

    assert weigh(lines, ETAG) is Condition.NOT_MODIFIED


@pytest.mark.parametrize("value", [ETAG, "*", f'"other", {ETAG}'])
def test_if_match_is_met_by_the_tag(value: str) -> None:
    assert weigh(headers(("if-match", value)), ETAG) is Condition.MET


@pytest.mark.parametrize("value", ["", '"other"', f"W/{ETAG}"])
def test_if_match_fails_without_the_strong_tag(value: str) -> None:
    assert weigh(headers(("if-match", value)), ETAG) is Condition.FAILED


def test_if_match_comes_before_if_none_match() -> None:
    lines = headers(("if-none-match", ETAG), ("if-match", '"other"'))

    assert weigh(lines, ETAG) is Condition.FAILED


def test_no_condition_is_met() -> None:
    assert weigh(headers(), ETAG) is Condition.MET


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-9", range(10)),
        ("bytes=3-7", range(3, 8)),
        ("bytes=3-", range(3, 10)),
        ("bytes=9-", range(9, 10)),
        ("bytes=5-99", range(5, 10)),
        ("bytes=5-99999999999999999999", range(5, 10)),
        ("bytes=-1", range(9, 10)),
        ("bytes=-10", range(10)),
        ("bytes=-99", range(10)),
        ("Bytes=0-1", range(2)),
        ("bytes= 0-1 ", range(2)),
        ("bytes=000-001", range(2)),
    ],
)
def test_one_range_is_read(value: str, expected: range) -> None:
    assert wanted_range(headers(("range", value)), ETAG, 10) == expected


@pytest.mark.parametrize(
    "value", ["bytes=10-", "bytes=10-20", "bytes=99999999999999999999-", "bytes=-0"]
)
def test_a_range_beyond_the_bytes_is_empty(value: str) -> None:
    assert wanted_range(headers(("range", value)), ETAG, 10) == range(0)


@pytest.mark.parametrize("value", ["bytes=0-", "bytes=0-5", "bytes=-5"])
def test_nothing_has_no_range(value: str) -> None:
    assert wanted_range(headers(("range", value)), ETAG, 0) == range(0)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5",
        "bytes=5-3",
        "bytes=0-1,3-4",
        "bytes=0-1,",
        "bytes=--1",
        "bytes=-1-2",
        "bytes=0x1-2",
        "bytes=\xb2-3",
        "bytes=1 - 2",
        "bytes =1-2",
        "items=0-1",
        f"bytes={5000 * '9'}-",
        f"bytes=-{5000 * '9'}",
    ],
)
def test_what_is_not_one_range_is_ignored(value: str) -> None:
    assert wanted_range(headers(("range", value)), ETAG, 10) is None


def test_several_lines_of_ranges_are_ignored() -> None:
    lines = headers(("range", "bytes=0-1"), ("range", "bytes=0-1"))

    assert wanted_range(lines, ETAG, 10) is None


def test_no_range_is_everything() -> None:
    assert wanted_range(headers(), ETAG, 10) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ETAG, range(2)),
        (f" {ETAG} ", range(2)),
        ('"other"', None),
        (f"W/{ETAG}", None),
        (f'{ETAG}, "other"', None),
        ("Sat, 01 Jan 2022 00:00:00 GMT", None),
        ("", None),
    ],
)
def test_a_range_counts_if_the_picture_is_still_the_same(
    value: str, expected: range | None
) -> None:
    lines = headers(("range", "bytes=0-1"), ("if-range", value))

    assert wanted_range(lines, ETAG, 10) == expected
