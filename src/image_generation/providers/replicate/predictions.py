"""A prediction, which is Replicate's word for work, and what became of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from image_generation.domain.errors import (
    ContentRejected,
    ProviderRejected,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
    WorkCanceled,
    WorkFailed,
)
from image_generation.domain.json import JsonValue
from image_generation.providers.replicate.faults import Unreadable

_NAME = "replicate"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_CONTENT = re.compile(
    r"\bE005\b|flagged as sensitive|\bNSFW\b|content (?:policy|moderation)", re.IGNORECASE
)
_PASSING = re.compile(
    r"out of memory|interrupted|temporar|unavailable|high demand|overloaded|too many requests"
    r"|rate limit|timed? ?out|try again later|retry|connection|\b50[0234]\b",
    re.IGNORECASE,
)


class Status(StrEnum):
    """Where a prediction stands; a word that is not known counts as processing."""

    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    ABORTED = "aborted"


_RUNNING = frozenset({Status.STARTING, Status.PROCESSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What is used of a prediction.

    `outputs` are links to pictures, None when there is no output; `values` is its input, None when
    that was removed, as everything is after an hour; `started` says that a model worked on it.
    """

    id: str
    status: Status
    outputs: tuple[str, ...] | None
    error: str
    logs: str
    started: bool
    model: str
    version: str
    values: Mapping[str, JsonValue] | None
    created_at: datetime | None

    @property
    def done(self) -> bool:
        """Whether nothing will change: it can be "processing" with its output there already."""
        return self.status not in _RUNNING or bool(self.outputs)

    def picture(self, *, by_picture: bool) -> str:
        """Return the link to the picture of a prediction that is done, or raise what went wrong.

        `by_picture` says that the model is billed by the picture, and not by the second.
        """
        if self.outputs:
            return self.outputs[0]
        if self.status is not Status.SUCCEEDED:
            raise self._failure(by_picture=by_picture)
        if self.outputs is None:
            message = "Replicate made the picture and has deleted it, as it does after an hour."
            raise ResultLost(message, provider=_NAME, charged=True)
        message = "The model made a picture and withheld it as unsafe."
        raise ContentRejected(message, provider=_NAME, charged=None)

    def is_charged(self, *, by_picture: bool) -> bool | None:
        """Whether Replicate charges for it; None when not known.

        Replicate charges for what is canceled and not for what is aborted (its changelog of
        2025-10-16). A failure has made no picture, and public models are free until they work.
        """
        match self.status:
            case Status.SUCCEEDED | Status.CANCELED:
                return True
            case Status.ABORTED:
                return False
            case Status.FAILED:
                return False if by_picture or not self.started else None
            case _:
                return None

    def _failure(self, *, by_picture: bool) -> WorkFailed:
        kind, message = self._verdict()
        return kind(message, provider="replicate", charged=self.is_charged(by_picture=by_picture))

    def _verdict(self) -> tuple[type[WorkFailed], str]:
        verdict: tuple[type[WorkFailed], str]
        if self.status is Status.CANCELED:
            verdict = WorkCanceled, "The work was canceled at Replicate."
        elif self.status is Status.ABORTED:
            verdict = ProviderTimedOut, "Replicate gave the work up before it began."
        elif _CONTENT.search(self.error):
            verdict = ContentRejected, "The model refuses to draw this."
        elif _PASSING.search(self.error):
            verdict = ProviderUnavailable, "The model broke off its work."
        else:
            verdict = ProviderRejected, "The model could not make a picture of this request."
        return verdict


def parsed(answer: JsonValue) -> Prediction:
    """Read a prediction, or raise `Unreadable` for what has no usable id."""
    if not isinstance(answer, dict):
        raise Unreadable
    prediction_id = answer.get("id")
    if not isinstance(prediction_id, str) or not _ID.fullmatch(prediction_id):
        raise Unreadable
    values = answer.get("input")
    return Prediction(
        id=prediction_id,
        status=_status(answer.get("status")),
        outputs=_outputs(answer.get("output")),
        error=f"{answer.get('error') or ''}",
        logs=f"{answer.get('logs') or ''}",
        started=bool(answer.get("started_at")),
        model=f"{answer.get('model')}",
        version=f"{answer.get('version')}",
        values=values if isinstance(values, dict) and not answer.get("data_removed") else None,
        created_at=_time(answer.get("created_at")),
    )


def _status(value: JsonValue) -> Status:
    try:
        return Status(f"{value}")
    except ValueError:
        return Status.PROCESSING


def _outputs(value: JsonValue) -> tuple[str, ...] | None:
    if value is None:
        return None
    entries = value if isinstance(value, list) else [value]
    return tuple(entry for entry in entries if isinstance(entry, str) and entry)


def _time(value: JsonValue) -> datetime | None:
    try:
        time = datetime.fromisoformat(f"{value}")
    except ValueError:
        return None
    return time if time.tzinfo else None
