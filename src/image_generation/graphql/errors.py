"""What clients are told when something goes wrong, on every transport."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult, StreamExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.str_converters import to_camel_case
from typing_extensions import override

from image_generation.domain.errors import ErrorCode, ImageGenerationError, InvalidInput
from image_generation.graphql.coercion import (
    blamed_input,
    names_an_input,
    without_exception_text,
    without_suggestion,
)
from image_generation.services.incidents import log_incident

OperationFault = MissingQueryError | CannotGetOperationTypeError | InvalidOperationTypeError


class DocumentCode(StrEnum):
    """What is wrong with a document; nothing was executed."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"


class ErrorPolicy(SchemaExtension):
    """Give every error a code, and hide what was not written for clients.

    It belongs first in the list, so that it sees the errors of the other extensions too.
    """

    _executing = False
    _suggests = True

    @override
    def on_operation(self) -> Iterator[None]:
        try:
            yield
        except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
            raise  # `Schema.execute` promises these to its callers
        except Exception as error:
            raise public_error(error) from error
        self._apply(self.execution_context.result)

    @override
    def on_execute(self) -> Iterator[None]:
        self._executing = True
        yield

    @override
    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        self._apply(result)
        yield

    def _apply(self, result: Any) -> None:
        """Replace the errors of a result; those that were replaced before stay as they are."""
        if errors := getattr(result, "errors", None):
            converted = [self._converted(error) for error in errors]
            result.errors = converted if self._suggests else [*map(_without_hint, converted)]

    def _converted(self, error: GraphQLError) -> GraphQLError:
        parsed = self.execution_context.graphql_document is not None
        if self._executing or not _is_about_the_document(error, parsed=parsed):
            return public_error(error)
        if "code" in (error.extensions or {}):
            return error
        syntax = isinstance(error, GraphQLSyntaxError) or not parsed
        code = DocumentCode.PARSE_FAILED if syntax else DocumentCode.VALIDATION_FAILED
        return _told(error, without_exception_text(error.message), {"code": code})


class SilentErrorPolicy(ErrorPolicy):
    """Tells no names of the schema that the client did not know."""

    _suggests = False


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed (GraphQL, 7.1.2): the answer has errors and no `data`."""
    errors = result.errors or []
    return bool(errors) and result.data is None and all(error.path is None for error in errors)


def public_error(error: Exception) -> GraphQLError:
    """Turn an exception of an operation into what a client may see; log what nobody meant."""
    found = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
    cause = _cause(found)
    if isinstance(cause, ImageGenerationError):
        return _told(found, _message(cause), _extensions(cause))
    if isinstance(cause, OperationFault):
        return _told(found, operation_fault(cause), {"code": ErrorCode.BAD_USER_INPUT})
    return _foreign_error(found, cause)


def masked_error(error: BaseException, found: GraphQLError | None = None) -> GraphQLError:
    """Log a fault of ours, and tell no more than the reference that finds it in the log."""
    found = found or GraphQLError("")
    reference = log_incident(error, found.path or ())
    extensions = {"code": ErrorCode.INTERNAL_SERVER_ERROR, "reference": reference}
    return _told(found, "Internal server error.", extensions)


def operation_fault(fault: OperationFault) -> str:
    """Say why a request names no operation that could be run."""
    match fault:
        case MissingQueryError():
            sentence = "The request has no `query`."
        case CannotGetOperationTypeError(operation_name=None):
            sentence = "The document has no operation."
        case CannotGetOperationTypeError(operation_name=name):
            sentence = f"The document has no operation named `{name}`."
        case InvalidOperationTypeError(operation_type=OperationType.SUBSCRIPTION):
            transports = "a WebSocket (graphql-transport-ws) or `Accept: text/event-stream`"
            sentence = f"A subscription is a stream: use {transports}."
        case InvalidOperationTypeError():
            sentence = "A GET request changes nothing: send mutations with POST."
    return sentence


def camel_path(field: str) -> str:
    """`filter.created_after` as clients know it: `filter.createdAfter`."""
    return ".".join(to_camel_case(part) for part in field.split("."))


def _foreign_error(error: GraphQLError, cause: Exception) -> GraphQLError:
    if isinstance(cause, GraphQLError) and "code" in (error.extensions or {}):
        return error
    if not _blames_an_input(error, cause):
        return masked_error(cause, error)
    extensions: dict[str, Any] = {"code": ErrorCode.BAD_USER_INPUT}
    if field := blamed_input(error.message):
        extensions["field"] = field
    return _told(error, without_exception_text(error.message), extensions)


def _is_about_the_document(error: GraphQLError, *, parsed: bool) -> bool:
    """Whether parsing or validating found this, as opposed to breaking down over it.

    A literal that a scalar cannot read is a validation error around a foreign exception.
    """
    cause = _cause(error)
    if isinstance(cause, ImageGenerationError | OperationFault):
        return False
    return isinstance(cause, GraphQLError) or (parsed and bool(error.nodes))


def _blames_an_input(error: GraphQLError, cause: Exception) -> bool:
    """Whether graphql-core found a client's value unfit.

    An exception of a resolver is the direct original of its error, whatever it says.
    """
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    if not isinstance(error.original_error, GraphQLError | None):
        return False
    return error.path is None or names_an_input(error.message)


def _cause(error: GraphQLError) -> Exception:
    """Find the exception at the bottom of graphql-core's wrappings."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _without_hint(error: GraphQLError) -> GraphQLError:
    return _told(error, without_suggestion(error.message), error.extensions or {})


def _told(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _message(error: ImageGenerationError) -> str:
    if isinstance(error, InvalidInput):
        return f"`{camel_path(error.field)}`: {error.fault} {error.right}"
    return error.message


def _extensions(error: ImageGenerationError) -> dict[str, Any]:
    field = getattr(error, "field", None)
    facts = {
        "code": error.code,
        "field": camel_path(field) if field else None,
        "retryAfter": getattr(error, "retry_after", None),
        "reference": getattr(error, "reference", None),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
