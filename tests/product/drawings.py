"""Pictures that these tests send, and how alike two pictures are."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tests.product.running import Running

EDITED = """
generation {
  id status operation strength width height seed prompt finalPrompt steps guidanceScale provider
  model source { id } adjustments { field asked used reason } error { code message charged }
  image { id url width height sha256 operation source { id } }
}
"""

IMG2IMG = f"mutation ($input: Img2ImgInput!) {{ img2img(input: $input) {{ {EDITED} }} }}"
INPAINT = f"mutation ($input: InpaintInput!) {{ inpaint(input: $input) {{ {EDITED} }} }}"
REGENERATE = f"mutation ($input: RegenerateInput!) {{ regenerate(input: $input) {{ {EDITED} }} }}"
UPLOAD = """
mutation ($input: UploadImageInput!) {
  uploadImage(input: $input) {
    image {
      id url width height format byteSize sha256 operation prompt provider model style seed
      source { id } generation { status operation progress finishedAt cost { usd } }
    }
  }
}
"""


def photo(width: int = 320, height: int = 256) -> Image.Image:
    """Draw something like a photo: a graded sky over a textured ground, with a red house."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    sky = np.stack([90 + rows / 4, 140 + rows / 4, 220 - rows / 8], axis=-1)
    grain = 18 * np.sin(columns / 3) * np.cos(rows / 5)
    ground = np.stack([90 + grain, 120 + grain, 50 + grain], axis=-1)
    pixels = np.where((rows > height * 0.6)[..., None], ground, sky)
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    box = (width // 3, height // 2, width // 2, height * 3 // 4)
    ImageDraw.Draw(picture).rectangle(box, fill=(190, 40, 30))
    return picture


def sky_mask(width: int = 320, height: int = 256) -> Image.Image:
    """Draw a mask: white where the upper half is."""
    mask = Image.new("L", (width, height), 0)
    mask.paste(255, (0, 0, width, height // 2))
    return mask


def encoded(picture: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    """Write a picture as a file."""
    file = BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def sent(picture: Image.Image | bytes) -> dict[str, str]:
    """Give a picture as base64."""
    data = picture if isinstance(picture, bytes) else encoded(picture)
    return {"base64": b64encode(data).decode()}


async def pixels_at(house: Running, url: str) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Fetch a picture and return its pixels."""
    answer = await house.client.get(url)
    assert answer.status_code == 200
    return pixels_of(Image.open(BytesIO(answer.content)))


def pixels_of(picture: Image.Image) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Return the pixels of a picture in RGB."""
    return np.asarray(picture.convert("RGB"), dtype=np.int16)


def difference(one: Any, other: Any) -> float:
    """Return how much two pictures differ, 0…255 a channel on average."""
    assert one.shape == other.shape
    return float(np.abs(one - other).mean())
