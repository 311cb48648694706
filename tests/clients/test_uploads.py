"""Pictures sent by curl as the papers have it, and by gql."""

import json
import subprocess
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

import anyio.to_thread
import pytest
from gql import Client, FileVar, GraphQLRequest
from gql.transport.httpx import HTTPXAsyncTransport
from PIL import Image

from tests.product.drawings import UPLOAD, difference, encoded, photo, pixels_of, sky_mask
from tests.product.running import Running, running
from tests.readme import ROOT, blocks

pytestmark = pytest.mark.anyio

COMMANDS = [block.text for block in blocks((ROOT / "docs/uploads.md").read_text("utf-8"))]


async def run(command: str, house: Running, folder: Path) -> Any:
    """Run a command of the papers in a folder, towards this service."""
    script = command.replace("http://127.0.0.1:8005", house.url).replace("curl ", "curl -sS ")
    done = await anyio.to_thread.run_sync(
        lambda: subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, check=False)
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["data"]


@pytest.mark.skipif(which("curl") is None, reason="there is no curl on this machine")
async def test_the_commands_for_curl_keep_a_photo_and_paint_into_it(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(encoded(photo(), "JPEG", quality=95))
    (tmp_path / "mask.png").write_bytes(encoded(sky_mask()))
    async with running(tmp_path / "data") as house:
        kept, painted = [await run(command, house, tmp_path) for command in COMMANDS]

        made = painted["inpaint"]["generation"]
        assert made["status"] == "SUCCEEDED"
        images = [
            Image.open(BytesIO((await house.client.get(image["url"])).content))
            for image in (kept["uploadImage"]["image"], made["image"])
        ]
    before, after = map(pixels_of, images)
    assert difference(after[:112], before[:112]) > 30
    assert (after[128:] == before[128:]).all()


async def test_gql_sends_a_file(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(encoded(photo()))
    async with running(tmp_path / "data") as house:
        headers = {"GraphQL-Require-Preflight": "1"}
        transport = HTTPXAsyncTransport(f"{house.url}/graphql", headers=headers)
        file = FileVar(str(tmp_path / "photo.png"), content_type="image/png")
        request = GraphQLRequest(UPLOAD, variable_values={"input": {"image": {"upload": file}}})
        async with Client(transport=transport) as session:
            data = await session.execute(request, upload_files=True)

    assert data["uploadImage"]["image"]["width"] == 320
