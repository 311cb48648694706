"""What OpenAI's errors become: a code, whether to try again, when, and whether it costs."""

import asyncio
import socket

import orjson
import pytest

from image_generation.domain.errors import ErrorCode, ProviderError
from image_generation.providers.openai import OpenAIProvider
from tests.providers.jobs import RecordedJob
from tests.providers.verdicts import (
    CUT,
    DOWN,
    KEY_REFUSED,
    LATE,
    LOST,
    NO_MONEY,
    RATE,
    Verdict,
    busy,
    moderated,
    rejected,
    unsafe,
    verdict_on,
)
from tests.providers.wishes import wish
from tests.servers.openai_server import (
    KEY,
    PICTURE,
    OpenAIServer,
    Reply,
    fails,
)

pytestmark = pytest.mark.anyio


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
    "an address where nothing is": (
        Reply(b"Not Found", 404, media_type="text/plain"),
        Verdict(
            ErrorCode.PROVIDER_REJECTED,
            False,
            None,
            False,
            "OpenAI has no model gpt-image-2.5-flare, or makes no pictures at this address.",
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


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"width": 512, "height": 512}, "size"),
        ({"width": 1920, "height": 1080}, "size"),
        ({"options": {"n": 11}}, "n"),
        ({"options": {"quality": "hd"}}, "quality"),
        ({"options": {"background": "green"}}, "background"),
        ({"options": {"output_format": "jpeg", "background": "transparent"}}, "background"),
        ({"options": {"output_compression": 50}}, "output_compression"),
        ({"options": {"response_format": "b64_json"}}, "response_format"),
        ({"options": {"complexity": "low"}}, "complexity"),
        ({"prompt": "fox" * 11_000}, "prompt"),
    ],
)
async def test_what_was_not_planned_is_refused_by_its_name(
    openai: OpenAIProvider, changes: dict[str, object], param: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish("gpt-image-2.5-flare", **changes), RecordedJob())

    assert verdict_on(caught.value) == rejected(f"the value of {param}")


async def test_a_model_of_three_sizes_makes_no_others(openai: OpenAIProvider) -> None:
    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish("gpt-image-1.5", width=816, height=816), RecordedJob())

    assert verdict_on(caught.value) == rejected("the value of size")


async def test_a_wrong_key_is_refused(server: OpenAIServer) -> None:
    openai = OpenAIProvider("sk-wrong", server.base_url, profile="openai")

    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob())

    assert verdict_on(caught.value) == KEY_REFUSED
    await openai.aclose()


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
    openai = OpenAIProvider(KEY, server.base_url, profile="openai", timeout=1.5)
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
