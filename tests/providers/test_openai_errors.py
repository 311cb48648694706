"""What OpenAI's errors become: a code, whether to try again, when, and whether it costs."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
import pytest
import structlog

from image_generation.domain.errors import ErrorCode, ProviderError
from image_generation.providers.openai import OpenAIProvider
from image_generation.providers.openai.complaints import retry_after
from tests.providers.jobs import RecordedJob
from tests.providers.test_openai import wish
from tests.servers.openai_server import (
    KEY,
    PICTURE,
    OpenAIServer,
    Reply,
    blocked,
    fails,
    openai_server,
    streams,
)

pytestmark = pytest.mark.anyio


class Verdict(NamedTuple):
    """What is known of an error."""

    code: ErrorCode
    retryable: bool
    retry_after: float | None
    charged: bool | None
    message: str


def verdict_on(error: ProviderError) -> Verdict:
    return Verdict(error.code, error.retryable, error.retry_after, error.charged, error.message)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        yield server


@pytest.fixture
async def openai(server: OpenAIServer) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(KEY, server.base_url, profile="openai")
    yield provider
    await provider.aclose()


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


def busy(seconds: float | None) -> Verdict:
    return Verdict(ErrorCode.PROVIDER_BUSY, True, seconds, False, BUSY_MESSAGE)


def rejected(what: str) -> Verdict:
    message = f"OpenAI does not accept {what}."
    return Verdict(ErrorCode.PROVIDER_REJECTED, False, None, False, message)


def unsafe(message: str, *, charged: bool | None = False) -> Verdict:
    return Verdict(ErrorCode.CONTENT_REJECTED, False, None, charged, message)


RATE = "Rate limit reached for gpt-image on input-images per min: Limit 5. Try again in 12s."

ANSWERS: dict[str, tuple[Reply, Verdict]] = {
    "bad key": (fails(401, f"Incorrect API key: {KEY}.", code="invalid_api_key"), KEY_REFUSED),
    "organization not verified": (
        fails(403, "Your organization must be verified."),
        Verdict(
            ErrorCode.PROVIDER_AUTH,
            False,
            None,
            False,
            "OpenAI does not let this key use GPT Image 2.5 Flare. "
            "The organization may have to be verified, or the country may not be served.",
        ),
    ),
    "rate limit in seconds": (
        fails(429, RATE, type="images", code="rate_limit_exceeded", headers={"retry-after": "12"}),
        busy(12.0),
    ),
    "rate limit in milliseconds": (
        fails(
            429,
            RATE,
            type="tokens",
            code="rate_limit_exceeded",
            headers={"retry-after": "1", "retry-after-ms": "250"},
        ),
        busy(0.25),
    ),
    "rate limit above what the SDK waits": (
        fails(429, RATE, type="requests", headers={"retry-after": "121"}),
        busy(121.0),
    ),
    "rate limit without a time": (fails(429, RATE, type="input-images"), busy(None)),
    "rate limit until a day that is past": (
        fails(429, RATE, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        busy(0.0),
    ),
    "quota": (
        fails(429, type="insufficient_quota", code="credit_balance_exhausted"),
        NO_MONEY,
    ),
    "quota with a time": (
        fails(429, type="insufficient_quota", headers={"retry-after": "1"}),
        NO_MONEY,
    ),
    "spend limit of the organization": (
        fails(429, type="insufficient_quota", code="organization_spend_limit_exceeded"),
        NO_MONEY,
    ),
    "spend limit of the project": (fails(429, code="project_spend_limit_exceeded"), NO_MONEY),
    "usage limit": (fails(429, code="organization_usage_limit_exceeded"), NO_MONEY),
    "quota, the old code": (fails(429, code="insufficient_quota"), NO_MONEY),
    "billing cap": (
        fails(400, type="image_generation_user_error", code="billing_hard_limit_reached"),
        NO_MONEY,
    ),
    "moderation of the prompt": (
        moderated("input", "violence"),
        unsafe("OpenAI: the safety system refuses the prompt (violence)."),
    ),
    "moderation of the picture": (
        moderated("output", "sexual", "self-harm"),
        unsafe(
            "OpenAI: the safety system refuses the picture that was made of the prompt "
            "(self-harm, sexual)."
        ),
    ),
    "moderation for reasons of its own": (
        moderated("unknown", "a red fox"),
        unsafe("OpenAI: the safety system refuses to draw this."),
    ),
    "moderation, the old code": (
        fails(400, code="content_policy_violation"),
        unsafe("OpenAI: the safety system refuses to draw this."),
    ),
    "model that does not exist": (
        fails(404, code="model_not_found"),
        Verdict(
            ErrorCode.PROVIDER_REJECTED,
            False,
            None,
            False,
            "OpenAI has no model gpt-image-2.5-flare.",
        ),
    ),
    "unknown parameter": (
        fails(400, param="response_format", code="unknown_parameter"),
        rejected("the value of response_format"),
    ),
    "size": (fails(400, param="size", code="invalid_value"), rejected("the value of size")),
    "number": (fails(400, param="n", code="invalid_value"), rejected("the value of n")),
    "a parameter of the server's own": (fails(400, param="a red fox"), rejected("the request")),
    "too large": (
        Reply(b"Payload too large", 413, media_type="text/plain"),
        rejected("the request"),
    ),
    "error that is a bare string": (
        Reply(orjson.dumps({"error": "prompt required"}), 400),
        rejected("the request"),
    ),
    "error that is a list": (Reply(b"[1]", 422), rejected("the request")),
    "error that is not JSON": (Reply(b"{", 400), rejected("the request")),
    "500": (fails(500, type="server_error"), DOWN),
    "502 from a gateway": (Reply(b"<html>", 502, media_type="text/html"), DOWN),
    "503 with a time": (
        fails(503, type="server_error", headers={"retry-after": "7"}),
        DOWN._replace(retry_after=7.0),
    ),
    "409": (fails(409), DOWN),
    "504 from a gateway that gave up": (Reply(b"", 504), LATE),
    "524 from a gateway that gave up": (Reply(b"", 524), LATE),
    "200 with broken JSON": (Reply(b'{"data":['), LOST),
    "200 with a page": (Reply(b"<html>", media_type="text/html"), LOST),
    "200 with nothing": (Reply(b""), LOST),
    "200 without pictures": (Reply(b'{"created":1,"data":[]}'), LOST),
    "200 with an empty picture": (Reply(b'{"data":[{"b64_json":""}]}'), LOST),
    "200 with null": (Reply(b'{"data":null}'), LOST),
    "200 with a picture that is not base64": (Reply(b'{"data":[{"b64_json":"?"}]}'), LOST),
    "200 that breaks off": (Reply(b'{"data":[', cut=True), CUT),
}


@pytest.mark.parametrize(("reply", "verdict"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_each_answer_has_its_error_and_is_not_asked_for_again(
    openai: OpenAIProvider, server: OpenAIServer, reply: Reply, verdict: Verdict
) -> None:
    server.replies.append(reply)

    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob())

    assert verdict_on(caught.value) == verdict
    assert caught.value.provider == "openai"
    assert len(server.seen) == 1
    assert server.seen[0].headers["x-stainless-retry-count"] == "0"


async def test_a_retired_model_is_refused_with_its_successor(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish("dall-e-3"), RecordedJob())

    assert verdict_on(caught.value) == Verdict(
        ErrorCode.PROVIDER_REJECTED,
        False,
        None,
        False,
        "OpenAI has no model dall-e-3. Use gpt-image-2.5-flare.",
    )


@pytest.mark.parametrize("watched", [False, True])
async def test_a_server_that_is_silent_too_long_may_have_made_the_picture(
    server: OpenAIServer, watched: bool
) -> None:
    openai = OpenAIProvider(KEY, server.base_url, profile="openai", timeout=0.2)
    server.replies.append(Reply(silent=True))

    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob(wants_previews=watched))

    assert verdict_on(caught.value) == LATE
    assert len(server.seen) == 1
    await openai.aclose()


async def test_what_is_canceled_leaves_the_client_fit_for_the_next(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    server.replies.append(Reply(silent=True))
    canceled = asyncio.create_task(openai.generate(wish(), RecordedJob()))
    await server.reached.wait()

    canceled.cancel()

    with pytest.raises(asyncio.CancelledError):
        await canceled
    assert (await openai.generate(wish(), RecordedJob())).data == PICTURE


async def test_twenty_pictures_at_a_time_are_twenty_calls(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    images = await asyncio.gather(*(openai.generate(wish(), RecordedJob()) for _ in range(20)))

    assert [image.data for image in images] == [PICTURE] * 20
    assert len(server.seen) == 20


async def test_a_closed_port_costs_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    openai = OpenAIProvider(KEY, f"http://127.0.0.1:{port}/v1", profile="openai")

    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob())

    assert verdict_on(caught.value) == Verdict(
        ErrorCode.PROVIDER_UNAVAILABLE, True, None, False, "OpenAI cannot be reached."
    )
    await openai.aclose()


STREAMED: dict[str, tuple[Reply, Verdict]] = {
    "moderation before the stream": (
        moderated("input"),
        unsafe("OpenAI: the safety system refuses the prompt."),
    ),
    "moderation within the stream": (
        streams(partials=1, error=blocked("output", "sexual")),
        unsafe(
            "OpenAI: the safety system refuses the picture that was made of the prompt (sexual).",
            charged=None,
        ),
    ),
    "rate limit within the stream": (
        streams(partials=0, error={"message": RATE, "code": "rate_limit_exceeded"}),
        busy(None)._replace(charged=None),
    ),
    "an error without a code within the stream": (
        streams(partials=1, error={"message": "A red fox.", "type": "server_error"}),
        DOWN._replace(charged=None),
    ),
    "broken JSON within the stream": (
        Reply(b"event: x\ndata: {\n\n", media_type="text/event-stream"),
        LOST,
    ),
    "a stream without bytes": (Reply(b"", media_type="text/event-stream"), LOST),
    "an answer that is no stream": (Reply(b'{"data":[]}'), LOST),
    "a finished picture without a picture": (
        Reply(b'data: {"type":"image_generation.completed"}\n\n', media_type="text/event-stream"),
        LOST,
    ),
    "a connection that breaks": (streams(partials=1, completed=False, cut=True), CUT),
}


@pytest.mark.parametrize(("reply", "verdict"), STREAMED.values(), ids=STREAMED.keys())
async def test_each_fault_of_a_stream_has_its_error_and_is_not_asked_for_again(
    openai: OpenAIProvider, server: OpenAIServer, reply: Reply, verdict: Verdict
) -> None:
    server.replies.append(reply)

    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob(wants_previews=True))

    assert verdict_on(caught.value) == verdict
    assert len(server.seen) == 1


async def test_events_that_are_not_pictures_are_passed_over(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    finished = streams(partials=1).body
    server.replies.append(
        Reply(b'data: {"type":"keepalive"}\n\n' + finished, media_type="text/event-stream")
    )
    job = RecordedJob(wants_previews=True)

    await openai.generate(wish(), job)

    assert len(job.previews) == 1


@pytest.mark.parametrize(
    "reply",
    [
        fails(401, f"Incorrect API key provided: {KEY}.", code=KEY, type=KEY, param=KEY),
        fails(400, f"a red fox {KEY}", code="a red fox", type="a red fox", param="a red fox"),
        fails(500, f"a red fox {KEY}"),
        Reply(f'{{"data":"a red fox {KEY}"'.encode()),
        streams(partials=0, error={"message": f"a red fox {KEY}", "code": "a red fox"}),
    ],
)
async def test_neither_key_nor_prompt_gets_into_an_error_or_a_log(
    openai: OpenAIProvider,
    server: OpenAIServer,
    caplog: pytest.LogCaptureFixture,
    reply: Reply,
) -> None:
    server.replies.append(reply)
    caplog.set_level(logging.INFO)

    with structlog.testing.capture_logs() as logged, pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob(wants_previews=True))

    said = "".join(traceback.format_exception(caught.value))
    said += f"{caught.value!r} {openai!r} {vars(caught.value)} {logged} {caplog.text}"
    assert KEY not in said
    assert "red fox" not in said


async def test_what_a_server_complains_of_is_logged_by_its_codes(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    server.replies.append(
        fails(400, type="invalid_request_error", param="size", code="invalid_value")
    )

    with structlog.testing.capture_logs() as logged, pytest.raises(ProviderError):
        await openai.generate(wish(), RecordedJob())

    assert logged == [
        {
            "event": "provider_complained",
            "log_level": "warning",
            "status": 400,
            "code": "invalid_value",
            "type": "invalid_request_error",
            "param": "size",
            "request_id": "req_123",
        }
    ]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 -0000"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0.0),
    ],
)
def test_the_time_to_wait_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    now = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)

    assert retry_after(headers, now) == seconds
