"""The command in a process that kills itself at a moment chosen before.

A moment is "before" or "after" and a word: before or after the commit that writes this about a
generation. Two are none of a row: "before RENAMED", the picture's file is written and not yet in
place, and "before REMOVED 2", the second file or object of a picture is about to go.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import httpx2
import orjson
from sqlalchemy import Delete, Engine, Insert, Update, event

from image_generation.cli import main
from image_generation.gallery.records import TABLE

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "tests.product.doomed",
        "image_generation.providers.openai.calls",
        "image_generation.providers.replicate.wire",
        "image_generation.storage.s3",
        "uvicorn.protocols.http.httptools_impl",
        "uvicorn.protocols.websockets.websockets_sansio_impl",
        "uvloop",
    ]
)
"""Processes begin with all of this imported, which takes three seconds once and not each time."""

_NO_TLS = SSLContext(PROTOCOL_TLS_CLIENT)
"""Knows no authority: to read those of the system takes a tenth of a second a client."""


@dataclass(frozen=True)
class Doomed:
    """The command; `url` is None when it died before it listened."""

    process: ForkServerProcess
    url: str | None

    async def ask(self, query: str, **variables: Any) -> None:
        """Send an operation; the answer may come or not."""
        assert self.url is not None
        body = {"query": query, "variables": variables}
        async with httpx2.AsyncClient(timeout=30, verify=_NO_TLS) as client:
            with suppress(httpx2.TransportError):
                answer = (await client.post(f"{self.url}/graphql", json=body)).json()
                assert "errors" not in answer, answer

    def kill(self) -> None:
        """Kill it now."""
        self.process.kill()

    async def death(self) -> None:
        """Wait until it is killed."""
        await asyncio.to_thread(self.process.join, 20)
        assert self.process.exitcode == -signal.SIGKILL


@asynccontextmanager
async def doomed(
    moment: str | None, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[Doomed]:
    """Run the command until it dies, or is killed at the end of the block."""
    hears, speaks = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_serve, args=(moment, folder, settings, speaks))
    await asyncio.to_thread(process.start)
    speaks.close()
    try:
        with hears:
            yield Doomed(process, await asyncio.to_thread(_url, hears))
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()


def _url(hears: Connection) -> str | None:
    """Read the log until it says where the command listens, or ends."""
    with open(hears.fileno(), "rb", closefd=False) as lines:
        events = map(orjson.loads, lines)
        return next((event["url"] for event in events if event["event"] == "listening"), None)


def _serve(
    moment: str | None, folder: Path, settings: Mapping[str, str], speaks: Connection
) -> None:
    """Be the command, with these settings and no others."""
    given = {"DATA_DIR": str(folder), "PORT": "0", "DEFAULT_SIZE": "256x256", **settings}
    os.environ.update({f"IMG_GEN_{name}": value for name, value in given.items()})  # noqa: TID251 - the command reads it
    os.chdir(folder.parent)
    os.dup2(speaks.fileno(), sys.stderr.fileno())
    _await(moment)
    sys.exit(main([]))


def _await(moment: str | None) -> None:
    @event.listens_for(Engine, "after_cursor_execute")
    def _(
        connection: Any, _cursor: Any, _text: Any, _values: Any, context: Any, _many: Any
    ) -> None:
        connection.info["written"] = _written(context) or connection.info.get("written")

    @event.listens_for(Engine, "commit")
    def _(connection: Any) -> None:
        written = connection.info.pop("written", None)
        if moment == f"after {written}":
            connection.connection.driver_connection.execute("COMMIT")
        if moment in {f"before {written}", f"after {written}"}:
            _die()

    seen: Counter[str] = Counter()

    def audit(name: str, arguments: Any) -> None:
        if deed := _deed(name, arguments):
            seen[deed] += 1
            if moment in {f"before {deed}", f"before {deed} {seen[deed]}"}:
                _die()

    sys.addaudithook(audit)


def _deed(name: str, arguments: Any) -> str | None:
    """Say in a word what is about to happen to the bytes of a picture."""
    if name == "os.rename":
        return "RENAMED"
    if name == "os.remove":
        parts = Path(arguments[0]).parts
        return "REMOVED" if "images" in parts and "incoming" not in parts else None
    if name == "http.client.send":
        sent = arguments[1] if isinstance(arguments[1], bytes) else b""
        return "REMOVED" if sent.startswith(b"DELETE ") and b"check-" not in sent else None
    return None


def _written(context: Any) -> str | None:
    """Say in a word what a statement writes about a generation."""
    statement = getattr(context.compiled, "statement", None)
    if not isinstance(statement, Insert | Update | Delete) or statement.table is not TABLE:
        return None
    if isinstance(statement, Insert):
        return "ACCEPTED"
    if isinstance(statement, Delete):
        return "FORGOTTEN"
    values = context.compiled_parameters[0]
    named = (("deleted_at", "DELETED"), ("final_prompt", "ENHANCED"), ("progress", "PROGRESS"))
    word = values.get("step") or values.get("status")
    return word or next((word for column, word in named if column in values), None)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
