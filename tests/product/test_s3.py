"""The service with its pictures in a bucket."""

from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from image_generation.storage.bucket import Bucket
from image_generation.storage.registry import open_store
from tests.product.process import start
from tests.product.running import running, settings_for
from tests.servers.s3_server import SECRET_ACCESS_KEY, S3Server, settings_of

pytestmark = pytest.mark.anyio

DELETE = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"


def values_of(bucket: Bucket) -> dict[str, Any]:
    return {name.lower(): value for name, value in settings_of(bucket).items()}


async def keys_in(bucket: Bucket) -> list[str]:
    store = open_store("s3", Path("nowhere"), bucket)
    keys = [entry.key async for entry in store.entries()]
    await store.aclose()
    return keys


async def test_a_picture_is_kept_in_the_bucket_and_delivered_from_it(
    s3: S3Server, tmp_path: Path
) -> None:
    bucket = s3.bucket(prefix="gallery")

    async with running(tmp_path / "data", **values_of(bucket)) as house:
        image = (await house.generate())["image"]
    async with running(tmp_path / "data", **values_of(bucket)) as house:
        path = urlsplit(image["url"]).path
        whole = await house.client.get(path)
        part = await house.client.get(path, headers={"range": "bytes=2-5"})
        files = house.files()

    assert sha256(whole.content).hexdigest() == image["sha256"]
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    assert files == []
    assert await keys_in(bucket) == [image["url"][-36:].replace("-", "")]


async def test_a_picture_that_is_deleted_leaves_the_bucket_with_its_variants(
    s3: S3Server, tmp_path: Path
) -> None:
    bucket = s3.bucket()

    async with running(tmp_path / "data", **values_of(bucket)) as house:
        image = (await house.generate())["image"]
        small = [await house.client.get(f"{image['url']}?w=64") for _ in range(2)]
        kept = await keys_in(bucket)
        await house.ask(DELETE, id=image["id"])

    key = image["url"][-36:].replace("-", "")
    assert [each.content for each in small] == [small[0].content] * 2
    assert sorted(kept) == [key, f"{key}/w64.webp"]
    assert await keys_in(bucket) == []


async def test_browsers_are_sent_to_the_bucket_where_that_is_wanted(
    s3: S3Server, tmp_path: Path
) -> None:
    bucket = s3.bucket(prefix="gallery")

    async with running(tmp_path / "data", **values_of(bucket), s3_redirect=True) as house:
        image = (await house.generate())["image"]
        sent = await house.client.get(image["url"])
        whole = await house.client.get(sent.headers["location"])
        part = await house.client.get(
            image["url"], headers={"range": "bytes=2-5"}, follow_redirects=True
        )
        small = await house.client.get(f"{image['url']}?w=64", follow_redirects=True)
        head = await house.client.head(image["url"])
        tag = {"if-none-match": head.headers["etag"]}
        known = await house.client.get(image["url"], headers=tag)

    assert (sent.status_code, sent.headers["cache-control"]) == (307, "public, max-age=1800")
    address = urlsplit(sent.headers["location"])
    key = image["url"][-36:].replace("-", "")
    assert f"http://{address.netloc}{address.path}" == f"{s3.url}/{bucket.name}/gallery/{key}"
    assert parse_qs(address.query)["X-Amz-Expires"] == ["3600"]
    assert SECRET_ACCESS_KEY not in sent.headers["location"]
    assert sha256(whole.content).hexdigest() == image["sha256"]
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["content-disposition"] == head.headers["content-disposition"]
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    assert small.headers["content-type"] == "image/webp"
    assert (head.status_code, known.status_code) == (200, 304)


async def test_a_bucket_that_cannot_be_used_is_refused_at_start_in_one_line(
    s3: S3Server, tmp_path: Path
) -> None:
    settings = settings_of(s3.bucket()) | {"S3_BUCKET": "nobody-made-it"}

    process = await start(tmp_path / "data", **settings)
    _, said = await process.communicate()

    assert process.returncode == 2
    assert said.decode() == (
        "image-generation: The bucket nobody-made-it cannot be used. The bucket does not exist.\n"
    )


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (
            {"storage_backend": "s3"},
            "s3_bucket",
            "name the bucket, or set IMG_GEN_STORAGE_BACKEND=local",
        ),
        (
            {"s3_bucket": "pictures"},
            "s3_bucket",
            "set IMG_GEN_STORAGE_BACKEND=s3, too, or leave out the bucket",
        ),
        (
            {"s3_access_key_id": "AKID"},
            "s3_secret_access_key",
            "is missing beside IMG_GEN_S3_ACCESS_KEY_ID: both or neither",
        ),
        (
            {"s3_secret_access_key": SECRET_ACCESS_KEY},
            "s3_secret_access_key",
            "set IMG_GEN_S3_ACCESS_KEY_ID, too: both or neither",
        ),
        (
            {"s3_endpoint_url": "minio:9000"},
            "s3_endpoint_url",
            "write http:// or https:// and a host, without user and password",
        ),
        (
            {"s3_endpoint_url": "http://root:secret@minio:9000"},
            "s3_endpoint_url",
            "write http:// or https:// and a host, without user and password",
        ),
    ],
)
def test_half_a_configuration_is_refused_with_what_is_missing(
    given: dict[str, str], field: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError) as refusal:
        settings_for(tmp_path, **given)

    [fault] = refusal.value.errors()
    assert (fault["loc"], fault["msg"]) == ((field,), f"Value error, {message}")
