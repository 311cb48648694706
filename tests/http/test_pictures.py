"""The picture door, as a browser sees it."""

import asyncio
from uuid import UUID

import httpx2
import pytest

from image_generation.storage.base import Store
from tests.http.shelf import ETAG, ID, LARGE, LARGE_ID, LOST_ID, PICTURES, SMALL, UNKNOWN_ID

pytestmark = pytest.mark.anyio

NOT_FOUND = {
    "errors": [
        {
            "message": "There is no picture with this id.",
            "extensions": {"code": "NOT_FOUND"},
        }
    ]
}


async def test_a_picture_is_delivered_whole(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/images/{ID}", headers={"Accept-Encoding": "gzip, br"})

    assert response.status_code == 200
    assert response.content == SMALL
    assert dict(response.headers) == {
        "content-type": "image/png",
        "content-length": "1000",
        "content-disposition": f'inline; filename="{ID}.png"',
        "etag": ETAG,
        "cache-control": "public, max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
    }


async def test_a_large_picture_is_delivered_whole(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/images/{LARGE_ID}")

    assert response.status_code == 200
    assert response.content == LARGE
    assert response.headers["content-length"] == str(len(LARGE))
    assert response.headers["content-type"] == "image/webp"
    assert response.headers["content-disposition"] == f'inline; filename="{LARGE_ID}.webp"'


@pytest.mark.parametrize("picture_id", [ID, LARGE_ID])
async def test_head_says_what_get_says_without_the_bytes(
    client: httpx2.AsyncClient, picture_id: UUID
) -> None:
    get = await client.get(f"/images/{picture_id}")

    head = await client.head(f"/images/{picture_id}")

    assert head.status_code == 200
    assert head.headers == get.headers
    assert head.content == b""


async def test_head_knows_no_ranges(client: httpx2.AsyncClient) -> None:
    response = await client.head(f"/images/{ID}", headers={"Range": "bytes=0-9"})

    assert response.status_code == 200
    assert response.headers["content-length"] == "1000"


async def test_the_query_changes_nothing(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/images/{ID}?download=1&utm_source=mail")

    assert (response.status_code, response.content) == (200, SMALL)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("tags", [ETAG, f"W/{ETAG}", "*", f'"other", {ETAG}'])
async def test_who_has_the_picture_does_not_get_it_again(
    client: httpx2.AsyncClient, method: str, tags: str
) -> None:
    response = await client.request(method, f"/images/{ID}", headers={"If-None-Match": tags})

    assert response.status_code == 304
    assert response.content == b""
    assert dict(response.headers) == {
        "etag": ETAG,
        "cache-control": "public, max-age=31536000, immutable",
        "cross-origin-resource-policy": "cross-origin",
    }


async def test_not_modified_does_not_touch_the_store(client: httpx2.AsyncClient) -> None:
    tags = {"If-None-Match": f'"{PICTURES[LOST_ID].tag}"'}

    response = await client.get(f"/images/{LOST_ID}", headers=tags)

    assert response.status_code == 304


async def test_who_has_another_picture_gets_this_one(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/images/{ID}", headers={"If-None-Match": '"other"'})

    assert (response.status_code, response.content) == (200, SMALL)


async def test_not_modified_comes_before_the_range(client: httpx2.AsyncClient) -> None:
    headers = {"If-None-Match": ETAG, "Range": "bytes=0-9"}

    response = await client.get(f"/images/{ID}", headers=headers)

    assert response.status_code == 304


async def test_if_match_is_heeded(client: httpx2.AsyncClient) -> None:
    same = await client.get(f"/images/{ID}", headers={"If-Match": ETAG})
    other = await client.get(f"/images/{ID}", headers={"If-Match": '"other"'})

    assert same.status_code == 200
    assert other.status_code == 412
    assert other.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert other.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("wish", "said", "span"),
    [
        ("bytes=0-0", "bytes 0-0/1000", slice(0, 1)),
        ("bytes=100-199", "bytes 100-199/1000", slice(100, 200)),
        ("bytes=990-", "bytes 990-999/1000", slice(990, 1000)),
        ("bytes=990-5000", "bytes 990-999/1000", slice(990, 1000)),
        ("bytes=-10", "bytes 990-999/1000", slice(990, 1000)),
        ("bytes=-5000", "bytes 0-999/1000", slice(0, 1000)),
        ("bytes=0-", "bytes 0-999/1000", slice(0, 1000)),
    ],
)
async def test_a_part_is_delivered(
    client: httpx2.AsyncClient, wish: str, said: str, span: slice
) -> None:
    response = await client.get(f"/images/{ID}", headers={"Range": wish})

    assert response.status_code == 206
    assert response.content == SMALL[span]
    assert response.headers["content-range"] == said
    assert response.headers["content-length"] == str(len(SMALL[span]))
    assert response.headers["content-type"] == "image/png"
    assert response.headers["etag"] == ETAG


@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 9), (1_048_570, 1_048_580), (1, len(LARGE) - 1), (len(LARGE) - 5, len(LARGE) - 1)],
)
async def test_a_part_of_a_large_picture_is_delivered(
    client: httpx2.AsyncClient, first: int, last: int
) -> None:
    wish = {"Range": f"bytes={first}-{last}"}

    response = await client.get(f"/images/{LARGE_ID}", headers=wish)

    assert response.status_code == 206
    assert response.content == LARGE[first : last + 1]
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(LARGE)}"
    assert response.headers["content-length"] == str(last + 1 - first)


@pytest.mark.parametrize("wish", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
async def test_a_part_that_is_not_there_is_refused(client: httpx2.AsyncClient, wish: str) -> None:
    response = await client.get(f"/images/{ID}", headers={"Range": wish})

    assert response.status_code == 416
    assert response.headers["content-range"] == "bytes */1000"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "errors": [
            {
                "message": "The range is outside of the picture's 1000 bytes.",
                "extensions": {"code": "BAD_USER_INPUT"},
            }
        ]
    }


@pytest.mark.parametrize(
    "wish", ["bytes=0-1,5-6", "bytes=9-3", "bytes=x", "lines=0-1", "bytes=-", ""]
)
async def test_what_is_not_one_range_gives_the_whole(client: httpx2.AsyncClient, wish: str) -> None:
    response = await client.get(f"/images/{ID}", headers={"Range": wish})

    assert (response.status_code, response.content) == (200, SMALL)
    assert "content-range" not in response.headers


@pytest.mark.parametrize(
    ("tag", "status", "length"),
    [
        (ETAG, 206, 10),
        (f"W/{ETAG}", 200, 1000),
        ('"other"', 200, 1000),
        ("Sat, 01 Jan 2022 00:00:00 GMT", 200, 1000),
    ],
)
async def test_a_part_is_given_if_the_rest_is_of_the_same_picture(
    client: httpx2.AsyncClient, tag: str, status: int, length: int
) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": tag}

    response = await client.get(f"/images/{ID}", headers=headers)

    assert response.status_code == status
    assert response.content == SMALL[:length]


@pytest.mark.parametrize(
    "path",
    [
        f"{UNKNOWN_ID}",
        f"{ID}".upper(),
        f"{ID.hex}",
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        f"{ID}/",
        f"{ID}%0A",
        f"%0A{ID}",
        f"{ID}%00",
        f"%20{ID}",
        f"{ID}.png",
        f"{ID}/w400",
        "0",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e",
        "....//....//etc/passwd",
        "..%5c..%5cwindows%5cwin.ini",
        "incoming",
        "%EF%BC%91192f1c2-d3e4-7a5b-8c6d-7e8f9a0b1c2d",
        "%ff%fe",
        60_000 * "a",
        1000 * "..%2f",
    ],
)
async def test_what_is_not_an_id_of_ours_is_not_found(
    client: httpx2.AsyncClient, path: str
) -> None:
    response = await client.get(f"/images/{path}")

    assert response.status_code == 404
    assert response.json() == NOT_FOUND
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_head_of_an_unknown_picture_is_not_found(client: httpx2.AsyncClient) -> None:
    response = await client.head(f"/images/{UNKNOWN_ID}")

    assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"])
@pytest.mark.parametrize("picture_id", [ID, UNKNOWN_ID])
async def test_other_methods_are_refused_and_change_nothing(
    client: httpx2.AsyncClient, method: str, picture_id: UUID
) -> None:
    response = await client.request(method, f"/images/{picture_id}")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert (await client.get(f"/images/{ID}")).content == SMALL


async def test_many_are_served_at_once(client: httpx2.AsyncClient) -> None:
    wishes = [(ID, SMALL), (LARGE_ID, LARGE)] * 20

    responses = await asyncio.gather(
        *(client.get(f"/images/{picture_id}") for picture_id, _ in wishes)
    )

    assert [response.status_code for response in responses] == 40 * [200]
    assert all(
        response.content == data for response, (_, data) in zip(responses, wishes, strict=True)
    )


async def test_a_picture_just_put_is_served(client: httpx2.AsyncClient, store: Store) -> None:
    before = await client.get(f"/images/{LOST_ID}")
    await store.put(LOST_ID.hex, SMALL)

    after = await client.get(f"/images/{LOST_ID}")

    assert before.status_code == 404
    assert (after.status_code, after.content) == (200, SMALL)
    assert after.headers["content-type"] == "image/jpeg"
