"""Requests that are turned down before anything is executed."""

from collections.abc import Mapping
from typing import Any

from cross_web import HTTPException
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from image_generation.domain.errors import ErrorCode
from image_generation.graphql.errors import OperationFault, operation_fault


class RefusalError(Exception):
    """A request that cannot be answered as it stands. `field`: the member that is wrong."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        """The answer in the shape of a GraphQL response; without `data`: nothing was executed."""
        extensions = {"code": ErrorCode.BAD_USER_INPUT} | (
            {"field": self.field} if self.field else {}
        )
        return {"errors": [{"message": self.message, "extensions": extensions}]}


def refusal_of(error: HTTPException) -> RefusalError:
    """Say what Strawberry found wrong with a request."""
    fault = error.__cause__
    if not isinstance(fault, OperationFault):
        return RefusalError(error.status_code, f"{error.reason.rstrip('.')}.")
    if _is_mutation(fault):
        return RefusalError(405, operation_fault(fault), headers={"allow": "POST"})
    return RefusalError(400, operation_fault(fault))


def _is_mutation(fault: OperationFault) -> bool:
    return (
        isinstance(fault, InvalidOperationTypeError)
        and fault.operation_type is OperationType.MUTATION
    )
