"""Run every client, each against a service of its own: `scripts/dev clients`.

`python -m tests.clients NAME…` runs those of these names.
"""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.product.process import serving
from tests.readme import ROOT

PROJECTS = Path(__file__).parent
INSTALL = ("npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")


async def run(*command: str, folder: Path, **variables: str) -> bool:
    """Run a command in a folder, and say whether it went well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **variables},  # noqa: TID251 - a process needs its environment
    )
    return await process.wait() == 0


async def passes(project: Path, work: Path) -> bool:
    """Install a project outside the repository, and run it."""
    print(f"==> {project.name}", flush=True)  # noqa: T201 - it is a command
    folder = work / project.name
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("node_modules"))
    if not await run(*INSTALL, "--loglevel=error", folder=folder):
        return False
    file = folder / "settings.json"
    settings = json.loads(file.read_text("utf-8")) if file.exists() else {}
    async with serving(work / f"{project.name}-data", **settings) as service:
        return await run("node", "run.mjs", folder=folder, SERVER_URL=service.url)


async def main(names: list[str]) -> None:
    """Run all of them, or these; what failed is named, and makes the exit code 1."""
    if missing := [name for name in ("node", "npm") if shutil.which(name) is None]:
        sys.exit(f"Clients need Node.js 20 or newer with npm; not found: {', '.join(missing)}.")
    found = sorted(path.parent for path in PROJECTS.glob("*/package.json"))
    projects = [project for project in found if not names or project.name in names]
    with TemporaryDirectory() as work:
        for shared in [*PROJECTS.glob("*.mjs"), ROOT / "schema.graphql"]:
            shutil.copy(shared, work)
        failed = [p.name for p in projects if not await passes(p, Path(work))]
    if failed or not projects:
        sys.exit(f"These clients failed: {', '.join(failed) or 'there are none'}.")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
