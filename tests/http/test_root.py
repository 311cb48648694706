"""The bare address."""

import httpx2
import pytest
from starlette.applications import Starlette

from image_generation.http.root import routes

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("prefix", "expected"), [("", "/graphql"), ("/images-ai", "/images-ai/graphql")]
)
async def test_the_bare_address_leads_to_graphql(prefix: str, expected: str) -> None:
    transport = httpx2.ASGITransport(Starlette(routes=routes()), root_path=prefix)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get(f"{prefix}/")

    assert response.status_code == 307
    assert response.headers["location"] == expected
