"""The page for people at `/graphql`."""

import base64
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from typing_extensions import override

from image_generation.graphql.explorer import Explorer
from image_generation.graphql.explorer.packages import CDN, package_files
from image_generation.graphql.explorer.tabs import TABS, Tab
from image_generation.graphql.schema import make_schema
from image_generation.graphql.views import graphql_routes
from tests.graphql.serving import Context, Ledger, served, tiny_schema

pytestmark = pytest.mark.anyio

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Tags(HTMLParser):
    """The start tags of a page, and whether a script or style has text of its own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inline += data.strip()

    def addresses(self) -> list[str]:
        """Everything the page loads."""
        found = [attrs.get("src") or attrs.get("href") for _, attrs in self.tags]
        return [address for address in found if address]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Make a folder as the build leaves it, but for the content of the files."""
    for file in package_files():
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_text(f"// {file.path}")
    return tmp_path


def operation_names(tab: Tab) -> list[str]:
    """List the operations of a tab."""
    definitions = parse(tab.query).definitions
    return [d.name.value for d in definitions if isinstance(d, OperationDefinitionNode) and d.name]


async def visit(explorer: Explorer | None, *paths: str) -> list[httpx2.Response]:
    """Ask for these paths as a browser does."""
    routes = graphql_routes(tiny_schema(), lambda *_: Context(Ledger()), explorer=explorer)
    async with (
        served(routes) as host,
        httpx2.AsyncClient(base_url=f"http://{host}", headers=BROWSER) as client,
    ):
        return [await client.get(path) for path in paths]


async def test_a_browser_gets_the_page_and_a_program_does_not(built: Path) -> None:
    routes = graphql_routes(
        tiny_schema(), lambda *_: Context(Ledger()), explorer=Explorer(built=built)
    )

    async with served(routes) as host, httpx2.AsyncClient(base_url=f"http://{host}") as client:
        page = await client.get("/graphql", headers=BROWSER)
        answer = await client.get("/graphql", headers=BROWSER, params={"query": "{ hello }"})
        program = await client.get("/graphql", headers={"accept": "*/*"})

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept"
    assert answer.json() == {"data": {"hello": "world"}}
    assert program.status_code == 400
    assert program.json()["errors"][0]["message"] == "The request has no `query`."


async def test_without_a_page_a_browser_is_answered_like_a_program() -> None:
    (response,) = await visit(None, "/graphql")

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_the_page_needs_nothing_but_this_host(built: Path) -> None:
    explorer = Explorer(built=built)

    (page,) = await visit(explorer, "/graphql")
    addresses = Tags(page.text).addresses()
    files = await visit(explorer, *(f"/{address}" for address in addresses))

    assert len(addresses) == 9
    assert [file.status_code for file in files] == [200] * 9
    assert all(not re.match(r"\w+:|//", address) for address in addresses)


async def test_pinned_files_are_fetched_once_by_a_browser(built: Path) -> None:
    first = next(package_files()).path

    (file,) = await visit(Explorer(built=built), f"/graphql/assets/packages/{first}")

    assert file.text == f"// {first}"
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_policy_of_the_page_lets_in_this_host_only(built: Path) -> None:
    (page,) = await visit(Explorer(built=built), "/graphql")

    directives = page.headers["content-security-policy"].split("; ")
    assert directives[:3] == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='",
    ]
    assert "connect-src 'self'" in directives
    assert "unsafe" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("complete", [True, False])
async def test_nothing_in_the_page_is_inline(built: Path, complete: bool) -> None:
    explorer = Explorer(built=built if complete else built / "nowhere")

    (page,) = await visit(explorer, "/graphql")

    tags = Tags(page.text)
    names = {name for _, attributes in tags.tags for name in attributes}
    assert tags.inline == ""
    assert [name for name in names if name.startswith(("on", "style"))] == []


async def test_missing_files_come_from_the_cdn_with_their_hashes(built: Path) -> None:
    (page,) = await visit(Explorer(built=built / "nowhere"), "/graphql")

    foreign = {
        address.removeprefix(f"{CDN}/"): attrs.get("integrity")
        for _, attrs in Tags(page.text).tags
        if (address := attrs.get("src") or attrs.get("href") or "").startswith(CDN)
    }
    assert foreign == {file.path: file.integrity for file in package_files()}
    assert f"script-src 'self' {CDN};" in page.headers["content-security-policy"]


async def test_an_incomplete_build_counts_as_missing(built: Path) -> None:
    (built / next(package_files()).path).unlink()

    (page,) = await visit(Explorer(built=built), "/graphql")

    assert CDN in page.text


async def test_where_the_cdn_is_not_allowed_the_page_says_what_is_missing(built: Path) -> None:
    explorer = Explorer(allow_cdn=False, built=built / "nowhere")

    (page,) = await visit(explorer, "/graphql")

    assert "installed without GraphiQL" in page.text
    assert "<script" not in page.text
    assert CDN not in page.text + page.headers["content-security-policy"]


async def test_the_page_opens_with_documents_to_start_from(built: Path) -> None:
    (page,) = await visit(Explorer(built=built), "/graphql")

    (data,) = [attrs["data-tabs"] for _, attrs in Tags(page.text).tags if "data-tabs" in attrs]
    tabs = json.loads(unescape(data or ""))
    assert [tab["query"] for tab in tabs] == [tab.query for tab in TABS]
    assert [operation_names(tab) for tab in TABS] == [
        ["Generate"],
        ["Batch", "Progress"],
        ["Gallery"],
        ["Concepts"],
        ["Watch"],
        ["Choices"],
    ]


@pytest.mark.parametrize("tab", TABS)
def test_each_starting_tab_is_valid(tab: Tab) -> None:
    assert validate(build_schema(make_schema().as_str()), parse(tab.query)) == []


def test_every_file_is_pinned_by_a_whole_hash() -> None:
    hashes = [file.integrity.partition("-") for file in package_files()]

    assert [kind for kind, _, _ in hashes] == ["sha384"] * 6
    assert {len(base64.b64decode(digest, validate=True)) for _, _, digest in hashes} == {48}
