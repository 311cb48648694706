"""A service in a process of its own, so that its costs are not mixed with its clients'.

`python -m benchmarks.serving FOLDER` prints its port, and ends when its standard input does. Paths
are added: `GET /usage` tells what the process has used, `POST /hold` has the provider hold what it
is asked for from now on, and `POST /release` lets it go.
"""

import argparse
import asyncio
import logging
import socket
import sys
import time
from pathlib import Path
from resource import getpagesize
from typing import Any

import structlog
import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.providers import EDGE, BlankProvider
from image_generation.app import open_service
from image_generation.providers.registry import Providers
from image_generation.serving import PatientServer, server_config
from image_generation.settings import Settings

_MEMORY = Path("/proc/self/statm")


def main(arguments: list[str] | None = None) -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0, help="what a picture takes")
    parser.add_argument("--concurrency", type=int, default=8, help="generations at a time")
    chosen = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    uvloop.run(_serve(_settings(chosen.folder, chosen.concurrency), chosen.seconds))


def _settings(folder: Path, concurrency: int) -> Settings:
    given: dict[str, Any] = {
        "data_dir": folder,
        "default_size": f"{EDGE}x{EDGE}",
        "max_concurrency": concurrency,
        "max_batch_size": 1000,
        "enable_prompt_enhancement": False,
    }
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]  # its sources are untyped


async def _serve(settings: Settings, seconds: float) -> None:
    gate = asyncio.Event()
    gate.set()
    door = socket.create_server(("127.0.0.1", 0), backlog=2048)
    async with open_service(settings, Providers([BlankProvider(seconds, gate)])) as service:
        service.web.router.routes.extend(_routes(gate))
        config = server_config(service.web, host="127.0.0.1", port=0, grace=1.0)
        server = PatientServer(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        print(door.getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        service.bus.close()
        server.should_exit = True
        await serving


def _routes(gate: asyncio.Event) -> list[Route]:
    async def usage(request: Request) -> JSONResponse:
        return JSONResponse({"cpu": time.process_time(), "memory": _memory()})

    async def hold(request: Request) -> JSONResponse:
        gate.clear()
        return JSONResponse({})

    async def release(request: Request) -> JSONResponse:
        gate.set()
        return JSONResponse({})

    return [
        Route("/usage", usage),
        Route("/hold", hold, methods=["POST"]),
        Route("/release", release, methods=["POST"]),
    ]


def _memory() -> int | None:
    """Return the bytes that the process holds in memory; only Linux tells."""
    if not _MEMORY.exists():
        return None
    return int(_MEMORY.read_text().split()[1]) * getpagesize()


if __name__ == "__main__":
    main()
