"""Brings GraphiQL into the wheel, so that its page needs nobody else's server.

The packages are pinned in `explorer/packages.json` and fetched by npm, from wherever npm is set up
to fetch. Where there is no npm, or it fails, the wheel is built without them.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

EXPLORER = Path("src/image_generation/graphql/explorer")
ASSETS = EXPLORER / "assets"
PATIENCE = 180
"""Seconds for npm to fetch everything."""


class GraphiQLHook(BuildHookInterface[Any]):
    """Put the pinned files into `explorer/assets`, and from there into the wheel.

    Git ignores the folder; an editable install finds the files in it.
    """

    # `override` is in `typing` from Python 3.12 on, and nothing else is there at build time.
    def initialize(  # type: ignore[explicit-override]
        self, version: str, build_data: dict[str, Any]
    ) -> None:
        """Fetch what is missing before the wheel is put together."""
        packages = json.loads((Path(self.root) / EXPLORER / "packages.json").read_text("utf-8"))
        try:
            fetch(packages, Path(self.root) / ASSETS)
        except (OSError, subprocess.SubprocessError, tarfile.TarError, ValueError) as error:
            self.app.display_warning(f"GraphiQL is left out of the wheel: {error}")
        build_data["artifacts"].append(f"/{ASSETS.as_posix()}")


def fetch(packages: list[dict[str, Any]], target: Path) -> None:
    """Fill `target` with the files of the packages, or leave it as it was."""
    if is_complete(packages, target):
        return
    with tempfile.TemporaryDirectory() as workshop:
        tarballs, files = Path(workshop) / "tarballs", Path(workshop) / "files"
        tarballs.mkdir()
        pack([f"{package['name']}@{package['version']}" for package in packages], tarballs)
        unpack(packages, tarballs, files)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(files, target)


def is_complete(packages: list[dict[str, Any]], target: Path) -> bool:
    """Whether every file is there with the right content."""
    return all(
        (path := folder_of(package, target) / name).is_file()
        and integrity("sha384", path.read_bytes()) == expected
        for package in packages
        for name, expected in package["files"].items()
    )


def pack(specifications: list[str], folder: Path) -> None:
    """Have npm fetch the packages as tarballs; no script of theirs is run."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed")
    options = ["--ignore-scripts", "--fetch-retries=1", "--loglevel=error"]
    subprocess.run(  # noqa: S603 - nothing in the command comes from outside
        [npm, "pack", *options, f"--pack-destination={folder}", *specifications],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )


def unpack(packages: list[dict[str, Any]], tarballs: Path, target: Path) -> None:
    """Take the pinned files and the licences out of the tarballs; raise ValueError for others."""
    content = {integrity("sha512", path.read_bytes()): path for path in tarballs.glob("*.tgz")}
    by_name = {package["name"]: content.get(package["integrity"]) for package in packages}
    for package in packages:
        folder = folder_of(package, target)
        for name, expected in package["files"].items():
            data = read(by_name[package["name"]], name)
            if integrity("sha384", data) != expected:
                raise ValueError(f"{package['name']}: {name} is not the file that was pinned")
            write(folder / name, data)
        write(folder / "LICENSE", read(by_name[package["licence_in"]], "LICENSE"))


def folder_of(package: dict[str, Any], target: Path) -> Path:
    """Name the folder of a package as a CDN would: "react@18.2.0"."""
    return target / f"{package['name']}@{package['version']}"


def read(tarball: Path | None, name: str) -> bytes:
    """Read one file of a package."""
    if tarball is None:
        raise ValueError("npm gave another package than the one that was pinned")
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(f"package/{name}")
        if member is None:
            raise ValueError(f"{tarball.name}: {name} is not a file")
        return member.read()


def write(path: Path, data: bytes) -> None:
    """Write a file and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def integrity(algorithm: str, data: bytes) -> str:
    """Name a content as npm and browsers do: "sha512-…"."""
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}-{base64.b64encode(digest).decode()}"
