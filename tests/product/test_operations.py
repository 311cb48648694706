"""Who can do what, as the README's table says: each cell is proved by the pictures themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from image_generation.domain.generations import Operation
from image_generation.providers.registry import Access, Providers, make_providers
from tests.product.drawings import (
    IMG2IMG,
    INPAINT,
    REGENERATE,
    difference,
    photo,
    pixels_at,
    pixels_of,
    sent,
    sky_mask,
)
from tests.product.running import Running, running
from tests.readme import OPERATIONS, able_models
from tests.servers.openai_server import KEY, openai_server
from tests.servers.replicate_server import OUTPUT, TOKEN, replicate

pytestmark = pytest.mark.anyio

SOURCE, MASK = photo(640, 512), sky_mask(640, 512)


def providers_at(openai_url: str | None = None, replicate_url: str | None = None) -> Providers:
    """Make the providers of an operator who has every key."""
    return make_providers(
        openai=Access(key=KEY, base_url=openai_url, profile="openai"),
        replicate=Access(key=TOKEN, base_url=replicate_url),
        painter_delay=0.0,
        default=None,
    )


CELLS = {
    (provider.name, operation): models[0]
    for provider in providers_at()
    for operation in OPERATIONS
    if (models := able_models(provider, operation))
}
STRONG = [
    provider.name
    for provider in providers_at()
    for model in provider.models.values()
    if model.name == CELLS.get((provider.name, Operation.IMG2IMG)) and model.strength
]


@asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[Running]:
    """Run a service with all providers, asking servers that really make pictures."""
    async with openai_server() as openai, replicate() as farm:
        openai.paints = farm.paints = True
        farm.story = [{"status": "succeeded", "output": OUTPUT}]
        providers = providers_at(openai.base_url, farm.url)
        async with running(folder, providers, default_size="1024x1024") as house:
            yield house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Running]:
    async with studio(tmp_path) as house:
        yield house


async def make(house: Running, provider: str, operation: Operation, **wish: Any) -> Any:
    """Ask for a picture by its operation, in PNG where that can be chosen."""
    options = {} if provider == "procedural" else {"options": {"output_format": "png"}}
    asked = {"prompt": "a stormy sea at night", "provider": provider, "seed": 5, **options, **wish}
    if provider == "openai":
        del asked["seed"]
    if operation is Operation.TEXT_TO_IMAGE:
        return await house.generate(**asked)
    asked["image"] = sent(SOURCE)
    if operation is Operation.IMG2IMG:
        return (await house.ask(IMG2IMG, input=asked))["img2img"]["generation"]
    asked["mask"] = sent(MASK)
    return (await house.ask(INPAINT, input=asked))["inpaint"]["generation"]


def as_large_as(picture: Any, source: Image.Image) -> Any:
    """Bring the source to the size of a picture."""
    height, width, _ = picture.shape
    return pixels_of(ImageOps.fit(source, (width, height), Image.Resampling.LANCZOS))


def test_every_provider_of_the_table_can_do_every_operation() -> None:
    names = [provider.name for provider in providers_at()]

    assert CELLS.keys() == {(name, operation) for name in names for operation in OPERATIONS}


async def test_clients_are_told_what_each_model_can_do(house: Running) -> None:
    query = "{ providers { name models { name operations supportsStrength } } }"
    told = (await house.ask(query))["providers"]

    firsts = {
        (provider["name"], operation): model["name"]
        for provider in told
        for model in reversed(provider["models"])
        for operation in model["operations"]
    }
    strong = {model["name"] for it in told for model in it["models"] if model["supportsStrength"]}
    assert firsts == CELLS
    assert {CELLS[name, Operation.IMG2IMG] for name in STRONG} <= strong
    assert "gpt-image-2.5-flare" not in strong


@pytest.mark.parametrize("provider", dict.fromkeys(name for name, _ in CELLS))
async def test_words_alone_make_a_picture_that_follows_them(house: Running, provider: str) -> None:
    made = [
        await make(house, provider, Operation.TEXT_TO_IMAGE, prompt=prompt)
        for prompt in ("a stormy sea at night", "a yellow desert at noon")
    ]

    sea, desert = [await pixels_at(house, each["image"]["url"]) for each in made]
    assert {each["model"] for each in made} == {CELLS[provider, Operation.TEXT_TO_IMAGE]}
    assert sea.shape == desert.shape == (1024, 1024, 3)
    assert difference(sea, desert) > 20


@pytest.mark.parametrize(
    "provider", [name for name, operation in CELLS if operation is Operation.IMG2IMG]
)
async def test_a_picture_made_from_another_is_changed_and_still_like_it(
    house: Running, provider: str
) -> None:
    words = await make(house, provider, Operation.TEXT_TO_IMAGE)
    made = await make(house, provider, Operation.IMG2IMG, strength=0.5)
    again = await regenerated(house, made)

    picture = await pixels_at(house, made["image"]["url"])
    source = as_large_as(picture, SOURCE)
    others = as_large_as(picture, await opened(house, words))
    assert made["model"] == CELLS[provider, Operation.IMG2IMG]
    assert (made["image"]["width"], made["image"]["height"]) == (made["width"], made["height"])
    assert 10 < difference(picture, source) < difference(others, source)
    assert difference(picture, await pixels_at(house, again["image"]["url"])) == 0


@pytest.mark.parametrize(
    "provider", [name for name, operation in CELLS if operation is Operation.INPAINT]
)
async def test_what_is_white_in_the_mask_is_painted_anew_and_the_rest_is_kept(
    house: Running, provider: str
) -> None:
    made = await make(house, provider, Operation.INPAINT)
    again = await regenerated(house, made)

    picture = await pixels_at(house, made["image"]["url"])
    source, middle = as_large_as(picture, SOURCE), len(picture) // 2
    assert made["model"] == CELLS[provider, Operation.INPAINT]
    assert difference(picture[: middle - 16], source[: middle - 16]) > 30
    assert difference(picture[middle + 2 :], source[middle + 2 :]) < 0.1
    assert difference(picture, await pixels_at(house, again["image"]["url"])) == 0


@pytest.mark.parametrize("provider", STRONG)
async def test_little_strength_keeps_the_source_and_much_does_not(
    house: Running, provider: str
) -> None:
    apart = []
    for strength in (0.05, 0.5, 0.95):
        made = await make(house, provider, Operation.IMG2IMG, strength=strength)
        picture = await pixels_at(house, made["image"]["url"])
        apart.append(difference(picture, as_large_as(picture, SOURCE)))

    assert apart == sorted(apart)
    assert apart[0] < 8 < 30 < apart[2]


async def test_a_strength_that_cannot_be_had_is_told_or_refused(house: Running) -> None:
    told = await make(house, "openai", Operation.IMG2IMG, strength=0.5)
    wish = {"prompt": "a sea", "provider": "openai", "image": sent(SOURCE), "strength": 0.5}
    error = await house.error(IMG2IMG, input={**wish, "strict": True})

    assert [(it["field"], it["asked"], it["used"]) for it in told["adjustments"]] == [
        ("width", "640", "912"),
        ("height", "512", "720"),
        ("strength", "0.5", None),
    ]
    assert (error["code"], error["field"]) == ("UNSUPPORTED", "strength")


async def test_a_model_that_cannot_do_it_is_refused_with_those_that_can(house: Running) -> None:
    wish = {"prompt": "a sea", "image": sent(SOURCE), "mask": sent(MASK)}
    error = await house.error(INPAINT, input={**wish, "provider": "replicate", "model": "flux-dev"})

    assert (error["code"], error["field"]) == ("UNSUPPORTED", "model")
    assert error["message"] == (
        "FLUX.1 dev cannot do INPAINT. Use one of: black-forest-labs/flux-fill-pro, "
        "black-forest-labs/flux-fill-dev."
    )
    assert house.files() == []


async def regenerated(house: Running, made: Any) -> Any:
    """Make a picture again, which keeps source and operation."""
    asked = {"imageId": made["image"]["id"]}
    again = (await house.ask(REGENERATE, input=asked))["regenerate"]["generation"]
    kept = ("operation", "source", "width", "height", "strength", "model")
    assert {name: again[name] for name in kept} == {name: made[name] for name in kept}
    return again


async def opened(house: Running, made: Any) -> Image.Image:
    """Fetch a picture."""
    answer = await house.client.get(made["image"]["url"])
    return Image.open(BytesIO(answer.content))
