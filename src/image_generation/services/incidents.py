"""Faults of ours: logged with a reference, and nothing in the log that is not ours to keep."""

from collections.abc import Iterator, Sequence
from traceback import walk_tb
from typing import Any
from uuid import uuid4

import structlog


def log_incident(error: BaseException, path: Sequence[str | int] = ()) -> str:
    """Log where an exception came from, and return the reference that finds it.

    Its message and its local variables may hold a prompt, a key or a picture: neither is logged.
    """
    reference = uuid4().hex[:12]
    structlog.get_logger().error(
        "unexpected_error",
        reference=reference,
        path=".".join(map(str, path)),
        exceptions=[_sketch(link) for link in _chain(error)],
    )
    return reference


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk from an exception to its causes and, for a group, its members."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
        if cause := link.__cause__ or link.__context__:
            waiting.append(cause)


def _sketch(error: BaseException) -> dict[str, Any]:
    """Reduce an exception to its type and the lines it passed, `file:line`, innermost last."""
    kind = type(error)
    frames = walk_tb(error.__traceback__)
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "frames": [f"{frame.f_code.co_filename}:{line}" for frame, line in frames],
    }
