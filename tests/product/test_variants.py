"""Pictures at the size that a page needs, asked for and shown as clients do it."""

import asyncio
import io
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageStat

from image_generation.domain.callers import Role
from tests.product.guests import asking, keys_for
from tests.product.running import Running, running

pytestmark = pytest.mark.anyio

URL = """
query ($id: ID!, $width: Int, $height: Int, $fit: Fit, $format: ImageFormat) {
  image(id: $id) { url(width: $width, height: $height, fit: $fit, format: $format) }
}
"""
DELETE = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"


async def url_of(house: Running, image: Any, **wish: object) -> str:
    return str((await house.ask(URL, id=image["id"], **wish))["image"]["url"])


async def shown(house: Running, url: str) -> tuple[str | None, tuple[int, int]]:
    response = await house.client.get(url)
    assert response.status_code == 200
    with Image.open(io.BytesIO(response.content)) as picture:
        picture.load()
        return picture.format, picture.size


@pytest.mark.parametrize(
    ("wish", "query", "kind", "size"),
    [
        ({}, "", "PNG", (512, 384)),
        ({"width": 256}, "w=256", "WEBP", (256, 192)),
        ({"height": 100, "format": "JPEG"}, "h=128&format=jpeg", "JPEG", (171, 128)),
        ({"width": 90, "height": 90, "fit": "COVER"}, "w=96&h=96&fit=cover", "WEBP", (96, 96)),
        ({"width": 90, "height": 90, "fit": None}, "w=96", "WEBP", (96, 72)),
        ({"width": 4000, "height": 4000}, "", "PNG", (512, 384)),
        ({"format": "WEBP"}, "format=webp", "WEBP", (512, 384)),
    ],
)
async def test_the_url_is_of_the_size_and_kind_that_are_asked_for(
    house: Running, wish: dict[str, object], query: str, kind: str, size: tuple[int, int]
) -> None:
    image = (await house.generate(seed=3, width=512, height=384))["image"]

    url = await url_of(house, image, **wish)

    assert url == image["url"] + (f"?{query}" if query else "")
    assert await shown(house, url) == (kind, size)


@pytest.mark.parametrize(
    ("wish", "field"), [({"width": 0}, "width"), ({"width": 9, "height": 20_000}, "height")]
)
async def test_a_size_out_of_range_is_refused_by_name(
    house: Running, wish: dict[str, int], field: str
) -> None:
    image = (await house.generate(seed=3))["image"]

    error = await house.error(URL, id=image["id"], **wish)

    assert error == {
        "code": "BAD_USER_INPUT",
        "field": field,
        "message": f"`{field}`: {wish[field]} is out of range. Give a number from 1 to 16384.",
    }


async def test_the_placeholder_has_the_shape_and_the_colour_of_the_picture(house: Running) -> None:
    query = "query ($id: ID!) { image(id: $id) { placeholder } }"
    sizes = [(512, 256), (256, 512)]
    images = [(await house.generate(seed=3, width=w, height=h))["image"] for w, h in sizes]

    for image in images:
        placeholder = b64decode((await house.ask(query, id=image["id"]))["image"]["placeholder"])
        answer = await house.client.get(image["url"])
        with Image.open(io.BytesIO(answer.content)) as picture:
            mean = sum(ImageStat.Stat(picture.convert("RGB")).mean) / 3
        is_wide = bool(placeholder[4] & 0x80)
        assert is_wide == (image["width"] > image["height"])
        assert abs((placeholder[0] & 0x3F) * 255 / 63 - mean) < 4


async def test_variants_are_kept_beside_the_picture_and_go_with_it(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        image = (await house.generate(width=256, height=256))["image"]
        [original] = house.files()
        urls = [await url_of(house, image, width=64 << n) for n in range(2)] * 20

        await asyncio.gather(*(shown(house, url) for url in urls))

        assert house.files() == [original, f"{original}.w128.webp", f"{original}.w64.webp"]
        await house.ask(DELETE, id=image["id"])
        assert house.files() == []
        assert {(await house.client.get(url)).status_code for url in urls} == {404}
        assert house.files() == []


async def test_the_signature_of_a_small_picture_opens_no_large_one(tmp_path: Path) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER)
    async with running(tmp_path, api_keys_file=path) as open, asking(open, keys["ada"]) as ada:
        image = (await ada.generate())["image"]

        url = await url_of(ada, image, width=64)
        large = url.replace("w=64", "w=128")
        whole = url.replace("w=64&", "")
        plain = f"{urlsplit(url).path}?w=100"

        assert await shown(open, url) == ("WEBP", (64, 64))
        assert await shown(ada, plain) == ("WEBP", (128, 128))
        others = [(await open.client.get(each)).status_code for each in (large, whole, plain)]
        assert others == [403, 403, 404]
