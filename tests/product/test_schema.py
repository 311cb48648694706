"""The schema as a file, and as a text to read."""

from pathlib import Path
from string import ascii_lowercase

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    StringValueNode,
    Visitor,
    build_schema,
    parse,
    visit,
)

from image_generation.graphql.schema import make_schema

EXPORTED = Path(__file__).parents[2] / "schema.graphql"


def test_the_exported_schema_is_the_codes() -> None:
    assert EXPORTED.read_text("utf-8") == f"{make_schema().as_str()}\n"


def test_everything_in_the_schema_says_what_it_is() -> None:
    silent = []

    for name, kind in build_schema(make_schema().as_str()).type_map.items():
        if name.startswith("__") or name in {"Int", "Float", "String", "Boolean", "ID"}:
            continue
        silent += [name] if not kind.description else []
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType() | GraphQLInputObjectType():
                members = kind.fields
            case GraphQLEnumType():
                members = kind.values
            case _:
                continue
        for member, field in members.items():
            silent += [f"{name}.{member}"] if not field.description else []
            arguments = getattr(field, "args", {})
            silent += [f"{name}.{member}({a})" for a, d in arguments.items() if not d.description]

    assert silent == []


class Sentences(Visitor):
    """What a schema says of its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Collect one; what is no description is not a block."""
        self.found += [node.value] if node.block else []


def test_what_the_schema_says_begins_as_sentences_do() -> None:
    sentences = Sentences()

    visit(parse(make_schema().as_str()), sentences)

    assert len(sentences.found) > 400
    assert [text for text in sentences.found if text[0] in ascii_lowercase] == []
