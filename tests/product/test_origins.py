"""What the files of pictures tell of their origin, from the original to the smallest variant."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.imaging.test_marks import CREDENTIALS, with_credentials
from tests.marks import TERMS, marks_of
from tests.product.drawings import IMG2IMG, INPAINT, UPLOAD, photo, sent, sky_mask
from tests.product.running import Running, running
from tests.product.test_openai import asking, picture
from tests.servers.openai_server import delivers

pytestmark = pytest.mark.anyio

EDIT = {"prompt": "a stormy sea", "seed": 5, "width": 256, "height": 256}
VARIANTS = """
query ($id: ID!) {
  image(id: $id) {
    byteSize sha256 original: url
    a: url(width: 64) b: url(height: 96, format: JPEG) c: url(width: 128, format: PNG)
    d: url(width: 64, height: 64, fit: COVER) e: url(format: JPEG) f: url(format: WEBP)
  }
}
"""


async def told(house: Running, id: str) -> dict[str, dict[str, str]]:
    """Return what each address of a picture tells; the sums of the original are right."""
    urls = (await house.ask(VARIANTS, id=id))["image"]
    size, digest = urls.pop("byteSize"), urls.pop("sha256")
    files = {name: (await house.client.get(url)).content for name, url in urls.items()}
    original = files["original"]
    assert (len(original), sha256(original).hexdigest()) == (size, digest)
    return {name: marks_of(data) for name, data in files.items()}


async def test_every_address_of_a_painting_tells_that_an_algorithm_made_it(house: Running) -> None:
    image = (await house.generate("a fox"))["image"]

    files = await told(house, image["id"])

    painter = {
        "Iptc4xmpExt:DigitalSourceType": f"{TERMS}algorithmicMedia",
        "xmp:CreatorTool": "painter-1",
    }
    assert files == dict.fromkeys(["original", *"abcdef"], painter)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_every_address_of_a_models_picture_tells_that_it_was_trained(
    tmp_path: Path, kind: str
) -> None:
    async with asking(tmp_path, delivers(b64_json=picture(kind=kind))) as (house, _):
        image = (await house.generate("a fox", model="gpt-image-2"))["image"]

        files = await told(house, image["id"])

    assert image["format"] == kind
    for marks in files.values():
        assert marks == {
            "Iptc4xmpExt:DigitalSourceType": f"{TERMS}trainedAlgorithmicMedia",
            "Iptc4xmpExt:AISystemUsed": "gpt-image-2",
        }


async def test_a_picture_with_credentials_is_kept_byte_for_byte_and_its_variants_are_marked(
    tmp_path: Path,
) -> None:
    sealed = with_credentials("PNG", CREDENTIALS + b"trainedAlgorithmicMedia", (512, 512))
    reply = delivers(b64_json=b64encode(sealed).decode())
    async with asking(tmp_path, reply) as (house, _):
        image = (await house.generate("a fox", model="gpt-image-2"))["image"]

        files = await told(house, image["id"])

    assert image["sha256"] == sha256(sealed).hexdigest()
    assert files.pop("original") == {}
    assert list(files.values()) == 6 * [
        {
            "Iptc4xmpExt:DigitalSourceType": f"{TERMS}trainedAlgorithmicMedia",
            "Iptc4xmpExt:AISystemUsed": "gpt-image-2",
        }
    ]


async def test_a_picture_of_before_there_were_marks_has_them_on_its_variants(
    house: Running,
) -> None:
    image = (await house.generate("a fox"))["image"]
    [name] = house.files()
    [path] = (house.folder / "images").rglob(name)
    with Image.open(path) as picture:
        picture.info.clear()
        picture.save(path, "PNG")
    plain = path.read_bytes() + bytes(image["byteSize"] - path.stat().st_size)
    path.write_bytes(plain)

    small = await house.client.get(f"{image['url']}?w=64")

    assert marks_of(plain) == {}
    assert marks_of(small.content)["xmp:CreatorTool"] == "painter-1"


async def test_the_words_are_told_where_the_operator_allows_it(tmp_path: Path) -> None:
    async with running(tmp_path, embed_prompts=True) as house:
        image = (await house.generate("a fox", negativePrompt="hens", seed=7, steps=9))["image"]

        files = await told(house, image["id"])

    for marks in files.values():
        assert marks["Iptc4xmpExt:AIPromptInformation"].splitlines() == [
            "a fox",
            "Negative prompt: hens",
            "Size: 256x256",
            "Steps: 9",
            "Guidance scale: 7.5",
            "Seed: 7",
        ]


async def edited(house: Running, query: str, image: str, **more: Any) -> str:
    """Make a picture from a picture, and return its id."""
    wish = {**EDIT, "image": {"imageId": image}, **more}
    [payload] = (await house.ask(query, input=wish)).values()
    return str(payload["generation"]["image"]["id"])


async def test_what_is_made_from_a_picture_tells_what_became_of_what(house: Running) -> None:
    upload = await house.ask(UPLOAD, input={"image": sent(photo())})
    photograph = upload["uploadImage"]["image"]["id"]
    painting = (await house.generate("a fox"))["image"]["id"]

    made = [
        await edited(house, IMG2IMG, photograph),
        await edited(house, INPAINT, photograph, mask=sent(sky_mask())),
        await edited(house, IMG2IMG, painting),
    ]

    terms = [
        {marks["Iptc4xmpExt:DigitalSourceType"] for marks in (await told(house, id)).values()}
        for id in made
    ]
    assert terms == [
        {f"{TERMS}compositeSynthetic"},
        {f"{TERMS}compositeSynthetic"},
        {f"{TERMS}algorithmicMedia"},
    ]


async def test_a_photo_that_was_sent_is_not_said_to_be_made_here(house: Running) -> None:
    upload = await house.ask(UPLOAD, input={"image": sent(photo())})

    files = await told(house, upload["uploadImage"]["image"]["id"])

    assert set(map(str, files.values())) == {"{}"}


async def test_the_same_seed_has_the_same_bytes(house: Running) -> None:
    first, second = [(await house.generate("a fox", seed=7))["image"]["sha256"] for _ in range(2)]

    assert first == second
