"""The npm packages that GraphiQL is made of, pinned by version and content."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CDN = "https://unpkg.com"

HERE = Path(__file__).parent
BUILT = HERE / "assets"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package. `path`: "react@18.2.0/umd/react.production.min.js", here and on a CDN.

    `integrity`: "sha384-…", its content as browsers check it (W3C Subresource Integrity).
    """

    path: str
    integrity: str


def package_files() -> Iterator[PackageFile]:
    """List the files in the order in which a page has to load them."""
    for package in json.loads((HERE / "packages.json").read_text("utf-8")):
        folder = f"{package['name']}@{package['version']}"
        for name, integrity in package["files"].items():
            yield PackageFile(f"{folder}/{name}", integrity)
