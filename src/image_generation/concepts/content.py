"""The content of the concepts: read from Markdown files and checked field by field.

A file has facts in TOML between lines of `+++`, then a section of Markdown for each text.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from image_generation.domain.concepts import ConceptKind

_FENCE = "+++\n"
_HEADING = "\n## "

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Texts = Annotated[tuple[Text, ...], Field(min_length=3)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Equation(_Part):
    """A formula in LaTeX, and what each of its symbols means, in Markdown."""

    name: Text
    latex: Text
    meaning: Text


class Reference(_Part):
    """A publication, with an address that stays: arXiv or DOI."""

    title: Text
    authors: Text
    year: Annotated[int, Field(ge=1900, le=2100)]
    url: Annotated[str, Field(pattern=r"^https://(arxiv\.org/abs/\d{4}\.\d{4,5}|doi\.org/10\..+)$")]


class Concept(_Part):
    """An architecture explained; texts are Markdown with formulas between dollar signs."""

    kind: ConceptKind
    title: Text
    summary: Text
    architecture: Text
    training: Text
    inference: Text
    data_preparation: Text
    diagram: Text
    equations: Annotated[tuple[Equation, ...], Field(min_length=3)]
    strengths: Texts
    weaknesses: Texts
    key_models: Texts
    references: Annotated[tuple[Reference, ...], Field(min_length=3)]


def read_concepts() -> Mapping[ConceptKind, Concept]:
    """Read all of them; raises `ValueError` for a file that lacks something."""
    folder = files("image_generation.concepts")
    return {
        kind: _parse(kind, folder.joinpath(f"{kind.value.lower()}.md").read_text(encoding="utf-8"))
        for kind in ConceptKind
    }


def _parse(kind: ConceptKind, text: str) -> Concept:
    _, facts, body = text.split(_FENCE, 2)
    _, *sections = body.split(_HEADING)
    values: dict[str, Any] = {"kind": kind, **tomllib.loads(facts)}
    for section in sections:
        heading, _, words = section.partition("\n")
        values[heading.strip().lower().replace(" ", "_")] = words.strip()
    values["diagram"] = _unfenced(values.get("diagram", ""))
    return Concept.model_validate(values)


def _unfenced(block: str) -> str:
    return block.removeprefix("```text\n").removesuffix("\n```")
