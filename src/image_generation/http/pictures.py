"""The picture door: `/images/{id}`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from image_generation.domain.errors import (
    ErrorCode,
    Forbidden,
    InvalidInput,
    NotFound,
    StorageFailed,
)
from image_generation.domain.variants import Variant
from image_generation.http.conditions import Condition, wanted_range, weigh
from image_generation.http.errors import error_response, refusal_response
from image_generation.http.wishes import read_wish
from image_generation.services.addresses import NO_PICTURE, Addresses
from image_generation.services.delivery import LINK_SECONDS, Delivered, Delivery, cut
from image_generation.services.variants import Variants, tag_of

_log: FilteringBoundLogger = structlog.get_logger(__name__)


def routes(delivery: Delivery, variants: Variants, addresses: Addresses) -> list[Route]:
    """Make the routes; the second says "not found" to ids with a slash in them."""
    door = PictureDoor(delivery, variants, addresses)
    return [Route("/images/{id}", door, name="picture"), Route("/images/{id:path}", door)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A picture, which variant of it, and for how many seconds anybody may keep it."""

    picture: Delivered
    variant: Variant | None
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """What is known before the bytes are there."""
        picture, variant = self.picture, self.variant
        kind = variant.format if variant else picture.format
        name = f"{picture.id}-{variant.name}" if variant else f"{picture.id}.{kind.value.lower()}"
        public = f"public, max-age={self.seconds}, immutable"
        return {
            "Content-Type": kind.media_type,
            "Content-Disposition": f'inline; filename="{name}"',
            "ETag": f'"{tag_of(picture, variant)}"',
            "Cache-Control": public if self.seconds else "private, no-cache",
            "Accept-Ranges": "bytes",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }


class PictureDoor:
    """Hands out pictures. One never changes, so whoever has it need not ask again."""

    def __init__(self, delivery: Delivery, variants: Variants, addresses: Addresses) -> None:
        self._delivery = delivery
        self._variants = variants
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return _method_not_allowed()
        try:
            asked = await self._find(request)
        except (Forbidden, InvalidInput, NotFound) as refusal:
            return refusal_response(refusal)
        return await self._deliver(request, asked)

    async def _deliver(self, request: Request, asked: _Asked) -> Response:
        try:
            return await self._represent(request, asked)
        except NotFound as failure:
            _complain(asked.picture, failure)
            return refusal_response(failure)
        except StorageFailed as failure:
            _complain(asked.picture, failure)
            return error_response(503, failure.code, failure.message)

    async def _find(self, request: Request) -> _Asked:
        id = _canonical(request.path_params["id"])
        opening = self._addresses.open(
            f"/images/{id}", request.url.query, request.headers.get("authorization")
        )
        picture = await self._delivery.find(opening.scope, id)
        if picture is None:
            raise NotFound(NO_PICTURE)
        wish = read_wish(request.query_params)
        return _Asked(picture, wish.of(picture.size, picture.format), opening.seconds)

    async def _represent(self, request: Request, asked: _Asked) -> Response:
        headers = asked.headers
        match weigh(request.headers, headers["ETag"]):
            case Condition.FAILED:
                return _precondition_failed()
            case Condition.NOT_MODIFIED:
                return _not_modified(headers)
        picture = asked.picture
        if asked.variant is not None:
            picture = await self._variants.get(picture, asked.variant)
        headers["Content-Length"] = str(picture.byte_size)
        if request.method == "HEAD":  # knows no ranges (RFC 9110, 14.2)
            await self._delivery.check(picture)
            return Response(headers=headers)
        return await self._get(request, asked, picture, headers)

    async def _get(
        self, request: Request, asked: _Asked, picture: Delivered, headers: dict[str, str]
    ) -> Response:
        seconds = min(asked.seconds or LINK_SECONDS, LINK_SECONDS)  # no longer than the address
        if (address := await self._delivery.link(picture, seconds, headers)) is not None:
            return _elsewhere(address, asked.seconds)
        span = wanted_range(request.headers, headers["ETag"], picture.byte_size)
        return await self._send(picture, headers, span)

    async def _send(
        self, picture: Delivered, headers: dict[str, str], span: range | None
    ) -> Response:
        if span is None:
            return await self._read(picture, headers, range(picture.byte_size))
        if not span:
            return _range_not_satisfiable(picture)
        part = {
            **headers,
            "Content-Length": str(len(span)),
            "Content-Range": f"bytes {span.start}-{span.stop - 1}/{picture.byte_size}",
        }
        response = await self._read(picture, part, span)
        response.status_code = 206
        return response

    async def _read(self, picture: Delivered, headers: dict[str, str], span: range) -> Response:
        """Read at least the beginning before the status is sent: what is wrong can be said."""
        first, *rest = cut(span)
        if len(first) < picture.byte_size:  # a whole picture is checked by reading it
            await self._delivery.check(picture)
        beginning = await self._delivery.read(picture, first)
        if not rest:
            return Response(beginning, headers=headers)
        return StreamingResponse(self._pieces(picture, beginning, rest), headers=headers)

    async def _pieces(
        self, picture: Delivered, beginning: bytes, rest: list[range]
    ) -> AsyncIterator[bytes]:
        """Go through the bytes; a failure breaks the connection, for the length is promised."""
        yield beginning
        for span in rest:
            try:
                yield await self._delivery.read(picture, span)
            except (NotFound, StorageFailed) as failure:
                _complain(picture, failure)
                raise


def _canonical(text: str) -> UUID:
    """Read an id in the one form that we write, for a picture has one address; or `NotFound`."""
    try:
        picture_id = UUID(text)
    except ValueError:
        raise NotFound(NO_PICTURE) from None
    if str(picture_id) != text:
        raise NotFound(NO_PICTURE)
    return picture_id


def _elsewhere(address: str, seconds: int) -> Response:
    """Send to the store itself; who keeps that for half of the time still gets there."""
    kept = f"public, max-age={min(seconds, LINK_SECONDS) // 2}" if seconds else "private, no-cache"
    headers = {"Location": address, "Cache-Control": kept}
    return Response(status_code=307, headers=headers)


def _not_modified(headers: dict[str, str]) -> Response:
    kept = ("ETag", "Cache-Control", "Cross-Origin-Resource-Policy")
    return Response(status_code=304, headers={name: headers[name] for name in kept})


def _method_not_allowed() -> Response:
    message = "Pictures can be asked for with GET and HEAD."
    return error_response(405, ErrorCode.BAD_USER_INPUT, message, {"Allow": "GET, HEAD"})


def _precondition_failed() -> Response:
    message = "The picture is not one of those in If-Match."
    return error_response(412, ErrorCode.BAD_USER_INPUT, message)


def _range_not_satisfiable(picture: Delivered) -> Response:
    message = f"The range is outside of the picture's {picture.byte_size} bytes."
    headers = {"Content-Range": f"bytes */{picture.byte_size}"}
    return error_response(416, ErrorCode.BAD_USER_INPUT, message, headers)


def _complain(picture: Delivered, failure: Exception) -> None:
    _log.error("picture not delivered", id=str(picture.id), exc_info=failure)
