"""Addresses of pictures where keys are needed: signed, or opened with the owner's key."""

import stat
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest

from image_generation.domain.callers import Role
from image_generation.services.signing import Signer
from tests.product.guests import asking, keys_for
from tests.product.running import Running, running

pytestmark = pytest.mark.anyio

SECRET = 2 * "0123456789abcdef"
IMAGE = "query ($id: ID!) { image(id: $id) { url } }"
FIGURES = """
query ($id: ID!) {
  concept(kind: VAE) { figures(options: {imageId: $id, codes: 2}) { name url } }
}
"""
NOT_FOUND = [{"message": "There is no picture with this id.", "extensions": {"code": "NOT_FOUND"}}]
FORBIDDEN = [
    {
        "message": "The address has expired or was altered. Ask for the picture's `url` again.",
        "extensions": {"code": "FORBIDDEN"},
    }
]


def is_signed(url: str, secret: bytes) -> bool:
    parts = urlsplit(url)
    return Signer(secret, 86_400).seconds_left(parts.path, parts.query) > 0


@dataclass(frozen=True)
class House:
    """A service with keys: a picture of Ada's, Bob who has a key, and a stranger who has none."""

    ada: Running
    bob: Running
    stranger: httpx2.AsyncClient
    image: Any
    folder: Path

    @property
    def path(self) -> str:
        """The path of the picture, unsigned."""
        return str(urlsplit(self.image["url"]).path)

    async def figure(self) -> str:
        """Return the address of a figure that shows the picture."""
        figures = (await self.ada.ask(FIGURES, id=self.image["id"]))["concept"]["figures"]
        return next(str(each["url"]) for each in figures if each["name"] == "vector-quantization")


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    path, keys = keys_for(folder, ada=Role.MEMBER, bob=Role.ADMIN)
    async with (
        running(folder, api_keys_file=path) as open,
        httpx2.AsyncClient(base_url=open.url, timeout=30) as stranger,
        AsyncExitStack() as stack,
    ):
        ada, bob = [await stack.enter_async_context(asking(open, keys[n])) for n in ("ada", "bob")]
        yield House(ada, bob, stranger, (await ada.generate())["image"], folder)


async def test_who_has_the_signed_address_sees_the_picture(house: House) -> None:
    response = await house.stranger.get(house.image["url"])

    expires = int(parse_qs(urlsplit(house.image["url"]).query)["expires"][0])
    assert response.status_code == 200
    assert len(response.content) == house.image["byteSize"]
    kind, age, immutable = response.headers["cache-control"].split(", ")
    seconds = int(age.removeprefix("max-age="))
    assert (kind, immutable) == ("public", "immutable")
    assert abs(expires - time.time() - seconds) < 10
    assert 43_000 < seconds <= 86_400


async def test_the_address_stays_the_same_so_that_it_can_be_cached(house: House) -> None:
    asked = {(await house.ada.ask(IMAGE, id=house.image["id"]))["image"]["url"] for _ in range(5)}

    assert len(asked) <= 2  # two where the half of the lifetime ends between them


async def test_the_owner_opens_the_plain_address_with_the_key(house: House) -> None:
    response = await house.ada.client.get(house.path)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-cache"
    again = await house.ada.client.get(
        house.path, headers={"If-None-Match": response.headers["etag"]}
    )
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("key", [None, "Bearer igk_unknown", "Basic eDp5", "bob"])
async def test_nobody_else_can_tell_the_picture_from_one_that_is_not_there(
    house: House, method: str, key: str | None
) -> None:
    key = house.bob.client.headers["authorization"] if key == "bob" else key
    headers = {} if key is None else {"authorization": key}

    there = await house.stranger.request(method, house.path, headers=headers)
    absent = await house.stranger.request(method, f"/images/{UUID(int=7)}", headers=headers)

    assert there.status_code == absent.status_code == 404
    assert there.content == absent.content
    assert {**there.headers, "x-request-id": "", "date": ""} == {
        **absent.headers, "x-request-id": "", "date": ""
    }  # fmt: skip
    assert method == "HEAD" or there.json()["errors"] == NOT_FOUND


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("expires=1", "expires=2"),
        ("signature=", "signature=0"),
        ("expires=", "w=64&expires="),
        ("expires=", "e="),
        ("&signature=", "&s="),
    ],
)
async def test_an_altered_address_is_refused_by_name_for_any_picture(
    house: House, part: str, other: str
) -> None:
    altered = house.image["url"].replace(part, other)
    assert altered != house.image["url"]

    there = await house.stranger.get(altered)
    absent = await house.stranger.get(altered.replace(house.path, f"/images/{UUID(int=7)}"))

    for response in (there, absent):
        assert (response.status_code, response.json()["errors"]) == (403, FORBIDDEN)
        assert response.headers["cache-control"] == "no-store"


async def test_an_address_of_one_picture_opens_no_other(house: House) -> None:
    other = (await house.ada.generate("another"))["image"]

    path = urlsplit(other["url"]).path
    response = await house.stranger.get(house.image["url"].replace(house.path, path))

    assert response.status_code == 403


async def test_the_owner_opens_an_expired_address_with_the_key(house: House) -> None:
    expired = f"{house.path}?expires=1&signature=00"

    assert (await house.ada.client.get(expired)).status_code == 200
    assert (await house.bob.client.get(expired)).status_code == 404


async def test_a_figure_of_a_picture_opens_as_the_picture_does(house: House) -> None:
    url = await house.figure()
    plain = url.partition("&expires=")[0]
    assert plain != url

    signed = await house.stranger.get(url)
    own = await house.ada.client.get(plain)
    others = [await client.get(plain) for client in (house.bob.client, house.stranger)]
    altered = await house.stranger.get(url.replace("codes=2", "codes=3"))

    assert (signed.status_code, signed.headers["cache-control"]) == (200, "no-cache")
    assert (own.status_code, own.content) == (200, signed.content)
    assert own.headers["cache-control"] == "private, no-cache"
    assert [(each.status_code, each.json()["errors"]) for each in others] == [(404, NOT_FOUND)] * 2
    assert (altered.status_code, altered.json()["errors"]) == (403, FORBIDDEN)


async def test_a_figure_of_no_picture_is_for_everybody(house: House) -> None:
    response = await house.stranger.get("/figures/raster-order")

    assert response.status_code == 200


async def test_the_secret_is_kept_for_the_next_start_and_read_by_its_owner_alone(
    house: House,
) -> None:
    path = house.folder / "image-urls.secret"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert is_signed(house.image["url"], path.read_bytes())


async def test_machines_that_share_a_secret_open_each_others_addresses(tmp_path: Path) -> None:
    path, keys = keys_for(tmp_path, ada=Role.MEMBER)
    async with running(tmp_path, api_keys_file=path, image_url_secret=SECRET) as open:
        async with asking(open, keys["ada"]) as ada:
            image = (await ada.generate())["image"]
        signed = Signer(SECRET.encode(), 86_400).sign(urlsplit(image["url"]).path)

        assert is_signed(image["url"], SECRET.encode())
        assert (await open.client.get(signed)).status_code == 200
    assert not (tmp_path / "image-urls.secret").exists()


async def test_without_keys_addresses_are_plain(tmp_path: Path) -> None:
    async with running(tmp_path) as open:
        image = (await open.generate())["image"]
        response = await open.client.get(image["url"])

        assert urlsplit(image["url"]).query == ""
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = await open.client.get(f"{image['url']}?expires=1&signature=00")
        assert again.status_code == 200
    assert not (tmp_path / "image-urls.secret").exists()
