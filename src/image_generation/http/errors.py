"""Errors as JSON, in the shape that GraphQL clients know."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from image_generation.domain.errors import ErrorCode


def error_response(
    status: int, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Say what went wrong; nobody may keep the answer."""
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    common = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(body, status, {**common, **(headers or {})})
