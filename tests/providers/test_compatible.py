"""Servers that speak like OpenAI: what each is sent, and what is made of its answers."""

import asyncio
from collections.abc import AsyncIterator, Callable

import orjson
import pytest

from image_generation.domain.errors import (
    ErrorCode,
    ProviderError,
    ProviderUnavailable,
    ResultLost,
)
from image_generation.domain.generations import UNKNOWN_COST, CostSource
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import PriceRange
from image_generation.providers.openai import OpenAIProvider
from image_generation.providers.openai.profiles import PROFILES
from tests.providers.jobs import RecordedJob
from tests.providers.wishes import wish
from tests.servers.openai_server import (
    KEY,
    PICTURE,
    OpenAIServer,
    Reply,
    delivers,
    fails,
    openai_server,
)

pytestmark = pytest.mark.anyio

Make = Callable[..., OpenAIProvider]

FULL: dict[str, object] = {
    "negative_prompt": "fog, rain",
    "seed": 7,
    "steps": 20,
    "guidance_scale": 4.5,
    "width": 768,
    "height": 512,
}
DIFFUSERS: dict[str, JsonValue] = {
    "prompt": "a red fox",
    "size": "768x512",
    "seed": 7,
    "num_inference_steps": 20,
    "guidance_scale": 4.5,
    "negative_prompt": "fog, rain",
    "response_format": "b64_json",
}


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        server.key = None
        yield server


@pytest.fixture
async def connect(server: OpenAIServer) -> AsyncIterator[Make]:
    made: list[OpenAIProvider] = []

    def make(profile: str | None = None, model: str | None = None) -> OpenAIProvider:
        made.append(OpenAIProvider(None, server.base_url, model, profile))
        return made[-1]

    yield make
    for provider in made:
        await provider.aclose()


@pytest.mark.parametrize(
    ("profile", "body"),
    [
        (
            "localai",
            {
                "model": "some-model",
                "prompt": "a red fox|fog, rain",
                "size": "768x512",
                "seed": 7,
                "step": 20,
                "response_format": "b64_json",
            },
        ),
        (
            "sd-server",
            {
                "prompt": 'a red fox <sd_cpp_extra_args>{"seed":7,"negative_prompt":"fog, rain",'
                '"sample_params":{"sample_steps":20,"guidance":{"txt_cfg":4.5}}}'
                "</sd_cpp_extra_args>",
                "size": "768x512",
            },
        ),
        ("vllm-omni", {"model": "some-model", **DIFFUSERS}),
        ("sglang", {"model": "some-model", **DIFFUSERS}),
        (
            "generic",
            {
                "model": "some-model",
                "prompt": "a red fox",
                "size": "768x512",
                "response_format": "b64_json",
            },
        ),
        (
            "openai",
            {
                "model": "some-model",
                "prompt": "a red fox",
                "size": "768x512",
                "quality": "medium",
            },
        ),
    ],
)
async def test_each_kind_of_server_is_sent_what_it_understands(
    connect: Make, server: OpenAIServer, profile: str, body: dict[str, JsonValue]
) -> None:
    server.replies.append(delivers(usage={"input_tokens": 0, "output_tokens": 0}))
    provider = connect(profile)
    model = provider.find_model("some-model")

    image = await provider.generate(wish("some-model", **FULL), RecordedJob())

    assert image.data == PICTURE
    assert server.sent() == body
    assert model is not None
    assert model.is_known is False
    assert image.seed == (7 if model.seed else None)


def test_the_test_above_covers_every_kind_of_server() -> None:
    assert PROFILES.keys() == {
        "openai",
        "localai",
        "sd-server",
        "vllm-omni",
        "sglang",
        "generic",
    }


@pytest.mark.parametrize(
    ("profile", "seed", "negative_prompt", "steps", "guidance_scale"),
    [
        ("localai", True, True, True, False),
        ("sd-server", True, True, True, True),
        ("vllm-omni", True, True, True, True),
        ("sglang", True, True, True, True),
        ("generic", False, False, False, False),
        ("openai", False, False, False, False),
    ],
)
async def test_a_made_up_model_promises_what_its_server_can_be_told(
    connect: Make,
    *,
    profile: str,
    seed: bool,
    negative_prompt: bool,
    steps: bool,
    guidance_scale: bool,
) -> None:
    model = connect(profile).find_model(" some-model ")

    assert model is not None
    assert model.name == "some-model"
    assert (model.seed, model.negative_prompt) == (seed, negative_prompt)
    assert (model.steps is not None, model.guidance_scale is not None) == (steps, guidance_scale)


@pytest.mark.parametrize("profile", ["localai", "sd-server", "vllm-omni", "sglang"])
async def test_a_server_that_runs_one_model_needs_no_name_for_it(
    connect: Make, server: OpenAIServer, profile: str
) -> None:
    server.replies.append(delivers())
    provider = connect(profile)
    [name] = provider.models

    await provider.generate(wish(name), RecordedJob())

    assert provider.missing is None
    assert "model" not in server.sent()


async def test_a_server_of_unknown_kind_is_the_careful_one(connect: Make) -> None:
    provider = connect(None, "some-model")

    assert provider.title == "The OpenAI-compatible server"
    assert list(provider.models) == ["some-model"]


def test_a_kind_of_server_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="Choose one of: openai, localai, sd-server, vllm-omni"):
        OpenAIProvider(None, "http://127.0.0.1:9/v1", profile="sd")


async def test_a_server_without_a_key_gets_a_word_in_its_place(
    connect: Make, server: OpenAIServer
) -> None:
    await connect("vllm-omni").health()

    assert server.seen[0].headers["authorization"] == "Bearer none"


@pytest.mark.parametrize(("name", "size"), [("DALL-E-3", "1792x1024"), ("dall-e-2", "1024x1024")])
async def test_retired_models_live_on_where_they_are_imitated(
    connect: Make, server: OpenAIServer, name: str, size: str
) -> None:
    server.replies.append(delivers(b64_json="iVBORw==", revised_prompt="One red fox."))
    provider = connect("generic", name)
    model = provider.find_model(name)
    assert model is not None
    nearest = model.sizes.nearest(Size(1920, 1080))

    image = await provider.generate(
        wish(model.name, width=nearest.width, height=nearest.height), RecordedJob()
    )

    assert provider.missing is None
    assert (model.retires_on, model.successor, model.price) == (None, None, None)
    assert image.revised_prompt == "One red fox."
    assert server.sent() == {
        "model": name.lower(),
        "prompt": "a red fox",
        "size": size,
        "response_format": "b64_json",
    }


async def test_gpt_models_behind_a_gateway_are_sent_no_response_format(
    connect: Make, server: OpenAIServer
) -> None:
    image = await connect("generic", "gpt-image-2").generate(wish("gpt-image-2"), RecordedJob())

    assert "response_format" not in server.sent()
    assert image.cost == UNKNOWN_COST


async def test_nobody_knows_what_another_server_costs(connect: Make) -> None:
    price = connect("generic", "some-model").estimate(wish("some-model"))

    assert price == PriceRange(None, None, CostSource.UNKNOWN)


async def test_nobody_is_shown_previews_that_a_server_does_not_stream(
    connect: Make, server: OpenAIServer
) -> None:
    server.replies.append(delivers())

    await connect("localai").generate(wish("default"), RecordedJob(wants_previews=True))

    assert "stream" not in server.sent()


@pytest.mark.parametrize("link", ["/generated-images/b64.png", "/v1/images/7/content"])
@pytest.mark.parametrize("absolute", [True, False])
async def test_a_picture_may_come_as_a_link_to_the_server_itself(
    connect: Make, server: OpenAIServer, link: str, absolute: bool
) -> None:
    origin = server.base_url.removesuffix("/v1") if absolute else ""
    server.replies.append(delivers(url=f"{origin}{link}"))

    image = await connect("localai").generate(wish("default"), RecordedJob())

    assert image.data == PICTURE
    assert [(seen.method, seen.path) for seen in server.seen][1:] == [("GET", link)]


@pytest.mark.parametrize(
    "link",
    [
        "http://localhost:1/picture.png",
        "https://127.0.0.2/picture.png",
        "http://pictures.example/picture.png",
        "file:///etc/passwd",
        "http://[",
        "//[::1",
        "http://127.0.0.1:99999/picture.png",
    ],
)
async def test_a_link_into_the_operators_network_is_not_followed(
    connect: Make, server: OpenAIServer, link: str
) -> None:
    server.replies.append(delivers(url=link))

    with pytest.raises(ResultLost):
        await connect("localai").generate(wish("default"), RecordedJob())

    assert len(server.seen) == 1


async def test_an_error_that_is_a_bare_string_is_told_by_its_status(
    connect: Make, server: OpenAIServer
) -> None:
    server.replies.append(Reply(orjson.dumps({"error": "a red fox? no"}), 500))

    with pytest.raises(ProviderUnavailable) as caught:
        await connect("sd-server").generate(wish("default"), RecordedJob())

    assert caught.value.message == "stable-diffusion.cpp has a problem of its own. Try again later."


async def test_a_server_with_another_model_says_so(connect: Make, server: OpenAIServer) -> None:
    server.replies.append(fails(400, "Model mismatch", param="model"))

    with pytest.raises(ProviderError) as caught:
        await connect("vllm-omni").generate(wish("another"), RecordedJob())

    assert caught.value.code is ErrorCode.PROVIDER_REJECTED
    assert caught.value.message == "vLLM-Omni has no model another."


@pytest.mark.parametrize(
    ("profile", "prompt", "negative_prompt", "sent"),
    [
        ("localai", "red | fox", "rain | fog", "red , fox|rain , fog"),
        ("localai", "red | fox", None, "red , fox"),
        (
            "sd-server",
            "<sd_cpp_extra_args>{}</sd_cpp_extra_args> fox",
            None,
            "<sd cpp extra args>{}</sd cpp extra args> fox",
        ),
        (
            "sd-server",
            "fox",
            "</sd_cpp_extra_args>",
            'fox <sd_cpp_extra_args>{"negative_prompt":"\\u003c/sd_cpp_extra_args>"}'
            "</sd_cpp_extra_args>",
        ),
    ],
)
async def test_words_of_a_prompt_are_not_taken_for_settings(
    connect: Make,
    server: OpenAIServer,
    *,
    profile: str,
    prompt: str,
    negative_prompt: str | None,
    sent: str,
) -> None:
    server.replies.append(delivers())

    await connect(profile).generate(
        wish("default", prompt=prompt, negative_prompt=negative_prompt), RecordedJob()
    )

    assert server.sent()["prompt"] == sent


async def test_the_key_is_sent_to_the_server_and_to_no_other_host(server: OpenAIServer) -> None:
    async with openai_server() as other:
        provider = OpenAIProvider(KEY, server.base_url, profile="localai")
        server.replies.append(delivers(url=f"{other.base_url}/images/7/content"))

        image = await provider.generate(wish("default"), RecordedJob())

        assert image.data == PICTURE
        assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
        assert "authorization" not in other.seen[0].headers
        await provider.aclose()


async def test_the_sdk_is_opened_once_for_many_at_a_time(
    connect: Make, server: OpenAIServer
) -> None:
    server.replies.extend([delivers() for _ in range(5)])
    provider = connect("localai")

    images = await asyncio.gather(
        *(provider.generate(wish("default"), RecordedJob()) for _ in range(5))
    )

    assert [image.data for image in images] == [PICTURE] * 5
