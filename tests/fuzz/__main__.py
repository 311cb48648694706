"""Ask a running service whatever comes up, and see that it takes it: `scripts/dev fuzz SECONDS`."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from resource import getpagesize
from tempfile import TemporaryDirectory

import httpx2
from graphql import build_schema

from image_generation.domain.callers import Role
from image_generation.services.key_files import create_key
from tests.fuzz import addresses, pictures, requests, sockets
from tests.fuzz.chance import Chance
from tests.fuzz.visitor import PATIENCE, Visitor
from tests.fuzz.world import Outcome, World
from tests.product.process import Process, serving
from tests.readme import ROOT

ATTEMPTS: dict[str, tuple[int, Callable[[Visitor], Awaitable[Outcome]]]] = {
    "post": (8, requests.post),
    "get": (3, requests.get),
    "raw": (3, requests.raw),
    "socket": (3, sockets.converse),
    "base64": (2, pictures.base64_coded),
    "form": (2, pictures.form),
    "address": (4, addresses.fetch),
}
"""What is tried, and how often each."""

VISITORS = 6
GROWTH = 128 * 1024 * 1024
"""Bytes that the service may hold more than when it was warm; in a short time it is hardly that."""

SETTINGS = {"MAX_BATCH_SIZE": "4", "MAX_UPLOAD_PIXELS": "4000000", "MAX_UPLOAD_BYTES": "2000000"}
LIMITS = "running = 6\n"
GENERATE = 'mutation { generate(input: {prompt: "the end"}) { generation { status } } }'


@dataclass
class Report:
    """What happened."""

    tried: Counter[str] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


async def attempt(visitor: Visitor, name: str, report: Report) -> None:
    """Try one thing, and note what is wrong with how it ends."""
    outcome = await ATTEMPTS[name][1](visitor)
    visitor.world.known.learn(outcome.answer)
    report.tried[name] += 1
    report.ends[outcome.end] += 1
    if fault := outcome.fault():
        report.faults.append(f"{name}: {fault}\n{outcome.told()}")


async def visit(world: World, dice: str, until: float, report: Report) -> None:
    """Try one thing after the other until the time is over."""
    chance = Chance(dice)
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
    names, weights = [*ATTEMPTS], [weight for weight, _ in ATTEMPTS.values()]
    async with httpx2.AsyncClient(base_url=world.url, timeout=None) as client:
        visitor = Visitor(world, client, chance, schema)
        while time.monotonic() < until:
            await attempt(visitor, chance.choices(names, weights)[0], report)


async def crowd(world: World, seed: str, seconds: float, report: Report) -> None:
    """Have many visitors at once, then wait until what they asked for is made."""
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(VISITORS):
            group.create_task(visit(world, f"{seed}-{number}", until, report))
    async with httpx2.AsyncClient(base_url=world.url, timeout=PATIENCE) as client:
        for key in world.keys:
            await make_one(client, {"authorization": f"Bearer {key}"})


async def make_one(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """Make a picture, as soon as there may be one more; the service lives."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await client.post("/graphql", json={"query": GENERATE}, headers=headers)
            if "errors" not in answer.json():
                break
            await asyncio.sleep(0.2)
    assert answer.json()["data"]["generate"]["generation"]["status"] == "SUCCEEDED", answer.text


def memory(service: Process) -> int | None:
    """Return the bytes that the service holds in memory; only Linux tells."""
    path = Path(f"/proc/{service.process.pid}/statm")
    return int(path.read_text().split()[1]) * getpagesize() if path.exists() else None


def faults_in(log: bytes) -> list[str]:
    """Find what the service itself calls a fault."""
    lines = log.decode().splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    loud = [
        line for line in told if line.get("level") in {"error", "critical"} or "exception" in line
    ]
    bare = [line for line in lines if not line.startswith("{")]
    return [f"log: {line}" for line in [*map(json.dumps, loud), *bare]]


async def fuzz(seconds: float, seed: str) -> bool:
    """Ask for so many seconds, and tell what came of it; the first quarter is to get warm."""
    report = Report()
    with TemporaryDirectory() as work:
        keys_file = Path(work) / "keys.toml"
        keys = []
        for name in ("ada", "grace"):
            keys.append(create_key(keys_file, name, Role.MEMBER))
            with keys_file.open("a") as file:
                file.write(LIMITS)
        async with serving(
            Path(work) / "data", API_KEYS_FILE=str(keys_file), **SETTINGS
        ) as service:
            world = World(service.url, tuple(keys))
            await crowd(world, f"{seed}-warm", seconds / 4, report)
            warm = memory(service)
            await crowd(world, seed, seconds * 3 / 4, report)
            end = memory(service)
            if (code := await service.stop()) != 0:
                report.faults.append(f"it ended with {code}")
            report.faults += faults_in(await service.rest)
    return tell(report, seconds, warm, end)


def tell(report: Report, seconds: float, warm: int | None, end: int | None) -> bool:
    """Print what happened, and say whether it is well."""
    total = sum(report.tried.values())
    print(f"{total} attempts, {total / seconds:.0f} a second: {dict(report.tried)}")
    print(f"they ended with {dict(sorted(report.ends.items()))}")
    if warm is not None and end is not None:
        print(f"memory: {warm / 1e6:.0f} MB when warm, {end / 1e6:.0f} MB at the end")
        if end > warm + GROWTH:
            report.faults.append("memory grows")
    for fault in report.faults[:20]:
        print(f"FAULT {fault}")
    print(f"{len(report.faults)} faults")
    return not report.faults


def main() -> None:
    """Read the arguments, and exit with 1 on a fault."""
    parser = argparse.ArgumentParser(prog="scripts/dev fuzz")
    parser.add_argument("seconds", nargs="?", type=float, default=20)
    parser.add_argument("--seed", default=str(random.SystemRandom().randint(0, 10**9)))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    sys.exit(0 if asyncio.run(fuzz(asked.seconds, asked.seed)) else 1)


if __name__ == "__main__":
    main()
