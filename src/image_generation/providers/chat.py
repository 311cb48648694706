"""A language model behind the Chat Completions API.

OpenAI speaks it, and so do Ollama, llama.cpp, vLLM, LM Studio, LocalAI and most others. They
differ in which parameters they take: what a server refuses is left out from then on.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from image_generation.domain.generations import FREE, UNKNOWN_COST, Cost, CostSource

if TYPE_CHECKING:
    import openai

_log = structlog.get_logger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-6-luna"

_MOST_TOKENS = 2048
"""Enough for the longest prompt; an answer that needs more is not a prompt."""


class ChatFailed(Exception):
    """There is no answer. The message is written for people, by us; `cost` is what was paid."""

    def __init__(self, message: str, cost: Cost) -> None:
        super().__init__(message)
        self.message = message
        self.cost = cost


class Ending(StrEnum):
    """Why the model stopped: it was done, it was stopped in the middle, or it would not."""

    COMPLETE = "COMPLETE"
    CUT = "CUT"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What the model said, without its thoughts. `text` may be empty."""

    text: str = field(repr=False)
    ending: Ending
    cost: Cost


class ChatModel:
    """One model at one server. `timeout` is in seconds, for the whole answer.

    Without `base_url` it is OpenAI's; a server that needs no key is given none.
    """

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None = None,
        model: str = DEFAULT_MODEL,
        *,
        timeout: float = 20.0,
    ) -> None:
        import openai  # noqa: PLC0415 - takes a second, and only those who use it pay for it

        url = base_url or OPENAI_URL
        self.model = model
        self._timeout = timeout
        self._prices = _prices(model) if _is_openai(url) else None
        self._options = _options(url)
        self._refused: set[str] = set()
        # Key and address are always given: the SDK would look for them in the environment.
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none", base_url=url, max_retries=0, timeout=None
        )

    async def answer(self, instruction: str, text: str) -> ChatAnswer:
        """Give the model an instruction and a text, or raise `ChatFailed`."""
        try:
            async with asyncio.timeout(self._timeout):
                body = await self._ask(instruction, text)
        except TimeoutError:
            message = f"The language model did not answer within {self._timeout:g} seconds."
            raise ChatFailed(message, UNKNOWN_COST) from None
        return _read(body, self._prices)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _ask(self, instruction: str, text: str) -> bytes:
        """Send it, and again without a parameter that is refused."""
        import openai  # noqa: PLC0415 - see above; it is loaded by now

        while True:
            options = {k: v for k, v in self._options.items() if k not in self._refused}
            try:
                return await self._send(instruction, text, options)
            except openai.BadRequestError as error:
                refused = _refused_option(error, options)
                if refused is None:
                    raise ChatFailed(_REJECTED, FREE) from None
                _log.info("parameter_left_out", parameter=refused, model=self.model)
                self._refused.add(refused)
            # No cause is kept from here on: its text may hold the key or the prompt.
            except openai.APIStatusError as error:
                raise ChatFailed(_reason(error), FREE) from None
            except (openai.OpenAIError, ValueError):
                raise ChatFailed("The language model does not answer.", UNKNOWN_COST) from None

    async def _send(self, instruction: str, text: str, options: Mapping[str, object]) -> bytes:
        response = await self._client.chat.completions.with_raw_response.create(
            model=self.model,
            messages=[
                {"role": "system", "content": instruction},
                {"role": "user", "content": text},
            ],
            extra_body=options,
        )
        return response.content


def _is_openai(url: str) -> bool:
    """Whether OpenAI itself is there, in any of its regions (`eu.api.openai.com`)."""
    host = urlsplit(url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def _options(url: str) -> dict[str, object]:
    """Return the parameters worth asking for; any of them may be refused."""
    if _is_openai(url):
        return {"reasoning_effort": "none", "max_completion_tokens": _MOST_TOKENS}
    return {"max_tokens": _MOST_TOKENS}


_REJECTED = "The language model does not accept the request."
_REASONS = {
    401: "The language model does not accept the key.",
    403: "The language model does not accept the key.",
    404: "There is no such language model.",
    408: "The language model does not answer.",
    429: "The language model is busy.",
}


def _reason(error: "openai.APIStatusError") -> str:
    if error.type == "insufficient_quota":
        return "The account at the language model has no money or quota left."
    if error.status_code >= 500:
        return "The language model is out of order."
    return _REASONS.get(error.status_code, _REJECTED)


def _refused_option(error: "openai.BadRequestError", options: Mapping[str, object]) -> str | None:
    """Return the parameter that is to blame, or None.

    `error.param` names it; where it is null the message does ("Unrecognized request argument
    supplied: reasoning_effort", says OpenAI of gpt-4o-mini).
    """
    if error.param:
        return error.param if error.param in options else None
    return next((name for name in options if re.search(rf"\b{name}\b", error.message)), None)


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: object = None


def _read(body: bytes, prices: "_Prices | None") -> ChatAnswer:
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        message = "The language model's answer cannot be read."
        raise ChatFailed(message, UNKNOWN_COST) from None
    choice = completion.choices[0]
    text = _without_thoughts(choice.message.content or "")
    return ChatAnswer(text, _ending(choice), _cost(completion.usage, prices))


def _ending(choice: _Choice) -> Ending:
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return Ending.REFUSED
    return Ending.CUT if choice.finish_reason == "length" else Ending.COMPLETE


_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


def _without_thoughts(text: str) -> str:
    """Remove what reasoning models think aloud.

    Thoughts may never end, when the answer was cut, or never begin, when the tag that opens them
    was part of the model's own template.
    """
    return _THOUGHTS.sub("", text).rpartition("</think>")[2].strip()


@dataclass(frozen=True, slots=True)
class _Prices:
    """US dollars for a million tokens."""

    input: Decimal
    cached_input: Decimal
    output: Decimal


_PRICES = {
    "gpt-6-luna": _Prices(Decimal("0.10"), Decimal("0.01"), Decimal("0.50")),
    "gpt-4o-mini": _Prices(Decimal("0.15"), Decimal("0.075"), Decimal("0.60")),
    "gpt-4.1-mini": _Prices(Decimal("0.40"), Decimal("0.10"), Decimal("1.60")),
}
"""OpenAI's price list of 2026-11-22; the other models are not in it, and cost "unknown"."""


def _prices(model: str) -> _Prices | None:
    """Look a model up; a dated snapshot costs what its family costs."""
    return _PRICES.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model))


class _CachedTokens(BaseModel):
    cached_tokens: NonNegativeInt | None = None


class _Usage(BaseModel):
    prompt_tokens: NonNegativeInt
    completion_tokens: NonNegativeInt
    prompt_tokens_details: _CachedTokens | None = None


def _cost(usage: object, prices: _Prices | None) -> Cost:
    if prices is None:
        return UNKNOWN_COST
    try:
        tokens = _Usage.model_validate(usage)
    except ValidationError:
        return UNKNOWN_COST
    details = tokens.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    millionths = (
        (tokens.prompt_tokens - cached) * prices.input
        + cached * prices.cached_input
        + tokens.completion_tokens * prices.output
    )
    return Cost(millionths / 1_000_000, CostSource.USAGE)
