"""What a picture's address says about its size, shape and kind."""

import re

from starlette.datastructures import QueryParams

from image_generation.domain.errors import InvalidInput
from image_generation.domain.limits import VARIANT_EDGE
from image_generation.domain.pictures import ImageFormat
from image_generation.domain.variants import Fit, Wish

_DIGITS = re.compile(r"[0-9]{1,9}")

_FITS = {fit.value.lower(): fit for fit in Fit}
_FORMATS = {kind.value.lower(): kind for kind in ImageFormat}


def read_wish(query: QueryParams) -> Wish:
    """Read `w`, `h`, `fit` and `format`, ignoring other names, or raise `InvalidInput`."""
    wish = Wish(
        width=_edge(query, "w"),
        height=_edge(query, "h"),
        fit=_FITS[_word(query, "fit", list(_FITS)) or "contain"],
        format=_FORMATS.get(_word(query, "format", list(_FORMATS)) or ""),
    )
    wish.check("w", "h")
    return wish


def _edge(query: QueryParams, name: str) -> int | None:
    text = _only(query, name)
    if text is not None and not _DIGITS.fullmatch(text):
        raise InvalidInput(name, "This is no whole number.", f"Give {VARIANT_EDGE}.")
    return None if text is None else int(text)


def _word(query: QueryParams, name: str, known: list[str]) -> str | None:
    text = _only(query, name)
    if text is not None and text not in known:
        raise InvalidInput(name, "This is not known.", f"Give one of {', '.join(known)}.")
    return text


def _only(query: QueryParams, name: str) -> str | None:
    texts = query.getlist(name)
    if len(texts) > 1:
        raise InvalidInput(name, "It is given more than once.", "Give it once.")
    return texts[0] if texts else None
