"""Operations that fit the schema, mostly."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from tests.fuzz.chance import Chance
from tests.fuzz.world import Known

_DEPTH = 5
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@dataclass
class Operation:
    """A document with one operation, and its variables."""

    kind: str
    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """Give it as requests carry it."""
        return {"query": self.text, "variables": self.variables}


class Documents:
    """Writes operations by chance."""

    def __init__(self, schema: GraphQLSchema, known: Known, chance: Chance) -> None:
        self._schema = schema
        self._known = known
        self._chance = chance

    def write(self, kind: str | None = None) -> Operation:
        """Write a query, mutation or subscription."""
        operation = Operation(
            kind or self._chance.choices(("query", "mutation", "subscription"), (6, 3, 1))[0]
        )
        root = {
            "query": self._schema.query_type,
            "mutation": self._schema.mutation_type,
            "subscription": self._schema.subscription_type,
        }[operation.kind]
        assert root is not None
        most = 3 if operation.kind == "query" else 1
        selection = self._object(operation, root, 0, most)
        declared = f"({', '.join(operation.declared)})" if operation.declared else ""
        operation.text = f"{operation.kind} O{declared} {selection}"
        return operation

    def _object(
        self, operation: Operation, kind: GraphQLObjectType, depth: int, most: int = 5
    ) -> str:
        fields = [
            (name, field)
            for name, field in kind.fields.items()
            if depth < _DEPTH or not self._has_fields(get_named_type(field.type))
        ]
        chosen = self._chance.sample(fields, min(len(fields), self._chance.randint(1, most)))
        parts = [self._field(operation, name, field, depth) for name, field in chosen]
        return f"{{ __typename {' '.join(parts)} }}" if depth else f"{{ {' '.join(parts)} }}"

    def _field(self, operation: Operation, name: str, field: GraphQLField, depth: int) -> str:
        given = [
            f"{argument}: {self._argument(operation, argument, kind)}"
            for argument, kind in field.args.items()
            if is_required_argument(kind) or self._chance.happens(0.4)
        ]
        arguments = f"({', '.join(given)})" if given else ""
        alias = f"a{self._chance.randint(0, 9)}: " if self._chance.happens(0.05) else ""
        skipped = f" @skip(if: {str(self._chance.happens(0.3)).lower()})"
        directive = skipped if self._chance.happens(0.05) else ""
        inner = self._selection(operation, get_named_type(field.type), depth + 1)
        return f"{alias}{name}{arguments}{directive}{inner}"

    def _selection(self, operation: Operation, kind: GraphQLNamedType, depth: int) -> str:
        if isinstance(kind, GraphQLObjectType):
            return " " + self._object(operation, kind, depth)
        if isinstance(kind, GraphQLInterfaceType):
            of = self._chance.choice(self._schema.get_implementations(kind).objects)
            return f" {{ id ... on {of.name} {self._object(operation, of, depth)} }}"
        return ""

    @staticmethod
    def _has_fields(kind: GraphQLNamedType) -> bool:
        return isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)

    def _argument(self, operation: Operation, name: str, argument: GraphQLArgument) -> str:
        value = self._value(argument.type, name)
        if self._chance.happens(0.5):
            variable = f"v{len(operation.declared)}"
            operation.declared.append(f"${variable}: {argument.type}")
            operation.variables[variable] = value
            return f"${variable}"
        return _literal(argument.type, value)

    def _value(self, kind: GraphQLInputType, name: str) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, name)
        if self._chance.happens(0.02):
            return self._chance.anything()
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, name) for _ in range(self._chance.randint(0, 3))]
        return self._named_value(kind, name)

    def _named_value(self, kind: GraphQLInputType, name: str) -> Any:
        if isinstance(kind, GraphQLEnumType):
            return self._chance.choice([*kind.values])
        if isinstance(kind, GraphQLInputObjectType):
            return {
                name: self._value(field.type, name) for name, field in self._fields(kind).items()
            }
        return self._scalar(get_named_type(kind).name, name)

    def _fields(self, kind: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
        if kind.is_one_of:
            name = self._chance.choice([*kind.fields])
            return {name: kind.fields[name]}
        return {
            name: field
            for name, field in kind.fields.items()
            if is_required_input_field(field) or self._chance.happens(0.3)
        }

    def _scalar(self, kind: str, name: str) -> Any:
        chance = self._chance
        if name in {"width", "height"} and chance.happens(0.9):
            return chance.choice((256, 257, 300, 320))
        if name == "base64" and chance.happens(0.5):
            return _PIXEL
        makers: dict[str, Callable[[], Any]] = {
            "ID": lambda: self._known.id(chance),
            "Boolean": lambda: chance.happens(0.5),
            "Int": chance.number,
            "Seed": chance.number,
            "Float": chance.fraction,
            "JSON": lambda: {"quality": chance.anything()},
            "DateTime": lambda: f"20{chance.randint(10, 40)}-0{chance.randint(1, 9)}-15T12:00:00Z",
        }
        return makers.get(kind, chance.text)()


def _literal(kind: GraphQLInputType, value: Any) -> str:
    """Write a value into a document."""
    if isinstance(kind, GraphQLNonNull):
        return _literal(kind.of_type, value)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        return f"[{', '.join(_literal(kind.of_type, item) for item in value)}]"
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        known = {name: item for name, item in value.items() if name in kind.fields}
        return _object((name, _literal(kind.fields[name].type, v)) for name, v in known.items())
    is_name = isinstance(kind, GraphQLEnumType) and isinstance(value, str)
    return str(value) if is_name else _plain(value)


def _plain(value: Any) -> str:
    """Write a value that no type says more about."""
    if isinstance(value, dict):
        return _object((f"f{number}", _plain(item)) for number, item in enumerate(value.values()))
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return json.dumps(value)


def _object(fields: Iterable[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in fields)}}}"
