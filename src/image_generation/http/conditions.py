"""Conditional and range requests: RFC 9110, sections 13 and 14."""

import re
from enum import Enum, auto

from starlette.datastructures import Headers

# Section 8.8.3. A strong tag has no "W/" before it.
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')

# Section 14.1.2, one range only. Twenty digits pass the end of any file.
_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,20})-([0-9]{0,20})", re.IGNORECASE)


class Condition(Enum):
    """What the conditions of a request come to."""

    MET = auto()
    NOT_MODIFIED = auto()
    FAILED = auto()


def weigh(headers: Headers, etag: str) -> Condition:
    """Compare the client's tags with the strong `etag`, in the order of section 13.2.2."""
    if "if-match" in headers and not _matches(headers, "if-match", {etag}):
        return Condition.FAILED
    if _matches(headers, "if-none-match", {etag, f"W/{etag}"}):
        return Condition.NOT_MODIFIED
    return Condition.MET


def wanted_range(headers: Headers, etag: str, size: int) -> range | None:
    """Read which of `size` bytes are wanted: None is all, an empty range cannot be had.

    Several ranges, other units and what cannot be understood are ignored, as section 14.2 allows.
    A range whose `If-Range` is not the strong `etag` must be (13.1.5).
    """
    lines = headers.getlist("range")
    if len(lines) != 1 or headers.get("if-range", etag).strip() != etag:
        return None
    match = _RANGE.fullmatch(lines[0].strip())
    return _span(match[1], match[2], size) if match else None


def _matches(headers: Headers, name: str, tags: set[str]) -> bool:
    line = ", ".join(headers.getlist(name))
    return line.strip() == "*" or not tags.isdisjoint(_TAG.findall(line))


def _span(first: str, last: str, size: int) -> range | None:
    if not first:
        return _suffix(last, size)
    start, stop = int(first), int(last) + 1 if last else size
    if last and start >= stop:
        return None
    return range(start, min(stop, size))


def _suffix(length: str, size: int) -> range | None:
    if not length:
        return None
    return range(max(size - int(length), 0), size)
