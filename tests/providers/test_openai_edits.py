"""Pictures that OpenAI makes of others: what leaves, what comes back, and how it can go wrong."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_generation.domain.errors import ErrorCode, ProviderError, ProviderRejected, ResultLost
from image_generation.domain.generations import CostSource, Operation
from image_generation.providers.base import ProviderRequest
from image_generation.providers.openai import OpenAIProvider
from tests.product.drawings import difference, encoded, photo, pixels_of, sky_mask
from tests.providers.jobs import RecordedJob
from tests.providers.verdicts import CUT, Verdict, moderated, rejected, unsafe, verdict_on
from tests.providers.wishes import wish
from tests.servers.openai_server import (
    KEY,
    PREVIEWS,
    OpenAIServer,
    Reply,
    delivers,
    fails,
    openai_server,
)

pytestmark = pytest.mark.anyio

SIZE: dict[str, Any] = {"width": 1024, "height": 816}
SOURCE = encoded(photo(1024, 816))


def edit(**changes: Any) -> ProviderRequest:
    values: dict[str, Any] = {"operation": Operation.IMG2IMG, "source": SOURCE, **SIZE, **changes}
    return wish(**values)


def repair(**changes: Any) -> ProviderRequest:
    mask = encoded(sky_mask(1024, 816))
    return edit(**{"operation": Operation.INPAINT, "mask": mask, **changes})


async def test_a_source_leaves_as_a_named_file_and_the_rest_as_values(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    job = RecordedJob()

    image = await openai.generate(edit(), job)

    [seen] = server.seen
    [part] = seen.files
    assert seen.path == "/v1/images/edits"
    assert (part.key, part.name, part.media_type) == ("image[]", "source.png", "image/png")
    assert part.data == SOURCE
    assert seen.body == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a red fox",
        "size": "1024x816",
        "quality": "medium",
    }
    assert image.cost.source is CostSource.USAGE
    assert job.told == ["submitting"]


async def test_what_is_made_without_a_mask_is_changed_and_still_like_its_source(
    openai: OpenAIProvider,
) -> None:
    image = await openai.generate(edit(), RecordedJob())

    made = pixels_of(Image.open(BytesIO(image.data)))
    assert 10 < difference(made, pixels_of(photo(1024, 816))) < 50


async def test_a_mask_is_turned_so_that_what_was_white_is_transparent(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    image = await openai.generate(repair(), RecordedJob())

    [source, mask] = server.seen[0].files
    alpha = np.asarray(mask.open().getchannel("A"))
    assert (source.key, mask.key) == ("image[]", "mask")
    assert (mask.name, mask.media_type) == ("mask.png", "image/png")
    assert (alpha[:408] == 0).all()
    assert (alpha[408:] == 255).all()
    made, kept = pixels_of(Image.open(BytesIO(image.data))), pixels_of(photo(1024, 816))
    assert difference(made[:408], kept[:408]) > 30
    assert difference(made[408:], kept[408:]) < 3


async def test_source_and_mask_are_cut_to_the_size_that_is_wanted(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    request = repair(source=encoded(photo(600, 300), "JPEG"), mask=encoded(sky_mask(600, 300)))

    await openai.generate(request, RecordedJob())

    [source, mask] = server.seen[0].files
    assert source.open().size == mask.open().size == (1024, 816)
    assert (source.name, source.media_type) == ("source.jpeg", "image/jpeg")


async def test_options_of_edits_leave_with_them(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    options = {"output_format": "webp", "output_compression": 70, "background": "opaque"}

    image = await openai.generate(edit(options=options), RecordedJob())

    assert server.sent()["output_compression"] == 70
    assert Image.open(BytesIO(image.data)).format == "WEBP"


@pytest.mark.parametrize(
    ("model", "options", "takes"),
    [
        ("gpt-image-1.5", {"input_fidelity": "high"}, True),
        ("gpt-image-1-mini", {"input_fidelity": "low"}, True),
        ("gpt-image-1-mini", {"input_fidelity": "high"}, False),
        ("gpt-image-2", {"input_fidelity": "high"}, False),
        ("gpt-image-2", {"moderation": "low"}, False),
        ("gpt-image-2", {"quality": "low"}, True),
    ],
)
async def test_an_edit_has_the_options_that_the_server_takes_for_it(
    openai: OpenAIProvider,
    server: OpenAIServer,
    model: str,
    options: dict[str, str],
    *,
    takes: bool,
) -> None:
    spec = openai.find_model(model)
    request = edit(model=model, options=options, width=1536, height=1024)

    try:
        await openai.generate(request, RecordedJob())
    except ProviderRejected:
        taken = False
    else:
        taken = True

    assert spec is not None
    assert (spec.fault_in(options, Operation.IMG2IMG) is None) == takes == taken


async def test_somebody_who_watches_sees_an_edit_come(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    job = RecordedJob(wants_previews=True)

    image = await openai.generate(repair(), job)

    assert Image.open(BytesIO(image.data)).size == (1024, 816)
    assert job.previews == list(PREVIEWS[:2])
    assert job.fractions == [1 / 3, 2 / 3]
    assert (server.sent()["stream"], server.sent()["partial_images"]) == (True, 2)


FAULTS: dict[str, tuple[Reply, Verdict]] = {
    "an image that is not taken": (
        fails(400, param="image", code="invalid_image_file"),
        rejected("the value of image"),
    ),
    "a mask that is not taken": (fails(400, param="mask"), rejected("the value of mask")),
    "moderation of words and source": (
        moderated("input", "sexual"),
        unsafe("OpenAI: the safety system refuses the prompt and its source (sexual)."),
    ),
    "a connection that breaks": (Reply(b"{", cut=True), CUT),
}


@pytest.mark.parametrize(("reply", "verdict"), FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("watched", [False, True])
async def test_each_fault_has_its_error_and_an_edit_is_sent_once(
    openai: OpenAIProvider, server: OpenAIServer, reply: Reply, verdict: Verdict, *, watched: bool
) -> None:
    if watched and verdict is CUT:
        reply = Reply(b"data: {", media_type="text/event-stream", cut=True)
    server.replies.append(reply)

    with pytest.raises(ProviderError) as caught:
        await openai.generate(edit(), RecordedJob(wants_previews=watched))

    assert verdict_on(caught.value) == verdict
    assert len(server.seen) == 1


async def test_an_edit_that_is_cut_off_is_lost_and_never_sent_again_unasked(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    server.replies.append(Reply(b"", cut=True))

    with pytest.raises(ResultLost) as caught:
        await openai.generate(edit(), RecordedJob())

    assert (caught.value.charged, caught.value.repeatable) == (None, False)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (edit(source=None), "The source picture is missing."),
        (edit(source=b"GIF89a"), "The source picture is not a picture that can be read."),
        (repair(mask=None), "The mask is missing."),
        (repair(mask=b"?"), "The mask is not a picture that can be read."),
        (edit(model="dall-e-3"), "DALL·E 3 cannot do IMG2IMG."),
    ],
)
async def test_what_cannot_be_sent_is_not(
    openai: OpenAIProvider, server: OpenAIServer, request_: ProviderRequest, message: str
) -> None:
    job = RecordedJob()

    with pytest.raises(ProviderRejected) as caught:
        await openai.generate(request_, job)

    assert (caught.value.message, caught.value.charged) == (message, False)
    assert (job.told, server.seen) == ([], [])


async def test_the_price_before_counts_the_source(openai: OpenAIProvider) -> None:
    words, edited = openai.estimate(wish(**SIZE)), openai.estimate(edit())

    assert words.least is not None
    assert words.most is not None
    assert edited.least == words.least + Decimal(8) * 300 / 1_000_000
    assert edited.most == words.most + Decimal(8) * 1536 / 1_000_000


@pytest.mark.parametrize(
    ("profile", "operations"),
    [
        ("openai", {Operation.TEXT_TO_IMAGE, Operation.IMG2IMG, Operation.INPAINT}),
        ("sd-server", {Operation.TEXT_TO_IMAGE, Operation.IMG2IMG, Operation.INPAINT}),
        ("vllm-omni", {Operation.TEXT_TO_IMAGE, Operation.IMG2IMG}),
        ("sglang", {Operation.TEXT_TO_IMAGE, Operation.IMG2IMG}),
        ("localai", {Operation.TEXT_TO_IMAGE}),
        ("generic", {Operation.TEXT_TO_IMAGE}),
    ],
)
async def test_other_servers_do_what_they_have_an_endpoint_for(
    profile: str, operations: set[Operation]
) -> None:
    provider = OpenAIProvider(None, "http://127.0.0.1:9/v1", "gpt-image-2", profile)

    [model] = [model for model in provider.models.values() if model.name == "gpt-image-2"]
    assert model.operations == operations


async def test_a_server_whose_masks_are_white_gets_white_ones() -> None:
    async with openai_server() as other:
        other.key = None
        other.replies.append(delivers())
        provider = OpenAIProvider(None, other.base_url, profile="sd-server")
        await provider.generate(repair(model="default", seed=7), RecordedJob())
        await provider.aclose()

    [source, mask] = other.seen[0].files
    assert source.key == "image[]"
    assert mask.open().mode == "L"
    assert (np.asarray(mask.open())[:408] == 255).all()
    assert (np.asarray(mask.open())[408:] == 0).all()
    assert other.sent() == {
        "prompt": 'a red fox <sd_cpp_extra_args>{"seed":7}</sd_cpp_extra_args>',
        "size": "1024x816",
    }


async def test_the_key_is_sent_with_an_edit(openai: OpenAIProvider, server: OpenAIServer) -> None:
    server.key = "another"

    with pytest.raises(ProviderError) as caught:
        await openai.generate(edit(), RecordedJob())

    assert caught.value.code is ErrorCode.PROVIDER_AUTH
    assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
