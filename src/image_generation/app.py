"""The composition root: builds every room from the settings, opens and closes it."""

from collections.abc import AsyncIterator
from contextlib import (
    aclosing,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection

from image_generation import adapters
from image_generation.concepts.content import read_concepts
from image_generation.domain.callers import Caller
from image_generation.domain.identifiers import Identifiers
from image_generation.domain.pictures import Size
from image_generation.domain.styles import PRESETS, StyleBook
from image_generation.events.bus import Bus
from image_generation.gallery.batches import Batches
from image_generation.gallery.booking import Allowances
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.migrations import migrate
from image_generation.gallery.scope import Scope
from image_generation.gallery.spending import Spending
from image_generation.graphql.context import Context, Services
from image_generation.graphql.documents import DocumentPolicy
from image_generation.graphql.explorer import Explorer
from image_generation.graphql.extensions import FrontDoorSchema
from image_generation.graphql.schema import make_schema
from image_generation.graphql.views import Bounds, graphql_routes
from image_generation.http import figures, health, pictures, root
from image_generation.http.errors import refused
from image_generation.http.headers import SafeHeaders
from image_generation.http.hosts import KnownHosts
from image_generation.http.incidents import Incidents
from image_generation.http.origins import cross_origin
from image_generation.http.request_ids import RequestIds
from image_generation.jobs.base import Dispatcher
from image_generation.jobs.registry import make_dispatcher
from image_generation.providers.chat import ChatModel
from image_generation.providers.registry import Providers
from image_generation.services.addresses import Addresses
from image_generation.services.batches import BatchWork
from image_generation.services.breaker import Breakers
from image_generation.services.cancellation import Cancellation
from image_generation.services.checkups import Checkups
from image_generation.services.deletion import Deletion
from image_generation.services.delivery import Delivered, Delivery
from image_generation.services.document_files import DocumentFileError, read_documents
from image_generation.services.editing import Editing
from image_generation.services.enhancement import Enhancer
from image_generation.services.figures import Figures
from image_generation.services.generations import Generations
from image_generation.services.housekeeping import Housekeeping
from image_generation.services.intake import Intake
from image_generation.services.keeping import Keeping
from image_generation.services.key_files import KeyRing
from image_generation.services.marking import Marking, origin_of
from image_generation.services.masking import Masking
from image_generation.services.paces import Paces
from image_generation.services.pipeline import Pipeline
from image_generation.services.planning import Planner
from image_generation.services.progress import Announcer
from image_generation.services.prompts import Prompts
from image_generation.services.readiness import Readiness
from image_generation.services.recovery import Recovery
from image_generation.services.repetition import Repetition
from image_generation.services.requests import Requests
from image_generation.services.retries import RetryPolicy
from image_generation.services.style_files import read_styles
from image_generation.services.variants import Variants
from image_generation.services.watching import Watching
from image_generation.settings import PREFIX, Settings
from image_generation.storage.base import Store


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its doors, and what its server must know."""

    web: Starlette
    bus: Bus
    providers: Providers
    data: Path


@asynccontextmanager
async def open_service(
    settings: Settings, providers: Providers | None = None
) -> AsyncIterator[Service]:
    """Open every room, take up unfinished work, and close all at the end.

    Providers are made from the settings unless they are given.

    Raises `AlreadyRunning`, `StyleFileError`, `KeyFileError`, `DocumentFileError`, `StorageFailed`
    or `RequestRefused` (an unknown or unconfigured default provider).
    """
    providers = providers or adapters.providers(settings)
    adapters.warn_of_retirements(providers)
    styles = StyleBook(read_styles(settings.styles_file) if settings.styles_file else PRESETS)
    with adapters.only_process(settings):
        async with open_database(settings.data_dir / "gallery.db") as database:
            await database.write(migrate)
            async with (
                _open_stores(settings) as keeping,
                _working(settings, database, keeping, providers, styles) as service,
            ):
                yield service


@asynccontextmanager
async def _open_stores(settings: Settings) -> AsyncIterator[Keeping]:
    """Make sure that pictures can be kept, and sweep up after whoever was interrupted."""
    outbox = adapters.outbox(settings)
    async with aclosing(adapters.store(settings)) as store:
        for each in (store, outbox):
            if each is not None:
                await each.check()
                await each.sweep(older_than=0.0)
        yield Keeping(store=store, outbox=outbox)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rooms:
    """The rooms in the middle, which services work in."""

    settings: Settings
    database: Database
    store: Store
    keeping: Keeping
    providers: Providers
    styles: StyleBook
    chat: ChatModel | None
    enhancer: Enhancer
    keys: KeyRing
    gallery: Gallery
    ledger: Ledger
    bus: Bus
    announcer: Announcer
    cancellation: Cancellation
    dispatcher: Dispatcher


@asynccontextmanager
async def _working(
    settings: Settings,
    database: Database,
    keeping: Keeping,
    providers: Providers,
    styles: StyleBook,
) -> AsyncIterator[Service]:
    chat, bus, keys = (
        adapters.chat(settings),
        Bus(),
        KeyRing(settings.api_keys_file, settings.caller_limits),
    )
    ledger = Ledger(database, Allowances(of=keys.limits_of, overall=settings.budget))
    rooms = _Rooms(
        settings=settings,
        database=database,
        store=keeping.store,
        keeping=keeping,
        providers=providers,
        styles=styles,
        chat=chat,
        enhancer=Enhancer(chat),
        keys=keys,
        gallery=Gallery(database),
        ledger=ledger,
        bus=bus,
        announcer=Announcer(bus),
        cancellation=Cancellation(ledger, providers),
        dispatcher=make_dispatcher(settings.max_concurrency),
    )
    services = _services(rooms)
    async with (
        aclosing(providers),
        aclosing(chat) if chat else nullcontext(),
        rooms.dispatcher.run(_pipeline(rooms).run),
        Housekeeping(
            rooms.ledger, rooms.dispatcher, services.deletion, rooms.cancellation
        ).running(),
    ):
        yield Service(_web(rooms, services), bus, providers, settings.data_dir.absolute())


def _pipeline(rooms: _Rooms) -> Pipeline:
    return Pipeline(
        ledger=rooms.ledger,
        providers=rooms.providers,
        prompts=Prompts(rooms.enhancer, rooms.styles, rooms.ledger),
        breakers=Breakers(),
        recovery=Recovery(rooms.ledger, rooms.keeping),
        keeping=rooms.keeping,
        masking=Masking(Requests(rooms.store)),
        marking=Marking(rooms.store, rooms.settings.embed_prompts),
        announcer=rooms.announcer,
        dispatcher=rooms.dispatcher,
        retries=RetryPolicy(),
        deadline=rooms.settings.generation_timeout,
    )


def _services(rooms: _Rooms) -> Services:
    gallery, batches = rooms.gallery, Batches(rooms.database)
    generations = _generations(rooms)
    editing = Editing(
        generations=generations,
        intake=Intake(rooms.settings.max_upload_bytes, rooms.settings.max_upload_pixels),
        store=rooms.store,
    )
    delivery = Delivery(rooms.store, partial(_delivered, gallery, rooms.providers))
    return Services(
        generations=generations,
        batch_work=BatchWork(
            batches=batches, generations=generations, most=rooms.settings.max_batch_size
        ),
        batches=batches,
        watching=Watching(generations, gallery, rooms.bus),
        editing=editing,
        repetition=Repetition(generations=generations, editing=editing),
        deletion=Deletion(gallery, rooms.store),
        delivery=delivery,
        addresses=Addresses(rooms.keys, adapters.signer(rooms.settings)),
        figures=Figures(delivery),
        gallery=gallery,
        providers=rooms.providers,
        checkups=Checkups(),
        styles=rooms.styles,
        concepts=read_concepts(),
        spending=Spending(rooms.database),
        paces=Paces(),
    )


def _generations(rooms: _Rooms) -> Generations:
    return Generations(
        planner=Planner(
            providers=rooms.providers,
            styles=rooms.styles,
            default_size=rooms.settings.size,
            enhancer=rooms.chat is not None,
            enhance_by_default=rooms.settings.enable_prompt_enhancement,
        ),
        enhancer=rooms.enhancer,
        identifiers=Identifiers(),
        ledger=rooms.ledger,
        gallery=rooms.gallery,
        dispatcher=rooms.dispatcher,
        announcer=rooms.announcer,
        cancellation=rooms.cancellation,
        bus=rooms.bus,
    )


async def _delivered(
    gallery: Gallery, providers: Providers, scope: Scope, id: UUID
) -> Delivered | None:
    image = (await gallery.images_by_id(scope, [id])).get(id)
    if image is None:
        return None
    size = Size(image.image_width, image.image_height)
    origin = origin_of(image, providers)
    return Delivered(id, image.format, size, image.byte_size, image.sha256, origin)


def _origin(connection: HTTPConnection) -> str:
    """Return the address that was asked, over HTTP also when a WebSocket asks."""
    address = connection.base_url
    secure = address.scheme in {"https", "wss"}
    return str(address.replace(scheme="https" if secure else "http")).rstrip("/")


def _bounds(picture: int) -> Bounds:
    """Make room for a picture in base64, or for two as files, of so many bytes; and for words."""
    words = 4 * 1024 * 1024
    return Bounds(body_size=words + picture * 4 // 3, form_size=words + 2 * picture)


def _schema(settings: Settings) -> FrontDoorSchema:
    """Make the schema; a trusted document that does not fit it raises `DocumentFileError`."""
    path = settings.trusted_documents
    if settings.only_trusted_documents and path is None:
        raise DocumentFileError(f"Set {PREFIX}TRUSTED_DOCUMENTS to the file of the documents.")
    policy = DocumentPolicy(
        trusted=read_documents(path) if path else {},
        only_trusted=settings.only_trusted_documents,
        introspection=settings.introspection,
    )
    schema = make_schema(policy)
    for name, document in policy.trusted.items():
        if fault := schema.fault_in(document):
            raise DocumentFileError(f"{path}: {name}: {fault}")
    return schema


def _explorer(settings: Settings) -> Explorer | None:
    """Make the explorer, if what it has to ask may be asked."""
    if settings.only_trusted_documents or not settings.introspection:
        return None
    return Explorer(allow_cdn=settings.explorer_cdn)


def _web(rooms: _Rooms, services: Services) -> Starlette:
    settings = rooms.settings

    def make_context(connection: HTTPConnection, authorization: str | None) -> Context:
        def ask() -> Caller:  # a function shows nothing of the key that it holds
            return rooms.keys.caller_of(authorization)

        return Context(services, ask, settings.public_url or _origin(connection))

    return Starlette(
        routes=[
            *root.routes(),
            *health.routes(Readiness(rooms.store).check),
            *pictures.routes(
                services.delivery, Variants(rooms.store, services.delivery), services.addresses
            ),
            *figures.routes(services.figures, services.addresses),
            *graphql_routes(
                _schema(settings),
                make_context,
                explorer=_explorer(settings),
                bounds=_bounds(settings.max_upload_bytes),
                allowed_origins=tuple(settings.allowed_origins),
            ),
        ],
        middleware=[
            Middleware(RequestIds),
            Middleware(SafeHeaders),
            *cross_origin(settings.allowed_origins),
            Middleware(Incidents),
            Middleware(KnownHosts, settings.known_hosts),
        ],
        exception_handlers={HTTPException: refused},
    )
