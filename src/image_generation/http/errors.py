"""Errors as JSON, in the shape that GraphQL clients know."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from image_generation.domain.errors import ErrorCode, Forbidden, InvalidInput, NotFound


def error_response(
    status: int, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Say what went wrong; nobody may keep the answer."""
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    common = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(body, status, {**common, **(headers or {})})


def refusal_response(refusal: InvalidInput | Forbidden | NotFound) -> JSONResponse:
    """Say why a request is refused; a value that is wrong is named."""
    match refusal:
        case InvalidInput():
            return error_response(400, refusal.code, f"{refusal.field}: {refusal}")
        case Forbidden():
            return error_response(403, refusal.code, refusal.message)
        case NotFound():
            return error_response(404, refusal.code, refusal.message)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """Say that there is no such door, or that it does not open this way."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return error_response(404, ErrorCode.NOT_FOUND, "There is nothing at this address.")
    message = f"{error.detail.rstrip('.')}."
    return error_response(error.status_code, ErrorCode.BAD_USER_INPUT, message, error.headers)
