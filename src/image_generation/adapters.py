"""What the settings describe, made: providers, stores, language model, signer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from filelock import FileLock, Timeout
from pydantic import SecretStr

from image_generation.providers.chat import ChatModel
from image_generation.providers.registry import Access, Providers, make_providers
from image_generation.services.signing import Signer, read_secret
from image_generation.settings import Settings
from image_generation.storage.base import Store
from image_generation.storage.bucket import Bucket
from image_generation.storage.registry import open_store

_log = structlog.get_logger(__name__)

_NOTICE = timedelta(days=60)
"""How long before a model retires the operator is warned."""


class AlreadyRunning(Exception):
    """Another process works on the same data folder."""


@contextmanager
def only_process(settings: Settings) -> Iterator[None]:
    """Hold the data folder, or raise `AlreadyRunning`."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.data_dir / "in-use.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise AlreadyRunning(
            f"Another process works on {settings.data_dir}. Stop it, or set IMG_GEN_DATA_DIR."
        ) from error
    try:
        yield
    finally:
        lock.release()


def warn_of_retirements(providers: Providers) -> None:
    """Tell the operator of models in use that retire soon."""
    soon = (datetime.now(UTC) + _NOTICE).date()
    for provider in providers:
        for model in provider.models.values() if provider.missing is None else ():
            if model.is_retired(soon):
                _log.warning(
                    "model_retires",
                    provider=provider.name,
                    model=model.name,
                    retires_on=model.retires_on,
                    successor=model.successor,
                )


def providers(settings: Settings) -> Providers:
    """Make every provider."""
    return make_providers(
        openai=Access(
            key=_revealed(settings.openai_api_key),
            base_url=settings.openai_base_url,
            model=settings.openai_model,
            profile=settings.openai_profile,
        ),
        replicate=Access(
            key=_revealed(settings.replicate_api_token),
            base_url=settings.replicate_base_url,
            model=settings.replicate_model,
        ),
        painter_delay=settings.painter_delay,
        default=settings.default_provider,
    )


def store(settings: Settings) -> Store:
    """Make the store of the pictures."""
    bucket = settings.s3_bucket and Bucket(
        name=settings.s3_bucket,
        prefix=settings.s3_prefix or "",
        region=settings.s3_region,
        endpoint_url=settings.s3_endpoint_url,
        access_key_id=_revealed(settings.s3_access_key_id),
        secret_access_key=_revealed(settings.s3_secret_access_key),
        timeout=settings.s3_timeout,
        hands_out=settings.s3_redirect,
    )
    return open_store(settings.storage_backend, settings.data_dir / "images", bucket or None)


def outbox(settings: Settings) -> Store | None:
    """Make where pictures lie on their way to a store that is far away."""
    if settings.storage_backend == "local":
        return None
    return open_store("local", settings.data_dir / "outbox")


def chat(settings: Settings) -> ChatModel | None:
    """Make the language model, if there is one; the key of one server goes to no other."""
    if settings.prompt_enhance_base_url is not None:
        key = settings.prompt_enhance_api_key
    elif settings.openai_base_url is None and settings.openai_api_key is not None:
        key = settings.openai_api_key
    else:
        return None
    return ChatModel(
        _revealed(key), settings.prompt_enhance_base_url, settings.prompt_enhance_model
    )


def signer(settings: Settings) -> Signer | None:
    """Make what signs the addresses of pictures; None where anybody may see them."""
    if settings.api_keys_file is None:
        return None
    given = _revealed(settings.image_url_secret)
    secret = given.encode() if given else read_secret(settings.data_dir / "image-urls.secret")
    return Signer(secret, settings.image_url_lifetime)


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
