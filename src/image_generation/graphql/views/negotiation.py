"""Which kind of answer a client asks for."""

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
PAGE = "text/html"

# What we make of each media range. A client that takes anything is a program, not a browser.
_OFFERS = {
    JSON: JSON,
    GRAPHQL_JSON: GRAPHQL_JSON,
    EVENT_STREAM: EVENT_STREAM,
    PAGE: PAGE,
    "application/*": JSON,
    "*/*": JSON,
}


def answer_type(accept: str, *, page: bool = False) -> str | None:
    """Choose the media type a client likes best; None when there is none we can make.

    `page`: whether there is a page to show. Without an `Accept` header the answer is JSON
    (GraphQL over HTTP, "Legacy watershed").
    """
    if not accept.strip():
        return JSON
    wishes = [wish for part in accept.split(",") if (wish := _wish(part))]
    possible = [(quality, offer) for quality, offer in wishes if page or offer != PAGE]
    return max(possible, key=lambda wish: wish[0])[1] if possible else None


def _wish(part: str) -> tuple[float, str] | None:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = _quality(parameters)
    offer = _OFFERS.get(media_range)
    return (quality, offer) if offer and quality > 0 else None


def _quality(parameters: list[str]) -> float:
    """Read the weight, 0 to 1 (RFC 9110, 12.4.2); what is not a number weighs nothing."""
    for parameter in parameters:
        name, _, value = (piece.strip() for piece in parameter.partition("="))
        if name == "q":
            return float(value) if value.isascii() and _is_number(value) else 0.0
    return 1.0


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()
