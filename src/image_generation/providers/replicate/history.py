"""Finding predictions whose ids were never learned, in the list of all."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from image_generation.domain.errors import ResultLost
from image_generation.domain.json import JsonValue
from image_generation.providers.replicate.attachments import Attachment
from image_generation.providers.replicate.faults import Unreadable
from image_generation.providers.replicate.predictions import Prediction, parsed
from image_generation.providers.replicate.references import Reference

if TYPE_CHECKING:
    from image_generation.providers.replicate.wire import Answer, Wire

_PAGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What is known of predictions: the model, what was sent, and that it was not before."""

    reference: Reference
    values: Mapping[str, JsonValue]
    attachments: Sequence[Attachment] = ()
    since: datetime

    def may_lead_to(self, prediction: Prediction) -> bool:
        """Whether model and time fit; a prediction without a time may be new."""
        fits = self.reference.fits(prediction.model, prediction.version)
        return fits and not self.is_too_old(prediction)

    async def leads_to(self, prediction: Prediction, wire: "Wire") -> bool | None:
        """Whether a prediction was given what was sent; it may show defaults too.

        None when what would tell is not there any more.
        """
        theirs = prediction.values
        if theirs is None:
            return None
        if any(theirs.get(name) != value for name, value in self.values.items()):
            return False
        shown = [await attachment.is_shown_in(theirs, wire) for attachment in self.attachments]
        return False if False in shown else None if None in shown else True

    def is_too_old(self, prediction: Prediction) -> bool:
        """Whether a prediction was surely made before."""
        return prediction.created_at is not None and prediction.created_at < self.since


async def predictions_of(trace: Trace, wire: "Wire") -> list[str]:
    """Return the ids of the predictions that a trace leads to, the oldest first.

    Raises `ResultLost` when there is none, but one that may be it for all that is still known, and
    a `Fault` when the list cannot be had.
    """
    candidates = [one async for one in _since(trace, wire) if trace.may_lead_to(one)]
    verdicts = [(it.id, await trace.leads_to(it, wire)) for it in candidates]
    found = [id for id, is_it in verdicts if is_it]
    if not found and any(is_it is None for _, is_it in verdicts):
        message = "Replicate has deleted what would tell whether it has taken the request."
        raise ResultLost(message, provider="replicate", charged=None)
    return found[::-1]


async def _since(trace: Trace, wire: "Wire") -> AsyncIterator[Prediction]:
    """List all predictions that are not too old, the newest first."""
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await wire.page(cursor)
        predictions = list(_predictions(page))
        for prediction in predictions:
            yield prediction
        cursor = _cursor(page.get("next"))
        if cursor is None or any(map(trace.is_too_old, predictions)):
            return
    raise Unreadable


def _predictions(page: "Answer") -> Iterator[Prediction]:
    results = page.get("results")
    if not isinstance(results, list):
        raise Unreadable
    return map(parsed, results)


def _cursor(link: JsonValue) -> str | None:
    """Take the cursor out of a link to the next page: the link itself is not followed."""
    if link is None:
        return None
    cursors = parse_qs(urlsplit(f"{link}").query).get("cursor")
    if not cursors:
        raise Unreadable
    return cursors[0]
