"""Every setting, with its meaning and its default; the environment and `.env` are read here."""

import re
from contextlib import suppress
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from image_generation.domain import limits
from image_generation.domain.budgets import Budget
from image_generation.domain.callers import CallerLimits
from image_generation.domain.pictures import MAX_PIXELS, Size

PREFIX = "IMG_GEN_"


def _size(text: str) -> str:
    width, _, height = text.lower().partition("x")
    edges = (width, height)
    if not all(edge.isdecimal() and limits.EDGE.allows(int(edge)) for edge in edges):
        raise ValueError(f"write WIDTHxHEIGHT, each {limits.EDGE}")
    return text.lower()


def _endpoint(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("write http:// or https:// and a host, without user and password")
    return text


_HOST_NAME = re.compile(r"\*|(\*\.)?[\w-]+(\.[\w-]+)*")


def _host_name(text: str) -> str:
    if not _HOST_NAME.fullmatch(text):
        raise ValueError("write a name without scheme and port, *.NAME for all below it, or *")
    return text


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host.lower() == "localhost"


class Settings(BaseSettings):
    """The settings; each is read from `IMG_GEN_` and its name, the environment before `.env`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
    )

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(
        default=8005, ge=0, le=65535, description="The port to listen on; 0 takes a free one."
    )
    public_url: str | None = Field(
        default=None,
        description="The address that picture URLs begin with; else the one that was asked.",
    )
    allowed_origins: list[str] = Field(
        default=[],
        description="Pages of other hosts that may ask and read pixels, as a JSON list of origins.",
    )
    allowed_hosts: list[Annotated[str, AfterValidator(_host_name)]] = Field(
        default=[],
        description=(
            "Names that the service may be asked by, as a JSON list; else any with keys, and "
            "`localhost` without."
        ),
    )
    api_keys_file: Path | None = Field(
        default=None,
        description="A TOML file with the callers and the hashes of their keys.",
    )
    image_url_lifetime: int = Field(
        default=86_400,
        ge=60,
        description=(
            "Seconds that the address of a picture opens without a key, where keys are needed; at "
            "least half of it."
        ),
    )
    image_url_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description=(
            "What signs such addresses, 32 characters or more; else a secret made once, in "
            "`DATA_DIR`."
        ),
    )
    allow_anonymous: bool = Field(
        default=False,
        description="Whether to listen beyond this machine without keys, for anybody to use.",
    )
    max_cost: int = Field(
        default=10_000,
        ge=1,
        description="What one GraphQL operation may cost; about 1 for each thing that it reads.",
    )
    bytes_per_minute: int = Field(
        default=512 * 1024 * 1024,
        ge=1024,
        description="How many bytes the requests of one caller may have in a minute.",
    )
    trusted_documents: Path | None = Field(
        default=None,
        description="A JSON file with documents by their hashes, for `documentId`.",
    )
    only_trusted_documents: bool = Field(
        default=False, description="Whether no other documents run than those of the file."
    )
    introspection: bool = Field(
        default=True,
        description="Whether the schema may be asked for; else there is no explorer either.",
    )
    usd_per_day: Decimal | None = Field(
        default=None, ge=0, description="US dollars that all callers may spend in a day (UTC)."
    )
    usd_per_month: Decimal | None = Field(
        default=None, ge=0, description="US dollars that all callers may spend in a month (UTC)."
    )
    data_dir: Path = Field(
        default=Path("generated_images"),
        description="Where the embedded database and the pictures go.",
    )
    storage_backend: Literal["local", "s3"] = Field(
        default="local",
        description="Where the bytes go: `local`, a folder in `DATA_DIR`, or `s3`, a bucket.",
    )
    s3_bucket: str | None = Field(
        default=None, validate_default=True, description="The bucket, which must be there."
    )
    s3_prefix: str | None = Field(
        default=None, description="What the names of all objects begin with, as a folder's would."
    )
    s3_region: str | None = Field(
        default=None,
        description="The bucket's region; else as boto3 finds it, or `us-east-1` at an endpoint.",
    )
    s3_endpoint_url: Annotated[str, AfterValidator(_endpoint)] | None = Field(
        default=None, description="A server that speaks as S3 does, MinIO for instance."
    )
    s3_access_key_id: SecretStr | None = Field(
        default=None, description="Who asks; without it and its secret, boto3 finds the keys."
    )
    s3_secret_access_key: SecretStr | None = Field(
        default=None, validate_default=True, description="The secret that goes with it."
    )
    s3_timeout: float = Field(
        default=20.0, gt=0, description="Seconds that the bucket may take for an answer."
    )
    s3_redirect: bool = Field(
        default=False,
        description="Whether browsers fetch pictures from the bucket itself, by signed addresses.",
    )
    default_provider: str | None = Field(
        default=None,
        description="The provider used when none is named; else the first one that is ready.",
    )
    default_size: Annotated[str, AfterValidator(_size)] = Field(
        default="1024x1024", description="The size of a picture when none is asked for."
    )
    max_concurrency: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="How many generations run at a time for each provider.",
    )
    max_batch_size: int = Field(
        default=16, ge=1, le=1000, description="How many pictures may be asked for in one batch."
    )
    max_upload_bytes: int = Field(
        default=20 * 1024 * 1024, ge=1024, description="How many bytes a picture sent may have."
    )
    max_upload_pixels: int = Field(
        default=50_000_000,
        ge=65_536,
        le=MAX_PIXELS,
        description="How many pixels a picture sent may have; each takes some 20 bytes of memory.",
    )
    embed_prompts: bool = Field(
        default=False,
        description=(
            "Whether the files of pictures tell their prompt and parameters, to whoever gets them."
        ),
    )
    generation_timeout: float = Field(
        default=600.0, gt=0, description="Seconds that a provider may take for one picture."
    )
    shutdown_grace: float = Field(
        default=10.0,
        ge=0,
        description="Seconds that the server has to stop; most of it is for open requests.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None, description="The key for OpenAI, or for the server at `OPENAI_BASE_URL`."
    )
    openai_base_url: str | None = Field(
        default=None, description="An OpenAI-compatible server to ask in OpenAI's place."
    )
    openai_profile: (
        Literal["openai", "localai", "sd-server", "vllm-omni", "sglang", "generic"] | None
    ) = Field(default=None, description="What kind of server that is; else `generic`.")
    openai_model: str | None = Field(
        default=None, description="OpenAI's default model; else the first that is not retired."
    )
    replicate_api_token: SecretStr | None = Field(
        default=None, description="The token for Replicate."
    )
    replicate_base_url: str | None = Field(
        default=None, description="A gateway to ask in Replicate's place, without `/v1`."
    )
    replicate_model: str | None = Field(
        default=None, description="Replicate's default model; else FLUX schnell."
    )
    enable_prompt_enhancement: bool = Field(
        default=True,
        description="Whether prompts are enhanced where a wish does not say, given a model.",
    )
    prompt_enhance_model: str = Field(
        default="gpt-6-luna", description="The language model that enhances prompts."
    )
    prompt_enhance_base_url: str | None = Field(
        default=None, description="The server of the language model; else OpenAI, with its key."
    )
    prompt_enhance_api_key: SecretStr | None = Field(
        default=None, description="The key for that server, if it wants one."
    )
    painter_delay: float = Field(
        default=0.0,
        ge=0,
        description="Seconds added to each picture of the embedded painter, to watch it at work.",
    )
    styles_file: Path | None = Field(
        default=None, description="A TOML file with styles to add or to replace."
    )
    explorer_cdn: bool = Field(
        default=True,
        description="Whether the explorer may load its files from a CDN when it was built without.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="What is logged: this and what is graver."
    )

    @field_validator("s3_bucket")
    @classmethod
    def _check_bucket(cls, bucket: str | None, others: ValidationInfo) -> str | None:
        backend = others.data.get("storage_backend")
        if backend == "s3" and not bucket:
            raise ValueError(f"name the bucket, or set {PREFIX}STORAGE_BACKEND=local")
        if backend == "local" and bucket:
            raise ValueError(f"set {PREFIX}STORAGE_BACKEND=s3, too, or leave out the bucket")
        return bucket

    @field_validator("s3_secret_access_key")
    @classmethod
    def _check_keys(cls, secret: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        key_id = others.data.get("s3_access_key_id")
        if secret and not key_id:
            raise ValueError(f"set {PREFIX}S3_ACCESS_KEY_ID, too: both or neither")
        if key_id and not secret:
            raise ValueError(f"is missing beside {PREFIX}S3_ACCESS_KEY_ID: both or neither")
        return secret

    @property
    def exposed_to(self) -> str | None:
        """The address where anybody could ask that nobody has allowed; None when all is well."""
        safe = self.api_keys_file is not None or self.allow_anonymous or _is_loopback(self.host)
        return None if safe else self.host

    @property
    def known_hosts(self) -> list[str]:
        """The names that may be asked, besides `localhost` and addresses.

        Where keys are needed a page of a stranger has none, so that any name will do.
        """
        if not self.allowed_hosts and self.api_keys_file is not None:
            return ["*"]
        public = urlsplit(self.public_url or "").hostname
        return [*self.allowed_hosts, *([public] if public else [])]

    @property
    def caller_limits(self) -> CallerLimits:
        """What holds for callers whose own limits do not say."""
        return CallerLimits(max_cost=self.max_cost, bytes_per_minute=self.bytes_per_minute)

    @property
    def budget(self) -> Budget:
        """What all callers together may spend."""
        return Budget(usd_per_day=self.usd_per_day, usd_per_month=self.usd_per_month)

    @property
    def size(self) -> Size:
        """The default size in pixels."""
        width, _, height = self.default_size.partition("x")
        return Size(int(width), int(height))
