"""The command: it starts, says where it is, survives being killed, and ends when asked."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from image_generation.domain.callers import Caller, Role
from image_generation.services.key_files import Key, create_key, hash_of, read_keys
from tests.product.process import Process, serving, start, until, until_finished
from tests.product.watchers import Watched, begin, connected, events_of, watch_uncut

pytestmark = pytest.mark.anyio

GENERATE = """
mutation ($prompt: String!, $wait: Boolean) {
  generate(input: {prompt: $prompt, wait: $wait}) { generation { id status } }
}
"""
BATCH = "mutation ($input: GenerateBatchInput!) { generateBatch(input: $input) { batch { id } } }"
WATCH = """
subscription ($id: ID!) {
  batchProgress(id: $id) { sequence progress batch { status succeeded } }
}
"""
GALLERY = "{ gallery { totalCount edges { node { byteSize url } } } }"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of a process, not made yet."""
    return tmp_path / "data"


async def watch_until_killed(process: Process, watched: Watched, seconds: float) -> list[Any]:
    """Watch for so many seconds, kill the command, and give each event that came."""
    events = []
    async with connected(process.url) as socket:
        await begin(socket, "1", watched)
        killing = asyncio.create_task(_kill_after(process, seconds))
        with suppress(ConnectionClosed):
            async for event in events_of(socket, "1", watched):
                events.append(event)  # noqa: PERF401 - those before the end are kept
        await killing
    return events


async def _kill_after(process: Process, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await process.kill()


def bytes_kept(folder: Path) -> list[int]:
    """The sizes of all files below the folder of pictures."""
    return sorted(path.stat().st_size for path in (folder / "images").rglob("*") if path.is_file())


def names_in(folder: Path) -> list[str]:
    """List what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_it_says_where_it_listens_who_is_ready_and_where_data_goes(folder: Path) -> None:
    async with serving(folder) as process:
        said = process.log[-1]

    assert said["url"].startswith("http://127.0.0.1:")
    assert said["default"] == "procedural"
    assert said["providers"]["procedural"] == "ready"
    assert said["data"] == str(folder)


async def test_what_was_made_is_there_after_a_restart(folder: Path) -> None:
    async with serving(folder) as process:
        await process.ask(GENERATE, prompt="a fox")
        before = await process.ask("{ gallery { edges { node { id sha256 prompt } } } }")
        code = await process.stop()
    left = names_in(folder)
    async with serving(folder) as process:
        after = await process.ask("{ gallery { edges { node { id sha256 prompt } } } }")

    assert code == 0
    assert left == ["gallery.db", "images", "in-use.lock"]
    assert before == after
    assert len(after["gallery"]["edges"]) == 1


async def test_a_generation_killed_while_it_runs_is_finished_after_the_restart(
    folder: Path,
) -> None:
    async with serving(folder, PAINTER_DELAY="30") as process:
        answer = await process.ask(GENERATE, prompt="a fox", wait=False)
        id = answer["generate"]["generation"]["id"]
        await until(process, id, lambda generation: generation["progress"] > 0)
        await process.kill()
    async with serving(folder) as process:
        generation = await until_finished(process, id)
        gallery = (await process.ask(GALLERY))["gallery"]

    assert generation["status"] == "SUCCEEDED"
    assert generation["attempts"] == 2
    assert gallery["totalCount"] == 1
    assert bytes_kept(folder) == [gallery["edges"][0]["node"]["byteSize"]]


async def test_whoever_watches_through_kills_sees_nothing_go_back(folder: Path) -> None:
    events: list[Any] = []

    async with serving(folder, PAINTER_DELAY="2") as process:
        answer = await process.ask(BATCH, input={"prompt": "a fox", "count": 8})
        watched = Watched(WATCH, "batchProgress", answer["generateBatch"]["batch"]["id"])
        events += await watch_until_killed(process, watched, 0.7)
    async with serving(folder, PAINTER_DELAY="2") as process:
        events += await watch_until_killed(process, watched, 1.1)
    async with serving(folder) as process:
        events += await watch_uncut(process.url, watched)

    assert events[-1]["batch"] == {"status": "SUCCEEDED", "succeeded": 8}
    assert events[-1]["progress"] == 1.0
    assert len({event["progress"] for event in events}) > 8
    for name in ("sequence", "progress"):
        numbers = [event[name] for event in events]
        assert numbers == sorted(numbers)


async def test_killed_again_and_again_it_finishes_everything_once(folder: Path) -> None:
    chance = random.Random(7)
    ids: list[str] = []

    for round in range(4):
        async with serving(folder, PAINTER_DELAY="0.2") as process:
            for number in range(3):
                answer = await process.ask(GENERATE, prompt=f"{round} {number}", wait=False)
                ids.append(answer["generate"]["generation"]["id"])
            await asyncio.sleep(chance.uniform(0, 0.6))
            await process.kill()
    async with serving(folder) as process:
        finished = [await until_finished(process, id) for id in ids]
        gallery = (await process.ask(GALLERY))["gallery"]

    assert {generation["status"] for generation in finished} == {"SUCCEEDED"}
    sizes = sorted(edge["node"]["byteSize"] for edge in gallery["edges"])
    assert gallery["totalCount"] == len(ids) == len(sizes)
    assert bytes_kept(folder) == sizes


async def test_a_second_process_on_the_same_data_is_refused(folder: Path) -> None:
    async with serving(folder):
        second = await start(folder)
        _, complaint = await second.communicate()

    assert second.returncode == 2
    assert b"Another process works on" in complaint
    assert b"Traceback" not in complaint


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("PORT", "99999", "IMG_GEN_PORT: Input should be less than or equal to 65535"),
        ("DEFAULT_SIZE", "huge", "IMG_GEN_DEFAULT_SIZE: Value error, write WIDTHxHEIGHT"),
        ("DEFAULT_PROVIDER", "nobody", "There is no such provider."),
        ("STYLES_FILE", "/nowhere/styles.toml", "/nowhere/styles.toml"),
        ("API_KEYS_FILE", "/nowhere/keys.toml", "/nowhere/keys.toml"),
        ("HOST", "192.0.2.1", "set IMG_GEN_ALLOW_ANONYMOUS=true."),
        ("HOST", "::", "Anybody who reaches :: could spend your money."),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_in_one_line(
    folder: Path, setting: str, value: str, complaint: str
) -> None:
    process = await start(folder, **{setting: value})

    _, said = await process.communicate()

    assert process.returncode == 2
    assert complaint in said.decode()
    assert said.decode().count("\n") == 1


async def test_styles_of_the_operator_join_the_presets(folder: Path, tmp_path: Path) -> None:
    styles = tmp_path / "styles.toml"
    styles.write_text('[noir]\nsuffix = "film noir, rain"\nsteps = 12\n\n[Sketch]\nsteps = 9\n')

    async with serving(folder, STYLES_FILE=str(styles)) as process:
        answer = await process.ask("{ styles { name suffix steps } }")

    found = {style["name"]: style for style in answer["styles"]}
    assert len(found) == 11
    assert found["noir"] == {"name": "noir", "suffix": "film noir, rain", "steps": 12}
    assert found["sketch"]["steps"] == 9


async def test_the_schema_is_printed(folder: Path) -> None:
    process = await start(folder, "schema")

    printed, _ = await process.communicate()

    assert process.returncode == 0
    assert printed == (Path(__file__).parents[2] / "schema.graphql").read_bytes()
    assert bytes_kept(folder) == []


async def test_a_key_is_printed_once_and_only_its_hash_is_kept(
    folder: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.toml"

    process = await start(folder, "key", "create", "ada", API_KEYS_FILE=str(keys))
    printed, _ = await process.communicate()

    key = printed.decode().strip()
    assert key.startswith("igk_")
    assert key not in keys.read_text()
    assert keys.stat().st_mode & 0o777 == 0o600
    assert read_keys(keys) == [Key(hash_of(key), Caller(name="ada", role=Role.MEMBER))]


async def test_a_name_has_one_key(folder: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    create_key(keys, "ada", Role.READER)
    before = keys.read_text()

    process = await start(folder, "key", "create", "ada", API_KEYS_FILE=str(keys))
    _, complaint = await process.communicate()

    assert process.returncode == 2
    assert b"[ada] is there already." in complaint
    assert keys.read_text() == before


@pytest.mark.parametrize("setting", ["ALLOW_ANONYMOUS", "API_KEYS_FILE"])
async def test_it_listens_beyond_this_machine_when_told_so_or_with_keys(
    folder: Path, tmp_path: Path, setting: str
) -> None:
    keys = tmp_path / "keys.toml"
    create_key(keys, "ada", Role.MEMBER)
    value = {"ALLOW_ANONYMOUS": "true", "API_KEYS_FILE": str(keys)}[setting]

    async with serving(folder, HOST="0.0.0.0", **{setting: value}) as process:  # noqa: S104 - it is allowed
        assert process.log[-1]["url"].startswith("http://0.0.0.0:")
