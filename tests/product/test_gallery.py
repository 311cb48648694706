"""Looking for pictures, and taking care of them."""

from typing import Any

import pytest

from tests.product.running import Running

pytestmark = pytest.mark.anyio

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $filter: GalleryFilter,
       $orderBy: GalleryOrder) {
  gallery(first: $first, after: $after, last: $last, before: $before, filter: $filter,
          orderBy: $orderBy) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { prompt } }
  }
}
"""
UPDATE = """
mutation ($input: UpdateImageInput!) {
  updateImage(input: $input) { image { favorite tags } }
}
"""
DELETE = "mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds } }"
NODE = """
query ($id: ID!) {
  node(id: $id) { __typename id ... on Image { url } ... on Generation { status } }
}
"""


def prompts(page: Any) -> list[str]:
    return [edge["node"]["prompt"] for edge in page["gallery"]["edges"]]


async def paint(house: Running, *wanted: str, **wishes: Any) -> list[str]:
    """Make pictures one after the other and return their ids."""
    return [(await house.generate(prompt, **wishes))["image"]["id"] for prompt in wanted]


async def test_pages_go_forward_and_backward_through_all_pictures(house: Running) -> None:
    await paint(house, "one", "two", "three", "four", "five")

    newest = await house.ask(PAGE, first=2)
    middle = await house.ask(PAGE, first=2, after=newest["gallery"]["pageInfo"]["endCursor"])
    back = await house.ask(PAGE, last=2, before=middle["gallery"]["pageInfo"]["startCursor"])
    oldest = await house.ask(PAGE, first=2, orderBy="OLDEST")
    end = await house.ask(PAGE, last=2)

    assert prompts(newest) == prompts(back) == ["five", "four"]
    assert prompts(middle) == ["three", "two"]
    assert prompts(oldest) == ["one", "two"]
    assert prompts(end) == ["two", "one"]
    assert newest["gallery"]["totalCount"] == 5
    info = middle["gallery"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, True)
    info = newest["gallery"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    info = end["gallery"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (False, True)


async def test_an_empty_page_has_no_cursors(house: Running) -> None:
    page = await house.ask(PAGE)

    assert page["gallery"] == {
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
        "edges": [],
    }


async def test_each_filter_finds_its_pictures_and_counts_them(house: Running) -> None:
    await paint(house, "a red barn", style="sketch", seed=5)
    [boat] = await paint(house, "a red boat at sea", seed=6)
    await house.ask(UPDATE, input={"id": boat, "favorite": True, "tags": ["holiday", "sea"]})
    image = await house.ask("query ($id: ID!) { image(id: $id) { createdAt } }", id=boat)
    moment = image["image"]["createdAt"]

    for wanted, found in (
        ({}, ["a red boat at sea", "a red barn"]),
        ({"provider": "procedural"}, ["a red boat at sea", "a red barn"]),
        ({"provider": "openai"}, []),
        ({"model": "painter-1"}, ["a red boat at sea", "a red barn"]),
        ({"style": "sketch"}, ["a red barn"]),
        ({"style": "SKETCH", "provider": "Procedural"}, ["a red barn"]),
        ({"operation": "TEXT_TO_IMAGE"}, ["a red boat at sea", "a red barn"]),
        ({"operation": "UPLOAD"}, []),
        ({"search": "barn"}, ["a red barn"]),
        ({"search": "boats red"}, ["a red boat at sea"]),
        ({"search": '"red barn"'}, ["a red barn"]),
        ({"search": "ba*"}, ["a red barn"]),
        ({"search": "red", "seed": 6}, ["a red boat at sea"]),
        ({"search": "red", "tag": "holiday"}, ["a red boat at sea"]),
        ({"seed": 5}, ["a red barn"]),
        ({"favorite": True}, ["a red boat at sea"]),
        ({"favorite": False}, ["a red barn"]),
        ({"tag": "sea"}, ["a red boat at sea"]),
        ({"tag": "se"}, []),
        ({"createdAfter": moment}, ["a red boat at sea"]),
        ({"createdBefore": moment}, ["a red barn"]),
    ):
        page = await house.ask(PAGE, filter=wanted)

        assert prompts(page) == found, wanted
        assert page["gallery"]["totalCount"] == len(found), wanted


async def test_marks_that_are_left_out_stay(house: Running) -> None:
    [id] = await paint(house, "a fox")

    tagged = await house.ask(UPDATE, input={"id": id, "tags": [" a ", "b", "a"]})
    favored = await house.ask(UPDATE, input={"id": id, "favorite": True})
    untouched = await house.ask(UPDATE, input={"id": id})

    assert tagged["updateImage"]["image"] == {"favorite": False, "tags": ["a", "b"]}
    assert favored["updateImage"]["image"] == {"favorite": True, "tags": ["a", "b"]}
    assert untouched == favored


async def test_a_picture_that_is_not_there_cannot_be_marked(house: Running) -> None:
    [id] = await paint(house, "a fox")
    await house.ask(DELETE, ids=[id])

    error = await house.error(UPDATE, input={"id": id, "favorite": True})

    assert error == {"message": "There is no such picture.", "code": "NOT_FOUND", "field": "id"}


async def test_deleting_takes_row_and_bytes(house: Running) -> None:
    ids = await paint(house, "a fox", "a hare")
    url = (await house.ask(NODE, id=ids[0]))["node"]["url"]

    answer = await house.ask(DELETE, ids=[ids[0], ids[0]])
    again = await house.ask(DELETE, ids=[ids[0]])

    assert answer["deleteImages"]["deletedIds"] == [ids[0]]
    assert again["deleteImages"]["deletedIds"] == []
    assert prompts(await house.ask(PAGE)) == ["a hare"]
    assert prompts(await house.ask(PAGE, filter={"search": "fox"})) == []
    assert await house.ask(NODE, id=ids[0]) == {"node": None}
    assert (await house.client.get(url)).status_code == 404
    assert len(house.files()) == 1


async def test_a_node_is_found_again_by_its_id(house: Running) -> None:
    generation = await house.generate()

    image = await house.ask(NODE, id=generation["image"]["id"])
    work = await house.ask(NODE, id=generation["id"])
    several = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    both = await house.ask(several, ids=[generation["id"], generation["image"]["id"]])

    assert image["node"]["__typename"] == "Image"
    assert image["node"]["url"] == generation["image"]["url"]
    assert work["node"] == {
        "__typename": "Generation",
        "id": generation["id"],
        "status": "SUCCEEDED",
    }
    assert [node["__typename"] for node in both["nodes"]] == ["Generation", "Image"]


@pytest.mark.parametrize(
    ("query", "id", "sentence"),
    [
        ("node", "", "This is not an id of this service. Give one from an answer."),
        ("node", "zzz", "This is not an id of this service. Give one from an answer."),
        ("node", "é", "This is not an id of this service. Give one from an answer."),
        ("node", "U3R5bGU6MQ==", "This is not an id of this service. Give one from an answer."),
        (
            "image",
            "R2VuZXJhdGlvbjowMWEyMDJjMC1iN2E1LTcxYzYtYTE0Zi0xNWJhZTdlY2EzNDk=",
            "This is the id of: Generation. Give the id of: Image.",
        ),
    ],
)
async def test_an_id_that_is_none_is_refused(
    house: Running, query: str, id: str, sentence: str
) -> None:
    error = await house.error(f"query ($id: ID!) {{ {query}(id: $id) {{ id }} }}", id=id)

    assert error == {"message": f"`id`: {sentence}", "code": "BAD_USER_INPUT", "field": "id"}


async def test_a_picture_and_its_work_lead_to_each_other(house: Running) -> None:
    generation = await house.generate("a fox")
    query = """
    query ($id: ID!) {
      image(id: $id) { base64 prompt generation { id image { generation { prompt } } } }
    }
    """

    image = (await house.ask(query, id=generation["image"]["id"]))["image"]

    assert image["generation"]["id"] == generation["id"]
    assert image["generation"]["image"]["generation"]["prompt"] == "a fox"
    assert image["base64"].startswith("iVBORw0KGgo")


async def test_the_choices_are_listed(house: Running) -> None:
    query = """
    {
      styles { name title description suffix negativePrompt guidanceScale steps }
      style(name: "SKETCH") { name steps }
      nothing: style(name: "cubist") { name }
      providers { name title isDefault configured health { status message latencyMs } }
      provider(name: "procedural") {
        defaultModel {
          name aliases operations sizes supportsSeed supportsNegativePrompt supportsSteps
          supportsGuidanceScale maxPromptLength priceUsd retiresOn successor provider { name }
        }
      }
      nobody: provider(name: "nobody") { name }
    }
    """

    answer = await house.ask(query)

    assert len(answer["styles"]) == 10
    assert answer["style"] == {"name": "sketch", "steps": 25}
    assert answer["nothing"] is None
    assert answer["nobody"] is None
    [provider] = answer["providers"]
    assert (provider["name"], provider["isDefault"], provider["configured"]) == (
        "procedural",
        True,
        True,
    )
    assert provider["health"]["status"] == "AVAILABLE"
    assert answer["provider"]["defaultModel"] == {
        "name": "painter-1",
        "aliases": [],
        "operations": ["TEXT_TO_IMAGE", "IMG2IMG", "INPAINT"],
        "sizes": [],
        "supportsSeed": True,
        "supportsNegativePrompt": True,
        "supportsSteps": True,
        "supportsGuidanceScale": True,
        "maxPromptLength": None,
        "priceUsd": "0",
        "retiresOn": None,
        "successor": None,
        "provider": {"name": "procedural"},
    }
