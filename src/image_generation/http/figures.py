"""The figure door: `/figures/{name}`."""

from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

from image_generation.concepts.figures.catalogue import FIGURES, Figure
from image_generation.domain.errors import (
    ErrorCode,
    Forbidden,
    InvalidInput,
    NotFound,
    StorageFailed,
)
from image_generation.gallery.scope import EVERYBODY
from image_generation.http.conditions import Condition, weigh
from image_generation.http.errors import error_response, refusal_response
from image_generation.services.addresses import Addresses, Opening
from image_generation.services.figures import Drawing, Figures, Wanted, wanted
from image_generation.services.signing import EXPIRES, SIGNATURE

_A_DAY = 86_400

_log: FilteringBoundLogger = structlog.get_logger(__name__)


def routes(figures: Figures, addresses: Addresses) -> list[Route]:
    """Make the route."""

    async def door(request: Request) -> Response:
        figure = FIGURES.get(request.path_params["name"])
        if figure is None:
            message = f"There is no such figure. There are: {', '.join(FIGURES)}."
            return error_response(404, ErrorCode.NOT_FOUND, message)
        return await _answer(figures, addresses, figure, request)

    return [Route("/figures/{name:path}", door, methods=["GET"])]


async def _answer(
    figures: Figures, addresses: Addresses, figure: Figure, request: Request
) -> Response:
    try:
        asked = _read(figure, request)
        opening = _opened(addresses, asked, request)
        return _deliver(request, await figures.draw(asked, opening.scope), _caching(asked, opening))
    except (InvalidInput, Forbidden, NotFound) as refusal:
        return refusal_response(refusal)
    except StorageFailed as failure:
        _log.error("figure_not_drawn", figure=figure.name, exc_info=failure)
        return error_response(503, failure.code, failure.message)


def _read(figure: Figure, request: Request) -> Wanted:
    values = {
        name: value
        for name, value in request.query_params.items()
        if name not in {EXPIRES, SIGNATURE}
    }
    for name in values:
        if len(request.query_params.getlist(name)) > 1:
            raise InvalidInput(name, "It is given more than once.", "Give it once.")
    text = values.pop("image", None)
    return wanted(figure, values, None if text is None else _picture_id(text))


def _picture_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        fault = "This is not the id of a picture."
        raise InvalidInput("image", fault, "Take it from the picture's URL.") from None


def _opened(addresses: Addresses, asked: Wanted, request: Request) -> Opening:
    """Say whose picture it may be of; what shows none is for everybody."""
    if asked.picture is None:
        return Opening(EVERYBODY, _A_DAY)
    path = f"/figures/{asked.figure.name}"
    return addresses.open(path, request.url.query, request.headers.get("authorization"))


def _caching(asked: Wanted, opening: Opening) -> str:
    if asked.picture is None:
        return f"public, max-age={opening.seconds}"
    # A picture may be deleted, and its figure with it.
    return "no-cache" if opening.seconds else "private, no-cache"


def _deliver(request: Request, drawing: Drawing, caching: str) -> Response:
    headers = {
        "Content-Type": drawing.media_type,
        "ETag": f'"{drawing.sha256}"',
        "Cache-Control": caching,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    match weigh(request.headers, headers["ETag"]):
        case Condition.FAILED:
            message = "The figure is not one of those in If-Match."
            return error_response(412, ErrorCode.BAD_USER_INPUT, message)
        case Condition.NOT_MODIFIED:
            return Response(status_code=304, headers=headers)
    return Response(drawing.data, headers=headers)
