"""The content: complete, well-formed, and enough to answer the questions of a reader."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from pydantic import ValidationError

from image_generation.concepts.content import Concept, read_concepts
from image_generation.domain.concepts import ConceptKind

CONCEPTS = read_concepts()
TEXTS = ("summary", "architecture", "training", "inference", "data_preparation")
QUESTION = re.compile(r'^\d+\. (.+\?) `([A-Z]+)\.(\w+)` "(.+)"$', re.MULTILINE)
FORMULA = re.compile(r"\$([^$]+)\$")
QUESTIONS = QUESTION.findall((Path(__file__).parent / "questions.md").read_text())


def prose(concept: Concept) -> Iterator[str]:
    """Give each text in which there may be Markdown and formulas."""
    for name in TEXTS:
        yield getattr(concept, name)
    yield from (equation.meaning for equation in concept.equations)
    yield from (*concept.strengths, *concept.weaknesses)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_architecture_is_explained() -> None:
    assert {kind: concept.kind for kind, concept in CONCEPTS.items()} == {
        kind: kind for kind in ConceptKind
    }


def test_there_are_twenty_questions() -> None:
    assert len({question for question, *_ in QUESTIONS}) == 20


@pytest.mark.parametrize(
    ("kind", "field", "statement"), [answer for _, *answer in QUESTIONS], ids=range(1, 21)
)
def test_a_reader_finds_the_answer(kind: str, field: str, statement: str) -> None:
    concept = CONCEPTS[ConceptKind(kind)]

    told = {
        "equations": " ".join(equation.meaning for equation in concept.equations),
        "weaknesses": " ".join(concept.weaknesses),
    }

    assert statement in in_one_line(told.get(field) or getattr(concept, field))


@pytest.mark.parametrize("kind", ConceptKind)
def test_every_formula_can_be_typeset(kind: ConceptKind) -> None:
    concept = CONCEPTS[kind]
    inline = [formula for text in prose(concept) for formula in FORMULA.findall(text)]

    for formula in [equation.latex for equation in concept.equations] + inline:
        assert convert(formula).startswith("<math")
        assert formula.count("{") == formula.count("}")
        assert formula.count(r"\left") == formula.count(r"\right")


@pytest.mark.parametrize("kind", ConceptKind)
def test_the_markdown_is_well_formed(kind: ConceptKind) -> None:
    for text in prose(CONCEPTS[kind]):
        tokens = MarkdownIt("commonmark").enable("table").parse(FORMULA.sub("`formula`", text))
        words = "".join(
            child.content
            for token in tokens
            for child in token.children or ()
            if child.type == "text"
        )

        assert text.count("$") % 2 == 0
        assert not set("`$*_") & set(words)


@pytest.mark.parametrize("kind", ConceptKind)
def test_every_reference_is_named_once(kind: ConceptKind) -> None:
    references = CONCEPTS[kind].references

    for values in zip(*((it.title, it.url) for it in references), strict=True):
        assert len(set(values)) == len(references)
    for reference in references:
        if found := re.search(r"/(\d\d)\d\d\.", reference.url):
            assert int(found[1]) + 2000 == reference.year


@pytest.mark.parametrize("kind", ConceptKind)
def test_the_diagram_fits_a_terminal(kind: ConceptKind) -> None:
    diagram = CONCEPTS[kind].diagram

    assert "```" not in diagram
    assert max(map(len, diagram.splitlines())) <= 105


def test_what_lacks_a_field_is_refused() -> None:
    values = CONCEPTS[ConceptKind.GAN].model_dump()

    for name in Concept.model_fields:
        with pytest.raises(ValidationError, match=name):
            Concept.model_validate({key: value for key, value in values.items() if key != name})
    with pytest.raises(ValidationError, match="training"):
        Concept.model_validate({**values, "training": " "})
    with pytest.raises(ValidationError, match="trainings"):
        Concept.model_validate({**values, "trainings": "no such field"})
