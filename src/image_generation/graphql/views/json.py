"""JSON as the standard has it, in both directions."""

import json
from typing import Any

import orjson


def encode(data: object) -> bytes:
    """Write JSON; NaN and infinity, which it does not have, become null.

    A whole number beyond 64 bits and a lone surrogate are too much for orjson; the standard
    library writes them, and raises `ValueError` if it meets a NaN beside them.
    """
    try:
        return orjson.dumps(data)
    except TypeError:
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()


def decode(data: bytes | str) -> Any:
    """Read JSON in UTF-8, at most 1024 levels deep; a lone surrogate is no text.

    Raises `json.JSONDecodeError`.
    """
    return orjson.loads(data)
