"""What leaves for OpenAI, and what is made of its answers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_generation.domain.errors import ProviderRejected
from image_generation.domain.generations import Cost, CostSource
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import Availability, Health
from image_generation.providers.catalogue import models_of
from image_generation.providers.openai import OpenAIProvider
from image_generation.providers.openai.calls import Calls
from image_generation.providers.openai.checkups import checkup
from tests.providers.jobs import RecordedJob
from tests.providers.wishes import wish
from tests.servers.openai_rules import refusal_of
from tests.servers.openai_server import (
    KEY,
    PICTURE,
    OpenAIServer,
    Reply,
    delivers,
    fails,
)

pytestmark = pytest.mark.anyio

FULL: dict[str, JsonValue] = {
    "quality": "high",
    "background": "transparent",
    "output_format": "webp",
    "output_compression": 70,
    "moderation": "low",
}
MORE: dict[str, dict[str, JsonValue]] = {
    "gpt-image-2.5-flare": {"quality": "max"},
    "gpt-image-2.5-sunburst": {"quality": "xhigh"},
    "gpt-image-2.6-flare": {"quality": "max", "complexity": "low"},
    "gpt-image-2.6-sunburst": {"quality": "xhigh", "complexity": "high"},
    "gpt-image-2": {},
    "gpt-image-1.5": {},
    "chatgpt-image-latest": {},
    "gpt-image-1-mini": {},
}
WIDE = {"width": 1536, "height": 1024}
USED = Decimal("0.01345")
"""40 text tokens at 5, 10 of pictures at 8, 439 made at 30 dollars for a million."""


async def test_a_picture_comes_back_with_what_its_tokens_cost(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    job = RecordedJob()

    image = await openai.generate(wish(), job)

    assert image.data == PICTURE
    assert image.cost == Cost(USED, CostSource.USAGE)
    assert (image.seed, image.revised_prompt) == (None, None)
    assert job.told == ["submitting"]
    assert len(server.seen) == 1
    assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"


async def test_by_itself_a_request_holds_model_prompt_size_and_quality(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    await openai.generate(wish(), RecordedJob())

    assert server.sent() == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a red fox",
        "size": "1024x1024",
        "quality": "medium",
    }


@pytest.mark.parametrize(("model", "more"), MORE.items())
async def test_every_option_of_a_model_leaves_under_its_own_name(
    openai: OpenAIProvider, server: OpenAIServer, model: str, more: dict[str, JsonValue]
) -> None:
    options = FULL | more
    spec = openai.find_model(model)

    await openai.generate(wish(model, **WIDE, options=options), RecordedJob())

    assert spec is not None
    assert spec.options.keys() == options.keys()
    assert spec.fault_in(options) is None
    assert server.sent() == {
        "model": model,
        "prompt": "a red fox",
        "size": "1536x1024",
        **options,
    }


async def test_no_model_that_lives_is_left_out_of_the_test_above(openai: OpenAIProvider) -> None:
    assert openai.models.keys() <= MORE.keys()


async def test_without_usage_a_picture_costs_what_the_price_list_says(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    server.replies.append(delivers(usage={"input_tokens": 0, "output_tokens": 0}))

    image = await openai.generate(wish(), RecordedJob())

    assert image.cost == Cost(Decimal("0.01317"), CostSource.PRICE_LIST)


async def test_a_model_that_nobody_knows_is_refused_before_anything_is_sent() -> None:
    job = RecordedJob()

    with pytest.raises(ProviderRejected):
        await OpenAIProvider(KEY).generate(wish("some-model"), job)

    assert job.told == []


@given(
    width=st.integers(256, 2048),
    height=st.integers(256, 2048),
    model=st.sampled_from(sorted(MORE)),
)
def test_whatever_size_is_wished_for_openai_takes_the_nearest(
    width: int, height: int, model: str
) -> None:
    spec = OpenAIProvider(KEY).find_model(model)
    assert spec is not None
    sent = spec.sizes.written(spec.sizes.nearest(Size(width, height)))

    assert refusal_of({"model": model, "prompt": "a red fox", **sent}) is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("GPT-Image-2", "gpt-image-2"),
        (" gpt-image-2-2026-04-21 ", "gpt-image-2"),
        ("dall-e-3", "dall-e-3"),
    ],
)
async def test_models_are_found_by_any_name_in_any_case_the_retired_too(
    asked: str, found: str
) -> None:
    model = OpenAIProvider(KEY).find_model(asked)

    assert model is not None
    assert model.name == found


async def test_retired_models_say_when_and_what_to_use_and_are_not_offered() -> None:
    openai = OpenAIProvider(KEY)
    model = openai.find_model("dall-e-3")

    assert model is not None
    assert (model.retires_on, model.successor) == ("2026-05-12", "gpt-image-2.5-flare")
    assert openai.models.keys() & {"dall-e-2", "dall-e-3", "gpt-image-1"} == set()


async def test_openai_is_not_asked_for_names_that_nobody_knows() -> None:
    openai = OpenAIProvider(KEY, default_model="gpt-image-4")
    named = openai.find_model("gpt-image-4")

    assert openai.find_model("gpt-image-5") is None
    assert named is not None
    assert (named.is_known, named.price) == (False, None)
    assert next(iter(openai.models)) == "gpt-image-4"


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        (OpenAIProvider(None), "Set IMG_GEN_OPENAI_API_KEY."),
        (OpenAIProvider("", "", ""), "Set IMG_GEN_OPENAI_API_KEY."),
        (
            OpenAIProvider(KEY, profile="localai"),
            "Set IMG_GEN_OPENAI_BASE_URL: the profile localai is not that of OpenAI itself.",
        ),
        (
            OpenAIProvider(None, "http://127.0.0.1:9/v1"),
            "Set IMG_GEN_OPENAI_MODEL to a model of the server.",
        ),
        (
            OpenAIProvider(KEY, default_model="dall-e-3"),
            "OpenAI has retired dall-e-3. Set IMG_GEN_OPENAI_MODEL to gpt-image-2.5-flare, "
            "or leave it out.",
        ),
        (OpenAIProvider(KEY), None),
        (OpenAIProvider(None, "http://127.0.0.1:9/v1", "some-model"), None),
    ],
)
async def test_what_is_missing_is_said_by_the_name_of_its_setting(
    provider: OpenAIProvider, missing: str | None
) -> None:
    assert provider.missing == missing


async def test_the_default_model_lives_and_comes_first() -> None:
    first = next(iter(OpenAIProvider(KEY).models.values()))

    assert first.name == "gpt-image-2.5-flare"
    assert first.retires_on is None


async def test_a_default_model_that_is_named_comes_first() -> None:
    models = OpenAIProvider(KEY, default_model="GPT-Image-2").models

    assert next(iter(models)) == "gpt-image-2"
    assert list(models).count("gpt-image-2") == 1


async def test_a_server_that_lists_its_models_is_well(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    assert await openai.health() == Health(Availability.AVAILABLE)
    assert [(seen.method, seen.path) for seen in server.seen] == [("GET", "/v1/models")]


async def test_health_says_when_the_default_model_will_be_shut_down(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    server.announced["gpt-image-2.5-flare"] = "2027-03-01"

    message = "gpt-image-2.5-flare will be shut down on 2027-03-01."
    assert await openai.health() == Health(Availability.AVAILABLE, message)


@pytest.mark.parametrize(
    ("reply", "status", "message"),
    [
        (
            fails(401, code="invalid_api_key"),
            Availability.UNAVAILABLE,
            "OpenAI does not accept the key. Check IMG_GEN_OPENAI_API_KEY.",
        ),
        (
            fails(429, type="insufficient_quota", code="credit_balance_exhausted"),
            Availability.UNAVAILABLE,
            "OpenAI: the account has no money or quota left.",
        ),
        (
            fails(503, type="server_error"),
            Availability.UNAVAILABLE,
            "OpenAI has a problem of its own. Try again later.",
        ),
        (Reply(b"{", cut=True), Availability.UNAVAILABLE, "OpenAI broke off its answer."),
        (
            Reply(b"<html>", media_type="text/html"),
            Availability.AVAILABLE,
            "It answers, and lists no models. If pictures fail, check IMG_GEN_OPENAI_BASE_URL.",
        ),
        (
            Reply(b"Not Found", 404, media_type="text/plain"),
            Availability.AVAILABLE,
            "It answers, and lists no models. If pictures fail, check IMG_GEN_OPENAI_BASE_URL.",
        ),
    ],
)
async def test_health_says_what_ails_it(
    openai: OpenAIProvider,
    server: OpenAIServer,
    reply: Reply,
    status: Availability,
    message: str,
) -> None:
    server.replies.append(reply)

    assert await openai.health() == Health(status, message)


async def test_a_server_that_is_silent_is_not_waited_for_long(server: OpenAIServer) -> None:
    server.replies.append(Reply(silent=True))
    calls = Calls("OpenAI", KEY, server.base_url, 60.0)

    health = await checkup(calls, "OpenAI", models_of("openai")[0], seconds=0.1)

    message = "OpenAI did not answer within 0.1 seconds."
    assert health == Health(Availability.UNAVAILABLE, message)
    await calls.aclose()


async def test_without_a_key_nothing_is_asked() -> None:
    health = await OpenAIProvider(None).health()

    assert health == Health(Availability.UNCONFIGURED, "Set IMG_GEN_OPENAI_API_KEY.")
