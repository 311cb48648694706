"""What a client learns of an error, whichever way it asked."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, NewType, TypeAlias

import pytest
import strawberry
import structlog
from graphql import GraphQLError, get_introspection_query
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition
from typing_extensions import override

from image_generation.domain.errors import InvalidInput
from image_generation.graphql.errors import camel_path
from image_generation.graphql.extensions import EXTENSIONS, LONGEST_REMEMBERED, FrontDoorSchema
from image_generation.graphql.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS
from image_generation.services.incidents import log_incident
from tests.graphql.serving import Context, Ledger, Query, tiny_schema

pytestmark = pytest.mark.anyio

Ask: TypeAlias = Callable[..., AsyncIterator[GraphQLError]]


async def executed(
    query: str, variables: dict[str, Any] | None = None
) -> AsyncIterator[GraphQLError]:
    result = await tiny_schema().execute(query, variables, Context(Ledger()))
    for error in result.errors or []:
        yield error


async def streamed(
    query: str, variables: dict[str, Any] | None = None
) -> AsyncIterator[GraphQLError]:
    async for result in await tiny_schema().stream(query, variables, Context(Ledger())):
        for error in result.errors or []:  # type: ignore[union-attr]  # no incremental delivery
            yield error


async def only_error(errors: AsyncIterator[GraphQLError]) -> GraphQLError:
    (error,) = [error async for error in errors]
    return error


both_ways = pytest.mark.parametrize("ask", [executed, streamed])


@both_ways
async def test_a_wrong_value_is_named_as_the_client_knows_it(ask: Ask) -> None:
    error = await only_error(ask("{ search }"))

    assert error.message == "`filter.createdAfter`: It lies in the future. Use a past time."
    assert error.extensions == {"code": "BAD_USER_INPUT", "field": "filter.createdAfter"}
    assert error.path == ["search"]


@both_ways
@pytest.mark.parametrize(
    ("field", "extensions"),
    [
        ("missing", {"code": "NOT_FOUND", "field": "styleName"}),
        ("busy", {"code": "PROVIDER_BUSY", "retryAfter": 3.0}),
        ("failed", {"code": "INTERNAL_SERVER_ERROR", "reference": "abc123"}),
    ],
)
async def test_an_error_of_ours_tells_what_it_knows(
    ask: Ask, field: str, extensions: dict[str, Any]
) -> None:
    error = await only_error(ask(f"{{ {field} }}"))

    assert error.extensions == extensions


@both_ways
async def test_what_nobody_meant_is_masked_and_found_in_the_log(ask: Ask) -> None:
    with structlog.testing.capture_logs() as log:
        error = await only_error(ask("{ broken }"))

    assert error.message == "Internal server error."
    assert error.extensions == {"code": "INTERNAL_SERVER_ERROR", "reference": log[0]["reference"]}
    assert [(entry["event"], entry["path"]) for entry in log] == [("unexpected_error", "broken")]
    assert log[0]["exceptions"][0]["type"] == "builtins.ValueError"
    assert "serving.py:" in log[0]["exceptions"][0]["frames"][-1]
    assert "sk-secret" not in str(log)


@both_ways
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{" + "hello " * MAX_TOKENS + "}", "GRAPHQL_PARSE_FAILED"),
        ("{" * 3000, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ greet(name: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
    ],
)
async def test_a_document_that_cannot_run_has_a_code(ask: Ask, query: str, code: str) -> None:
    error = await only_error(ask(query))

    assert (error.extensions or {})["code"] == code


@both_ways
@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"input": {"prompt": "a fox", "steps": "many"}}, "input.steps"),
        ({"input": {}}, "input.prompt"),
        ({"input": {"prompt": "a fox", "color": "red"}}, "input.color"),
        ({"input": None}, "input"),
        ({}, "input"),
    ],
)
async def test_a_variable_of_the_wrong_kind_is_named(
    ask: Ask, variables: dict[str, Any], field: str
) -> None:
    error = await only_error(
        ask("mutation ($input: PaintInput!) { paint(input: $input) }", variables)
    )

    assert error.extensions == {"code": "BAD_USER_INPUT", "field": field}


async def test_an_argument_left_out_by_its_variable_is_named() -> None:
    query = 'query ($n: String = "Ada") { greet(name: $n) }'

    error = await only_error(executed(query, {"n": None}))

    assert error.extensions == {"code": "BAD_USER_INPUT", "field": "name"}


async def test_a_choice_that_is_none_is_the_mistake_of_the_client() -> None:
    error = await only_error(
        executed("query ($c: Choice!) { choose(choice: $c) }", {"c": {"left": 1, "right": 2}})
    )

    assert error.message == (
        "Variable '$c' has invalid value: Within OneOf Input Object type 'Choice', exactly one "
        "field must be specified, and the value for that field must be non-null."
    )
    assert error.extensions == {"code": "BAD_USER_INPUT", "field": "c"}


async def test_what_a_scalar_stumbled_over_stays_with_us() -> None:
    color = NewType("color", str)

    def parse(value: object) -> object:
        if value == "private":
            raise ValueError("sk-secret")
        raise InvalidInput("color_name", "It is no color.", "Use red.")

    @strawberry.type(name="Query")
    class Painting:
        """One field that takes the scalar."""

        @strawberry.field
        def paint(self, color: color) -> str:
            return str(color)

    scalars: dict[object, ScalarDefinition] = {
        color: strawberry.scalar(name="Color", parse_value=parse)
    }
    schema = FrontDoorSchema(
        Painting, extensions=EXTENSIONS, config=StrawberryConfig(scalar_map=scalars)
    )
    by_variable = "query ($c: Color!) { paint(color: $c) }"

    literal = await schema.execute('{ paint(color: "private") }', None, Context(Ledger()))
    variable = await schema.execute(by_variable, {"c": "private"}, Context(Ledger()))
    told = await schema.execute(by_variable, {"c": "blue"}, Context(Ledger()))

    assert [error.message for error in literal.errors or []] == [
        "Expected value of type 'Color'; found: \"private\"."
    ]
    assert [error.message for error in variable.errors or []] == [
        "Variable '$c' has invalid value: Expected value of type 'Color'; found: 'private'."
    ]
    assert [error.message for error in told.errors or []] == [
        "`colorName`: It is no color. Use red."
    ]


async def test_a_stream_ends_with_its_error() -> None:
    stream = await tiny_schema().subscribe("subscription { breaks }", None, Context(Ledger()))

    results = [result async for result in stream]

    assert [result.data for result in results] == [{"breaks": 1}, None]
    (error,) = results[1].errors or []
    assert error.message == "Internal server error."


async def test_a_refused_subscription_tells_why() -> None:
    error = await only_error(streamed("subscription { refused }"))

    assert error.message == "There is no such generation."
    assert error.extensions == {"code": "NOT_FOUND", "field": "id"}


async def test_the_same_mistake_gets_the_same_answer_from_the_cache() -> None:
    first = await only_error(executed("{ nope }"))
    second = await only_error(executed("{ nope }"))

    assert first.formatted == second.formatted


async def test_an_operation_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return "{ again " * (depth - 1) + "{ hello }" + " }" * (depth - 1)

    at_limit = [error async for error in executed(nested(MAX_DEPTH))]
    beyond = await only_error(executed(nested(MAX_DEPTH + 1)))

    assert at_limit == []
    assert beyond.message == "The operation is 16 fields deep; 15 are allowed."


async def test_aliases_are_counted_each_time_a_fragment_is_spread() -> None:
    fields = " ".join(f"a{i}: hello" for i in range(MAX_ALIASES))
    fragment = f"fragment F on Query {{ {fields} }}"

    once = [error async for error in executed(f"{{ ...F }} {fragment}")]
    twice = await only_error(executed(f"{{ ...F ... {{ again {{ ...F }} }} }} {fragment}"))

    assert once == []
    assert twice.message == "The operation has 60 aliases; 30 are allowed."


async def test_fragments_that_double_each_other_are_measured_at_once() -> None:
    fragments = [f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(60)]
    document = " ".join(["{ ...F0 }", *fragments, "fragment F60 on Query { a: hello }"])

    error = await only_error(executed(document))

    assert error.message == f"The operation has {2**60} aliases; 30 are allowed."


async def test_the_introspection_of_tools_is_within_the_limits() -> None:
    errors = [
        error async for error in executed(get_introspection_query(input_value_deprecation=True))
    ]

    assert errors == []


async def test_a_long_document_is_answered_without_being_remembered() -> None:
    comment = "#" * LONGEST_REMEMBERED

    errors = [error async for error in executed(f"{{ hello }} {comment}")]
    wrong = await only_error(executed(f"{{ nope }} {comment}"))
    broken = await only_error(executed(f"{{ {comment}"))

    assert errors == []
    assert (wrong.extensions or {})["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert (broken.extensions or {})["code"] == "GRAPHQL_PARSE_FAILED"


async def test_a_fault_in_an_extension_is_masked() -> None:
    class Broken(SchemaExtension):
        """An extension with a fault."""

        @override
        def on_validate(self) -> Iterator[None]:
            raise ValueError("sk-secret")
            yield

    schema = FrontDoorSchema(Query, extensions=[*EXTENSIONS, Broken])

    result = await schema.execute("{ hello }", None, Context(Ledger()))

    (error,) = result.errors or []
    assert error.message == "Internal server error."


def test_the_log_follows_an_exception_to_its_causes() -> None:
    group = ExceptionGroup("sk-secret", [KeyError("a"), OSError("b")])
    error = ValueError("sk-secret")
    error.__cause__ = group
    group.__context__ = error

    with structlog.testing.capture_logs() as log:
        reference = log_incident(error, ["gallery", 0, "url"])

    types = [link["type"].removeprefix("builtins.") for link in log[0]["exceptions"]]
    assert types == ["ValueError", "ExceptionGroup", "KeyError", "OSError"]
    assert (log[0]["reference"], log[0]["path"]) == (reference, "gallery.0.url")
    assert "sk-secret" not in str(log)


async def test_each_event_of_a_stream_loads_anew() -> None:
    ledger = Ledger()
    stream = await tiny_schema().stream("subscription { count(to: 3) }", None, Context(ledger))

    results = [result async for result in stream]

    assert len(results) == 3
    assert ledger.freshened == 3


def test_a_path_is_told_in_the_case_of_the_schema() -> None:
    assert camel_path("filter.created_after") == "filter.createdAfter"
    assert camel_path("prompt") == "prompt"
