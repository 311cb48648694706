"""The schema as a file, and as a text to read."""

from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
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
