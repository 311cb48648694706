"""What happens around every operation: limits, caches, one operation at a time."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import strawberry
from graphql import (
    ASTValidationRule,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.schema.schema import DEFAULT_ALLOWED_OPERATION_TYPES
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionContext, ExecutionResult, StreamExecutionResult
from strawberry.types.graphql import OperationType
from typing_extensions import override

from image_generation.domain.errors import ErrorCode, ImageGenerationError
from image_generation.graphql.costs import Costs
from image_generation.graphql.documents import DocumentPolicy, NamedDocuments
from image_generation.graphql.errors import ErrorPolicy, SilentErrorPolicy, public_error
from image_generation.graphql.limits import MAX_TOKENS, DocumentLimits
from image_generation.graphql.views.contexts import OperationContext

LONGEST_REMEMBERED = 20_000
"""Characters of a document that may stay in the caches; one with a picture in it may not."""


class RememberedDocuments(ParserCache):
    """Parse a document once. What cannot be parsed is left to Strawberry, which reports it."""

    @override
    def on_parse(self) -> Iterator[None]:
        query = self.execution_context.query
        if query and len(query) <= LONGEST_REMEMBERED:
            with suppress(GraphQLError):
                self.execution_context.graphql_document = self.cached_parse_document(
                    query, **self.execution_context.parse_options
                )
        yield


class RememberedVerdicts(ValidationCache):
    """Validate a document once."""

    @override
    def on_validate(self) -> Iterator[None]:
        query = self.execution_context.query
        if query and len(query) <= LONGEST_REMEMBERED:
            yield from super().on_validate()
        else:
            yield


class OneOperation(SchemaExtension):
    """Refuse several operations without a name; Strawberry would run the first.

    It belongs behind the validation cache, which would overwrite the refusal.
    """

    @override
    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context._provided_operation_name is None and _operations(context) > 1:  # noqa: SLF001 - the public property falls back to the first operation
            context.pre_execution_errors = [
                GraphQLError(
                    "`operationName`: the document has several operations. Name the one to run.",
                    extensions={"code": ErrorCode.BAD_USER_INPUT, "field": "operationName"},
                )
            ]
        yield


class Admission(SchemaExtension):
    """Ask whether the caller may run this operation: every mutation is a change.

    It belongs behind the validation cache, which would overwrite the refusal. Answers tell callers
    where they stand, in their `extensions`; what the operation costs if the request's own
    `extensions` have `"cost": true`.
    """

    _cost = 0

    @override
    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        self._cost = 0 if context.pre_execution_errors else _cost(context)
        changes = context.operation_type is OperationType.MUTATION
        try:
            context.context.admit(changes=changes, cost=self._cost)
        except ImageGenerationError as refusal:
            context.pre_execution_errors = [public_error(refusal)]
        yield

    @override
    def get_results(self) -> dict[str, Any]:
        asked = self.execution_context.operation_extensions or {}
        context: OperationContext = self.execution_context.context
        cost = {"cost": self._cost} if asked.get("cost") is True else {}
        return {**context.notices(asked), **cost}


class FreshLoads(SchemaExtension):
    """Let each event of a stream load anew what changed since the last one."""

    @override
    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        yield
        if isinstance(context := self.execution_context.context, OperationContext):
            context.fresh()


class FrontDoorSchema(strawberry.Schema):
    """A schema whose errors are reported by `ErrorPolicy` alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in self._schema.type_map.values():
            definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            if isinstance(kind, GraphQLInputObjectType) and definition and definition.is_one_of:
                # graphql-core's own check names the place of the fault; Strawberry's does not.
                kind.is_one_of = True
                vars(kind).pop("out_type", None)

    @property
    def definition(self) -> GraphQLSchema:
        """The schema as graphql-core has it."""
        return self._schema

    def fault_in(self, document: str) -> str | None:
        """Say why a document could not run here; None: it could."""
        try:
            errors = validate(self._schema, parse(document), [*specified_rules, DocumentLimits])
        except GraphQLError as error:
            return error.message
        return errors[0].message if errors else None

    @override
    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Give one result; a subscription has many, and would run as a plain field here."""
        allowed = set(allowed_operation_types or DEFAULT_ALLOWED_OPERATION_TYPES)
        return await super().execute(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed - {OperationType.SUBSCRIPTION},
            operation_extensions,
        )

    @override
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing: Strawberry would log the mistakes of clients, with their values."""


def _cost(context: ExecutionContext) -> int:
    schema, document = context.schema, context.graphql_document
    if document is None or not isinstance(schema, FrontDoorSchema):
        return 0
    operation = get_operation_ast(document, context.operation_name)
    return Costs(schema.definition, document, context.variables or {}).of(operation)


def _operations(context: ExecutionContext) -> int:
    definitions = context.graphql_document.definitions if context.graphql_document else ()
    return sum(isinstance(definition, OperationDefinitionNode) for definition in definitions)


Extensions = list[type[SchemaExtension] | Callable[[], SchemaExtension]]


def make_extensions(policy: DocumentPolicy) -> Extensions:
    """List what happens around every operation, in its order."""
    rules: list[type[ASTValidationRule]] = [DocumentLimits]
    if not policy.introspection:
        rules.append(NoSchemaIntrospectionCustomRule)
    return [
        ErrorPolicy if policy.introspection else SilentErrorPolicy,
        lambda: NamedDocuments(policy),
        lambda: MaxTokensLimiter(MAX_TOKENS),
        lambda: AddValidationRules(rules),
        RememberedDocuments,
        RememberedVerdicts,
        OneOperation,
        Admission,
        FreshLoads,
    ]


EXTENSIONS = make_extensions(DocumentPolicy())
"""What happens around operations where nothing is restricted."""
