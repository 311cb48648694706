"""The README: its blocks, and its lists as the code has them.

`python -m tests.readme` writes the lists into it.
"""

import asyncio
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphql import GraphQLEnumType, build_schema
from pydantic.fields import FieldInfo

from image_generation.app import open_service
from image_generation.domain.generations import Operation
from image_generation.domain.styles import PRESETS
from image_generation.graphql.schema import make_schema
from image_generation.providers.base import ImageProvider
from image_generation.settings import PREFIX, Settings
from tests.product.running import settings_for

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

OPERATIONS = (Operation.TEXT_TO_IMAGE, Operation.IMG2IMG, Operation.INPAINT)

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_STYLES = re.compile(r"(?<=Styles:\n).*?(?=\n\n)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of the README."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    """Find the fenced blocks, in their order."""
    return [Block(*match.groups()) for match in _BLOCK.finditer(text)]


def with_lists(text: str, providers: Iterable[ImageProvider]) -> str:
    """Put the lists into the README as the code has them."""
    text = _STYLES.sub(styles_list(), text)
    text = _with_table(text, "Providers", providers_table(providers))
    text = _with_table(text, "Settings", settings_table())
    return _with_table(text, "Errors", errors_table())


def styles_list() -> str:
    """Name the styles that come along."""
    return ", ".join(f"`{style.name}`" for style in PRESETS) + "."


def providers_table(providers: Iterable[ImageProvider]) -> str:
    """Tell who can do what in a service without a key, the most wanted first."""
    rows = [
        (
            f"`{provider.name}`",
            provider.title,
            provider.missing or "nothing",
            *(_models(able_models(provider, operation)) for operation in OPERATIONS),
        )
        for provider in providers
    ]
    return _table(("Name", "Who", "To use it", *(f"`{word}`" for word in OPERATIONS)), rows)


def able_models(provider: ImageProvider, operation: Operation) -> list[str]:
    """Name the models that can do an operation, the one first that is used when none is named.

    Those with a day on which they end are left out, so that what is written stays true.
    """
    return [
        name
        for name, model in provider.models.items()
        if operation in model.operations and model.retires_on is None
    ]


def settings_table() -> str:
    """Tell every setting in the order of the code."""
    rows = [
        (f"`{PREFIX}{name.upper()}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _table(("Setting", "Default", "Meaning"), rows)


def errors_table() -> str:
    """Tell every error code as the schema describes it."""
    codes = build_schema(make_schema().as_str()).type_map["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)
    rows = [(f"`{name}`", value.description or "") for name, value in codes.values.items()]
    return _table(("Code", "Meaning"), rows)


def _models(names: Sequence[str]) -> str:
    if not names:
        return "none"
    default, *others = names
    return f"`{default}`, and {len(others)} more" if others else f"`{default}`"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [
        head,
        ["---"] * len(head),
        *([cell.replace("|", r"\|") for cell in row] for row in rows),
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _with_table(text: str, heading: str, table: str) -> str:
    before, title, section = text.partition(f"\n## {heading}\n")
    return before + title + _TABLE.sub(lambda _: table, section, count=1)


async def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_service(settings_for(Path(folder))) as service:
            text = with_lists(README.read_text("utf-8"), service.providers)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
