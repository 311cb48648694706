"""What went wrong at the provider, in our words.

Nothing of a provider's text gets through: it may repeat the prompt or the key. Its codes are read,
and what they mean is said here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from image_generation.domain.errors import (
    ContentRejected,
    ProviderAuthFailed,
    ProviderBusy,
    ProviderError,
    ProviderQuotaExceeded,
    ProviderRejected,
    ProviderTimedOut,
    ProviderUnavailable,
)
from image_generation.providers.models import ModelSpec

PROVIDER = "openai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """An error as the server described it. `status` is None for one within a stream.

    `edits`: whether the picture was to be made from another one.
    """

    who: str
    model: ModelSpec
    edits: bool = False
    status: int | None
    code: str | None = None
    type: str | None = None
    param: str | None = None
    stage: str | None = None
    categories: tuple[str, ...] = ()
    retry_after: float | None = None

    @property
    def charged(self) -> bool | None:
        """Whether it costs: an answer with an error status does not, unless a gateway gave it.

        In a stream part of the picture was made already.
        """
        return None if self.status is None or self.status in _GATEWAY_TIMEOUTS else False

    def error(self) -> ProviderError:
        """Return the error to raise: the first rule that fits decides."""
        make = next(make for fits, make in _RULES if fits(self))
        return make(self)


_GATEWAY_TIMEOUTS = frozenset({504, 524})
_MODERATION = frozenset({"moderation_blocked", "content_policy_violation"})
_QUOTA = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
    }
)
_STAGES = {
    "input": "refuses {given}",
    "output": "refuses the picture that was made of {given}",
}
_CATEGORIES = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence")
_PARAMETERS = frozenset(
    {
        "background",
        "complexity",
        "image",
        "input_fidelity",
        "mask",
        "model",
        "moderation",
        "n",
        "output_compression",
        "output_format",
        "partial_images",
        "prompt",
        "quality",
        "response_format",
        "size",
        "stream",
        "style",
    }
)
_VOCABULARY = (
    _MODERATION
    | _QUOTA
    | _PARAMETERS
    | frozenset(_CATEGORIES)
    | frozenset(_STAGES)
    | {
        "image_generation_user_error",
        "images",
        "input-images",
        "invalid_api_key",
        "invalid_request_error",
        "invalid_value",
        "model_not_found",
        "rate_limit_exceeded",
        "requests",
        "server_error",
        "tokens",
        "unknown_parameter",
        "unsupported_file_mimetype",
        "unsupported_parameter",
        "unsupported_value",
    }
)


def _content(complaint: Complaint) -> ProviderError:
    given = "the prompt and its source" if complaint.edits else "the prompt"
    what = _STAGES.get(complaint.stage or "", "refuses to draw this").format(given=given)
    named = [category for category in _CATEGORIES if category in complaint.categories]
    reason = f" ({', '.join(named)})" if named else ""
    message = f"{complaint.who}: the safety system {what}{reason}."
    return ContentRejected(message, provider=PROVIDER, charged=complaint.charged)


def _quota(complaint: Complaint) -> ProviderError:
    message = f"{complaint.who}: the account has no money or quota left."
    return ProviderQuotaExceeded(message, provider=PROVIDER, charged=complaint.charged)


def _key(complaint: Complaint) -> ProviderError:
    message = f"{complaint.who} does not accept the key. Check IMG_GEN_OPENAI_API_KEY."
    return ProviderAuthFailed(message, provider=PROVIDER, charged=complaint.charged)


def _permission(complaint: Complaint) -> ProviderError:
    message = (
        f"{complaint.who} does not let this key use {complaint.model.title}. "
        "The organization may have to be verified, or the country may not be served."
    )
    return ProviderAuthFailed(message, provider=PROVIDER, charged=complaint.charged)


def _busy(complaint: Complaint) -> ProviderError:
    message = f"{complaint.who} has more requests than it takes. Try again later."
    return ProviderBusy(
        message,
        provider=PROVIDER,
        retry_after=complaint.retry_after,
        charged=complaint.charged,
    )


def _no_model(complaint: Complaint) -> ProviderError:
    successor = complaint.model.successor
    advice = f" Use {successor}." if successor else ""
    # A 404 without a code may come from a wrong base URL as well.
    surely = complaint.code == "model_not_found" or complaint.param == "model"
    doubt = "" if surely else ", or makes no pictures at this address"
    message = f"{complaint.who} has no model {complaint.model.name}{doubt}.{advice}"
    return ProviderRejected(message, provider=PROVIDER, charged=complaint.charged)


def _gateway_timeout(complaint: Complaint) -> ProviderError:
    message = f"{complaint.who} did not answer in time."
    return ProviderTimedOut(
        message,
        provider=PROVIDER,
        retry_after=complaint.retry_after,
        charged=complaint.charged,
    )


def _unavailable(complaint: Complaint) -> ProviderError:
    message = f"{complaint.who} has a problem of its own. Try again later."
    return ProviderUnavailable(
        message,
        provider=PROVIDER,
        retry_after=complaint.retry_after,
        charged=complaint.charged,
    )


def _rejected(complaint: Complaint) -> ProviderError:
    what = f"the value of {complaint.param}" if complaint.param in _PARAMETERS else "the request"
    message = f"{complaint.who} does not accept {what}."
    return ProviderRejected(message, provider=PROVIDER, charged=complaint.charged)


_Rule = tuple[Callable[[Complaint], bool], Callable[[Complaint], ProviderError]]

_RULES: tuple[_Rule, ...] = (
    (lambda it: it.code in _MODERATION, _content),
    # A lack of money answers 429 too, and waiting does not help.
    (lambda it: it.type in _QUOTA or it.code in _QUOTA, _quota),
    (lambda it: it.status == 401 or it.code == "invalid_api_key", _key),
    (lambda it: it.status == 403, _permission),
    (lambda it: it.status == 429 or it.code == "rate_limit_exceeded", _busy),
    (
        lambda it: it.status == 404 or it.code == "model_not_found" or it.param == "model",
        _no_model,
    ),
    (lambda it: it.status in _GATEWAY_TIMEOUTS, _gateway_timeout),
    (lambda it: it.status in {None, 408, 409, 425} or (it.status or 0) >= 500, _unavailable),
    (lambda _: True, _rejected),
)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read how many seconds to wait: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        due = parsedate_to_datetime(text)
    except ValueError:
        return None
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    return max(0.0, (due - (now or datetime.now(UTC))).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def as_word(text: object) -> str | None:
    """Return a code if it is one that OpenAI uses; a server may put anything in its place."""
    return text if isinstance(text, str) and text in _VOCABULARY else None


def as_words(texts: object) -> tuple[str, ...]:
    """Return those of a list that are codes."""
    found = texts if isinstance(texts, list) else []
    return tuple(word for word in map(as_word, found) if word)
