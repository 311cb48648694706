"""The command itself, in a process of its own that can be killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

LOOK = """
query ($id: ID!) {
  generation(id: $id) { status progress attempts error { code } image { url } }
}
"""


@dataclass(frozen=True)
class Process:
    """A running command, its address, and what it logged until it listened and then."""

    process: asyncio.subprocess.Process
    url: str
    log: list[dict[str, Any]]
    rest: asyncio.Task[bytes]

    async def ask(self, query: str, **variables: Any) -> Any:
        """Send an operation that succeeds, and return its data."""
        async with httpx2.AsyncClient(base_url=self.url, timeout=30) as client:
            body = {"query": query, "variables": variables}
            answer = (await client.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()


async def start(folder: Path, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    """Start the command with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMG_GEN_")}  # noqa: TID251 - a process needs its environment
    given = {"DATA_DIR": str(folder), "PORT": "0", "DEFAULT_SIZE": "256x256"} | settings
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "image_generation", *arguments),
        cwd=folder.parent,
        env=kept | {f"IMG_GEN_{name}": value for name, value in given.items()},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def serving(folder: Path, **settings: str) -> AsyncIterator[Process]:
    """Serve until the end of the block; killed there if it still lives."""
    process = await start(folder, **settings)
    assert process.stderr is not None
    log: list[dict[str, Any]] = []
    rest: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(30):
            while not log or log[-1]["event"] != "listening":
                line = await process.stderr.readline()
                assert line, log
                log.append(json.loads(line))
        rest = asyncio.create_task(process.stderr.read())
        yield Process(process, log[-1]["url"], log, rest)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if rest is not None:
            await rest


async def until(process: Process, id: str, is_so: Callable[[Any], bool]) -> Any:
    """Ask for a generation again and again until it is so: another process tells nobody."""
    async with asyncio.timeout(30):
        while True:
            generation = (await process.ask(LOOK, id=id))["generation"]
            if is_so(generation):
                return generation
            await asyncio.sleep(0.02)


async def until_finished(process: Process, id: str) -> Any:
    """Ask for a generation again and again until it is finished."""
    finished = {"SUCCEEDED", "FAILED", "CANCELED"}
    return await until(process, id, lambda generation: generation["status"] in finished)
