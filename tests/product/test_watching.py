"""Watching a generation, and the gallery's news."""

import asyncio
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from image_generation.domain.errors import ContentRejected
from image_generation.providers.procedural import ProceduralProvider
from tests.product.running import PROGRESS, Running, painters, running

pytestmark = pytest.mark.anyio

ADDED = """
subscription ($filter: GalleryFilter) {
  imageAdded(filter: $filter) { prompt url generation { status } }
}
"""


async def test_a_watcher_sees_progress_grow_until_the_picture_is_there(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=0.3))) as house:
        generation = await house.generate(wait=False)
        events = [
            event["generationProgress"]
            async for event in house.watch(PROGRESS, id=generation["id"])
        ]

    sequences = [event["sequence"] for event in events]
    fractions = [event["progress"] for event in events]
    assert sequences == sorted(set(sequences))
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 3
    assert fractions[-1] == 1.0
    assert events[0]["generation"]["status"] in {"QUEUED", "RUNNING"}
    assert events[-1]["generation"]["status"] == "SUCCEEDED"
    assert events[-1]["generation"]["image"] is not None
    assert all(event["generation"]["image"] is None for event in events[:-1])


async def test_a_watcher_is_shown_the_picture_as_it_grows(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=0.3))) as house:
        generation = await house.generate(wait=False)
        previews = [
            event["generationProgress"]["preview"]
            async for event in house.watch(PROGRESS, id=generation["id"])
            if event["generationProgress"]["preview"]
        ]

    head, _, data = previews[0].partition(",")
    picture = Image.open(BytesIO(b64decode(data)))
    assert head == f"data:image/{str(picture.format).lower()};base64"
    assert max(picture.size) <= 256


async def test_whoever_comes_after_the_end_gets_the_last_state_alone(house: Running) -> None:
    generation = await house.generate()

    events = [
        event["generationProgress"] async for event in house.watch(PROGRESS, id=generation["id"])
    ]
    again = [
        event["generationProgress"] async for event in house.watch(PROGRESS, id=generation["id"])
    ]

    [event] = events
    assert event["generation"]["status"] == "SUCCEEDED"
    assert event["generation"]["image"]["id"] == generation["image"]["id"]
    assert (event["progress"], event["preview"]) == (1.0, None)
    assert again == [{**event, "sequence": again[0]["sequence"]}]
    assert again[0]["sequence"] > event["sequence"]


async def test_the_sequence_grows_from_one_stream_to_the_next(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=0.5))) as house:
        generation = await house.generate(wait=False)
        seen: list[int] = []
        for _ in range(5):
            async for event in house.watch(PROGRESS, id=generation["id"]):
                seen.append(event["generationProgress"]["sequence"])
                break
        await house.finished(generation["id"])

    assert seen == sorted(set(seen))


async def test_a_failure_ends_the_stream_with_its_reason(tmp_path: Path) -> None:
    rejected = ContentRejected("It will not draw this.", provider="procedural")

    async with running(tmp_path, painters(ProceduralProvider(faults=[rejected]))) as house:
        generation = await house.generate(wait=False)
        finished = await house.finished(generation["id"])

    assert finished["status"] == "FAILED"
    assert finished["error"] == {"code": "CONTENT_REJECTED", "charged": False}


async def test_what_is_not_there_cannot_be_watched(house: Running) -> None:
    generation = await house.generate()
    await house.ask(
        "mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds } }",
        ids=[generation["image"]["id"]],
    )

    with pytest.raises(AssertionError, match="NOT_FOUND"):
        await house.finished(generation["id"])


async def test_the_gallerys_news_are_what_passes_the_filter(house: Running) -> None:
    news = house.watch(ADDED, filter={"style": "sketch", "search": "fox"})
    first = asyncio.ensure_future(anext(news))
    await house.watched("local")

    await house.generate("a fox")
    await house.generate("a hare", style="sketch")
    fox = await house.generate("a quick fox", style="sketch")

    assert await first == {
        "imageAdded": {
            "prompt": "a quick fox",
            "url": fox["image"]["url"],
            "generation": {"status": "SUCCEEDED"},
        }
    }
    await news.aclose()
