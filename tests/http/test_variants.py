"""Variants at the picture door."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from PIL import Image
from starlette.applications import Starlette
from structlog.testing import capture_logs

from image_generation.domain.errors import StorageFailed
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.gallery.scope import Scope
from image_generation.http.pictures import routes
from image_generation.services.addresses import Addresses
from image_generation.services.delivery import Delivered, Delivery
from image_generation.services.key_files import KeyRing
from image_generation.services.variants import Variants
from image_generation.storage.base import Store
from image_generation.storage.registry import open_store
from tests.http.shelf import client_of

pytestmark = pytest.mark.anyio

ID = UUID("0192f1c2-d3e4-7a5b-8c6d-7e8f9a0b1c2d")
PATH = f"/images/{ID}"
WHOLE = Size(600, 400)


def picture(width: int = 600, height: int = 400) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


@dataclass
class Shelf:
    """One picture in a store, and what was written there since; a trap springs at each writing."""

    store: Store
    data: bytes
    listed: dict[UUID, Delivered]
    written: list[str] = field(default_factory=list)
    trap: Callable[[], None] = lambda: None

    async def find(self, scope: Scope, id: UUID) -> Delivered | None:
        return self.listed.get(id)

    async def put(self, key: str, data: bytes) -> None:
        self.written.append(key)
        self.trap()
        await self.store.put(key, data)

    async def get(self, key: str) -> bytes:
        return await self.store.get(key)

    async def size(self, key: str) -> int:
        return await self.store.size(key)

    async def delete(self, key: str) -> None:
        await self.store.delete(key)

    async def keys(self) -> list[str]:
        return sorted([entry.key async for entry in self.store.entries()])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


async def shelf_with(folder: Path, data: bytes, size: Size = WHOLE) -> Shelf:
    store = open_store("memory", folder)
    await store.put(ID.hex, data)
    tag = sha256(data).hexdigest()
    return Shelf(store, data, {ID: Delivered(ID, ImageFormat.PNG, size, len(data), tag)})


@pytest.fixture
async def shelf(tmp_path: Path) -> Shelf:
    return await shelf_with(tmp_path, picture())


def app_of(shelf: Shelf) -> Starlette:
    delivery = Delivery(shelf, shelf.find)
    addresses = Addresses(KeyRing(None), None)
    return Starlette(routes=routes(delivery, Variants(shelf, delivery), addresses))


@pytest.fixture
async def client(shelf: Shelf) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_of(shelf)) as client:
        yield client


def size_of(response: httpx2.Response) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(response.content)) as image:
        return image.format, image.size


async def test_a_variant_is_delivered_with_all_that_a_picture_has(
    client: httpx2.AsyncClient, shelf: Shelf
) -> None:
    response = await client.get(f"{PATH}?w=256", headers={"Accept-Encoding": "gzip, br"})

    assert response.status_code == 200
    assert size_of(response) == ("WEBP", (256, 171))
    assert dict(response.headers) == {
        "content-type": "image/webp",
        "content-length": str(len(response.content)),
        "content-disposition": f'inline; filename="{ID}-w256.webp"',
        "etag": f'"{sha256(shelf.data).hexdigest()}.w256.webp"',
        "cache-control": "public, max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
    }


@pytest.mark.parametrize(
    ("query", "kind", "size"),
    [
        ("w=200", "WEBP", (256, 171)),
        ("h=64&format=jpeg", "JPEG", (96, 64)),
        ("w=100&h=100&fit=cover&format=png", "PNG", (128, 128)),
        ("w=100&h=100&fit=contain", "WEBP", (128, 85)),
        ("w=5000&h=5000&fit=cover", "WEBP", (400, 400)),
        ("format=webp", "WEBP", (600, 400)),
        ("w=0128", "WEBP", (128, 85)),
        ("w=128&utm_source=mail&expires=1&signature=0", "WEBP", (128, 85)),
    ],
)
async def test_an_address_says_what_is_wished(
    client: httpx2.AsyncClient, query: str, kind: str, size: tuple[int, int]
) -> None:
    response = await client.get(f"{PATH}?{query}")

    assert (response.status_code, *size_of(response)) == (200, kind, size)


@pytest.mark.parametrize("query", ["w=600", "w=9999&h=9999", "format=png", "h=400&format=png"])
async def test_what_would_be_no_smaller_is_the_original(
    client: httpx2.AsyncClient, shelf: Shelf, query: str
) -> None:
    response = await client.get(f"{PATH}?{query}")

    assert response.content == shelf.data
    assert shelf.written == []


async def test_a_hundred_who_ask_at_once_for_the_first_time_have_one_made(
    client: httpx2.AsyncClient, shelf: Shelf
) -> None:
    responses = await asyncio.gather(*(client.get(f"{PATH}?w={193 + n % 64}") for n in range(100)))

    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1
    assert shelf.written == [f"{ID.hex}/w256.webp"]


async def test_large_pictures_are_drawn_too(tmp_path: Path) -> None:
    shelf = await shelf_with(tmp_path, picture(5000, 4000), Size(5000, 4000))
    async with client_of(app_of(shelf)) as client:
        responses = await asyncio.gather(
            *(client.get(f"{PATH}?w={edge}") for edge in (64, 96, 128))
        )

    assert [size_of(response) for response in responses] == [
        ("WEBP", (64, 51)), ("WEBP", (96, 77)), ("WEBP", (128, 102))
    ]  # fmt: skip


async def test_a_variant_is_kept_for_the_next_start(shelf: Shelf) -> None:
    for _ in range(2):
        async with client_of(app_of(shelf)) as client:
            assert (await client.get(f"{PATH}?w=64")).status_code == 200

    assert shelf.written == [f"{ID.hex}/w64.webp"]


async def test_who_has_a_variant_does_not_get_it_again_nor_have_it_made(
    client: httpx2.AsyncClient, shelf: Shelf
) -> None:
    tag = f'"{sha256(shelf.data).hexdigest()}.w64.webp"'

    response = await client.get(f"{PATH}?w=64", headers={"If-None-Match": tag})
    other = await client.get(f"{PATH}?w=64", headers={"If-Match": tag.replace("w64", "w96")})

    assert (response.status_code, response.headers["etag"]) == (304, tag)
    assert other.status_code == 412
    assert shelf.written == []


async def test_a_part_of_a_variant_is_delivered(client: httpx2.AsyncClient) -> None:
    whole = await client.get(f"{PATH}?w=64")

    part = await client.get(f"{PATH}?w=64", headers={"Range": "bytes=10-19"})
    head = await client.head(f"{PATH}?w=64")
    beyond = await client.get(f"{PATH}?w=64", headers={"Range": "bytes=999999-"})

    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    assert (head.status_code, head.headers) == (200, whole.headers)
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("w=0", "w: 0 is out of range. Give a number from 1 to 16384."),
        ("h=16385", "h: 16385 is out of range. Give a number from 1 to 16384."),
        ("w=-1", "w: This is no whole number. Give a number from 1 to 16384."),
        ("w=", "w: This is no whole number. Give a number from 1 to 16384."),
        ("w=1e3", "w: This is no whole number. Give a number from 1 to 16384."),
        ("w=%D9%A1", "w: This is no whole number. Give a number from 1 to 16384."),
        ("h=" + 5000 * "9", "h: This is no whole number. Give a number from 1 to 16384."),
        ("w=64&w=65", "w: It is given more than once. Give it once."),
        ("fit=fill", "fit: This is not known. Give one of contain, cover."),
        ("fit=COVER", "fit: This is not known. Give one of contain, cover."),
        ("format=gif", "format: This is not known. Give one of png, jpeg, webp."),
        ("w=64&format=", "format: This is not known. Give one of png, jpeg, webp."),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx2.AsyncClient, shelf: Shelf, query: str, message: str
) -> None:
    response = await client.get(f"{PATH}?{query}")

    assert response.status_code == 400
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["errors"] == [
        {"message": message, "extensions": {"code": "BAD_USER_INPUT"}}
    ]
    assert shelf.written == []


async def test_a_variant_of_what_is_not_there_is_not_found(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/images/{UUID(int=7)}?w=0")

    assert response.status_code == 404


async def test_a_variant_made_while_its_picture_is_deleted_does_not_stay(
    client: httpx2.AsyncClient, shelf: Shelf
) -> None:
    async def delete() -> None:
        await shelf.store.delete(ID.hex)

    deleting: list[asyncio.Task[None]] = []

    def mark_and_delete() -> None:
        shelf.listed.clear()
        deleting.append(asyncio.create_task(delete()))

    shelf.trap = mark_and_delete
    response = await client.get(f"{PATH}?w=64")
    await asyncio.gather(*deleting)

    assert response.status_code == 404
    assert shelf.written == [f"{ID.hex}/w64.webp"]
    assert await shelf.keys() == []


async def test_a_store_that_fails_is_told_and_tried_again(
    client: httpx2.AsyncClient, shelf: Shelf
) -> None:
    def fail() -> None:
        raise StorageFailed("The picture storage could not be written.", charged=None)

    shelf.trap = fail
    with capture_logs() as logs:
        failed = await client.get(f"{PATH}?w=64")
    shelf.trap = lambda: None
    again = await client.get(f"{PATH}?w=64")

    assert (failed.status_code, again.status_code) == (503, 200)
    assert [entry["id"] for entry in logs] == [str(ID)]


async def test_an_original_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    shelf = await shelf_with(tmp_path, picture()[:-40])

    with capture_logs() as logs:
        async with client_of(app_of(shelf)) as client:
            response = await client.get(f"{PATH}?w=64")

    assert response.status_code == 503
    assert response.json()["errors"][0]["message"] == "The stored picture is damaged."
    assert (len(logs), await shelf.keys()) == (1, [ID.hex])
