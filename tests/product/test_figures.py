"""Figures as readers ask for them: listed by GraphQL, drawn at their address."""

from io import BytesIO

import httpx2
import pytest
from PIL import Image

from tests.product.running import Running

pytestmark = pytest.mark.anyio

LIST = """
query ($options: FigureOptions) {
  concepts { kind figures(options: $options) { name caption alternativeText url } }
}
"""


async def listed(house: Running, **options: object) -> dict[str, str]:
    """Return the address of each figure."""
    concepts = (await house.ask(LIST, options=options))["concepts"]
    return {figure["name"]: figure["url"] for each in concepts for figure in each["figures"]}


async def fetched(url: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=60) as client:
        return await client.get(url, headers=headers)


async def test_every_figure_that_is_listed_is_drawn(house: Running) -> None:
    for url in (await listed(house)).values():
        response = await fetched(url)

        assert response.status_code == 200
        assert response.headers["content-type"] in {"image/svg+xml", "image/png"}
        assert response.headers["cache-control"] == "public, max-age=86400"
        again = await fetched(url, **{"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_options_reach_the_figures_that_know_them(house: Running) -> None:
    urls = await listed(house, steps=7, sampler="EULER", timesteps=[0, 300], codes=9)

    assert urls["two-moons"].endswith("/figures/two-moons?sampler=euler&steps=7")
    assert urls["forward-process"].endswith("/figures/forward-process?timesteps=0,300")
    assert urls["vector-quantization"].endswith("?codes=9")
    assert urls["signal-to-noise"].endswith("/figures/signal-to-noise")


async def test_the_forward_process_of_a_picture_starts_with_that_picture(house: Running) -> None:
    first, second = [
        (await house.generate(words, seed=3, width=256, height=256))["image"]["id"]
        for words in ("a dark night over a city", "a bright desert at noon")
    ]
    drawn = []
    for id in (first, second):
        url = (await listed(house, imageId=id, timesteps=[0]))["forward-process"]
        response = await fetched(url)
        assert response.headers["cache-control"] == "no-cache"
        with Image.open(BytesIO(response.content)) as picture:
            drawn.append(picture.convert("RGB").tobytes())

    assert drawn[0] != drawn[1]


async def test_a_picture_that_is_deleted_is_not_shown_any_more(house: Running) -> None:
    id = (await house.generate("a fox", seed=1))["image"]["id"]
    url = (await listed(house, imageId=id))["vector-quantization"]
    before = await fetched(url)

    await house.ask("mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds } }", ids=[id])
    after = await fetched(url)

    assert (before.status_code, after.status_code) == (200, 404)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("nothing", 404, "There is no such figure. There are: forward-process, signal-to-noise, "
         "two-moons, guidance-scale, reparameterization, vector-quantization, dirac-gan, "
         "raster-order."),
        ("two-moons?steps=0", 400, "steps: Input should be greater than or equal to 1. "
         "two-moons takes seed, sampler, steps."),
        ("two-moons?steps=3&steps=4", 400, "steps: It is given more than once. Give it once."),
        ("two-moons?colour=red", 400, "colour: Extra inputs are not permitted. "
         "two-moons takes seed, sampler, steps."),
        ("dirac-gan?penalty=nan", 400, "penalty: Input should be a finite number. "
         "dirac-gan takes penalty."),
        ("forward-process?timesteps=1001", 400, "timesteps: Input should be less than or equal to "
         "1000. forward-process takes seed, timesteps, schedule, image."),
        ("forward-process?image=x", 400, "image: This is not the id of a picture. "
         "Take it from the picture's URL."),
        ("two-moons?image=01890a5d-ac96-774b-bcce-b302099a8057", 400,
         "image: two-moons shows no picture. Leave it out."),
        ("forward-process?image=01890a5d-ac96-774b-bcce-b302099a8057", 404,
         "There is no picture with this id."),
    ],
)  # fmt: skip
async def test_what_cannot_be_drawn_is_refused_with_what_would_be_right(
    house: Running, path: str, status: int, message: str
) -> None:
    response = await fetched(f"{house.url}/figures/{path}")

    assert response.status_code == status
    assert response.json()["errors"][0]["message"] == message


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"steps": 201}, "BAD_USER_INPUT", "options.steps"),
        ({"timesteps": []}, "BAD_USER_INPUT", "options.timesteps"),
        ({"imageId": "x"}, "BAD_USER_INPUT", "options.imageId"),
    ],
)
async def test_an_option_out_of_range_is_named(
    house: Running, options: dict[str, object], code: str, field: str
) -> None:
    error = await house.error(LIST, options=options)

    assert (error["code"], error["field"]) == (code, field)
