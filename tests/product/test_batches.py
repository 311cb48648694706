"""Many pictures asked for at once."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from image_generation.domain.errors import ContentRejected
from image_generation.providers.procedural import ProceduralProvider
from tests.product.running import Running, painters, running
from tests.product.watchers import Watched, watch_through_cuts, watch_uncut

pytestmark = pytest.mark.anyio

STATE = """
  id status total queued running succeeded failed canceled progress
  cost { usd source } createdAt finishedAt durationMs
  generations(first: 100) {
    totalCount
    pageInfo { hasNextPage }
    edges { node { id status seed attempts error { code charged } image { id } } }
  }
"""
GENERATE = f"""
mutation ($input: GenerateBatchInput!) {{ generateBatch(input: $input) {{ batch {{ {STATE} }} }} }}
"""
BATCH = f"query ($id: ID!) {{ batch(id: $id) {{ {STATE} }} }}"
CANCEL = f"mutation ($id: ID!) {{ cancelBatch(id: $id) {{ batch {{ {STATE} }} }} }}"
RETRY = f"mutation ($id: ID!) {{ retryBatch(id: $id) {{ batch {{ {STATE} }} }} }}"
WATCH = """
subscription ($id: ID!) {
  batchProgress(id: $id) {
    sequence progress preview
    generation { id status }
    batch { status succeeded failed canceled queued running progress }
  }
}
"""
GALLERY = """
query ($filter: GalleryFilter) {
  gallery(filter: $filter) { totalCount edges { node { seed generation { batch { id } } } } }
}
"""


async def start(house: Running, **wishes: Any) -> Any:
    """Ask for a batch and return it."""
    given = {"prompt": "a fox", **wishes}
    return (await house.ask(GENERATE, input=given))["generateBatch"]["batch"]


async def events_of(house: Running, id: str) -> AsyncGenerator[Any, None]:
    """Watch a batch."""
    async for event in house.watch(WATCH, id=id):
        yield event["batchProgress"]


def items(batch: Any) -> list[Any]:
    return [edge["node"] for edge in batch["generations"]["edges"]]


async def test_a_batch_with_seeds_is_one_picture_each_in_the_gallery(house: Running) -> None:
    batch = await start(house, seeds=[3, 1, 2], wait=True)
    page = await house.ask(GALLERY, filter={"batchId": batch["id"]})

    assert batch["status"] == "SUCCEEDED"
    assert [batch[key] for key in ("total", "queued", "running", "succeeded", "failed")] == [
        3,
        0,
        0,
        3,
        0,
    ]
    assert batch["progress"] == 1.0
    assert batch["cost"] == {"usd": "0", "source": "FREE"}
    assert batch["finishedAt"] > batch["createdAt"]
    assert batch["durationMs"] > 0
    assert batch["generations"]["totalCount"] == 3
    assert [item["seed"] for item in items(batch)] == [3, 1, 2]
    assert page["gallery"]["totalCount"] == 3
    assert page["gallery"]["edges"][0]["node"] == {
        "seed": 2,
        "generation": {"batch": {"id": batch["id"]}},
    }
    assert len(house.files()) == 3


async def test_without_a_count_there_are_four_each_with_a_seed_of_its_own(house: Running) -> None:
    batch = await start(house, wait=True)

    assert batch["total"] == 4
    assert len({item["seed"] for item in items(batch)}) == 4


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 17}, "count"),
        ({"seeds": []}, "seeds"),
        ({"seeds": list(range(17))}, "seeds"),
        ({"seeds": [4294967296]}, "seeds"),
        ({"seeds": [1, 2], "count": 3}, "count"),
        ({"steps": 151}, "steps"),
        ({"prompt": ""}, "prompt"),
    ],
)
async def test_a_batch_that_cannot_be_is_refused_whole(
    house: Running, wish: dict[str, Any], field: str
) -> None:
    error = await house.error(GENERATE, input={"prompt": "a fox", **wish})

    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
    assert await house.ask("{ batches { edges { node { id } } } }") == {"batches": {"edges": []}}
    assert house.files() == []


async def test_a_batch_has_at_most_as_many_as_the_setting_says(tmp_path: Path) -> None:
    async with running(tmp_path, max_batch_size=2) as house:
        batch = await start(house, count=2, wait=True)
        error = await house.error(GENERATE, input={"prompt": "a fox", "count": 3})

    assert batch["succeeded"] == 2
    assert error["message"] == "`count`: 3 is out of range. Give 1 to 2."


async def test_one_that_fails_harms_no_other(tmp_path: Path) -> None:
    rejected = ContentRejected("It will not draw this.", provider="procedural")
    async with running(tmp_path, painters(ProceduralProvider(faults=[rejected]))) as house:
        batch = await start(house, count=3, wait=True)

    assert (batch["status"], batch["succeeded"], batch["failed"]) == ("SUCCEEDED", 2, 1)
    assert batch["progress"] == 1.0
    assert sorted(item["status"] for item in items(batch)) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]


async def test_a_batch_fails_only_when_nothing_succeeded(tmp_path: Path) -> None:
    rejected = ContentRejected("It will not draw this.", provider="procedural")
    async with running(tmp_path, painters(ProceduralProvider(faults=[rejected] * 2))) as house:
        batch = await start(house, count=2, wait=True)

    assert (batch["status"], batch["failed"]) == ("FAILED", 2)
    assert batch["cost"] is None


async def test_canceling_ends_what_is_not_finished_and_keeps_the_rest(tmp_path: Path) -> None:
    quick_then_slow = painters(ProceduralProvider(delay=30))
    async with running(tmp_path, quick_then_slow, max_concurrency=2) as house:
        batch = await start(house, count=5)
        async for event in events_of(house, batch["id"]):
            if event["batch"]["running"] == 2:
                break
        canceled = (await house.ask(CANCEL, id=batch["id"]))["cancelBatch"]["batch"]
        again = (await house.ask(CANCEL, id=batch["id"]))["cancelBatch"]["batch"]

    assert (canceled["status"], canceled["canceled"]) == ("CANCELED", 5)
    assert {item["error"]["code"] for item in items(canceled)} == {"CANCELED"}
    assert {item["error"]["charged"] for item in items(canceled)} == {False}
    assert again == canceled


async def test_only_what_did_not_succeed_is_done_again(tmp_path: Path) -> None:
    rejected = ContentRejected("It will not draw this.", provider="procedural")
    async with running(tmp_path, painters(ProceduralProvider(faults=[rejected] * 2))) as house:
        first = await start(house, seeds=[1, 2, 3], wait=True)
        await house.ask(RETRY, id=first["id"])
        async for _ in events_of(house, first["id"]):
            pass
        after = (await house.ask(BATCH, id=first["id"]))["batch"]
        idle = (await house.ask(RETRY, id=first["id"]))["retryBatch"]["batch"]

        assert (first["succeeded"], first["failed"]) == (1, 2)
        assert (after["status"], after["succeeded"], after["failed"]) == ("SUCCEEDED", 3, 0)
        assert [item["seed"] for item in items(after)] == [1, 2, 3]
        kept = {item["id"]: item["image"] for item in items(first) if item["image"]}
        assert all(item["image"] == kept.get(item["id"], item["image"]) for item in items(after))
        assert sorted(item["attempts"] for item in items(after)) == [1, 2, 2]
        assert idle == after
        assert len(house.files()) == 3


async def test_a_key_gives_the_same_batch_under_a_hundred_copies(house: Running) -> None:
    copies = (start(house, count=2, idempotencyKey="k") for _ in range(100))
    batches = await asyncio.gather(*copies)
    other = await house.error(
        GENERATE, input={"prompt": "a fox", "count": 3, "idempotencyKey": "k"}
    )
    single = (
        'mutation { generate(input: {prompt: "a fox", idempotencyKey: "k"}) { generation { id } } }'
    )
    crossed = await house.error(single)
    async for _ in events_of(house, batches[0]["id"]):
        pass

    assert len({batch["id"] for batch in batches}) == 1
    assert (other["code"], crossed["code"]) == ("CONFLICT", "CONFLICT")
    assert len(house.files()) == 2


async def test_a_watcher_sees_a_snapshot_then_changes_then_the_end(tmp_path: Path) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=0.3))) as house:
        batch = await start(house, count=3)
        events = [event async for event in events_of(house, batch["id"])]
        late = [event async for event in events_of(house, batch["id"])]

    sequences = [event["sequence"] for event in events]
    fractions = [event["progress"] for event in events]
    assert events[0]["generation"] is None
    assert sequences == sorted(set(sequences))
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 3
    assert events[-1]["batch"]["status"] == "SUCCEEDED"
    assert events[-1]["progress"] == 1.0
    assert events[-1]["generation"]["status"] == "SUCCEEDED"
    assert any(event["preview"] for event in events)
    assert all(
        (event["preview"] or "data:image/jpeg;base64,").startswith("data:image/jpeg;base64,")
        for event in events
    )
    [event] = late
    assert event["batch"] == events[-1]["batch"]
    assert event["sequence"] >= sequences[-1]


async def test_every_watcher_is_told_the_last_state_of_every_item(house: Running) -> None:
    batch = await start(house, count=12)

    async def ends() -> set[str]:
        return {
            event["generation"]["id"]
            async for event in events_of(house, batch["id"])
            if event["generation"] and event["generation"]["status"] == "SUCCEEDED"
        }

    told = await asyncio.gather(*(ends() for _ in range(20)))
    after = (await house.ask(BATCH, id=batch["id"]))["batch"]

    # Whoever came late has seen in the snapshot what was finished by then.
    assert max(len(ids) for ids in told) == 12
    assert all(ids <= {item["id"] for item in items(after)} for ids in told)
    assert after["succeeded"] == 12


async def test_batches_are_listed_newest_first_and_by_status(tmp_path: Path) -> None:
    rejected = ContentRejected("It will not draw this.", provider="procedural")
    query = """
    query ($status: [GenerationStatus!], $first: Int, $after: String, $last: Int) {
      batches(status: $status, first: $first, after: $after, last: $last) {
        pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { node { id status } }
      }
    }
    """
    async with running(tmp_path, painters(ProceduralProvider(faults=[rejected]))) as house:
        failed = await start(house, count=1, wait=True)
        made = [await start(house, count=1, wait=True) for _ in range(2)]
        everything = (await house.ask(query))["batches"]
        failures = (await house.ask(query, status=["FAILED"]))["batches"]
        first = (await house.ask(query, first=2))["batches"]
        rest = (await house.ask(query, after=first["pageInfo"]["endCursor"]))["batches"]
        last = (await house.ask(query, last=1))["batches"]

    ids = [made[1]["id"], made[0]["id"], failed["id"]]
    assert [edge["node"]["id"] for edge in everything["edges"]] == ids
    assert [edge["node"] for edge in failures["edges"]] == [
        {"id": failed["id"], "status": "FAILED"}
    ]
    assert [edge["node"]["id"] for edge in first["edges"]] == ids[:2]
    assert first["pageInfo"]["hasNextPage"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == ids[2:]
    assert [edge["node"]["id"] for edge in last["edges"]] == ids[2:]
    assert last["pageInfo"]["hasPreviousPage"]


async def test_a_batch_is_a_node(house: Running) -> None:
    batch = await start(house, count=1, wait=True)

    node = await house.ask(
        "query ($id: ID!) { node(id: $id) { __typename ... on Batch { total } } }", id=batch["id"]
    )

    assert node == {"node": {"__typename": "Batch", "total": 1}}


async def test_watchers_who_are_cut_off_again_and_again_see_nothing_go_back(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, painters(ProceduralProvider(delay=1.0))) as house:
        batch = await start(house, count=16)
        watched = Watched(WATCH, "batchProgress", batch["id"])
        uncut, *cut = await asyncio.gather(
            watch_uncut(house.url, watched),
            *(watch_through_cuts(house.url, watched, Random(seed), 20) for seed in range(3)),
        )

    assert uncut[-1]["batch"]["succeeded"] == 16
    for events, cuts in cut:
        assert cuts == 20
        for name in ("sequence", "progress"):
            numbers = [event[name] for event in events]
            assert numbers == sorted(numbers)
        assert events[-1]["batch"] == uncut[-1]["batch"]
        assert events[-1]["progress"] == uncut[-1]["progress"] == 1.0
