"""Which kind of answer a client asks for."""

from collections.abc import Container

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
PAGE = "text/html"

_OFFERS = (JSON, GRAPHQL_JSON, PAGE, EVENT_STREAM)
"""What there is; of those that a client likes as well, the first is taken."""


def answer_type(accept: str, *, page: bool = False) -> str | None:
    """Choose the media type a client likes best; None when there is none we can make.

    `page`: whether there is a page to show. Without an `Accept` header the answer is JSON
    (GraphQL over HTTP, "Legacy watershed"). What is liked as well as another counts less the later
    it is named.
    """
    if not accept.strip():
        return JSON
    wishes = [_wish(part) for part in accept.split(",")]
    likings = {
        media_range: (quality, -place) for place, (media_range, quality) in enumerate(wishes)
    }
    liked = [
        (likings[found], offer)
        for offer in _OFFERS
        if (page or offer != PAGE) and (found := _range_of(offer, likings)) is not None
    ]
    (quality, _), best = max(liked, key=lambda one: one[0], default=((0.0, 0), None))
    return best if quality > 0 else None


def _range_of(offer: str, ranges: Container[str]) -> str | None:
    """Find the range that an offer is in, the most specific one (RFC 9110, 12.5.1)."""
    kind = offer.partition("/")[0]
    return next((found for found in (offer, f"{kind}/*", "*/*") if found in ranges), None)


def _wish(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    return media_range, _quality(parameters)


def _quality(parameters: list[str]) -> float:
    """Read the weight, 0 to 1 (RFC 9110, 12.4.2); what is not a number weighs nothing."""
    for parameter in parameters:
        name, _, value = (piece.strip() for piece in parameter.partition("="))
        if name == "q":
            return min(float(value), 1.0) if value.isascii() and _is_number(value) else 0.0
    return 1.0


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()
