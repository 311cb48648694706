"""What a value may be, at both ends of every limit."""

import math

import pytest

from image_generation.domain import limits
from image_generation.domain.errors import ErrorCode, InvalidInput
from image_generation.domain.limits import Numbers, Texts

NUMBERS = [
    (limits.EDGE, 256, 2048),
    (limits.STEPS, 1, 150),
    (limits.GUIDANCE_SCALE, 1, 30),
    (limits.STRENGTH, 0, 1),
    (limits.SEED, 0, 4_294_967_295),
    (limits.TAGS_PER_IMAGE, 0, 32),
    (limits.PAGE, 0, 100),
    (limits.IDS_PER_REQUEST, 0, 100),
    (limits.COUNT, 1, 1000),
    (limits.OPTIONS_BYTES, 0, 16_384),
]

TEXTS = [
    (limits.PROMPT, 1, 4000),
    (limits.NEGATIVE_PROMPT, 0, 2000),
    (limits.NAME, 1, 200),
    (limits.IDEMPOTENCY_KEY, 1, 200),
    (limits.SEARCH, 1, 500),
    (limits.TAG, 1, 64),
    (limits.STYLE_TEXT, 0, 1000),
]


@pytest.mark.parametrize(("limit", "smallest", "largest"), NUMBERS)
def test_a_number_may_lie_at_either_end_and_no_further(
    limit: Numbers, smallest: int, largest: int
) -> None:
    limit.check("it", smallest)
    limit.check("it", largest)
    limit.check("it", None)

    for value in (smallest - 1, largest + 1, math.nextafter(largest, math.inf), -math.inf):
        with pytest.raises(InvalidInput, match="out of range"):
            limit.check("it", value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
def test_what_is_no_finite_number_is_refused(value: float) -> None:
    for limit, *_ in NUMBERS:
        with pytest.raises(InvalidInput, match="out of range"):
            limit.check("it", value)


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        (limits.STEPS, 151, "151 is out of range. Give a number from 1 to 150."),
        (limits.GUIDANCE_SCALE, 30.5, "30.5 is out of range. Give a number from 1 to 30."),
        (limits.GUIDANCE_SCALE, math.nan, "nan is out of range. Give a number from 1 to 30."),
        (limits.STRENGTH, 1.0000001, "1.0000001 is out of range. Give a number from 0 to 1."),
        (
            limits.SEED,
            4_294_967_296,
            "4294967296 is out of range. Give a number from 0 to 4294967295.",
        ),
    ],
)
def test_a_refusal_repeats_the_number_exactly_and_says_what_is_right(
    limit: Numbers, value: float, message: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        limit.check("wish", value)

    assert refusal.value.message == message
    assert refusal.value.field == "wish"
    assert refusal.value.code is ErrorCode.BAD_USER_INPUT


@pytest.mark.parametrize(("limit", "shortest", "longest"), TEXTS)
def test_a_text_may_have_either_length_and_no_other(
    limit: Texts, shortest: int, longest: int
) -> None:
    limit.check("it", "x" * shortest)
    limit.check("it", "\N{OTTER}" * longest)
    limit.check("it", None)

    with pytest.raises(InvalidInput) as refusal:
        limit.check("it", "x" * (longest + 1))
    assert refusal.value.message == (
        f"{longest + 1} characters do not fit. Give {shortest} to {longest} characters."
    )


@pytest.mark.parametrize("limit", [limit for limit, shortest, _ in TEXTS if shortest])
@pytest.mark.parametrize("text", ["", " ", "\t\n", "\N{NO-BREAK SPACE}\N{EM SPACE}"])
def test_a_text_that_must_be_there_is_not_blank(limit: Texts, text: str) -> None:
    with pytest.raises(InvalidInput, match="The text is empty"):
        limit.check("it", text)


@pytest.mark.parametrize("limit", [limit for limit, *_ in TEXTS])
@pytest.mark.parametrize("text", ["an\0otter", "\0", "\ud800", "otter\udfff", "\ud83e\udda6"])
def test_a_text_that_no_database_keeps_is_refused(limit: Texts, text: str) -> None:
    with pytest.raises(InvalidInput, match="The text is not valid Unicode"):
        limit.check("it", text)
