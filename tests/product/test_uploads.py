"""Pictures as files, ids and base64: the three ways to give one, with every mutation."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.product.drawings import (
    IMG2IMG,
    INPAINT,
    UPLOAD,
    difference,
    encoded,
    photo,
    pixels_at,
    pixels_of,
    sent,
    sky_mask,
)
from tests.product.running import Running, running
from tests.product.sending import send, sent_data, sent_error

pytestmark = pytest.mark.anyio

COUNT = "{ gallery { totalCount } }"
PHOTO, MASK = encoded(photo()), encoded(sky_mask())
WISH = {"prompt": "a starry sky at night", "seed": 5}


async def nothing_is_kept(house: Running) -> bool:
    """Whether there is neither a row nor a file."""
    return (await house.ask(COUNT))["gallery"]["totalCount"] == 0 and house.files() == []


async def test_a_file_is_kept_in_the_gallery(house: Running) -> None:
    image = (await sent_data(house, UPLOAD, {}, image=PHOTO))["uploadImage"]["image"]

    assert image["operation"] == "UPLOAD"
    assert difference(await pixels_at(house, image["url"]), pixels_of(photo())) == 0


async def test_a_file_an_id_and_base64_make_the_same_picture(house: Running) -> None:
    kept = (await sent_data(house, UPLOAD, {}, image=PHOTO))["uploadImage"]["image"]
    by_file = await sent_data(house, IMG2IMG, WISH, image=PHOTO)
    by_id = await house.ask(IMG2IMG, input={**WISH, "image": {"imageId": kept["id"]}})
    by_text = await house.ask(IMG2IMG, input={**WISH, "image": sent(photo())})

    made = {d["img2img"]["generation"]["image"]["sha256"] for d in (by_file, by_id, by_text)}
    assert len(made) == 1


async def test_a_picture_and_its_mask_may_both_be_files(house: Running) -> None:
    data = await sent_data(house, INPAINT, WISH, image=PHOTO, mask=MASK)

    made = data["inpaint"]["generation"]["image"]
    painted, kept = await pixels_at(house, made["url"]), pixels_of(photo())
    assert (painted[128:] == kept[128:]).all()
    assert difference(painted[:112], kept[:112]) > 30


async def test_one_may_be_a_file_and_the_other_an_id(house: Running) -> None:
    kept = (await sent_data(house, UPLOAD, {}, image=PHOTO))["uploadImage"]["image"]
    wish = {**WISH, "image": {"imageId": kept["id"]}}

    made = (await sent_data(house, INPAINT, wish, mask=MASK))["inpaint"]["generation"]

    assert made["status"] == "SUCCEEDED"
    assert made["source"]["id"] == kept["id"]


async def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    most = len(PHOTO)
    async with running(tmp_path, max_upload_bytes=most) as house:
        fits = await sent_data(house, UPLOAD, {}, image=PHOTO)
        refused = await sent_error(house, UPLOAD, {}, image=PHOTO + b"x")
        count = (await house.ask(COUNT))["gallery"]["totalCount"]

    assert fits["uploadImage"]["image"]["width"] == 320
    assert count == 1
    assert refused == {
        "message": f"`image`: {most + 1} bytes are too many. Give at most {most} bytes.",
        "code": "BAD_USER_INPUT",
        "field": "image",
    }


async def test_a_form_may_have_two_pictures_of_the_largest_size_and_words(tmp_path: Path) -> None:
    words = 4 * 1024 * 1024

    async with running(tmp_path, max_upload_bytes=1024) as house:
        response = await send(house, UPLOAD, {}, image=b"x" * (words + 2 * 1024))

        [error] = response.json()["errors"]
        assert await nothing_is_kept(house)
    assert response.status_code == 413
    assert error["message"] == f"The request is too large: at most {words + 2 * 1024} bytes."


async def test_a_form_without_a_preflight_keeps_nothing(house: Running) -> None:
    operations = json.dumps({"query": UPLOAD, "variables": {"input": {"image": {"upload": None}}}})
    places = json.dumps({"0": ["variables.input.image.upload"]})
    parts: Any = [
        ("operations", (None, operations)),
        ("map", (None, places)),
        ("0", ("a.png", PHOTO)),
    ]

    response = await house.client.post("/graphql", files=parts)

    assert response.status_code == 400
    assert await nothing_is_kept(house)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"upload": None},
        {"base64": None},
        {"imageId": "x", "base64": "eA=="},
        {"upload": "x", "imageId": "x"},
        {"upload": None, "base64": "eA=="},
        {"url": "http://127.0.0.1/a.png"},
        "a.png",
    ],
)
@pytest.mark.parametrize(
    ("mutation", "input"), [(UPLOAD, {}), (IMG2IMG, WISH), (INPAINT, {**WISH, "mask": sent(MASK)})]
)
async def test_exactly_one_way_has_to_be_given(
    house: Running, mutation: str, input: Any, source: Any
) -> None:
    errors = (await house.post(mutation, input={**input, "image": source})).json()["errors"]

    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert all(error["extensions"]["field"].startswith("input.image") for error in errors)
    assert await nothing_is_kept(house)


@pytest.mark.parametrize("value", ["a.png", {}, [], 1, True])
async def test_a_file_is_not_written_into_json(house: Running, value: Any) -> None:
    error = await house.error(UPLOAD, input={"image": {"upload": value}})

    assert error == {
        "message": "`image`: There is no file. "
        "Send the operation as multipart/form-data and map a file to this variable.",
        "code": "BAD_USER_INPUT",
        "field": "image",
    }


async def test_many_files_come_with_one_document(house: Running) -> None:
    document = """
    mutation ($a: UploadImageInput!, $b: UploadImageInput!) {
      a: uploadImage(input: $a) { image { width } }
      b: uploadImage(input: $b) { image { width } }
    }
    """
    source = {"image": {"upload": None}}
    operations = json.dumps({"query": document, "variables": {"a": source, "b": source}})
    places = json.dumps({"0": ["variables.a.image.upload"], "1": ["variables.b.image.upload"]})
    parts: Any = [
        ("operations", (None, operations)),
        ("map", (None, places)),
        ("0", ("a.png", PHOTO)),
        ("1", ("b.png", encoded(photo(64, 64)))),
    ]

    headers = {"graphql-require-preflight": "1"}
    response = await house.client.post("/graphql", files=parts, headers=headers)

    assert response.json()["data"] == {
        "a": {"image": {"width": 320}},
        "b": {"image": {"width": 64}},
    }


async def test_an_empty_file_is_named(house: Running) -> None:
    response = await send(house, INPAINT, WISH, image=PHOTO, mask=b"")

    [error] = response.json()["errors"]
    assert error["message"] == "`mask`: The file is empty. Give a PNG, JPEG or WebP picture."
    assert await nothing_is_kept(house)
