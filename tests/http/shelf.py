"""The pictures that these tests are about, and the door to them."""

from hashlib import sha256
from random import Random
from uuid import UUID

import httpx2
from starlette.applications import Starlette

from image_generation.domain.pictures import ImageFormat, Size
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.http.pictures import routes
from image_generation.services.addresses import Addresses
from image_generation.services.delivery import Delivered, Delivery
from image_generation.services.key_files import KeyRing
from image_generation.services.variants import Variants
from image_generation.storage.base import Store

ID = UUID("0192f1c2-d3e4-7a5b-8c6d-7e8f9a0b1c2d")
LARGE_ID = UUID("0192f1c2-d3e4-7a5b-8c6d-7e8f9a0b0000")
LOST_ID = UUID("0192f1c2-d3e4-7a5b-8c6d-7e8f9a0bffff")
UNKNOWN_ID = UUID("0192f1c2-d3e4-7a5b-8c6d-000000000000")

SMALL = Random(1).randbytes(1000)
LARGE = Random(2).randbytes(2 * 1024 * 1024 + 500_000)


def facts(picture_id: UUID, data: bytes, kind: ImageFormat) -> Delivered:
    return Delivered(picture_id, kind, Size(64, 64), len(data), sha256(data).hexdigest())


PICTURES = {
    ID: facts(ID, SMALL, ImageFormat.PNG),
    LARGE_ID: facts(LARGE_ID, LARGE, ImageFormat.WEBP),
    LOST_ID: facts(LOST_ID, SMALL, ImageFormat.JPEG),
}
ETAG = f'"{PICTURES[ID].tag}"'


async def find(scope: Scope, picture_id: UUID) -> Delivered | None:
    assert scope == EVERYBODY
    return PICTURES.get(picture_id)


def app_over(store: Store) -> Starlette:
    delivery = Delivery(store, find)
    return Starlette(
        routes=routes(delivery, Variants(store, delivery), Addresses(KeyRing(None), None))
    )


def client_of(app: Starlette) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")
