"""From picture to picture, over HTTP: what is made is compared with what it was made from."""

from pathlib import Path
from typing import Any

import pytest

from image_generation.providers.procedural import ProceduralProvider
from tests.product.drawings import (
    IMG2IMG,
    INPAINT,
    UPLOAD,
    difference,
    photo,
    pixels_at,
    pixels_of,
    sent,
    sky_mask,
)
from tests.product.running import Running, painters, running

pytestmark = pytest.mark.anyio

COUNT = "{ gallery { totalCount } }"


async def img2img(house: Running, **wish: Any) -> Any:
    asked = {"prompt": "a stormy sea at night", "seed": 5, **wish}
    return (await house.ask(IMG2IMG, input=asked))["img2img"]["generation"]


async def inpaint(house: Running, **wish: Any) -> Any:
    asked = {"prompt": "a starry sky at night", "seed": 5, **wish}
    return (await house.ask(INPAINT, input=asked))["inpaint"]["generation"]


async def upload(house: Running, picture: Any) -> Any:
    return (await house.ask(UPLOAD, input={"image": sent(picture)}))["uploadImage"]["image"]


async def test_the_less_strength_the_more_the_picture_is_like_its_source(house: Running) -> None:
    source = photo()
    image = await upload(house, source)
    made = [
        await img2img(house, image={"imageId": image["id"]}, strength=strength)
        for strength in (0.0, 0.3, 0.75, 1.0)
    ]

    apart = [
        difference(await pixels_at(house, each["image"]["url"]), pixels_of(source)) for each in made
    ]
    assert [each["strength"] for each in made] == [0, 0.3, 0.75, 1]
    assert apart == sorted(apart)
    assert apart[0] < 1 < 20 < apart[2]
    assert apart[3] > 40


async def test_a_picture_made_with_all_strength_is_that_of_the_words_alone(house: Running) -> None:
    wish: Any = {"prompt": "a stormy sea at night", "seed": 5, "width": 320, "height": 256}
    words = await house.generate(**wish)
    made = await img2img(house, image=sent(photo()), strength=1.0)

    both = [await pixels_at(house, each["image"]["url"]) for each in (words, made)]
    assert difference(*both) < 2


async def test_what_is_black_in_the_mask_is_kept_to_the_pixel(house: Running) -> None:
    source = photo()
    made = await inpaint(house, image=sent(source), mask=sent(sky_mask()))

    painted, kept = await pixels_at(house, made["image"]["url"]), pixels_of(source)
    assert made["strength"] == 1
    assert (painted[128:] == kept[128:]).all()
    assert difference(painted[:112], kept[:112]) > 30


async def test_without_a_size_the_picture_is_as_large_as_its_source(house: Running) -> None:
    made = await img2img(house, image=sent(photo(400, 300)))

    assert (made["image"]["width"], made["image"]["height"]) == (400, 300)
    assert made["adjustments"] == []


async def test_an_edge_that_is_not_named_follows_the_proportions(house: Running) -> None:
    made = await img2img(house, image=sent(photo(400, 300)), width=512)

    assert (made["image"]["width"], made["image"]["height"]) == (512, 384)


async def test_a_large_source_is_brought_into_the_limits(house: Running) -> None:
    made = await img2img(house, image=sent(photo(3000, 600)), wait=False)

    assert (made["width"], made["height"]) == (2048, 410)


async def test_what_is_sent_is_in_the_gallery_and_can_be_started_from_again(
    house: Running,
) -> None:
    made = await img2img(house, image=sent(photo()))
    again = await img2img(house, image={"imageId": made["source"]["id"]})

    assert made["operation"] == made["image"]["operation"] == "IMG2IMG"
    assert made["image"]["source"] == made["source"] == again["source"]
    assert again["image"]["sha256"] == made["image"]["sha256"]
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 3


async def test_an_upload_is_a_picture_that_nobody_made(house: Running) -> None:
    image = await upload(house, photo())

    assert image["operation"] == image["generation"]["operation"] == "UPLOAD"
    assert (image["provider"], image["model"], image["style"]) == ("upload", "", "")
    assert (image["prompt"], image["seed"], image["source"]) == ("", None, None)
    assert image["generation"]["status"] == "SUCCEEDED"
    assert image["generation"]["progress"] == 1
    assert image["generation"]["cost"] is None
    assert difference(await pixels_at(house, image["url"]), pixels_of(photo())) == 0


async def test_an_upload_by_id_is_the_picture_itself(house: Running) -> None:
    image = await upload(house, photo())
    same = await house.ask(UPLOAD, input={"image": {"imageId": image["id"]}})

    assert same["uploadImage"]["image"] == image
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 1


async def test_a_mask_of_another_size_is_scaled_and_that_is_told(house: Running) -> None:
    made = await inpaint(house, image=sent(photo()), mask=sent(sky_mask(160, 128)))

    painted = await pixels_at(house, made["image"]["url"])
    assert made["adjustments"] == [
        {
            "field": "mask",
            "asked": "160x128",
            "used": "320x256",
            "reason": "A mask has the size of its image, 320x256.",
        }
    ]
    assert (painted[132:] == pixels_of(photo())[132:]).all()


@pytest.mark.parametrize(
    ("wish", "code", "field", "says"),
    [
        ({"mask": sent(sky_mask(256, 256))}, "BAD_USER_INPUT", "mask", "another shape"),
        ({"mask": sent(sky_mask().point(lambda _: 0))}, "BAD_USER_INPUT", "mask", "white"),
        ({"mask": sent(b"GIF89a")}, "BAD_USER_INPUT", "mask", "cannot be read"),
        ({"mask": {"base64": "not base64!"}}, "BAD_USER_INPUT", "mask", "not base64"),
        ({"mask": {"upload": "name.png"}}, "BAD_USER_INPUT", "mask", "no file"),
        ({"image": sent(b"GIF89a")}, "BAD_USER_INPUT", "image", "cannot be read"),
        ({"image": {"base64": ""}}, "BAD_USER_INPUT", "image", "empty"),
        ({"image": {"imageId": "?"}}, "BAD_USER_INPUT", "image", "not an id"),
        ({"strength": 1.5}, "BAD_USER_INPUT", "strength", "out of range"),
        ({"style": "none"}, "BAD_USER_INPUT", "style", "style"),
        ({"width": 9}, "BAD_USER_INPUT", "width", "out of range"),
        (
            {"mask": sent(sky_mask(160, 128)), "strict": True},
            "UNSUPPORTED",
            "mask",
            "A mask has the size",
        ),
    ],
)
async def test_what_is_refused_leaves_nothing(
    house: Running, wish: Any, code: str, field: str, says: str
) -> None:
    asked = {"prompt": "a sky", "image": sent(photo()), "mask": sent(sky_mask()), **wish}
    error = await house.error(INPAINT, input=asked)

    assert (error["code"], error["field"]) == (code, field)
    assert says in error["message"]
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 0
    assert house.files() == []


async def test_the_same_key_and_pictures_give_the_same_answer(house: Running) -> None:
    wish = {"image": sent(photo()), "mask": sent(sky_mask()), "idempotencyKey": "once"}
    first, again = [await inpaint(house, **wish) for _ in range(2)]
    files = house.files()
    other = {**wish, "prompt": "a starry sky at night", "seed": 5}
    other["mask"] = sent(sky_mask().rotate(180))
    refused = await house.error(INPAINT, input=other)

    assert again == first
    assert len(files) == 3
    assert refused["code"] == "CONFLICT"
    assert house.files() == files


async def test_a_source_that_is_deleted_leaves_what_was_made_from_it(house: Running) -> None:
    made = await img2img(house, image=sent(photo()))
    delete = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
    look = "query ($id: ID!) { image(id: $id) { source { id } generation { source { id } } } }"
    await house.ask(delete, id=made["source"]["id"])

    left = (await house.ask(look, id=made["image"]["id"]))["image"]
    assert left == {"source": None, "generation": {"source": None}}
    gone = {"prompt": "a sea", "image": {"imageId": made["source"]["id"]}}
    assert await house.error(IMG2IMG, input=gone) == {
        "message": "There is no such picture.",
        "code": "NOT_FOUND",
        "field": "image",
    }


async def test_deleting_what_was_inpainted_deletes_its_mask(house: Running) -> None:
    made = await inpaint(house, image=sent(photo()), mask=sent(sky_mask()))
    delete = "mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds } }"
    await house.ask(delete, ids=[made["source"]["id"], made["image"]["id"]])

    assert house.files() == []


async def test_work_whose_source_is_deleted_before_it_begins_fails_and_costs_nothing(
    tmp_path: Path,
) -> None:
    slow = painters(ProceduralProvider(delay=0.5))
    async with running(tmp_path, slow, max_concurrency=1) as house:
        await house.generate(wait=False)
        made = await img2img(house, image=sent(photo()), wait=False)
        delete = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
        await house.ask(delete, id=made["source"]["id"])

        end = await house.finished(made["id"])
    assert (end["status"], end["error"]) == ("FAILED", {"code": "NOT_FOUND", "charged": False})
