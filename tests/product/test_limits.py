"""Every limit: the value just inside is accepted, the one just outside changes nothing."""

from typing import Any

import pytest

from tests.product.running import GENERATE, Running

pytestmark = pytest.mark.anyio

ESTIMATE = "query ($input: GenerateInput!) { estimate(input: $input) { source } }"
GALLERY = """
query ($first: Int, $last: Int, $after: String, $before: String, $filter: GalleryFilter) {
  gallery(first: $first, last: $last, after: $after, before: $before, filter: $filter) {
    edges { node { id } }
  }
}
"""
UPDATE = "mutation ($input: UpdateImageInput!) { updateImage(input: $input) { image { tags } } }"
EVERYTHING = "{ gallery { totalCount } }"

INSIDE: list[tuple[str, Any]] = [
    ("prompt", "x"),
    ("prompt", "x" * 4000),
    ("negativePrompt", ""),
    ("negativePrompt", "x" * 2000),
    ("style", "DEFAULT"),
    ("style", None),
    ("provider", "Procedural"),
    ("model", "Painter-1"),
    ("width", 256),
    ("width", 2048),
    ("height", 256),
    ("height", 2048),
    ("steps", 1),
    ("steps", 150),
    ("guidanceScale", 1),
    ("guidanceScale", 30.0),
    ("seed", 0),
    ("seed", 4294967295),
    ("options", {}),
    ("options", None),
]

OUTSIDE: list[tuple[str, Any, str]] = [
    ("prompt", "", "The text is empty. Give 1 to 4000 characters."),
    ("prompt", " \n ", "The text is empty. Give 1 to 4000 characters."),
    ("prompt", "x" * 4001, "4001 characters do not fit. Give 1 to 4000 characters."),
    ("prompt", "a\0b", "The text is not valid Unicode. Leave out NUL and surrogates."),
    ("negativePrompt", "x" * 2001, "2001 characters do not fit. Give 0 to 2000 characters."),
    (
        "style",
        "cubist",
        "There is no such style. Give one of: default, photorealistic, artistic, anime, "
        "cinematic, digital_art, watercolor, oil_painting, pixel_art, sketch.",
    ),
    ("provider", "nobody", "There is no such provider. Give one of: procedural."),
    ("model", "none", "Procedural painter has no such model. Give one of: painter-1."),
    ("width", 255, "255 is out of range. Give a number from 256 to 2048."),
    ("width", 2049, "2049 is out of range. Give a number from 256 to 2048."),
    ("height", 255, "255 is out of range. Give a number from 256 to 2048."),
    ("height", 2049, "2049 is out of range. Give a number from 256 to 2048."),
    ("steps", 0, "0 is out of range. Give a number from 1 to 150."),
    ("steps", 151, "151 is out of range. Give a number from 1 to 150."),
    ("guidanceScale", 0.9, "0.9 is out of range. Give a number from 1 to 30."),
    ("guidanceScale", 30.1, "30.1 is out of range. Give a number from 1 to 30."),
    ("seed", -1, "-1 is out of range. Give a number from 0 to 4294967295."),
    ("seed", 4294967296, "4294967296 is out of range. Give a number from 0 to 4294967295."),
    ("options", {"sharp": 1}, "Painter 1 has no option 'sharp'. Its options: none."),
    ("options", [1], "The value is not an object. Give a JSON object."),
]


@pytest.mark.parametrize(("field", "value"), INSIDE)
async def test_a_value_just_inside_is_accepted(house: Running, field: str, value: Any) -> None:
    answer = await house.ask(ESTIMATE, input={"prompt": "a sea", field: value})

    assert answer == {"estimate": {"source": "FREE"}}


async def test_values_just_outside_are_refused_and_nothing_happens(house: Running) -> None:
    for field, value, sentence in OUTSIDE:
        error = await house.error(GENERATE, input={"prompt": "a sea", field: value})

        assert error == {
            "message": f"`{field}`: {sentence}",
            "code": "BAD_USER_INPUT",
            "field": field,
        }
    await _is_empty(house)


@pytest.mark.parametrize(
    ("field", "value"),
    [("width", 256.5), ("seed", "1"), ("seed", 1.5), ("seed", True), ("steps", "many")],
)
async def test_a_value_of_the_wrong_kind_names_its_field(
    house: Running, field: str, value: Any
) -> None:
    error = await house.error(GENERATE, input={"prompt": "a sea", field: value})

    assert error["code"] == "BAD_USER_INPUT"
    assert error["field"].endswith(field)
    await _is_empty(house)


async def test_an_idempotency_key_has_at_most_200_characters(house: Running) -> None:
    await house.generate(idempotencyKey="k" * 200)
    error = await house.error(GENERATE, input={"prompt": "a sea", "idempotencyKey": "k" * 201})

    assert error["field"] == "idempotencyKey"
    assert len(house.files()) == 1


@pytest.mark.parametrize("count", [1, 1000])
async def test_an_estimate_is_for_one_to_a_thousand_pictures(house: Running, count: int) -> None:
    query = '{ estimate(input: {prompt: "a sea"}, count: %d) { source } }'

    assert await house.ask(query % count) == {"estimate": {"source": "FREE"}}
    for wrong in (0, 1001):
        assert (await house.error(query % wrong))["field"] == "count"


@pytest.mark.parametrize("page", [{"first": 0}, {"first": 100}, {"last": 0}, {"last": 100}])
async def test_a_page_holds_up_to_a_hundred(house: Running, page: dict[str, int]) -> None:
    assert await house.ask(GALLERY, **page) == {"gallery": {"edges": []}}


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ({"first": -1}, "first"),
        ({"first": 101}, "first"),
        ({"last": -1}, "last"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "zzz"}, "after"),
        ({"before": "Y3Vyc29yOg=="}, "before"),
        ({"filter": {"search": ""}}, "filter.search"),
        ({"filter": {"search": "x" * 501}}, "filter.search"),
        ({"filter": {"search": "!?"}}, "filter.search"),
        ({"filter": {"seed": -1}}, "filter.seed"),
        ({"filter": {"tag": "x" * 65}}, "filter.tag"),
        ({"filter": {"provider": ""}}, "filter.provider"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(
    house: Running, page: dict[str, Any], field: str
) -> None:
    error = await house.error(GALLERY, **page)

    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", 1, ""])
async def test_a_moment_without_an_offset_is_refused(house: Running, moment: Any) -> None:
    error = await house.error(GALLERY, filter={"createdAfter": moment})

    assert error["code"] == "BAD_USER_INPUT"
    assert error["field"].endswith("createdAfter")


async def test_tags_are_few_and_short(house: Running) -> None:
    id = (await house.generate())["image"]["id"]
    most, longest = [f"t{number}" for number in range(32)], ["x" * 64]

    for tags in (most, longest, []):
        answer = await house.ask(UPDATE, input={"id": id, "tags": tags})
        assert answer["updateImage"]["image"]["tags"] == tags
    for tags in ([*most, "one more"], ["x" * 65], [""], ["\0"]):
        assert (await house.error(UPDATE, input={"id": id, "tags": tags}))["field"] == "tags"
    image = await house.ask("query ($id: ID!) { image(id: $id) { tags } }", id=id)
    assert image["image"]["tags"] == []


async def test_ids_come_a_hundred_at_a_time(house: Running) -> None:
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    delete = "mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds } }"
    id = "SW1hZ2U6MDFhMjAyYzAtYjdhNS03MWM2LWExNGYtMTViYWU3ZWNhMzQ5"

    assert await house.ask(nodes, ids=[id] * 100) == {"nodes": [None] * 100}
    assert await house.ask(delete, ids=[id] * 100) == {"deleteImages": {"deletedIds": []}}
    assert (await house.error(nodes, ids=[id] * 101))["field"] == "ids"
    assert (await house.error(delete, ids=[id] * 101))["field"] == "ids"


async def _is_empty(house: Running) -> None:
    assert await house.ask(EVERYTHING) == {"gallery": {"totalCount": 0}}
    assert house.files() == []
