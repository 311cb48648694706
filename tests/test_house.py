"""The rules of the house that no linter knows."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from strawberry.types.base import StrawberryObjectDefinition

from image_generation.gallery import records
from image_generation.graphql.schema import make_schema
from tests.readme import ROOT

SOURCE = sorted((ROOT / "src").rglob("*.py"))
CODE = [*SOURCE, *sorted((ROOT / "tests").rglob("*.py")), ROOT / "hatch_build.py"]
LISTS = ROOT / "src/image_generation/gallery/migrations/versions"
"""Migrations are lists of columns, and are not changed once they are out."""

VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc", "base_utils"}
FOLDERS = ("src", "tests", "docs", "scripts", "benchmarks", ".ci")
BUILT = {"__pycache__", "assets"}
"""Folders whose content is not ours."""

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
ADDRESS = re.compile(
    r"pypi\.org|pythonhosted|npmjs|artifactory|index-url\b(?<!no-emit-index-url)|find-links|/simple/"
)
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|mnt)/\w|(?<![\w.])/tmp/\w")
MAKING = re.compile(
    r"\b(generated with|co-authored|as requested|per the (task|brief|issue)"
    r"|founding engineer|work ?tree|in this session|used to be|formerly)\b",
    re.IGNORECASE,
)


def name_of(path: Path) -> str:
    """Name a file as it is named in the repository."""
    return path.relative_to(ROOT).as_posix()


def texts() -> Iterator[tuple[str, str]]:
    """Read every text that is ours, but this one, which has to spell the words out."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name not in {".env", ".git"}]
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in [*top, *below]:
        if not BUILT & set(path.parts) and path != Path(__file__):
            try:
                yield name_of(path), path.read_text("utf-8")
            except UnicodeDecodeError:
                continue


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Find the lines that have the pattern, as "file:line: text"."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Go through the functions of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_source_file_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in SOURCE}

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{name_of(path)}:{function.lineno}: {function.name}"
        for path in CODE
        if path.parent != LISTS
        for function in functions(path)
        if (function.end_lineno or function.lineno) - function.lineno >= 60
    ]

    assert long == []


def test_a_module_is_called_by_what_it_holds() -> None:
    vague = [
        name_of(path) for path in CODE if VAGUE & {path.stem.lower(), path.parent.name.lower()}
    ]

    assert vague == []


def test_every_module_says_what_it_holds() -> None:
    silent = [
        name_of(path)
        for path in CODE
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_every_package_of_the_source_says_what_it_holds() -> None:
    packages = [path for path in SOURCE if path.name == "__init__.py"]

    assert len(packages) > 10
    assert [name_of(path) for path in packages if not path.read_text("utf-8").strip()] == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(UNFINISHED, id="unfinished work"),
        pytest.param(ADDRESS, id="the address of a package index"),
        pytest.param(MACHINE, id="a path of one machine"),
        pytest.param(MAKING, id="how it was made"),
    ],
)
def test_no_text_speaks_of_what_does_not_belong_here(pattern: re.Pattern[str]) -> None:
    assert lines_with(pattern) == []


def test_the_search_for_words_sees_every_kind_of_text() -> None:
    names = [name for name, _ in texts()]

    assert {".ci/run", "Dockerfile", "README.md", "pyproject.toml", "scripts/dev"} <= set(names)
    assert len([name for name in names if name.endswith(".py")]) >= len(CODE) - 1


@pytest.mark.parametrize("record", [records.Image, records.Generation])
def test_a_field_without_a_resolver_is_one_of_its_record(record: type[SQLModel]) -> None:
    kind = make_schema().get_type_by_name(record.__name__)
    assert isinstance(kind, StrawberryObjectDefinition)

    plain = {field.python_name for field in kind.fields if field.base_resolver is None}
    told = {name for name, value in inspect.getmembers(record) if isinstance(value, property)}

    assert len(plain) > 10
    assert plain - set(record.model_fields) - told == set()
