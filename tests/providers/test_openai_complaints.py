"""That nothing of a server's text gets out, and what is read of it."""

import logging
import traceback
from datetime import UTC, datetime

import pytest
import structlog

from image_generation.domain.errors import ProviderError
from image_generation.providers.openai import OpenAIProvider
from image_generation.providers.openai.complaints import retry_after
from tests.providers.jobs import RecordedJob
from tests.providers.wishes import wish
from tests.servers.openai_server import (
    KEY,
    OpenAIServer,
    Reply,
    fails,
    streams,
)

pytestmark = pytest.mark.anyio


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
