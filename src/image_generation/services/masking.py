"""What is black in a mask is kept: models change it a little, and some more than that."""

import asyncio
from dataclasses import dataclass, replace
from io import BytesIO

import structlog
from PIL import Image, ImageChops, ImageFilter

from image_generation.domain.errors import WorkFailed
from image_generation.domain.generations import Adjustment, Operation
from image_generation.domain.pictures import MAX_PIXELS, Size
from image_generation.gallery.records import Job
from image_generation.providers.base import GeneratedImage, ImageProvider, ProviderRequest
from image_generation.providers.frames import in_black_and_white, on_paper, opened
from image_generation.services.inspection import UNREADABLE
from image_generation.services.requests import Requests

_log = structlog.get_logger(__name__)

_SEAM = 128
"""The shorter edge of a picture, in widths of the seam."""

_FROM_THE_MIDDLE = [max(0, 2 * value - 255) for value in range(256)]
_WHOLLY_WHITE = [0] * 255 + [255]
_NOT_BLACK = [0] + [255] * 255
_HOW = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "PNG": {"compress_level": 3},
}
"""How a picture is written again in the format in which it came."""

_GONE = Adjustment(
    "mask",
    "black is kept",
    None,
    "The source could not be read when the picture was there, so that black may have changed, too.",
)


@dataclass(frozen=True, slots=True)
class Masking:
    """Sets what was painted anew into its source."""

    requests: Requests

    async def applied(
        self, job: Job, provider: ImageProvider, image: GeneratedImage
    ) -> tuple[GeneratedImage, list[Adjustment]]:
        """Return the picture with its source where the mask is black, and what is to be told.

        The picture is paid for: when the source cannot be read, it stays as it is. What is no
        picture stays, too.
        """
        model = provider.find_model(job.model)
        if job.operation is not Operation.INPAINT or (model and model.mask_is_exact):
            return image, []
        try:
            request = await self.requests.complete(job)
            data = await asyncio.to_thread(_set_in, image.data, request)
        except WorkFailed as error:
            _log.warning("mask_not_applied", code=error.code)
            return image, [_GONE]
        except UNREADABLE:
            return image, []
        return replace(image, data=data), []


def _set_in(data: bytes, request: ProviderRequest) -> bytes:
    with Image.open(BytesIO(data), formats=list(_HOW)) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            return data
        kind = picture.format or ""
        made = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        profile = picture.info.get("icc_profile")
    size = Size(*made.size)
    source = on_paper(opened(request.source, size, "source picture", "")).convert(made.mode)
    mask = in_black_and_white(opened(request.mask, size, "mask", ""))
    file = BytesIO()
    whole = Image.composite(made, source, _softened(mask))
    whole.save(file, kind, icc_profile=profile, **_HOW[kind])
    return file.getvalue()


def _softened(mask: Image.Image) -> Image.Image:
    """Make the seam soft within the white, so that nothing outside of it changes.

    What is thinner than the seam would vanish, and stays as it is.
    """
    width = max(1, min(mask.size) // _SEAM)
    core = mask.filter(ImageFilter.BoxBlur(width)).point(_WHOLLY_WHITE)
    thick = core.filter(ImageFilter.BoxBlur(width)).point(_NOT_BLACK)
    soft = mask.filter(ImageFilter.GaussianBlur(width)).point(_FROM_THE_MIDDLE)
    seamed = ImageChops.darker(mask, ImageChops.darker(soft, thick))
    return ImageChops.lighter(seamed, ImageChops.subtract(mask, thick))
