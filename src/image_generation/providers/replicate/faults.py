"""What goes wrong between here and Replicate."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from image_generation.domain.json import JsonValue

_NOT_TAKEN_ON = 503
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RESET = re.compile(r"resets in ~?(\d+(?:\.\d+)?)\s*s")
_INPUT = re.compile(r"\binput\.(\w+)")


class Fault(Exception):
    """A call that brought no answer to work with.

    `passing`: the same question may be answered a moment later. `declined`: the call surely had
    no effect.
    """

    passing = True
    declined = False


class Unsent(Fault):
    """The request did not reach Replicate."""

    declined = True


class Unanswered(Fault):
    """The request went out and the connection broke: what became of it is not known."""


class TooSlow(Unanswered):
    """The request went out and no answer came in time."""


class Unreadable(Fault):
    """It answered that all is well, in words that make no sense."""


class Refused(Fault):
    """It answered with an error: problem+json as a rule, and sometimes anything else."""

    def __init__(self, status: int, headers: Mapping[str, str], body: JsonValue) -> None:
        super().__init__()
        self.status = status
        self.passing = status in _WORTH_ANOTHER_TRY or status >= 500
        # Behind a gateway's error the request may have been taken on; 503 says it was not.
        self.declined = status < 500 or status == _NOT_TAKEN_ON
        self._body = body if isinstance(body, dict) else {}
        self._retry_after = headers.get("retry-after", "")

    @property
    def inputs(self) -> set[str]:
        """The inputs it names as wrong."""
        fields = self._body.get("invalid_fields")
        entries = fields if isinstance(fields, list) else []
        named = [f"{entry.get('field')}" for entry in entries if isinstance(entry, dict)]
        return set(_INPUT.findall(" ".join((*named, self._detail))))

    @property
    def about_version(self) -> bool:
        """Whether it is the version of the model that is wrong."""
        return "version" in f"{self._body.get('title')}".lower()

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait: from the header, from the body, or from its words."""
        if (seconds := _seconds(self._retry_after)) is not None:
            return seconds
        stated = self._body.get("retry_after")
        if isinstance(stated, int | float) and not isinstance(stated, bool):
            return max(0.0, float(stated))
        match = _RESET.search(self._detail)
        return float(match[1]) if match else None

    @property
    def _detail(self) -> str:
        return f"{self._body.get('detail') or ''}"


def _seconds(header: str) -> float | None:
    """Read a Retry-After: seconds, or a date (RFC 9110, 10.2.3)."""
    if _NUMBER.fullmatch(header):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (date.astimezone(UTC) - datetime.now(UTC)).total_seconds())
