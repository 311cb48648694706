"""The procedural provider, seen from outside: jobs, faults, seeds, sizes."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from image_generation.domain.errors import (
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
)
from image_generation.domain.generations import FREE, CostSource, Operation
from image_generation.providers.base import Availability, ImageProvider, ProviderRequest
from image_generation.providers.procedural import ProceduralProvider

pytestmark = pytest.mark.anyio


@dataclass
class Recorder:
    """A job that writes down what it is told."""

    wants_previews: bool = False
    request_id: str | None = None
    fractions: list[float] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    money: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def submitting(self) -> None:
        """Note that money would be spent."""
        self.money.append("submitting")

    async def submitted(self, request_id: str) -> None:
        """Note that money was spent."""
        self.money.append(request_id)

    def progress(self, fraction: float) -> None:
        """Note the progress."""
        assert asyncio.get_running_loop().is_running()
        self.fractions.append(fraction)
        self.begun.set()

    def preview(self, picture: bytes) -> None:
        """Keep the preview."""
        assert asyncio.get_running_loop().is_running()
        self.previews.append(picture)


REQUEST = ProviderRequest(
    operation=Operation.TEXT_TO_IMAGE,
    model="painter-1",
    prompt="a lake before mountains at sunset",
    negative_prompt=None,
    style="default",
    width=256,
    height=256,
    steps=20,
    guidance_scale=7.5,
    seed=7,
)


async def painted(request: ProviderRequest) -> bytes:
    """Return the encoded picture of a request."""
    return (await ProceduralProvider().generate(request, Recorder())).data


def pixels_of(data: bytes) -> npt.NDArray[np.float64]:
    """Return a picture's values, 0…255, shape (height, width, 3)."""
    with Image.open(BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float64)


async def pixels(request: ProviderRequest) -> npt.NDArray[np.float64]:
    """Paint a request and return the values."""
    return pixels_of(await painted(request))


def encoded(values: npt.NDArray[np.uint8]) -> bytes:
    """Return values as a PNG file."""
    buffer = BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def distance(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Return the mean difference of two pictures, 0…255."""
    return float(np.abs(first - second).mean())


def source_picture() -> npt.NDArray[np.uint8]:
    """Return a picture with large forms and a ramp, 256 pixels square."""
    y, x = np.mgrid[0:256, 0:256]
    disc = np.hypot(x - 90, y - 120) < 60
    return np.stack([np.where(disc, 220, 40), x // 2 + 60, 255 - y], axis=2).astype(np.uint8)


async def test_the_painter_is_a_free_provider_that_needs_no_key() -> None:
    provider: ImageProvider = ProceduralProvider()

    health = await provider.health()
    image = await provider.generate(REQUEST, Recorder())
    await provider.aclose()

    assert provider.missing is None
    assert provider.estimate(REQUEST).source is CostSource.FREE
    assert health.status is Availability.AVAILABLE
    assert "not by a model" in (health.message or "")
    assert (image.seed, image.cost) == (7, FREE)


async def test_the_model_says_what_the_painter_can_do() -> None:
    provider = ProceduralProvider()

    (model,) = provider.models.values()

    assert provider.find_model("Painter-1") is model
    assert provider.find_model("another") is None
    assert model.operations == {Operation.TEXT_TO_IMAGE, Operation.IMG2IMG, Operation.INPAINT}
    assert (model.sizes.smallest, model.sizes.largest) == (256, 2048)
    assert model.seed
    assert model.negative_prompt
    assert model.price_usd == 0


async def test_a_picture_is_equal_to_the_byte_in_another_process() -> None:
    script = (
        "import asyncio, hashlib, sys; sys.path.insert(0, sys.argv[1]);"
        "from test_procedural import REQUEST, painted;"
        "print(hashlib.sha256(asyncio.run(painted(REQUEST))).hexdigest())"
    )
    folder = str(__file__).rpartition("test_procedural.py")[0]

    here = sha256(await painted(REQUEST)).hexdigest()
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", script, folder],
        capture_output=True,
        text=True,
        check=True,
    )

    assert process.stdout.strip() == here


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, prompt="a red desert at noon"),
        replace(REQUEST, seed=8),
        replace(REQUEST, style="watercolor"),
    ],
    ids=["prompt", "seed", "style"],
)
async def test_another_prompt_seed_or_style_gives_another_picture(other: ProviderRequest) -> None:
    assert distance(await pixels(REQUEST), await pixels(other)) > 8


@pytest.mark.parametrize("size", [(256, 256), (2048, 256), (256, 2048), (257, 311)])
async def test_sizes_come_out_exact(size: tuple[int, int]) -> None:
    data = await painted(replace(REQUEST, width=size[0], height=size[1]))

    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", size)


@pytest.mark.parametrize("steps", [1, 3, 20, 150])
async def test_progress_counts_the_steps_and_ends_at_one(steps: int) -> None:
    job = Recorder()

    await ProceduralProvider().generate(replace(REQUEST, steps=steps), job)

    assert job.fractions == [number / steps for number in range(1, steps + 1)]
    assert job.previews == []
    assert job.money == []


async def test_previews_are_small_pictures_that_change_while_painting() -> None:
    job = Recorder(wants_previews=True)

    image = await ProceduralProvider().generate(replace(REQUEST, width=640, height=320), job)

    assert len(set(job.previews)) >= 4
    for preview in job.previews:
        with Image.open(BytesIO(preview)) as picture:
            assert picture.size == (256, 128)
    last = pixels_of(job.previews[-1])
    with Image.open(BytesIO(image.data)) as whole:
        small = np.asarray(whole.resize((256, 128)), dtype=np.float64)
    assert distance(last, small) < 6


async def test_watching_does_not_change_the_picture() -> None:
    image = await ProceduralProvider().generate(REQUEST, Recorder(wants_previews=True))

    assert image.data == await painted(REQUEST)


async def test_steps_refine_and_guidance_strengthens() -> None:
    rough = await pixels(replace(REQUEST, steps=1))
    fine = await pixels(replace(REQUEST, steps=150))
    weak = await pixels(replace(REQUEST, prompt="teal hills", guidance_scale=1))
    strong = await pixels(replace(REQUEST, prompt="teal hills", guidance_scale=30))

    assert np.abs(np.diff(fine, axis=0)).mean() > 1.3 * np.abs(np.diff(rough, axis=0)).mean()
    assert strong[..., 0].mean() < weak[..., 0].mean() - 10


async def test_the_loop_runs_on_while_a_large_picture_is_painted() -> None:
    loop = asyncio.get_running_loop()
    gaps: list[float] = []

    async def tick() -> None:
        last = loop.time()
        while True:
            await asyncio.sleep(0.001)
            gaps.append(loop.time() - last)
            last = loop.time()

    ticking = asyncio.create_task(tick())
    await painted(replace(REQUEST, width=1024, height=1024))
    ticking.cancel()

    assert len(gaps) > 20
    assert float(np.median(gaps)) < 0.05


async def test_canceling_stops_the_painting() -> None:
    job = Recorder()
    request = replace(REQUEST, steps=100)
    painting = asyncio.create_task(ProceduralProvider(delay=20).generate(request, job))

    await job.begun.wait()
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting

    assert job.fractions == [0.01]


async def test_delay_is_spread_over_the_steps() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()

    await ProceduralProvider(delay=0.4).generate(REQUEST, Recorder())

    assert loop.time() - start >= 0.4


async def test_faults_are_raised_in_order_and_then_it_paints() -> None:
    faults: list[ProviderError] = [
        ProviderBusy("Busy.", retry_after=3),
        ProviderUnavailable("Down."),
    ]
    provider, job = ProceduralProvider(faults=faults), Recorder()

    with pytest.raises(ProviderBusy, match="Busy"):
        await provider.generate(REQUEST, job)
    with pytest.raises(ProviderUnavailable, match="Down"):
        await provider.generate(REQUEST, job)
    assert job.fractions == []
    image = await provider.generate(REQUEST, job)

    assert image.data == await painted(REQUEST)


@pytest.mark.parametrize("style", ["default", "watercolor", "sketch"])
async def test_strength_leads_step_by_step_away_from_the_source(style: str) -> None:
    source = source_picture()
    request = replace(REQUEST, operation=Operation.IMG2IMG, source=encoded(source), style=style)

    away = [
        distance(await pixels(replace(request, strength=strength)), source.astype(np.float64))
        for strength in (0, 0.1, 0.4, 0.7, 1)
    ]

    assert away[0] == 0
    assert away[1] < 12
    assert away[-1] > 40
    assert all(later > 1.05 * earlier for earlier, later in pairwise(away))


async def test_full_strength_ignores_the_source() -> None:
    source = encoded(source_picture())
    request = replace(REQUEST, operation=Operation.IMG2IMG, source=source, strength=1)

    assert distance(await pixels(request), await pixels(REQUEST)) < 0.5


async def test_a_source_of_another_shape_fills_the_frame() -> None:
    source = np.zeros((100, 400, 3), dtype=np.uint8)
    source[:, 150:250] = (255, 0, 0)
    request = replace(
        REQUEST, operation=Operation.IMG2IMG, source=encoded(source), strength=0, height=256
    )

    result = await pixels(request)

    assert result.shape == (256, 256, 3)
    assert result[128, 128].tolist() == [255, 0, 0]


async def test_inpainting_keeps_the_black_to_the_byte_and_paints_the_white_anew() -> None:
    source = source_picture()
    mask = np.zeros((256, 256), dtype=np.uint8)
    mask[64:224, 96:240] = 255
    request = replace(
        REQUEST,
        operation=Operation.INPAINT,
        source=encoded(source),
        mask=encoded(mask),
        strength=1,
    )

    result = await pixels(request)

    assert np.array_equal(result[mask == 0], source[mask == 0])
    assert distance(result[100:190, 130:210], source[100:190, 130:210].astype(np.float64)) > 15
    assert distance(result[64, 96:240], source[64, 96:240].astype(np.float64)) < 6


@pytest.mark.parametrize("source", [None, b"", b"not a picture", encoded(source_picture())[:200]])
async def test_a_source_that_cannot_be_read_is_refused(source: bytes | None) -> None:
    job = Recorder()
    request = replace(REQUEST, operation=Operation.IMG2IMG, source=source, strength=0.5)

    with pytest.raises(ProviderRejected, match="source picture"):
        await ProceduralProvider().generate(request, job)

    assert job.fractions == []
