"""A picture again: the same to the byte, or with what is named changed."""

from typing import Any

import pytest

from tests.product.drawings import (
    IMG2IMG,
    INPAINT,
    REGENERATE,
    UPLOAD,
    difference,
    photo,
    pixels_at,
    sent,
    sky_mask,
)
from tests.product.running import Running

pytestmark = pytest.mark.anyio


async def again(house: Running, made: Any, **changes: Any) -> Any:
    asked = {"imageId": made["image"]["id"], **changes}
    return (await house.ask(REGENERATE, input=asked))["regenerate"]["generation"]


async def test_with_nothing_named_the_same_picture_is_made_again(house: Running) -> None:
    made = await house.generate("a lake", style="watercolor", negativePrompt="boats", steps=7)
    same = await again(house, made)

    named = ("prompt", "finalPrompt", "seed", "steps", "guidanceScale", "width", "height")
    assert {name: same[name] for name in named} == {name: made[name] for name in named}
    assert same["id"] != made["id"]
    assert same["image"]["sha256"] == made["image"]["sha256"]
    assert same["adjustments"] == []


async def test_what_is_named_is_changed_and_the_rest_stays(house: Running) -> None:
    made = await house.generate("a lake", steps=7)
    other = await again(house, made, seed=made["seed"] + 1, prompt="a desert")

    assert (other["seed"], other["prompt"]) == (made["seed"] + 1, "a desert")
    assert (other["steps"], other["width"]) == (7, made["width"])
    assert other["image"]["sha256"] != made["image"]["sha256"]


async def test_another_style_brings_its_own_steps(house: Running) -> None:
    made = await house.generate("a lake", steps=7)
    other = await again(house, made, style="sketch")
    fresh = await house.generate("a lake", style="sketch", seed=made["seed"])

    assert other["steps"] == fresh["steps"] != 7
    assert other["image"]["sha256"] == fresh["image"]["sha256"]


async def test_what_was_made_from_a_picture_is_made_from_it_again(house: Running) -> None:
    wish = {"prompt": "a starry night", "image": sent(photo())}
    redrawn = (await house.ask(IMG2IMG, input={**wish, "strength": 0.4}))["img2img"]["generation"]
    asked = {**wish, "mask": sent(sky_mask())}
    repaired = (await house.ask(INPAINT, input=asked))["inpaint"]["generation"]

    for made in (redrawn, repaired):
        same = await again(house, made)
        assert same["source"] == made["source"]
        assert same["image"]["sha256"] == made["image"]["sha256"]
    stronger = await again(house, redrawn, strength=0.9)
    assert stronger["strength"] == 0.9
    both = [await pixels_at(house, each["image"]["url"]) for each in (redrawn, stronger)]
    assert difference(*both) > 10


@pytest.mark.parametrize(
    ("field", "value"), [("seed", 2**64), ("seed", -1), ("steps", 1000), ("strength", 7)]
)
async def test_a_change_outside_its_limits_is_refused(
    house: Running, field: str, value: int
) -> None:
    made = await house.generate("a lake")
    asked = f'imageId: "{made["image"]["id"]}", idempotencyKey: "again", {field}: {value}'

    error = await house.error(f"mutation {{ regenerate(input: {{{asked}}}) {{ __typename }} }}")

    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
    assert len(house.files()) == 1


async def test_an_upload_cannot_be_made_again(house: Running) -> None:
    image = (await house.ask(UPLOAD, input={"image": sent(photo())}))["uploadImage"]["image"]
    error = await house.error(REGENERATE, input={"imageId": image["id"]})

    assert (error["code"], error["field"]) == ("UNSUPPORTED", "imageId")


async def test_without_its_source_it_cannot_be_made_again(house: Running) -> None:
    wish = {"prompt": "a starry night", "image": sent(photo())}
    made = (await house.ask(IMG2IMG, input=wish))["img2img"]["generation"]
    delete = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
    await house.ask(delete, id=made["source"]["id"])

    error = await house.error(REGENERATE, input={"imageId": made["image"]["id"]})
    assert (error["code"], error["field"]) == ("NOT_FOUND", "imageId")
    assert "was deleted" in error["message"]


async def test_the_same_key_makes_it_again_once(house: Running) -> None:
    made = await house.generate("a lake")
    asked = {"imageId": made["image"]["id"], "idempotencyKey": "again"}
    first, second = [await again(house, made, idempotencyKey="again") for _ in range(2)]

    assert first == second
    error = await house.error(REGENERATE, input={**asked, "steps": 3})
    assert error["code"] == "CONFLICT"
