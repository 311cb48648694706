"""What the command sets up for the whole process."""

from types import SimpleNamespace
from typing import Any, cast

from structlog.testing import capture_logs

from image_generation.cli import log_unraisable


async def never_begun() -> None:
    """Stand for a field of an operation that was canceled."""


def told(object: object, error: Exception) -> list[Any]:
    """Say what is logged of an error that Python could not raise."""
    fault = SimpleNamespace(object=object, exc_type=type(error), exc_value=error)
    with capture_logs() as logs:
        log_unraisable(cast("Any", fault))
    return [*logs]


def test_a_fault_that_nobody_could_be_told_of_is_logged_without_its_words() -> None:
    [line] = told(None, ValueError("a secret"))

    assert line["log_level"] == "error"
    assert line["exceptions"] == [{"type": "builtins.ValueError", "frames": []}]
    assert "a secret" not in str(line)


def test_a_warning_that_could_not_be_given_is_not_logged() -> None:
    coroutine = never_begun()
    coroutine.close()

    assert told(coroutine, KeyError("__import__")) == []
