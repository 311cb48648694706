"""Pictures by OpenAI, from the wish to the gallery, against a server that behaves like it."""

import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from PIL import Image

from image_generation.providers.registry import Access, Providers, make_providers
from tests.product.drawings import IMG2IMG, photo, sent
from tests.product.running import GENERATE, PROGRESS, Running, running
from tests.servers.openai_server import (
    KEY,
    OpenAIServer,
    Reply,
    blocked,
    delivers,
    fails,
    openai_server,
)

pytestmark = pytest.mark.anyio

ESTIMATE = """
query ($input: GenerateInput!) {
  estimate(input: $input) { minUsd maxUsd source adjustments { field asked used } }
}
"""


def picture(width: int = 1024, height: int = 1024, color: str = "navy", kind: str = "PNG") -> str:
    """Draw a picture, in base64."""
    file = BytesIO()
    Image.new("RGB", (width, height), color).save(file, kind)
    return b64encode(file.getvalue()).decode()


def asked_at(server: OpenAIServer, base_url: str | None = None) -> Providers:
    """Make the providers of an operator with a key, asking the test's server."""
    return make_providers(
        openai=Access(key=KEY, base_url=server.base_url, profile="openai"),
        replicate=Access(),
        painter_delay=0.0,
        default=None,
    )


@asynccontextmanager
async def asking(folder: Path, *replies: Reply) -> AsyncIterator[tuple[Running, OpenAIServer]]:
    """Run a service whose default provider is OpenAI."""
    async with openai_server() as server:
        server.replies.extend(replies)
        async with running(folder, asked_at(server), default_size="1024x1024") as house:
            yield house, server


async def test_a_picture_is_kept_with_its_cost_and_what_was_not_granted(tmp_path: Path) -> None:
    async with asking(tmp_path, delivers(b64_json=picture(), revised_prompt=None)) as (house, it):
        generation = await house.generate(
            "a fox", seed=5, steps=20, negativePrompt="people", model="gpt-image-2"
        )

    assert (generation["status"], generation["provider"]) == ("SUCCEEDED", "openai")
    assert (generation["model"], generation["seed"], generation["steps"]) == (
        "gpt-image-2",
        None,
        None,
    )
    assert [(a["field"], a["asked"], a["used"]) for a in generation["adjustments"]] == [
        ("negativePrompt", "people", None),
        ("steps", "20", None),
        ("seed", "5", None),
    ]
    # 40 text tokens at 5, 10 picture tokens at 8, 439 output tokens at 30 dollars a million
    assert Decimal(generation["cost"]["usd"]) == Decimal("0.01345")
    assert generation["cost"]["source"] == "USAGE"
    assert it.sent()["prompt"] == "a fox"


async def test_the_price_of_an_edit_is_told_before_with_that_of_its_source(tmp_path: Path) -> None:
    query = """
    query ($input: GenerateInput!, $operation: Operation!) {
      estimate(input: $input, operation: $operation) { minUsd maxUsd }
    }
    """
    wish = {"prompt": "a fox", "model": "gpt-image-2"}

    async with asking(tmp_path) as (house, server):
        prices = {
            operation: (await house.ask(query, input=wish, operation=operation))["estimate"]
            for operation in ("TEXT_TO_IMAGE", "IMG2IMG", "INPAINT")
        }
        refused = await house.error(query, input=wish, operation="UPLOAD")

    more = {
        (operation, bound): Decimal(price[bound]) - Decimal(prices["TEXT_TO_IMAGE"][bound])
        for operation, price in prices.items()
        for bound in price
        if operation != "TEXT_TO_IMAGE"
    }
    least, most = Decimal("0.0024"), Decimal("0.012288")  # 300 and 1536 tokens at 8 a million
    assert more == {
        ("IMG2IMG", "minUsd"): least,
        ("IMG2IMG", "maxUsd"): most,
        ("INPAINT", "minUsd"): least,
        ("INPAINT", "maxUsd"): most,
    }
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "operation")
    assert server.seen == []


async def test_busy_twice_is_one_picture_and_three_attempts_with_the_pauses(
    tmp_path: Path,
) -> None:
    busy = fails(429, code="rate_limit_exceeded", type="images", headers={"retry-after": "1"})

    async with asking(tmp_path, busy, busy, delivers(b64_json=picture())) as (house, server):
        start = time.monotonic()
        generation = await house.generate("a fox")
        took = time.monotonic() - start

        assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 3)
        assert len(server.seen) == 3
        assert took >= 2.0
        assert len(house.files()) == 1


@pytest.mark.parametrize(
    ("reply", "code", "retryable", "charged"),
    [
        (fails(401, code="invalid_api_key"), "PROVIDER_AUTH", False, False),
        (
            fails(429, type="insufficient_quota", code="credit_balance_exhausted"),
            "PROVIDER_QUOTA",
            False,
            False,
        ),
        (fails(400, code="billing_hard_limit_reached"), "PROVIDER_QUOTA", False, False),
        (
            Reply(orjson.dumps({"error": blocked("input", "sexual")}), 400),
            "CONTENT_REJECTED",
            False,
            False,
        ),
        (Reply(b'{"created": 1, "data": ['), "RESULT_LOST", True, None),
        (Reply(b"{}", cut=True), "RESULT_LOST", True, None),
        (delivers(b64_json=b64encode(b"no picture").decode()), "RESULT_LOST", True, True),
    ],
)
async def test_what_goes_wrong_ends_in_the_row_and_is_asked_once(
    tmp_path: Path, reply: Reply, code: str, retryable: bool, charged: bool | None
) -> None:
    async with asking(tmp_path, reply) as (house, server):
        generation = await house.generate("a fox")

        assert generation["status"] == "FAILED"
        assert generation["error"]["code"] == code
        assert generation["error"]["retryable"] is retryable
        assert generation["error"]["charged"] is charged
        assert len(server.seen) == 1
        assert house.files() == []


async def test_a_retired_model_is_refused_with_the_one_to_use_instead(tmp_path: Path) -> None:
    async with asking(tmp_path) as (house, server):
        error = await house.error(GENERATE, input={"prompt": "a fox", "model": "dall-e-3"})

        assert (error["code"], error["field"]) == ("UNSUPPORTED", "model")
        assert "2026-05-12" in error["message"]
        assert "gpt-image-" in error["message"]
        assert server.seen == []
        assert house.files() == []


async def test_an_estimate_gives_the_price_before_anything_is_sent(tmp_path: Path) -> None:
    wish = {"prompt": "a fox", "model": "gpt-image-2", "options": {"quality": "medium"}, "seed": 1}

    async with asking(tmp_path) as (house, server):
        estimate = (await house.ask(ESTIMATE, input=wish))["estimate"]

        assert estimate["source"] == "PRICE_LIST"
        assert Decimal("0.0526") < Decimal(estimate["minUsd"]) <= Decimal(estimate["maxUsd"])
        assert Decimal(estimate["maxUsd"]) < Decimal("0.06")
        assert estimate["adjustments"] == [{"field": "seed", "asked": "1", "used": None}]
        assert server.seen == []


async def test_previews_reach_whoever_watches(tmp_path: Path) -> None:
    def event(kind: str, **more: object) -> bytes:
        body = {"type": f"image_generation.{kind}", "b64_json": picture(256, 256), **more}
        return b"event: %b\ndata: %b\n\n" % (str(body["type"]).encode(), orjson.dumps(body))

    stream = Reply(
        event("partial_image", partial_image_index=0) + event("completed"),
        media_type="text/event-stream",
    )
    busy = fails(429, headers={"retry-after": "1"}, type="images", code="rate_limit_exceeded")
    async with asking(tmp_path, busy, stream) as (house, server):
        generation = await house.generate("a fox", wait=False)
        events = [e["generationProgress"] async for e in house.watch(PROGRESS, id=generation["id"])]

        assert events[-1]["generation"]["status"] == "SUCCEEDED"
        assert any(event["preview"] for event in events)
        assert server.seen[-1].body["stream"] is True


async def test_style_quality_and_size_of_an_edit_are_those_of_the_wish(tmp_path: Path) -> None:
    wish = {"prompt": "a house in winter", "image": sent(photo()), "style": "watercolor"}
    more = {"width": 1024, "height": 1024, "options": {"quality": "low"}}

    async with asking(tmp_path) as (house, server):
        made = (await house.ask(IMG2IMG, input={**wish, **more}))["img2img"]["generation"]

        assert made["finalPrompt"].startswith("a house in winter, watercolor painting")
        assert server.sent() == {
            "model": "gpt-image-2.5-flare",
            "prompt": made["finalPrompt"],
            "size": "1024x1024",
            "quality": "low",
        }
        assert server.seen[0].files[0].open().size == (1024, 1024)


async def test_a_wish_without_a_key_says_what_is_missing(tmp_path: Path) -> None:
    nothing = make_providers(openai=Access(), replicate=Access(), painter_delay=0.0, default=None)

    async with running(tmp_path, nothing) as house:
        error = await house.error(GENERATE, input={"prompt": "a fox", "provider": "openai"})
        answer = await house.ask("{ providers { name configured isDefault health { status } } }")

    assert error["code"] == "PROVIDER_NOT_CONFIGURED"
    assert "IMG_GEN_OPENAI_API_KEY" in error["message"]
    assert answer["providers"] == [
        {
            "name": name,
            "configured": ready,
            "isDefault": ready,
            "health": {"status": "AVAILABLE" if ready else "UNCONFIGURED"},
        }
        for name, ready in (("openai", False), ("replicate", False), ("procedural", True))
    ]
