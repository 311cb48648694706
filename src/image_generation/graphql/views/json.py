"""JSON as the standard has it, in both directions."""

import json
from functools import cached_property
from typing import Any

import orjson


class Written(dict[str, Any]):
    """An object that is written once, however often it is sent. It does not change."""

    @cached_property
    def text(self) -> orjson.Fragment:
        """Its JSON."""
        return orjson.Fragment(encode({**self}))


def encode(data: object) -> bytes:
    """Write JSON; NaN and infinity, which it does not have, become null.

    A whole number beyond 64 bits and a lone surrogate are too much for orjson; the standard
    library writes them, and raises `ValueError` if it meets a NaN beside them.
    """
    try:
        return orjson.dumps(data, _known, orjson.OPT_PASSTHROUGH_SUBCLASS)
    except TypeError:
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()


def _known(value: object) -> object:
    """Write what is not plain JSON: what was written before, and kinds of text."""
    match value:
        case Written():
            return value.text
        case dict():
            return {**value}
        case str():
            return str(value)
    raise TypeError


def decode(data: bytes | str) -> Any:
    """Read JSON in UTF-8, at most 1024 levels deep; a lone surrogate is no text.

    Raises `json.JSONDecodeError`.
    """
    return orjson.loads(data)
