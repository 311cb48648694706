"""What goes wrong at Replicate, and what callers are told of it."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from image_generation.domain.errors import (
    ContentRejected,
    ErrorCode,
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ResultLost,
    WorkFailed,
)
from image_generation.providers.replicate import ReplicateProvider
from image_generation.providers.replicate.waiting import Patience
from tests.providers.jobs import RecordedJob
from tests.providers.replicating import REQUEST, asking, provider_of
from tests.servers.replicate_server import TOKEN, Body, Mishap, ReplicateServer, problem, replicate

pytestmark = pytest.mark.anyio

THROTTLED = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per "
    "minute with a burst of 1 requests while you have less than $5.0 in credit. "
    "Your rate limit resets in ~5s."
)
NO_CREDIT = (
    "You have insufficient credit to run this model. "
    "Go to https://replicate.com/account/billing#billing to purchase credit."
)


@dataclass(frozen=True)
class Told:
    """What a caller learns."""

    code: ErrorCode
    retryable: bool
    charged: bool | None
    retry_after: float | None = None
    message: str = ""


def told_of(error: WorkFailed) -> Told:
    return Told(error.code, error.retryable, error.charged, error.retry_after, error.message)


@pytest.fixture
async def server() -> AsyncIterator[ReplicateServer]:
    async with replicate() as server:
        yield server


@pytest.fixture
async def provider(server: ReplicateServer) -> AsyncIterator[ReplicateProvider]:
    provider = provider_of(server)
    yield provider
    await provider.aclose()


BUSY = Told(ErrorCode.PROVIDER_BUSY, True, False, 5.0, "Replicate asks for a pause.")
BROKEN = "Replicate has a fault of its own (status {})."
UNREADABLE = "Replicate answered in a way that cannot be read."


@pytest.mark.parametrize(
    ("mishap", "told"),
    [
        (
            problem(402, "Insufficient credit", NO_CREDIT),
            Told(
                ErrorCode.PROVIDER_QUOTA,
                False,
                False,
                message="The account at Replicate has no credit left.",
            ),
        ),
        (
            problem(403, "Forbidden", "You do not have permission."),
            Told(
                ErrorCode.PROVIDER_AUTH,
                False,
                False,
                message="The API token may not do this at Replicate.",
            ),
        ),
        (
            problem(404, "Not found", "The requested resource could not be found."),
            Told(ErrorCode.PROVIDER_REJECTED, False, False, message="Replicate has no such model."),
        ),
        (
            problem(422, "Invalid version or not permitted", "The specified version …"),
            Told(
                ErrorCode.PROVIDER_REJECTED,
                False,
                False,
                message="Replicate has no such version of the model, "
                "or the API token may not run it.",
            ),
        ),
        (
            problem(422, "Input validation failed", "- model: Additional property model …"),
            Told(
                ErrorCode.PROVIDER_REJECTED,
                False,
                False,
                message="Replicate does not accept the request (status 422).",
            ),
        ),
        (problem(429, "", THROTTLED, retry_after=5), BUSY),
        (problem(429, "", THROTTLED), BUSY),
        (
            replace(problem(429, "", THROTTLED), headers={"Retry-After": "7"}),
            replace(BUSY, retry_after=7.0),
        ),
        (Mishap(429, b"slow down"), replace(BUSY, retry_after=None)),
        (
            Mishap(500, b"Internal Server Error"),
            Told(ErrorCode.PROVIDER_UNAVAILABLE, True, None, message=BROKEN.format(500)),
        ),
        (
            Mishap(502, ["a", "list"]),
            Told(ErrorCode.PROVIDER_UNAVAILABLE, True, None, message=BROKEN.format(502)),
        ),
        (
            Mishap(503, b"<html>", {"Retry-After": "3"}),
            Told(ErrorCode.PROVIDER_UNAVAILABLE, True, False, 3.0, BROKEN.format(503)),
        ),
        (
            Mishap(301, b"", {"Location": "https://replicate.com/"}),
            Told(
                ErrorCode.PROVIDER_REJECTED,
                False,
                False,
                message="Replicate does not accept the request (status 301).",
            ),
        ),
        (
            Mishap(201, b"{", after=True),
            Told(ErrorCode.RESULT_LOST, True, None, message=UNREADABLE),
        ),
        (
            Mishap(201, ["a", "list"], after=True),
            Told(ErrorCode.RESULT_LOST, True, None, message=UNREADABLE),
        ),
        (
            Mishap(201, {"id": "../account", "status": "starting"}, after=True),
            Told(ErrorCode.RESULT_LOST, True, None, message=UNREADABLE),
        ),
        (
            Mishap(cut=True, after=True),
            Told(
                ErrorCode.PROVIDER_UNAVAILABLE,
                True,
                None,
                message="The connection to Replicate was lost.",
            ),
        ),
    ],
    ids=[
        "no credit",
        "forbidden",
        "no such model",
        "no such version",
        "a wrong key",
        "throttled, seconds in the body",
        "throttled, seconds in words",
        "throttled, seconds in the header",
        "throttled without a word",
        "text",
        "a list",
        "unavailable",
        "moved",
        "not JSON",
        "not an object",
        "no usable id",
        "hung up",
    ],
)
async def test_a_request_that_is_not_taken_on_is_explained_and_not_repeated(
    mishap: Mishap, told: Told, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("create", mishap)
    job = RecordedJob()

    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, job)

    assert told_of(caught.value) == told
    assert caught.value.provider == "replicate"
    assert len(server.seen) == 1
    assert job.told == ["submitting"]


async def test_a_wrong_token_is_refused(server: ReplicateServer) -> None:
    provider = provider_of(server, token="r8_wrong")  # noqa: S106 - it opens nothing

    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, RecordedJob())

    message = "Replicate does not accept the API token."
    assert told_of(caught.value) == Told(ErrorCode.PROVIDER_AUTH, False, False, message=message)
    assert len(server.seen) == 1
    await provider.aclose()


async def test_a_pause_may_be_asked_for_by_a_date(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.fail("create", Mishap(429, {}, {"Retry-After": date}))

    with pytest.raises(ProviderBusy) as caught:
        await provider.generate(REQUEST, RecordedJob())

    assert caught.value.retry_after is not None
    assert 55 < caught.value.retry_after <= 60


async def test_a_value_out_of_range_is_named_by_our_name(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await provider.generate(replace(REQUEST, steps=28), RecordedJob())

    assert caught.value.message == "Replicate does not accept the value of steps."
    assert caught.value.charged is False
    assert server.predictions == {}


async def test_what_replicate_writes_is_not_passed_on(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    fields = [{"type": "enum", "field": "input.output_format", "description": "<script>"}, "odd"]
    detail = "- input.secret_thing: leaks\n- input.megapixels: must be one of …"
    refusal = problem(422, "Input validation failed", detail, invalid_fields=fields)
    server.fail("create", refusal)

    with pytest.raises(ProviderRejected) as caught:
        await provider.generate(REQUEST, RecordedJob())

    message = "Replicate does not accept the value of output_format, the size."
    assert caught.value.message == message


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(
    server: ReplicateServer,
) -> None:
    provider = provider_of(server, patience=Patience(answer=0.3))
    server.fail("create", Mishap(silent=True))
    job = RecordedJob()

    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, job)

    message = "Replicate did not answer in time."
    assert told_of(caught.value) == Told(ErrorCode.PROVIDER_TIMEOUT, True, None, message=message)
    assert len(server.created()) == 1
    await provider.aclose()


async def test_a_request_that_was_never_sent_is_surely_free() -> None:
    async with replicate() as server:
        provider = provider_of(server)
    job = RecordedJob()

    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, job)

    told = Told(ErrorCode.PROVIDER_UNAVAILABLE, True, False, message="Replicate cannot be reached.")
    assert told_of(caught.value) == told
    assert caught.value.repeatable
    await provider.aclose()


SENSITIVE = (
    "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"
)
NSFW = "All generated images contained NSFW content. Try running it again with a different prompt."
RAN: Body = {"started_at": "2026-11-22T07:35:46Z"}


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (
            {"status": "failed", "error": SENSITIVE},
            Told(
                ErrorCode.CONTENT_REJECTED, False, False, message="The model refuses to draw this."
            ),
        ),
        (
            {"status": "failed", "error": NSFW},
            Told(
                ErrorCode.CONTENT_REJECTED, False, False, message="The model refuses to draw this."
            ),
        ),
        (
            {"status": "failed", "error": "CUDA out of memory. Tried to allocate 2.50 GiB"},
            Told(
                ErrorCode.PROVIDER_UNAVAILABLE, True, False, message="The model broke off its work."
            ),
        ),
        (
            {"status": "failed", "error": "Prediction interrupted; please retry (code: PA)"},
            Told(
                ErrorCode.PROVIDER_UNAVAILABLE, True, False, message="The model broke off its work."
            ),
        ),
        (
            {"status": "failed", "error": "list index out of range"},
            Told(
                ErrorCode.PROVIDER_REJECTED,
                False,
                False,
                message="The model could not make a picture of this request.",
            ),
        ),
        (
            {"status": "failed", "error": None},
            Told(
                ErrorCode.PROVIDER_REJECTED,
                False,
                False,
                message="The model could not make a picture of this request.",
            ),
        ),
        (
            {"status": "canceled"},
            Told(ErrorCode.CANCELED, True, True, message="The work was canceled at Replicate."),
        ),
        (
            {"status": "aborted"},
            Told(
                ErrorCode.PROVIDER_TIMEOUT,
                True,
                False,
                message="Replicate gave the work up before it began.",
            ),
        ),
        (
            {"status": "succeeded", "output": None, "data_removed": True, "input": None},
            Told(
                ErrorCode.RESULT_LOST,
                True,
                True,
                message="Replicate made the picture and has deleted it, as it does after an hour.",
            ),
        ),
        (
            {"status": "succeeded", "output": []},
            Told(
                ErrorCode.CONTENT_REJECTED,
                False,
                None,
                message="The model made a picture and withheld it as unsafe.",
            ),
        ),
    ],
    ids=[
        "flagged",
        "NSFW",
        "out of memory",
        "interrupted",
        "something else",
        "nothing said",
        "canceled",
        "aborted",
        "deleted",
        "fewer pictures than asked for",
    ],
)
async def test_work_that_ends_without_a_picture_is_explained(
    end: Body, told: Told, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.story = [{"status": "processing", **RAN}, end]

    with pytest.raises(WorkFailed) as caught:
        await provider.generate(REQUEST, RecordedJob())

    assert told_of(caught.value) == told
    assert caught.value.provider == "replicate"
    assert len(server.created()) == 1


@pytest.mark.parametrize(("ran", "charged"), [({}, False), (RAN, None)])
async def test_a_failure_of_what_is_billed_by_the_second_is_free_only_when_it_never_ran(
    ran: Body, charged: bool | None, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.story = [{"status": "failed", "error": NSFW, **ran}]

    with pytest.raises(ContentRejected) as caught:
        await provider.generate(asking("owner/name"), RecordedJob())

    assert caught.value.charged is charged


async def test_an_output_without_a_picture_is_no_picture(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.output = {"nsfw": [True]}

    with pytest.raises(ContentRejected):
        await provider.generate(REQUEST, RecordedJob())


async def test_a_picture_that_cannot_be_fetched_is_lost_and_paid_for(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("delivery", Mishap(404, b"gone"))

    with pytest.raises(ResultLost) as caught:
        await provider.generate(REQUEST, RecordedJob())

    message = "The picture was made and could not be fetched: its host answered 404."
    assert told_of(caught.value) == Told(ErrorCode.RESULT_LOST, True, True, message=message)


@pytest.mark.parametrize("kind", ["create", "get", "delivery"])
async def test_the_token_is_in_no_error_and_no_log(
    kind: str,
    server: ReplicateServer,
    provider: ReplicateProvider,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fail(kind, Mishap(401, {"detail": f"The token {TOKEN} is not valid."}))

    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, RecordedJob())
    server.fail("cancel", Mishap(401, {"detail": f"The token {TOKEN} is not valid."}))
    await provider.cancel("gm30")

    errors = [caught.value, caught.value.__cause__]
    seen = [f"{error!s} {error!r} {vars(error)}" for error in errors if error]
    printed = capsys.readouterr()
    public = "".join((*seen[:1], repr(provider), caplog.text, printed.out, printed.err))
    assert TOKEN not in public
    assert TOKEN not in f"{caught.value.__cause__!s} {caught.value.__cause__!r}"
