"""The figure door: `/figures/{name}`."""

from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

from image_generation.concepts.figures.catalogue import FIGURES, Figure
from image_generation.domain.errors import ErrorCode, InvalidInput, NotFound, StorageFailed
from image_generation.http.conditions import Condition, weigh
from image_generation.http.errors import error_response
from image_generation.services.figures import Drawing, Figures, Wanted, wanted

_log: FilteringBoundLogger = structlog.get_logger(__name__)


def routes(figures: Figures) -> list[Route]:
    """Make the route."""

    async def door(request: Request) -> Response:
        figure = FIGURES.get(request.path_params["name"])
        if figure is None:
            message = f"There is no such figure. There are: {', '.join(FIGURES)}."
            return error_response(404, ErrorCode.NOT_FOUND, message)
        return await _answer(figures, figure, request)

    return [Route("/figures/{name:path}", door, methods=["GET"])]


async def _answer(figures: Figures, figure: Figure, request: Request) -> Response:
    try:
        asked = _read(figure, request)
        return _deliver(request, asked, await figures.draw(asked))
    except InvalidInput as fault:
        return error_response(400, fault.code, f"{fault.field}: {fault}")
    except NotFound as failure:
        return error_response(404, failure.code, failure.message)
    except StorageFailed as failure:
        _log.error("figure_not_drawn", figure=figure.name, exc_info=failure)
        return error_response(503, failure.code, failure.message)


def _read(figure: Figure, request: Request) -> Wanted:
    values = dict(request.query_params)
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


def _deliver(request: Request, asked: Wanted, drawing: Drawing) -> Response:
    headers = {
        "Content-Type": drawing.media_type,
        "ETag": f'"{drawing.sha256}"',
        # A picture may be deleted, and its figure with it.
        "Cache-Control": "no-cache" if asked.picture else "public, max-age=86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    match weigh(request.headers, headers["ETag"]):
        case Condition.FAILED:
            message = "The figure is not one of those in If-Match."
            return error_response(412, ErrorCode.BAD_USER_INPUT, message)
        case Condition.NOT_MODIFIED:
            return Response(status_code=304, headers=headers)
    return Response(drawing.data, headers=headers)
