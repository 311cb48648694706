"""Keys and prompts stay where they belong, whatever goes wrong."""

import json
from pathlib import Path

import orjson
import pytest

from tests.product.process import serving, until_finished
from tests.servers.openai_server import KEY, Reply, blocked, fails, openai_server

pytestmark = pytest.mark.anyio

PROMPT = "a zebra whose stripes are planted"
GENERATE = """
mutation ($prompt: String!) {
  generate(input: {prompt: $prompt, wait: false}) { generation { id } }
}
"""
EVERYTHING = """
query ($id: ID!) {
  generation(id: $id) { error { code message provider } finalPrompt revisedPrompt }
  providers { name health { status message } }
}
"""

ECHO = f"{KEY} {PROMPT}"
FAULTS = [
    fails(401, ECHO, code="invalid_api_key"),
    fails(403, ECHO),
    fails(400, ECHO, code=ECHO, type=ECHO, param=ECHO),
    fails(400, ECHO, code="billing_hard_limit_reached"),
    Reply(orjson.dumps({"error": blocked("input", ECHO)}), 400),
    fails(404, ECHO, code="model_not_found"),
    fails(429, ECHO, type="insufficient_quota"),
    Reply(ECHO.encode(), 502, media_type="text/html"),
    Reply(orjson.dumps({"error": ECHO}), 400),
    Reply(ECHO.encode()),
    Reply(b"{", cut=True),
    Reply(orjson.dumps({"created": 1, "data": [{"b64_json": ECHO}]})),
    Reply(orjson.dumps({"created": 1, "data": [{"url": f"http://{KEY}@10.0.0.1/{KEY}"}]})),
    fails(429, ECHO, type="images", headers={"retry-after": "9999"}),  # nobody is asked after it
]


async def test_no_fault_carries_the_key_or_the_prompt_out(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    answers = []
    async with openai_server() as server:
        settings = {
            "LOG_LEVEL": "DEBUG",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_PROFILE": "openai",
        }
        async with serving(folder, **settings) as process:
            for fault in FAULTS:
                server.replies.extend([fault] * 4)
                id = (await process.ask(GENERATE, prompt=PROMPT))["generate"]["generation"]["id"]
                await until_finished(process, id)
                answers.append(json.dumps(await process.ask(EVERYTHING, id=id)))
                server.replies.clear()
            await process.stop()
    logged = json.dumps(process.log) + (await process.rest).decode()
    rows = (folder / "gallery.db").read_bytes()

    assert len(server.seen) >= len(FAULTS)
    for answer in answers:
        assert '"error": {"code"' in answer
        assert answer.count(PROMPT) == 1
        assert KEY not in answer
    assert KEY not in logged
    assert PROMPT not in logged
    assert KEY.encode() not in rows
