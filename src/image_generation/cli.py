"""The command `image-generation`: serve, compare rows with bytes, print the schema, make keys."""

import argparse
import asyncio
import logging
import sys
import warnings
from collections.abc import Coroutine, Sequence
from functools import partial
from types import CoroutineType
from typing import Any

import structlog
from pydantic import ValidationError

from image_generation import __version__
from image_generation.adapters import AlreadyRunning
from image_generation.app import Service, open_service
from image_generation.domain.callers import Role
from image_generation.domain.errors import ImageGenerationError
from image_generation.examination import NoGallery, examine
from image_generation.graphql.schema import make_schema
from image_generation.services.document_files import DocumentFileError
from image_generation.services.incidents import log_incident
from image_generation.services.key_files import KeyFileError, create_key
from image_generation.services.style_files import StyleFileError
from image_generation.serving import Server, server_config
from image_generation.settings import PREFIX, Settings

_log = structlog.get_logger(__name__)

_REFUSALS = (
    AlreadyRunning,
    NoGallery,
    StyleFileError,
    KeyFileError,
    DocumentFileError,
    ImageGenerationError,
    OSError,
)

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # a local may be a key
)


_NOT_BEGUN = r"coroutine '(Executor|GraphQLCoreConverter)\."
"""What is said of a canceled operation's fields that graphql-core had not begun with."""


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
    return _COMMANDS[asked.command](settings, asked)


_EXPOSED = (
    f"Anybody who reaches {{host}} could spend your money. Set {PREFIX}API_KEYS_FILE and make keys "
    f"with `image-generation key create`, or set {PREFIX}ALLOW_ANONYMOUS=true."
)


def _create_key(settings: Settings, asked: argparse.Namespace) -> int:
    if settings.api_keys_file is None:
        return _refuse([f"Set {PREFIX}API_KEYS_FILE to the file that is to hold the key's hash."])
    try:
        key = create_key(settings.api_keys_file, asked.name, asked.role)
    except KeyFileError as error:
        return _refuse([str(error)])
    print(key)
    return 0


def _examine(settings: Settings, asked: argparse.Namespace) -> int:
    asked_for = {name: getattr(asked, name) for name in ("verify", "repair", "force")}
    return _attempt(settings, examine(settings, **asked_for))


def _run(settings: Settings, _: argparse.Namespace) -> int:
    if settings.exposed_to is not None:
        return _refuse([_EXPOSED.format(host=settings.exposed_to)])
    return _attempt(settings, _serve(settings))


def _attempt(settings: Settings, work: Coroutine[Any, Any, int]) -> int:
    """Run a command to its end, and tell in a line why it cannot be run."""
    _configure_logs(settings.log_level)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except _REFUSALS as error:
        return _refuse([str(error)])
    except KeyboardInterrupt:
        return 130


_COMMANDS = {None: _run, "serve": _run, "key": _create_key, "doctor": _examine}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="image-generation", description="A GraphQL server for making pictures with AI."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="{serve,doctor,schema,key}")
    commands.add_parser("serve", help="run the service; this is what happens without a command")
    doctor = commands.add_parser("doctor", help="compare the gallery with the bytes that are kept")
    doctor.add_argument("--verify", action="store_true", help="read all bytes, and compare hashes")
    doctor.add_argument("--repair", action="store_true", help="repair what does not agree")
    doctor.add_argument("--force", action="store_true", help="repair even if most does not agree")
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


async def _serve(settings: Settings) -> int:
    async with open_service(settings) as service:
        grace = settings.shutdown_grace
        config = server_config(service.web, host=settings.host, port=settings.port, grace=grace)
        await Server(config, service.bus, grace, partial(_announce, service)).serve()
    return 0


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


def log_unraisable(fault: "sys.UnraisableHookArgs") -> None:
    """Log a fault that nobody could be told of, as any other of ours.

    Of a coroutine that was not begun Python would warn, and cannot in code that has no builtins: a
    named tuple's constructor, when the garbage collector runs there.
    """
    if not (isinstance(fault.object, CoroutineType) and isinstance(fault.exc_value, KeyError)):
        log_incident(fault.exc_value or fault.exc_type())


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
    warnings.filterwarnings("ignore", module=r"PIL\.")  # a client's file is not worth a word
    # What libraries say below a warning is left out: some of it holds prompts and whole requests.
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, levels[level]), force=True)
    logging.getLogger("image_generation").setLevel(level)
    logging.captureWarnings(capture=True)
    warnings.filterwarnings("ignore", _NOT_BEGUN, RuntimeWarning)
    sys.unraisablehook = log_unraisable
