"""The container, the lock and CI fit the package."""

import asyncio
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from image_generation import __version__
from image_generation.settings import PREFIX, Settings
from tests.product.running import running
from tests.readme import README, ROOT

pytestmark = pytest.mark.anyio

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
CI = (ROOT / ".ci/run").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def environments() -> list[dict[str, str]]:
    """Describe the machines that the lock is for."""
    here = {name: str(value) for name, value in default_environment().items()}
    linux = here | {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return [
        linux
        | {
            "python_version": f"3.{minor}",
            "python_full_version": f"3.{minor}.0",
            "platform_machine": machine,
        }
        for minor in (11, 12, 13)
        for machine in ("x86_64", "aarch64")
    ]


def pins(environment: dict[str, str]) -> dict[str, str]:
    """Read the versions that the lock installs there, by name."""
    lines = re.findall(r"^(?! )([^\\\n]+?) *\\?$", LOCK, re.MULTILINE)
    found = [Requirement(line) for line in lines if line]
    wanted = [pin for pin in found if pin.marker is None or pin.marker.evaluate(environment)]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in wanted}


def argument(instruction: str) -> list[str]:
    """Read what follows each instruction of that name in the Dockerfile."""
    return re.findall(rf"^{instruction} (.+)$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize(
    "environment",
    environments(),
    ids=lambda e: f"{e['python_version']}-{e['platform_machine']}",
)
def test_the_lock_holds_every_dependency_within_its_bounds(environment: dict[str, str]) -> None:
    needed = [Requirement(text) for text in PROJECT["dependencies"]]
    locked = pins(environment)

    unmet = [
        str(need)
        for need in needed
        if (need.marker is None or need.marker.evaluate(environment))
        and not need.specifier.contains(locked.get(need.name, "0"))
    ]

    assert unmet == [], "scripts/dev lock"


def test_every_pin_of_the_lock_has_hashes() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_container_listens_on_the_port_that_is_the_default() -> None:
    assert argument("EXPOSE") == [str(Settings.model_fields["port"].default)]


def test_the_container_sets_only_settings_that_exist() -> None:
    names = re.findall(rf"{PREFIX}(\w+)", DOCKERFILE)

    assert {"HOST", "DATA_DIR"} <= set(names)
    assert [name for name in names if name.lower() not in Settings.model_fields] == []


def test_what_the_container_copies_is_there_and_is_let_through() -> None:
    allowed = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copies = [line.split()[:-1] for line in argument("COPY") if not line.startswith("--from")]
    sources = [source for copy in copies for source in copy]

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {f"!{source}" for source in sources} == {x for x in allowed if x.startswith("!")}


def test_the_container_has_a_user_that_is_not_root() -> None:
    [user] = argument("USER")

    assert int(user.partition(":")[0]) > 0


async def test_the_container_is_healthy_when_the_service_answers(tmp_path: Path) -> None:
    [check] = re.findall(r"^HEALTHCHECK .*?CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    [_, *arguments] = json.loads(check)

    async def status(port: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env={f"{PREFIX}PORT": port},
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async with running(tmp_path) as house:
        port = house.url.rpartition(":")[2]
        assert await status(port) == 0
    assert await status(port) == 1


def test_ci_runs_the_commands_of_the_readme() -> None:
    [commands] = re.findall(
        r"^`(pip install [^`]+ && [^`]+)` runs the tests", README.read_text(), re.MULTILINE
    )

    assert CI.splitlines()[-1] == "run pytest"
    assert [f"run {command}" in CI.splitlines() for command in commands.split(" && ")] == [
        True,
        True,
    ]


def test_the_newest_version_in_the_changelog_is_this_one() -> None:
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == __version__
