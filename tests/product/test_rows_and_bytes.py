"""Killed between rows and bytes: in the end they agree, or the doctor brings them together."""

from pathlib import Path
from typing import Any

import pytest

from image_generation.adapters import store
from image_generation.examination import examine
from image_generation.settings import Settings
from tests.product.doomed import doomed
from tests.product.drawings import INPAINT, UPLOAD, photo, sent, sky_mask
from tests.product.process import serving, start
from tests.product.running import Running, running, settings_for
from tests.servers.s3_server import settings_of

pytestmark = pytest.mark.anyio

DELETE = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
GALLERY = "{ gallery { totalCount } }"
STATUS = """
query ($id: ID!) {
  generation(id: $id) { status prompt image { id } error { code message charged } }
}
"""

SOUND = """\
pictures            {pictures}
bytes               {bytes}
not finished yet    0
rows without bytes  0
bytes without rows  0
wrong sizes         0
wrong contents      0
"""


class House:
    """A service that comes and goes, with its bytes in a folder or in a bucket."""

    def __init__(self, folder: Path, given: dict[str, str]) -> None:
        self.folder = folder
        self.given = given

    @property
    def settings(self) -> Settings:
        return settings_for(self.folder, **self.values)

    @property
    def values(self) -> dict[str, Any]:
        return {name.lower(): value for name, value in self.given.items()}

    def running(self) -> Any:
        return running(self.folder, **self.values)

    async def crash(self, moment: str, query: str, **variables: Any) -> None:
        """Ask for something, and be killed at that moment."""
        async with doomed(moment, self.folder, self.given) as process:
            await process.ask(query, **variables)
            await process.death()

    async def doctor(self, **how: bool) -> int:
        return await examine(
            self.settings, **{"verify": True, "repair": False, "force": False, **how}
        )

    async def keys(self) -> list[str]:
        kept = store(self.settings)
        keys = sorted([entry.key async for entry in kept.entries()])
        await kept.aclose()
        return keys


@pytest.fixture(params=["local", "s3"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    given = {}
    if request.param == "s3":
        given = settings_of(request.getfixturevalue("s3").bucket())
    return House(tmp_path / "data", given)


async def inpainted(house: Running) -> Any:
    """Have a picture with a mask and a variant beside it, made from one that is there, too."""
    images = {"image": sent(photo()), "mask": sent(sky_mask())}
    made = await house.ask(INPAINT, input={"prompt": "a storm", **images})
    image = made["inpaint"]["generation"]["image"]
    small = await house.client.get(f"{image['url']}?w=64")
    assert small.status_code == 200
    return image


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("before DELETED", 2),
        ("after DELETED", 1),
        ("before REMOVED 1", 1),
        ("before REMOVED 2", 1),
        ("before REMOVED 3", 1),
        ("before FORGOTTEN", 1),
        ("after FORGOTTEN", 1),
    ],
)
async def test_a_picture_is_deleted_with_all_that_is_kept_beside_it_or_not_at_all(
    moment: str, left: int, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.running() as service:
        image = await inpainted(service)
    before = await house.keys()

    await house.crash(moment, DELETE, id=image["id"])
    torn = await house.keys()
    async with house.running() as service:
        listed = (await service.ask(GALLERY))["gallery"]["totalCount"]
    after = await house.keys()

    assert len(before) == 4
    assert len(torn) == {"before REMOVED 2": 3, "before REMOVED 3": 2}.get(
        moment, 1 if "FORGOTTEN" in moment else 4
    )
    assert (listed, len(after)) == (left, 4 if left == 2 else 1)
    assert await house.doctor() == 0
    assert f"pictures            {left}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "files"),
    [
        (UPLOAD, {"image": sent(photo())}),
        (INPAINT, {"image": sent(photo()), "mask": sent(sky_mask()), "prompt": "a storm"}),
    ],
    ids=["uploadImage", "inpaint"],
)
async def test_what_was_stored_of_a_request_that_was_not_written_down_is_found_and_removed(
    query: str, files: dict[str, Any], house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.running() as service:
        await inpainted(service)
    before = await house.keys()

    await house.crash("before ACCEPTED", query, input=files)
    torn = await house.keys()
    async with house.running() as service:
        listed = (await service.ask(GALLERY))["gallery"]["totalCount"]
    looked = await house.doctor()
    said = capsys.readouterr().out
    still = await house.keys()
    repaired = await house.doctor(repair=True)

    left_over = len([name for name in files if name != "prompt"])
    assert (listed, len(torn)) == (2, len(before) + left_over)
    assert (looked, repaired) == (1, 0)
    assert f"bytes without rows  {left_over}\n" in said
    assert still == torn
    assert await house.keys() == before
    assert await house.doctor() == 0


async def test_a_request_that_was_written_down_has_all_its_bytes(house: House) -> None:
    await house.crash("after ACCEPTED", UPLOAD, input={"image": sent(photo())})

    async with house.running() as service:
        listed = (await service.ask(GALLERY))["gallery"]["totalCount"]

    assert (listed, await house.doctor()) == (1, 0)


async def test_the_doctor_says_how_much_is_sound(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.running() as service:
        image = (await service.generate())["image"]

    assert await house.doctor() == 0
    assert capsys.readouterr().out.endswith(SOUND.format(pictures=1, bytes=image["byteSize"]))


async def test_a_picture_without_bytes_is_told_as_lost(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.running() as service:
        generation = await service.generate("a heron")
        await service.generate("a quiet sea")
    kept = store(house.settings)
    await kept.delete(generation["image"]["url"][-36:].replace("-", ""))
    await kept.aclose()

    looked = await house.doctor()
    said = capsys.readouterr().out
    repaired = await house.doctor(repair=True)
    async with house.running() as service:
        now = (await service.ask(STATUS, id=generation["id"]))["generation"]
        listed = (await service.ask(GALLERY))["gallery"]["totalCount"]

    assert (looked, repaired, listed) == (1, 0, 1)
    assert f"rows without bytes  1\n  {generation['image']['url'][-36:]}\n" in said
    assert said.endswith("their work is told as failed then.\n")
    assert now == {
        "status": "FAILED",
        "prompt": "a heron",
        "image": None,
        "error": {
            "code": "RESULT_LOST",
            "message": "The picture was kept, and its bytes are gone.",
            "charged": False,
        },
    }


async def test_most_of_it_is_not_repaired_by_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(tmp_path / "data", {})
    async with house.running() as service:
        await service.generate()
    kept = store(house.settings)
    for number in range(11):
        await kept.put(f"{number:032x}", b"of another gallery")

    refused = await house.doctor(repair=True)
    said = capsys.readouterr().out
    before = await house.keys()
    forced = await house.doctor(repair=True, force=True)

    assert (refused, forced) == (1, 0)
    assert "Is it the right folder, bucket and prefix?" in said
    assert (len(before), len(await house.keys())) == (12, 1)


async def test_the_command_looks_while_a_service_runs_and_repairs_only_without(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"

    async with serving(folder) as process:
        await process.ask('mutation { generate(input: {prompt: "a fox"}) { generation { id } } }')
        looking = await start(folder, "doctor", "--verify")
        seen, _ = await looking.communicate()
        repairing = await start(folder, "doctor", "--repair")
        _, complaint = await repairing.communicate()

    assert looking.returncode == 0
    assert b"pictures            1\n" in seen
    assert repairing.returncode == 2
    assert b"Another process works on" in complaint


async def test_the_command_makes_no_gallery_where_there_is_none(tmp_path: Path) -> None:
    looking = await start(tmp_path / "data", "doctor")
    _, complaint = await looking.communicate()

    assert looking.returncode == 2
    assert complaint.decode().startswith("image-generation: There is no gallery in ")
    assert not (tmp_path / "data").exists()
