"""Pictures that Replicate's models make of others: what each is sent, and what becomes of files."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_generation.domain.errors import ProviderError, ResultLost
from image_generation.domain.generations import Operation
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import ProviderRequest
from image_generation.providers.models import ModelSpec
from image_generation.providers.replicate import ReplicateProvider
from image_generation.providers.replicate.inputs import inputs_for
from tests.product.drawings import difference, encoded, photo, pixels_of, sky_mask
from tests.providers.jobs import RecordedJob
from tests.providers.replicating import REQUEST, provider_of
from tests.servers.replicate_schemas import SCHEMAS
from tests.servers.replicate_server import Mishap, ReplicateServer, problem, replicate, violations

pytestmark = pytest.mark.anyio

MODELS = ReplicateProvider(None).models
EDITORS = [
    (name, operation)
    for name, model in MODELS.items()
    for operation in (Operation.IMG2IMG, Operation.INPAINT)
    if operation in model.operations
]
SINCE = datetime.now(UTC) - timedelta(seconds=5)

COMMON: Mapping[str, JsonValue] = {"prompt": "a lake", "seed": 7}
DATA = "the picture as a data URL"
MATCH: Mapping[str, JsonValue] = {"aspect_ratio": "match_input_image"}
CUSTOM: Mapping[str, JsonValue] = {"aspect_ratio": "custom", "width": 640, "height": 512}
SD: Mapping[str, JsonValue] = {
    **COMMON,
    "negative_prompt": "fog",
    "cfg": 5.0,
    "image": DATA,
    "prompt_strength": 0.6,
}
SENT: Mapping[str, Mapping[str, JsonValue]] = {
    "black-forest-labs/flux-dev": {
        **COMMON,
        "image": DATA,
        "prompt_strength": 0.6,
        "num_inference_steps": 20,
        "guidance": 5.0,
        "num_outputs": 1,
        "go_fast": False,
    },
    "black-forest-labs/flux-kontext-pro": {**COMMON, **MATCH, "input_image": DATA},
    "black-forest-labs/flux-fill-pro": {
        **COMMON,
        "image": DATA,
        "mask": DATA,
        "steps": 20,
        "guidance": 5.0,
    },
    "black-forest-labs/flux-fill-dev": {
        **COMMON,
        "image": DATA,
        "mask": DATA,
        "num_inference_steps": 20,
        "guidance": 5.0,
        "num_outputs": 1,
        "megapixels": "match_input",
    },
    "black-forest-labs/flux-2-pro": {**COMMON, **CUSTOM, "input_images": [DATA]},
    "black-forest-labs/flux-2-max": {**COMMON, **CUSTOM, "input_images": [DATA]},
    "black-forest-labs/flux-2-flex": {
        **COMMON,
        **CUSTOM,
        "input_images": [DATA],
        "steps": 20,
        "guidance": 5.0,
    },
    "black-forest-labs/flux-2-dev": {**COMMON, **CUSTOM, "input_images": [DATA]},
    "black-forest-labs/flux-2-klein-4b": {
        **COMMON,
        **MATCH,
        "output_megapixels": "1",
        "images": [DATA],
    },
    "black-forest-labs/flux-2-klein-9b": {**COMMON, **MATCH, "megapixels": "1", "images": [DATA]},
    "stability-ai/stable-diffusion-3.5-large": SD,
    "stability-ai/stable-diffusion-3.5-large-turbo": SD,
    "stability-ai/stable-diffusion-3.5-medium": SD,
}


def noise(width: int = 512, height: int = 512) -> bytes:
    """Draw a picture that is too large to go within an input."""
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels))


def edit(model: str = "black-forest-labs/flux-dev", **changes: Any) -> ProviderRequest:
    """Ask a model for a picture from a photo, in a size that it makes."""
    spec = MODELS[model]
    operation = Operation.INPAINT if spec.mask else Operation.IMG2IMG
    size = spec.sizes_for(operation).nearest(Size(640, 512))
    values: dict[str, Any] = {
        "operation": operation,
        "model": model,
        "prompt": "a lake",
        "width": size.width,
        "height": size.height,
        "steps": None,
        "source": encoded(photo(640, 512)),
        "mask": encoded(sky_mask(640, 512)) if spec.mask else None,
    }
    return replace(REQUEST, **{**values, **changes})


@pytest.fixture
async def server() -> AsyncIterator[ReplicateServer]:
    async with replicate() as server:
        server.paints = True
        yield server


@pytest.fixture
async def provider(server: ReplicateServer) -> AsyncIterator[ReplicateProvider]:
    provider = provider_of(server)
    yield provider
    await provider.aclose()


def without_pictures(value: object) -> object:
    """Put a word in the place of each data URL."""
    if isinstance(value, list):
        return [without_pictures(one) for one in value]
    return DATA if f"{value}".startswith("data:image/") else value


def test_every_model_that_starts_from_pictures_has_an_expectation() -> None:
    assert {name for name, _ in EDITORS} == SENT.keys()
    assert len(EDITORS) == len(SENT)


@pytest.mark.parametrize("name", SENT)
async def test_every_wish_is_sent_under_the_models_own_name(
    name: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    wishes: Mapping[str, Any] = {
        "negative_prompt": "fog",
        "steps": 20,
        "guidance_scale": 5.0,
        "strength": 0.6,
    }

    image = await provider.generate(edit(name, **wishes), RecordedJob())

    sent = {key: without_pictures(value) for key, value in server.sent_input().items()}
    assert sent == SENT[name]
    assert server.ignored == []
    assert Image.open(BytesIO(image.data)).size == (edit(name).width, edit(name).height)


@pytest.mark.parametrize(("name", "operation"), EDITORS)
def test_every_size_and_every_end_of_strength_is_one_that_the_model_takes(
    name: str, operation: Operation
) -> None:
    model = MODELS[name]
    wishes = [Size(256, 256), Size(2048, 256), Size(256, 2048), Size(2048, 2048), Size(641, 479)]

    for wish in wishes:
        for strength in _ends(model):
            size = model.sizes_for(operation).nearest(wish)
            values = inputs_for(
                model,
                replace(edit(name), width=size.width, height=size.height, strength=strength),
            )
            picture = {key: "https://a.test/b" for key in ("image",) if "fill" in name}
            assert violations(name, {**values, **picture}) == []
            assert values.keys() <= SCHEMAS[name].inputs.keys()


@pytest.mark.parametrize(("tolerance", "takes"), [(2, True), (3, False)])
def test_kontext_tolerates_less_when_it_starts_from_a_picture(
    tolerance: int, *, takes: bool
) -> None:
    name = "black-forest-labs/flux-kontext-pro"
    options: dict[str, JsonValue] = {"safety_tolerance": tolerance}
    values = inputs_for(MODELS[name], edit(name, options=options))

    refused = violations(name, {**values, "input_image": "https://a.test/b"})

    assert (refused == []) == takes
    assert (MODELS[name].fault_in(options, Operation.IMG2IMG) is None) == takes
    assert MODELS[name].fault_in(options) is None


def _ends(model: ModelSpec) -> list[float | None]:
    return [0.0, 1.0] if model.strength else [None]


@pytest.mark.parametrize(
    "name", [name for name, model in MODELS.items() if model.strength is not None]
)
async def test_the_less_strength_the_more_it_is_like_its_source(
    name: str, provider: ReplicateProvider
) -> None:
    source = pixels_of(photo(640, 512))

    apart = []
    for strength in (0.05, 0.5, 0.95):
        image = await provider.generate(
            edit(name, strength=strength, options={"output_format": "png"}), RecordedJob()
        )
        apart.append(difference(pixels_of(Image.open(BytesIO(image.data))), source))

    assert apart == sorted(apart)
    assert apart[0] < 8 < 30 < apart[2]


@pytest.mark.parametrize(
    "name", ["black-forest-labs/flux-fill-pro", "black-forest-labs/flux-fill-dev"]
)
async def test_what_is_white_in_the_mask_is_painted_anew(
    name: str, provider: ReplicateProvider
) -> None:
    request = edit(name, options={"output_format": "png"})

    image = await provider.generate(request, RecordedJob())

    made, kept = pixels_of(Image.open(BytesIO(image.data))), pixels_of(photo(640, 512))
    assert difference(made[:256], kept[:256]) > 30
    assert difference(made[256:], kept[256:]) < 3


async def test_a_small_picture_goes_within_the_input_and_nothing_is_uploaded(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    job = RecordedJob()

    await provider.generate(edit(), job)

    assert f"{server.sent_input()['image']}".startswith("data:image/png;base64,")
    assert server.asked("POST", "/files") == server.asked("DELETE") == []
    assert job.told == ["submitting", "submitted gm30"]


async def test_a_large_picture_is_uploaded_before_the_call_and_deleted_after_the_work(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    request = edit(source=noise(640, 512))

    await provider.generate(request, RecordedJob())

    assert server.sent_input()["image"] == f"{server.url}/v1/files/file0"
    paths = [(seen.method, seen.path.rpartition("/v1")[2]) for seen in server.seen]
    assert paths[0] == ("POST", "/files")
    assert paths[-2] == ("DELETE", "/files/file0")
    assert (server.files.kept, server.files.deleted) == ({}, ["file0"])


@pytest.mark.parametrize(
    ("mishap", "code", "retryable", "says"),
    [
        (Mishap(cut=True), "PROVIDER_UNAVAILABLE", True, "did not reach Replicate"),
        (Mishap(200, b"<html>"), "PROVIDER_UNAVAILABLE", True, "did not reach Replicate"),
        (Mishap(201, {"id": "file0"}), "PROVIDER_UNAVAILABLE", True, "did not reach Replicate"),
        (Mishap(404), "PROVIDER_REJECTED", False, "takes no files"),
        (Mishap(413), "PROVIDER_REJECTED", False, "status 413"),
        (problem(401, "", ""), "PROVIDER_AUTH", False, "token"),
        (problem(429, "", "resets in ~5s"), "PROVIDER_BUSY", True, "pause"),
        (Mishap(500), "PROVIDER_UNAVAILABLE", True, "status 500"),
    ],
)
async def test_a_picture_that_is_not_taken_costs_nothing_and_nothing_is_asked_for(
    mishap: Mishap,
    code: str,
    *,
    retryable: bool,
    says: str,
    server: ReplicateServer,
    provider: ReplicateProvider,
) -> None:
    server.fail("upload", mishap)
    job = RecordedJob()

    with pytest.raises(ProviderError, match=says) as caught:
        await provider.generate(edit(source=noise()), job)

    assert (caught.value.code, caught.value.charged) == (code, False)
    assert caught.value.repeatable is retryable
    assert (job.told, server.created()) == ([], [])


@pytest.mark.parametrize(
    ("mishap", "deleted"), [(Mishap(422), ["file0"]), (Mishap(503), ["file0"]), (Mishap(500), [])]
)
async def test_an_upload_for_work_that_was_surely_not_taken_is_deleted(
    mishap: Mishap, deleted: list[str], server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("create", mishap)

    with pytest.raises(ProviderError):
        await provider.generate(edit(source=noise()), RecordedJob())

    assert server.files.deleted == deleted


async def test_an_upload_that_cannot_be_deleted_is_left_to_expire(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("delete", Mishap(500))

    image = await provider.generate(edit(source=noise()), RecordedJob())

    assert image.data
    assert list(server.files.kept) == ["file0"]


async def test_canceling_deletes_the_upload(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("create", Mishap(cut=True, after=True))
    with pytest.raises(ProviderError):
        await provider.generate(edit(source=noise()), RecordedJob())

    assert await provider.cancel("gm30") is True
    assert server.files.deleted == ["file0"]


@pytest.mark.parametrize("source", [encoded(photo(640, 512)), noise(640, 512)])
@pytest.mark.parametrize("name", ["black-forest-labs/flux-dev", "black-forest-labs/flux-2-pro"])
async def test_an_edit_whose_answer_was_lost_is_found_by_its_picture_and_finished(
    source: bytes, name: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    request = edit(name, source=source)
    server.fail("create", Mishap(cut=True, after=True))
    with pytest.raises(ProviderError):
        await provider.generate(request, RecordedJob())

    [found] = await provider.find(request, SINCE)
    image = await provider.generate(replace(request, source=None), RecordedJob(request_id=found))

    assert found == "gm30"
    assert Image.open(BytesIO(image.data)).size == (request.width, request.height)
    assert len(server.created()) == 1
    assert server.files.kept == {}


@pytest.mark.parametrize(
    ("sent", "looked_for"),
    [
        (encoded(photo(640, 512)), encoded(photo(640, 512).rotate(180))),
        (noise(640, 512), noise(512, 640)),
        (noise(640, 512), encoded(photo(640, 512))),
        (encoded(photo(640, 512)), noise(640, 512)),
    ],
    ids=["two data URLs", "two uploads", "an upload", "a data URL"],
)
async def test_an_edit_of_another_picture_is_not_taken_for_it(
    sent: bytes, looked_for: bytes, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("create", Mishap(cut=True, after=True))
    with pytest.raises(ProviderError):
        await provider.generate(edit(source=sent), RecordedJob())

    assert await provider.find(edit(source=looked_for), SINCE) == []


@pytest.mark.parametrize("shown", ["https://replicate.delivery/a.png", "{api}/v1/files/gone"])
async def test_a_picture_that_cannot_be_looked_at_leaves_the_question_open(
    shown: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    values = inputs_for(MODELS["black-forest-labs/flux-dev"], edit())
    picture = shown.format(api=server.url)
    server.remember(0, model="black-forest-labs/flux-dev", input={**values, "image": picture})

    with pytest.raises(ResultLost) as caught:
        await provider.find(edit(), SINCE)

    assert caught.value.charged is None


async def test_work_without_the_picture_is_not_taken_for_it(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    model = "black-forest-labs/flux-dev"
    server.remember(0, model=model, input=inputs_for(MODELS[model], edit()))

    assert await provider.find(edit(), SINCE) == []


async def test_files_that_cannot_be_asked_for_leave_the_question_open(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    values = inputs_for(MODELS["black-forest-labs/flux-dev"], edit())
    link = f"{server.url}/v1/files/file0"
    server.remember(0, model="black-forest-labs/flux-dev", input={**values, "image": link})
    server.fail("file", Mishap(500))

    with pytest.raises(ProviderError) as caught:
        await provider.find(edit(), SINCE)

    assert caught.value.code == "PROVIDER_UNAVAILABLE"


@pytest.mark.parametrize(
    ("name", "source", "whole"),
    [
        ("black-forest-labs/flux-dev", "0", "0.025"),
        ("black-forest-labs/flux-kontext-pro", "0", "0.04"),
        ("black-forest-labs/flux-2-pro", "0.015", "0.0375"),
        ("black-forest-labs/flux-2-flex", "0.06", "0.09"),
    ],
)
async def test_the_price_counts_the_source_where_it_is_billed(
    name: str, source: str, whole: str, provider: ReplicateProvider
) -> None:
    words = provider.estimate(replace(edit(name), operation=Operation.TEXT_TO_IMAGE))
    edited = provider.estimate(edit(name))

    assert edited.most == edited.least == Decimal(whole)
    assert words.most == Decimal(whole) - Decimal(source)
