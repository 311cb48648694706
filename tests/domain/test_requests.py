"""Wishes: what is refused, and when two are the same."""

from dataclasses import fields, replace
from typing import Any

import pytest

from image_generation.domain.errors import InvalidInput
from image_generation.domain.requests import GenerationRequest

WISH = GenerationRequest(prompt="an otter in the rain")

OTHERS: dict[str, Any] = {
    "prompt": "an otter in the sun",
    "negative_prompt": "blur",
    "style": "anime",
    "provider": "openai",
    "model": "gpt-image-2",
    "width": 512,
    "height": 512,
    "steps": 20,
    "guidance_scale": 7.5,
    "seed": 0,
    "enhance_prompt": False,
    "options": {"quality": "high"},
    "strict": True,
}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_the_same_wish_has_the_same_digest_however_its_options_are_ordered() -> None:
    one = replace(WISH, options={"quality": "high", "format": {"a": 1, "b": 2}})
    same = replace(WISH, options={"format": {"b": 2, "a": 1}, "quality": "high"})

    assert one.digest == same.digest
    assert len(one.digest) == 64


def test_every_field_is_part_of_the_digest() -> None:
    wishes = [WISH, *(replace(WISH, **{name: value}) for name, value in OTHERS.items())]

    digests = {wish.digest for wish in wishes}

    assert OTHERS.keys() == {field.name for field in fields(GenerationRequest)}
    assert len(digests) == len(wishes)


def test_a_wish_within_the_limits_is_good() -> None:
    WISH.check()
    replace(WISH, **OTHERS).check()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("prompt", "p" * 4001),
        ("negative_prompt", "n" * 2001),
        ("style", ""),
        ("provider", " "),
        ("model", "m" * 201),
        ("width", 255),
        ("height", 2049),
        ("steps", 0),
        ("guidance_scale", 0.99),
        ("guidance_scale", float("nan")),
        ("seed", -1),
        ("options", {"text": "x" * 16_385}),
        ("options", {"text": "\ud800"}),
        ("options", {"number": 2**64}),
        ("options", {"deep": nested(300)}),
    ],
)
def test_a_wish_outside_the_limits_is_refused_by_the_name_of_the_field(
    field: str, value: Any
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        replace(WISH, **{field: value}).check()

    assert refusal.value.field == field


def test_options_may_fill_their_limit_exactly() -> None:
    full = {"text": "x" * (16_384 - len('{"text":""}'))}

    replace(WISH, options=full).check()
    with pytest.raises(InvalidInput) as refusal:
        replace(WISH, options={"text": full["text"] + "x"}).check()

    assert refusal.value.message == "16385 bytes are too many. Give at most 16384 bytes of JSON."


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_options_hold_no_number_that_json_has_not(number: float) -> None:
    with pytest.raises(InvalidInput) as refusal:
        replace(WISH, options={"list": [1, {"scale": number}]}).check()

    assert refusal.value.message == "The value cannot be stored. Give a plain JSON object."
