"""What was paid, and what may not be: from the wish to the sums."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tests.product.running import GENERATE, running
from tests.product.test_openai import ESTIMATE, asked_at, picture
from tests.servers.openai_server import delivers, openai_server

pytestmark = pytest.mark.anyio

MODEL = {"prompt": "a fox", "model": "gpt-image-2"}
SPENT = """
{
  viewer { spend { dayUsd monthUsd } }
  byModel: spend(by: MODEL) { key usd reservedUsd }
  byCaller: spend(by: CALLER) { key usd }
}
"""


async def test_a_budget_is_kept_before_anything_is_sent_and_told_afterwards(
    tmp_path: Path,
) -> None:
    async with openai_server() as server:
        server.replies.append(delivers(b64_json=picture(), revised_prompt=None))
        async with running(tmp_path, asked_at(server), default_size="1024x1024") as house:
            estimate = (await house.ask(ESTIMATE, input=MODEL))["estimate"]
        most = Decimal(estimate["maxUsd"])
        limits = {"default_size": "1024x1024", "usd_per_day": most}

        async with running(tmp_path, asked_at(server), **limits) as house:
            answers = await asyncio.gather(*(house.post(GENERATE, input=MODEL) for _ in range(20)))
            spent = await house.ask(SPENT)

        bodies = [answer.json() for answer in answers]
        [made] = [body["data"] for body in bodies if "errors" not in body]
        refused = [body["errors"][0]["extensions"] for body in bodies if "errors" in body]
        cost = made["generate"]["generation"]["cost"]["usd"]

    assert server.sent()["model"] == "gpt-image-2"
    assert {refusal["code"] for refusal in refused} == {"BUDGET_EXCEEDED"}
    assert all(0 < refusal["retryAfter"] <= 86400 for refusal in refused)
    assert 0 < Decimal(cost) <= most
    assert spent == {
        "viewer": {"spend": {"dayUsd": cost, "monthUsd": cost}},
        "byModel": [{"key": "gpt-image-2", "usd": cost, "reservedUsd": "0"}],
        "byCaller": [{"key": "local", "usd": cost}],
    }
