"""The command `image-generation`: serve, print the schema, make keys."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from types import FrameType
from typing import Any

import structlog
import uvicorn
from pydantic import ValidationError
from typing_extensions import override
from uvicorn.server import HANDLED_SIGNALS

from image_generation import __version__
from image_generation.app import AlreadyRunning, Service, open_service
from image_generation.domain.callers import Role
from image_generation.domain.errors import ImageGenerationError
from image_generation.graphql.schema import make_schema
from image_generation.services.key_files import KeyFileError, create_key
from image_generation.services.style_files import StyleFileError
from image_generation.settings import PREFIX, Settings

_log = structlog.get_logger(__name__)

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # a local may be a key
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    asked = _parser().parse_args(arguments)
    if asked.command == "schema":
        print(make_schema().as_str())
        return 0
    try:
        settings = Settings()
    except ValidationError as error:
        return _refuse(_setting_faults(error))
    return (
        _create_key(settings, asked.name, asked.role) if asked.command == "key" else _run(settings)
    )


_EXPOSED = (
    f"Anybody who reaches {{host}} could spend your money. Set {PREFIX}API_KEYS_FILE and make keys "
    f"with `image-generation key create`, or set {PREFIX}ALLOW_ANONYMOUS=true."
)


def _create_key(settings: Settings, name: str, role: Role) -> int:
    if settings.api_keys_file is None:
        return _refuse([f"Set {PREFIX}API_KEYS_FILE to the file that is to hold the key's hash."])
    try:
        key = create_key(settings.api_keys_file, name, role)
    except KeyFileError as error:
        return _refuse([str(error)])
    print(key)
    return 0


def _run(settings: Settings) -> int:
    if settings.exposed_to is not None:
        return _refuse([_EXPOSED.format(host=settings.exposed_to)])
    _configure_logs(settings.log_level)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(settings))
    except (AlreadyRunning, StyleFileError, KeyFileError, ImageGenerationError, OSError) as error:
        return _refuse([str(error)])
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="image-generation", description="A GraphQL server for making pictures with AI."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="{serve,schema,key}")
    commands.add_parser("serve", help="run the service; this is what happens without a command")
    commands.add_parser("schema", help="print the GraphQL schema")
    keys = commands.add_parser("key", help="manage the keys of callers").add_subparsers(
        dest="action", required=True
    )
    create = keys.add_parser("create", help="make a caller's key, print it once, keep its hash")
    create.add_argument("name", help="whose it is: letters, digits, - and _")
    create.add_argument("--role", type=Role, choices=list(Role), default=Role.MEMBER)
    return parser


def _refuse(faults: list[str]) -> int:
    for fault in faults:
        print(f"image-generation: {fault}", file=sys.stderr)
    return 2


def _setting_faults(error: ValidationError) -> list[str]:
    """Name each setting and its fault; the value may be a secret and is left out."""
    return [
        f"{PREFIX}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _loop_factory() -> Any:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


_STREAMS, _READERS, _REQUESTS = 0.1, 0.6, 0.7
"""How much of the grace time streams, slow readers and requests have; the rooms have the rest."""

_SHORTEST_GRACE = 1.0
"""Seconds that the rooms have to close in any case."""

_ANSWERING = 0.1
"""Seconds for those who watched to say what came of it."""


class _Server(uvicorn.Server):
    """A server that ends its streams before its connections, and is gone within its grace time."""

    def __init__(self, config: uvicorn.Config, service: Service, grace: float) -> None:
        super().__init__(config)
        self._service = service
        self._grace = grace

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the first signal as the wish to stop; the next one ends the process where it is.

        Uvicorn raises the first one again at the end of `serve`, which would end the process
        before the rooms behind the server are closed.
        """
        before = {signum: signal.signal(signum, self.handle_exit) for signum in HANDLED_SIGNALS}
        try:
            yield
        finally:
            if not self.should_exit:
                for signum, handler in before.items():
                    signal.signal(signum, handler)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True
        for signum in HANDLED_SIGNALS:
            signal.signal(signum, signal.SIG_DFL)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _announce(self._service, self.servers[0].sockets[0].getsockname())

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let each have its time: streams, readers, requests, and the rooms after this."""
        _end_after(max(self._grace, _SHORTEST_GRACE))
        for server in self.servers:
            server.close()
        self._service.bus.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._grace * _STREAMS):
                await self._service.bus.deserted()
                await asyncio.sleep(_ANSWERING)
        asyncio.get_running_loop().call_later(self._grace * _READERS, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        """Drop those who do not read what there is for them; else they are waited for."""
        for connection in [*self.server_state.connections]:
            connection.transport.abort()


def _end_after(seconds: float) -> None:
    """End the process then, whatever still hangs; what it was at is taken up at the next start.

    A thread that waits for a disk cannot be stopped, and Python would wait for it.
    """
    timer = Timer(seconds, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    _log.error("stopped_by_force")
    os._exit(1)


async def _serve(settings: Settings) -> None:
    async with open_service(settings) as service:
        config = uvicorn.Config(
            service.web,
            host=settings.host,
            port=settings.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=1024 * 1024,
            ws_per_message_deflate=False,
            # It is typed as whole seconds, and handed to `asyncio.wait_for`.
            timeout_graceful_shutdown=settings.shutdown_grace * _REQUESTS,  # type: ignore[arg-type]
        )
        await _Server(config, service, settings.shutdown_grace).serve()


def _announce(service: Service, address: tuple[Any, ...]) -> None:
    host, port = address[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    providers = {provider.name: provider.missing or "ready" for provider in service.providers}
    default = service.providers.default.name
    if not sys.stderr.isatty():
        _log.info(
            "listening", url=url, providers=providers, default=default, data=str(service.data)
        )
        return
    lines = [
        f"  image-generation {__version__}",
        "",
        f"  Explorer   {url}/graphql",
        f"  Pictures   {url}/images/…",
        f"  Data       {service.data}",
        *(
            f"  {'Providers' if first else '':<10} {name}: {state}"
            f"{' (default)' if name == default else ''}"
            for first, (name, state) in zip(
                (True, *(False for _ in providers)), providers.items(), strict=False
            )
        ),
        "",
    ]
    print("\n".join(lines), file=sys.stderr)


def _configure_logs(level: str) -> None:
    """Send every log line through structlog: for people in a terminal, else as JSON."""
    levels = logging.getLevelNamesMapping()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    people = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if people
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if people else [_TRACEBACKS]),
                renderer,
            ],
        )
    )
    # What libraries say below a warning is left out: some of it holds prompts and whole requests.
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, levels[level]), force=True)
    logging.getLogger("image_generation").setLevel(level)
