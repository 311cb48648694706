"""What the papers say is what the code does."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from image_generation.app import open_service
from image_generation.graphql.errors import DocumentCode
from image_generation.settings import Settings
from tests.product.running import Running, running, settings_for
from tests.readme import README, ROOT, Block, blocks, with_lists

pytestmark = pytest.mark.anyio

PAPERS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def examples() -> list[tuple[Block, Block]]:
    """Find each GraphQL block of the README and the answer below it."""
    found = blocks(README.read_text("utf-8"))
    return [(ask, answer) for ask, answer in pairwise(found) if ask.language == "graphql"]


def leaves(value: Any) -> Iterator[Any]:
    """Go through what is in an answer, in its order."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value


def lasting(value: Any) -> Any:
    """Keep of an answer what is the same each time: ids become their kind, moments "…"."""
    match value:
        case dict():
            return {name: lasting(part) for name, part in value.items()}
        case list():
            return [lasting(part) for part in value]
        case str():
            return MOMENT.sub("…", UUID.sub("…", opened(value)))
        case _:
            return value


def opened(text: str) -> str:
    """Decode a global id or a cursor; leave any other text."""
    try:
        return urlsafe_b64decode(text).decode("ascii")
    except ValueError:
        return text


def with_ids(document: str, real_ids: Mapping[str, str]) -> str:
    """Put the ids of this run where the README has its own."""
    return re.sub(r'(?<=")[^"]+(?=")', lambda match: real_ids.get(match[0], match[0]), document)


def names_in(folder: Path) -> set[str]:
    """Name what is in a folder."""
    return {path.name for path in folder.iterdir()}


async def answer_of(house: Running, document: str) -> Any:
    """Ask; of a stream, return the last event."""
    if document.startswith("subscription"):
        return {"data": [event async for event in house.watch(document)][-1]}
    public = f"http://127.0.0.1:{Settings.model_fields['port'].default}"
    return json.loads((await house.post(document)).text.replace(house.url, public))


async def test_every_example_of_the_readme_is_answered_as_it_says(tmp_path: Path) -> None:
    real_ids: dict[str, str] = {}
    size = Settings.model_fields["default_size"].default

    async with running(tmp_path, default_size=size) as house:
        for ask, told in examples():
            expected = json.loads(told.text)
            answer = await answer_of(house, with_ids(ask.text, real_ids))

            assert lasting(answer) == lasting(expected)
            real_ids |= dict(zip(leaves(expected), leaves(answer), strict=True))

    assert len(examples()) >= 4


async def test_the_lists_of_the_readme_are_those_of_the_code(tmp_path: Path) -> None:
    text = README.read_text("utf-8")

    async with open_service(settings_for(tmp_path)) as service:
        fresh = with_lists(text, service.providers)

    assert text.splitlines() == fresh.splitlines(), "scripts/dev readme writes them"


async def test_the_paths_of_the_readme_are_answered(tmp_path: Path) -> None:
    cells = re.findall(r"^\| (`/.*?) \|", README.read_text("utf-8"), re.MULTILINE)
    paths = re.findall(r"`([^`]+)`", " ".join(cells))

    async with running(tmp_path) as house:
        picture = (await house.generate())["image"]["url"].rsplit("/", 1)[1]
        asked = [path.replace("{id}", picture).replace("{name}", "dirac-gan") for path in paths]
        statuses = [
            (await house.client.get(path, headers={"accept": "text/html"})).status_code
            for path in asked
        ]

    assert dict(zip(paths, statuses, strict=True)) == {
        "/graphql": 200,
        "/images/{id}": 200,
        "/figures/{name}": 200,
        "/health": 200,
        "/ready": 200,
    }


async def test_the_data_lies_where_the_readme_says(tmp_path: Path) -> None:
    readme = README.read_text("utf-8")

    async with running(tmp_path) as house:
        await house.generate()
        made = names_in(tmp_path)

    assert made - {"gallery.db-shm", "gallery.db-wal"} == {"gallery.db", "images", "in-use.lock"}
    assert all(f"`{name}`" in readme for name in ("gallery.db", "images", "in-use.lock"))


def test_the_codes_of_unreadable_documents_are_in_the_readme() -> None:
    readme = README.read_text("utf-8")

    assert [code for code in DocumentCode if f"`{code}`" not in readme] == []


def test_the_readme_can_be_read_in_a_few_minutes() -> None:
    lines = README.read_text("utf-8").splitlines()

    assert len([line for line in lines if not line.startswith("|")]) < 150


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_link_between_the_papers_leads_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text("utf-8"))

    assert [target for target in targets if not (paper.parent / target).exists()] == []


def test_every_file_that_contributing_names_exists() -> None:
    names = re.findall(r"`([\w.-]+(?:/[\w.-]*)+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    roots = (ROOT, ROOT / "src/image_generation")

    missing = [name for name in names if not any((root / name).exists() for root in roots)]

    assert len(names) > 10
    assert missing == []
