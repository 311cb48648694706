"""What is to be known of an error of OpenAI, and the errors that there are."""

from typing import NamedTuple

import orjson

from image_generation.domain.errors import ErrorCode, ProviderError
from tests.servers.openai_server import Reply, blocked


class Verdict(NamedTuple):
    """What is known of an error."""

    code: ErrorCode
    retryable: bool
    retry_after: float | None
    charged: bool | None
    message: str


def verdict_on(error: ProviderError) -> Verdict:
    return Verdict(error.code, error.retryable, error.retry_after, error.charged, error.message)


def moderated(stage: str, *categories: str, code: str = "moderation_blocked") -> Reply:
    return Reply(orjson.dumps({"error": blocked(stage, *categories, code=code)}), 400)


KEY_MESSAGE = "OpenAI does not accept the key. Check IMG_GEN_OPENAI_API_KEY."
QUOTA_MESSAGE = "OpenAI: the account has no money or quota left."
BUSY_MESSAGE = "OpenAI has more requests than it takes. Try again later."
DOWN_MESSAGE = "OpenAI has a problem of its own. Try again later."
LATE_MESSAGE = "OpenAI did not answer in time."
LOST_MESSAGE = "OpenAI answered, and the picture is not in the answer."
CUT_MESSAGE = "The connection to OpenAI broke while the picture was being made."

KEY_REFUSED = Verdict(ErrorCode.PROVIDER_AUTH, False, None, False, KEY_MESSAGE)
NO_MONEY = Verdict(ErrorCode.PROVIDER_QUOTA, False, None, False, QUOTA_MESSAGE)
DOWN = Verdict(ErrorCode.PROVIDER_UNAVAILABLE, True, None, False, DOWN_MESSAGE)
LATE = Verdict(ErrorCode.PROVIDER_TIMEOUT, True, None, None, LATE_MESSAGE)
LOST = Verdict(ErrorCode.RESULT_LOST, True, None, None, LOST_MESSAGE)
CUT = Verdict(ErrorCode.RESULT_LOST, True, None, None, CUT_MESSAGE)

RATE = "Rate limit reached for gpt-image on input-images per min: Limit 5. Try again in 12s."


def busy(seconds: float | None) -> Verdict:
    return Verdict(ErrorCode.PROVIDER_BUSY, True, seconds, False, BUSY_MESSAGE)


def rejected(what: str) -> Verdict:
    message = f"OpenAI does not accept {what}."
    return Verdict(ErrorCode.PROVIDER_REJECTED, False, None, False, message)


def unsafe(message: str, *, charged: bool | None = False) -> Verdict:
    return Verdict(ErrorCode.CONTENT_REJECTED, False, None, charged, message)
