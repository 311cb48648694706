"""Asking for a picture."""

import asyncio
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from image_generation.domain.errors import ContentRejected, ProviderBusy, ProviderUnavailable
from image_generation.providers.procedural import ProceduralProvider
from tests.product.running import GENERATE, Running, painters, running

pytestmark = pytest.mark.anyio

COUNT = "{ gallery { totalCount } }"
CANCEL = """
mutation ($id: ID!) {
  cancelGeneration(id: $id) { generation { status error { code charged } } }
}
"""


async def test_a_wish_becomes_a_picture_that_is_stored_listed_and_served(house: Running) -> None:
    generation = await house.generate("a lighthouse by the sea", width=320, height=256, seed=7)

    image = generation.pop("image")
    served = await house.client.get(image["url"])
    for key in ("id", "durationMs", "startedAt", "finishedAt", "createdAt"):
        assert generation.pop(key) is not None
    assert generation == {
        "status": "SUCCEEDED",
        "progress": 1.0,
        "operation": "TEXT_TO_IMAGE",
        "prompt": "a lighthouse by the sea",
        "finalPrompt": "a lighthouse by the sea",
        "negativePrompt": None,
        "style": "default",
        "provider": "procedural",
        "model": "painter-1",
        "width": 320,
        "height": 256,
        "steps": 30,
        "guidanceScale": 7.5,
        "seed": 7,
        "attempts": 1,
        "adjustments": [],
        "error": None,
        "cost": {"usd": "0", "source": "FREE"},
    }
    assert served.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(served.content)).size == (320, 256)
    assert image["width"], image["height"] == (320, 256)
    assert image["format"] == "PNG"
    assert image["byteSize"] == len(served.content)
    assert image["sha256"] == sha256(served.content).hexdigest()
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 1
    assert len(house.files()) == 1


async def test_the_same_wish_with_the_same_seed_is_the_same_picture(house: Running) -> None:
    first = await house.generate("a city at night", seed=1)
    same = await house.generate("a city at night", seed=1)
    other = await house.generate("a city at night", seed=2)

    assert first["image"]["sha256"] == same["image"]["sha256"] != other["image"]["sha256"]
    assert len({first["id"], same["id"], other["id"]}) == 3


async def test_a_seed_that_nobody_chose_is_drawn_and_recorded(house: Running) -> None:
    first = await house.generate()
    second = await house.generate()
    again = await house.generate(seed=first["seed"])

    assert 0 <= first["seed"] <= 4294967295
    assert first["seed"] != second["seed"]
    assert again["image"]["sha256"] == first["image"]["sha256"]


async def test_a_style_brings_its_words_and_parameters(house: Running) -> None:
    generation = await house.generate("a fox", style="WaterColor", negativePrompt="people")

    assert generation["style"] == "watercolor"
    assert generation["finalPrompt"].startswith("a fox, watercolor painting, soft washes")
    assert generation["negativePrompt"].startswith("people, photograph")
    assert (generation["steps"], generation["guidanceScale"]) == (30, 7.0)


async def test_the_callers_parameters_win_over_the_styles(house: Running) -> None:
    generation = await house.generate(style="sketch", steps=5, guidanceScale=2.5)

    assert (generation["steps"], generation["guidanceScale"]) == (5, 2.5)


async def test_without_a_size_the_configured_one_is_made(tmp_path: Path) -> None:
    async with running(tmp_path, default_size="300x400") as house:
        generation = await house.generate()

    assert (generation["image"]["width"], generation["image"]["height"]) == (300, 400)


async def test_without_waiting_the_answer_comes_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=0.3))) as house:
        generation = await house.generate(wait=False)
        finished = await house.finished(generation["id"])

    assert generation["status"] == "QUEUED"
    assert generation["image"] is None
    assert finished["status"] == "SUCCEEDED"
    assert finished["image"] is not None


async def test_an_enhancement_that_cannot_be_had_is_reported(house: Running) -> None:
    generation = await house.generate(enhancePrompt=True)

    assert [(a["field"], a["asked"], a["used"]) for a in generation["adjustments"]] == [
        ("enhancePrompt", "true", "false")
    ]


async def test_a_strict_wish_is_refused_rather_than_adjusted(house: Running) -> None:
    wish = {"prompt": "a sea", "enhancePrompt": True, "strict": True}

    error = await house.error(GENERATE, input=wish)

    assert (error["code"], error["field"]) == ("UNSUPPORTED", "enhancePrompt")
    await _nothing_happened(house)


async def test_a_key_gives_the_same_generation_for_the_same_wish(house: Running) -> None:
    first = await house.generate("a bridge", idempotencyKey="k1")
    again = await house.generate("a bridge", idempotencyKey="k1", wait=False)

    assert again["id"] == first["id"]
    assert again["status"] == "SUCCEEDED"
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 1


async def test_a_key_for_another_wish_is_a_conflict(house: Running) -> None:
    await house.generate("a bridge", idempotencyKey="k1")

    error = await house.error(GENERATE, input={"prompt": "a tower", "idempotencyKey": "k1"})

    assert error["code"] == "CONFLICT"
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 1


async def test_a_hundred_copies_of_one_wish_make_one_picture(house: Running) -> None:
    copies = (house.generate("a bridge", idempotencyKey="k1") for _ in range(100))

    generations = await asyncio.gather(*copies)

    assert len({generation["id"] for generation in generations}) == 1
    assert {generation["status"] for generation in generations} == {"SUCCEEDED"}
    assert len(house.files()) == 1


async def test_a_provider_that_is_busy_twice_is_asked_again(tmp_path: Path) -> None:
    busy = ProviderBusy("It is busy.", provider="procedural", retry_after=0.01)

    async with running(tmp_path, painters(ProceduralProvider(faults=[busy, busy]))) as house:
        generation = await house.generate()

    assert (generation["status"], generation["attempts"]) == ("SUCCEEDED", 3)


async def test_what_the_provider_rejects_fails_at_once_and_says_why(tmp_path: Path) -> None:
    rejected = ContentRejected("It will not draw this.", provider="procedural")

    async with running(tmp_path, painters(ProceduralProvider(faults=[rejected]))) as house:
        generation = await house.generate()

        assert generation["status"] == "FAILED"
        assert generation["attempts"] == 1
        assert generation["image"] is None
        assert generation["error"] == {
            "code": "CONTENT_REJECTED",
            "message": "It will not draw this.",
            "provider": "procedural",
            "retryable": False,
            "retryAfter": None,
            "charged": False,
        }
        assert house.files() == []
        assert (await house.ask(COUNT))["gallery"]["totalCount"] == 0


async def test_a_provider_that_wants_a_long_pause_fails_with_its_length(tmp_path: Path) -> None:
    busy = ProviderBusy("It is busy.", provider="procedural", retry_after=3600)

    async with running(tmp_path, painters(ProceduralProvider(faults=[busy]))) as house:
        generation = await house.generate()

    assert generation["error"]["retryAfter"] == 3600
    assert generation["attempts"] == 1


async def test_work_that_may_have_been_charged_is_never_repeated_unasked(tmp_path: Path) -> None:
    lost = ProviderUnavailable("The line went dead.", provider="procedural", charged=None)

    async with running(tmp_path, painters(ProceduralProvider(faults=[lost]))) as house:
        generation = await house.generate()

    assert (generation["status"], generation["attempts"]) == ("FAILED", 1)
    assert (generation["error"]["retryable"], generation["error"]["charged"]) == (True, None)


async def test_a_provider_past_the_deadline_times_out(tmp_path: Path) -> None:
    slow = painters(ProceduralProvider(delay=60))

    async with running(tmp_path, slow, generation_timeout=0.05) as house:
        generation = await house.generate()

    assert generation["error"]["code"] == "PROVIDER_TIMEOUT"
    assert generation["attempts"] == 1


async def test_a_generation_can_be_canceled_while_it_runs(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=60))) as house:
        generation = await house.generate(wait=False)
        canceled = await house.ask(CANCEL, id=generation["id"])
        again = await house.ask(CANCEL, id=generation["id"])

        assert canceled["cancelGeneration"]["generation"] == {
            "status": "CANCELED",
            "error": {"code": "CANCELED", "charged": False},
        }
        assert again == canceled
        assert house.files() == []


async def test_a_finished_generation_stays_as_it_is_when_it_is_canceled(house: Running) -> None:
    generation = await house.generate()
    answer = await house.ask(CANCEL, id=generation["id"])

    assert answer["cancelGeneration"]["generation"]["status"] == "SUCCEEDED"
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 1


async def test_an_estimate_is_free_here_and_leaves_no_trace(house: Running) -> None:
    estimate = """
    query ($input: GenerateInput!, $count: Int) {
      estimate(input: $input, count: $count) {
        minUsd maxUsd source adjustments { field asked used reason }
      }
    }
    """

    answer = await house.ask(estimate, input={"prompt": "a sea", "enhancePrompt": True}, count=3)

    assert answer["estimate"].pop("adjustments")[0]["field"] == "enhancePrompt"
    assert answer["estimate"] == {"minUsd": "0", "maxUsd": "0", "source": "FREE"}
    await _nothing_happened(house)


async def test_times_are_in_order_and_in_utc(house: Running) -> None:
    generation = await house.generate()

    created, started, finished = (
        datetime.fromisoformat(generation[key]) for key in ("createdAt", "startedAt", "finishedAt")
    )
    assert created <= started <= finished
    assert generation["createdAt"].endswith("Z")
    assert abs(generation["durationMs"] - (finished - started).total_seconds() * 1000) <= 1


async def _nothing_happened(house: Running) -> None:
    assert (await house.ask(COUNT))["gallery"]["totalCount"] == 0
    assert house.files() == []
