"""Pages of other hosts, and what their browser lets them do here (CORS)."""

from collections.abc import Collection

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

_TOLD = ("Content-Range", "ETag", "Retry-After", "X-Request-ID")
"""Headers of answers that a page may read, besides those that it always may."""


def cross_origin(allowed_origins: Collection[str]) -> list[Middleware]:
    """Let pages of these origins ask, and read answers and the pixels of pictures."""
    if not allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=allowed_origins,
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("*",),
            expose_headers=_TOLD,
        )
    ]
