"""Prompts written better by a language model, on their way to a picture."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.product.running import GENERATE, Running, running
from tests.servers.chat_server import ChatServer, chat_host, fails, says

pytestmark = pytest.mark.anyio

ENHANCE = """
mutation ($input: EnhancePromptInput!) {
  enhancePrompt(input: $input) { original enhanced applied reason model }
}
"""
BETTER = "A red fox in tall grass at dawn, low golden light, dew on every blade, a calm mood"


@asynccontextmanager
async def enhanced(folder: Path, **settings: Any) -> AsyncIterator[tuple[Running, ChatServer]]:
    """Run a service with a language model."""
    async with chat_host() as host:
        with host.server() as chat:
            chat.replies = [says(BETTER)]
            given: dict[str, Any] = {
                "prompt_enhance_base_url": chat.base_url,
                "prompt_enhance_model": "llama",
            }
            async with running(folder, **(given | settings)) as house:
                yield house, chat


async def test_a_prompt_is_enhanced_then_styled_and_kept_in_every_form(tmp_path: Path) -> None:
    query = GENERATE.replace("finalPrompt", "finalPrompt enhancedPrompt")
    async with enhanced(tmp_path) as (house, chat):
        wish = {"prompt": "a fox", "style": "sketch", "enhancePrompt": True}
        generation = (await house.ask(query, input=wish))["generate"]["generation"]

    assert generation["prompt"] == "a fox"
    assert generation["enhancedPrompt"] == BETTER
    assert generation["finalPrompt"].startswith(f"{BETTER}, graphite pencil sketch")
    assert generation["adjustments"] == []
    assert generation["cost"] == {"usd": None, "source": "UNKNOWN"}
    assert len(chat.asked) == 1
    assert "Sketch" in chat.asked[0].system


async def test_where_a_wish_does_not_say_the_setting_decides(tmp_path: Path) -> None:
    async with enhanced(tmp_path, enable_prompt_enhancement=False) as (house, chat):
        plain = await house.generate("a fox")
        asked = await house.generate("a fox", enhancePrompt=True)

        assert plain["finalPrompt"] == "a fox"
        assert asked["finalPrompt"] == BETTER
        assert len(chat.asked) == 1


async def test_on_any_trouble_the_prompt_goes_through_and_the_answer_says_so(
    tmp_path: Path,
) -> None:
    async with enhanced(tmp_path) as (house, chat):
        chat.replies = [fails(500)]
        generation = await house.generate("a fox")

    assert generation["status"] == "SUCCEEDED"
    assert generation["finalPrompt"] == "a fox"
    [adjustment] = generation["adjustments"]
    assert (adjustment["field"], adjustment["used"]) == ("enhancePrompt", "false")
    assert generation["cost"] == {"usd": "0", "source": "FREE"}


async def test_a_prompt_can_be_enhanced_alone(tmp_path: Path) -> None:
    async with enhanced(tmp_path) as (house, _):
        answer = await house.ask(ENHANCE, input={"prompt": "a fox", "style": "anime"})
        refused = await house.error(ENHANCE, input={"prompt": "a fox", "style": "cubist"})

        assert answer["enhancePrompt"] == {
            "original": "a fox",
            "enhanced": BETTER,
            "applied": True,
            "reason": None,
            "model": "llama",
        }
        assert refused["field"] == "style"
        assert house.files() == []


async def test_without_a_language_model_the_answer_says_so(house: Running) -> None:
    answer = await house.ask(ENHANCE, input={"prompt": "a fox"})

    assert answer["enhancePrompt"] == {
        "original": "a fox",
        "enhanced": "a fox",
        "applied": False,
        "reason": "No language model is configured.",
        "model": None,
    }
    assert Decimal((await house.generate("a fox"))["cost"]["usd"]) == 0


async def test_a_batch_is_enhanced_once_for_all_its_items(tmp_path: Path) -> None:
    query = """
    mutation {
      generateBatch(input: {prompt: "a fox", count: 5, wait: true}) {
        batch { succeeded generations { edges { node { finalPrompt enhancedPrompt } } } }
      }
    }
    """
    async with enhanced(tmp_path) as (house, chat):
        batch = (await house.ask(query))["generateBatch"]["batch"]

        assert batch["succeeded"] == 5
        assert [edge["node"]["finalPrompt"] for edge in batch["generations"]["edges"]] == [
            BETTER
        ] * 5
        assert len(chat.asked) == 1
