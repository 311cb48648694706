"""Pictures kept in a bucket of S3, or of what speaks as it does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import boto3
import structlog
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from image_generation.domain.errors import StorageFailed
from image_generation.storage.base import (
    Entry,
    Missing,
    is_key,
    require_key,
    require_range,
    translated,
)
from image_generation.storage.bucket import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, ListObjectsV2RequestTypeDef

_log = structlog.get_logger(__name__)

T = TypeVar("T")

_AT_A_TIME = 16
"""How many requests are under way at most; others wait for a thread."""

_TRIES = 3

_LARGE = 16 * 1024 * 1024
"""Bytes from which a picture is sent in parts, each of which can be sent again."""

_PROBE = "check-"
"""What the names begin with of what is only written to see whether it can be."""

_FAULTS = (BotoCoreError, ClientError, Boto3Error)

_NOT_ALLOWED = {"AccessDenied", "NotImplemented", "MethodNotAllowed"}

_REASONS = {
    "NoSuchBucket": "The bucket does not exist.",
    "404": "The bucket does not exist.",
    "AccessDenied": "The bucket does not let these keys read, write and delete.",
    "403": "The bucket does not let these keys read, write and delete.",
    "InvalidAccessKeyId": "The access key is not known there.",
    "SignatureDoesNotMatch": "The secret access key does not belong to the access key.",
    "ParamValidationError": "That is no name of a bucket.",
    "NoCredentialsError": "There are no keys for it.",
    "EndpointConnectionError": "It cannot be reached.",
    "ConnectTimeoutError": "It cannot be reached.",
    "ReadTimeoutError": "It does not answer.",
}


class S3Store:
    """Keeps each picture as an object whose name is its key.

    boto3 waits for answers in threads; these are the store's own, so that a bucket that is slow
    holds up nothing else.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._prefix = f"{bucket.prefix.strip('/')}/".lstrip("/")
        self._hands_out = bucket.hands_out
        self._client = _client(bucket)
        self._threads = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="s3")

    async def put(self, key: str, data: bytes) -> None:
        name = self._name(key)
        with translated("written", *_FAULTS):
            await self._run(self._write, name, data)

    async def get(self, key: str) -> bytes:
        name = self._name(key)
        with translated("read", *_FAULTS), _missing(key):
            return await self._run(self._read, name)

    async def read_range(self, key: str, start: int, stop: int) -> bytes:
        require_range(start, stop)
        name = self._name(key)
        with translated("read", *_FAULTS), _missing(key):
            return await self._run(self._read_range, name, f"bytes={start}-{stop - 1}")

    async def size(self, key: str) -> int:
        require_key(key)
        with translated("read", *_FAULTS):
            return await self._run(self._size, key)

    async def exists(self, key: str) -> bool:
        try:
            await self.size(key)
        except Missing:
            return False
        return True

    async def delete(self, key: str) -> None:
        name = self._name(key)
        beside = [] if "/" in key else [entry.key async for entry in self.entries(f"{key}/")]
        with translated("deleted", *_FAULTS):
            for each in (*map(self._name, beside), name):
                await self._run(partial(self._client.delete_object, Bucket=self._bucket, Key=each))

    async def entries(self, prefix: str = "") -> AsyncIterator[Entry]:
        page: ListObjectsV2RequestTypeDef | None = {
            "Bucket": self._bucket,
            "Prefix": self._prefix + prefix,
        }
        while page:
            with translated("listed", *_FAULTS):
                found = await self._run(partial(self._client.list_objects_v2, **page))
            for each in found.get("Contents", ()):
                key = each["Key"].removeprefix(self._prefix)
                if is_key(key):
                    yield Entry(key, each["Size"], each["LastModified"].astimezone(UTC))
            following = found.get("NextContinuationToken")
            page = {**page, "ContinuationToken": following} if following else None

    async def link(self, key: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        if not self._hands_out:
            return None
        asked = {
            "Bucket": self._bucket,
            "Key": self._name(key),
            "ResponseContentType": headers["Content-Type"],
            "ResponseContentDisposition": headers["Content-Disposition"],
            "ResponseCacheControl": headers["Cache-Control"],
        }
        with translated("read", *_FAULTS):  # keys that boto3 found may have to be renewed
            return await self._run(
                partial(self._client.generate_presigned_url, "get_object", asked, seconds)
            )

    async def check(self) -> None:
        try:
            await self._run(self._prove)
        except _FAULTS as error:
            code = _code_of(error)
            reason = _REASONS.get(code, f"It answers {code}.")
            message = f"The bucket {self._bucket} cannot be used. {reason}"
            raise StorageFailed(message, charged=None) from error

    async def sweep(self, older_than: float) -> None:
        newest = datetime.now(UTC) - timedelta(seconds=older_than)
        with translated("swept", *_FAULTS):
            await self._run(self._remove_probes, newest)
            await self._run(self._abort_uploads, newest)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _name(self, key: str) -> str:
        require_key(key)
        return self._prefix + key

    def _write(self, name: str, data: bytes) -> None:
        if len(data) < _LARGE:
            self._client.put_object(Bucket=self._bucket, Key=name, Body=data)
        else:
            self._client.upload_fileobj(BytesIO(data), self._bucket, name, Config=_IN_PARTS)

    def _read(self, name: str) -> bytes:
        return _body(partial(self._client.get_object, Bucket=self._bucket, Key=name))

    def _read_range(self, name: str, span: str) -> bytes:
        try:
            return _body(
                partial(self._client.get_object, Bucket=self._bucket, Key=name, Range=span)
            )
        except ClientError as error:
            if _code_of(error) == "InvalidRange":  # it begins where the bytes have ended
                return b""
            raise

    def _size(self, key: str) -> int:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=self._name(key))[
                "ContentLength"
            ]
        except ClientError as error:
            if _code_of(error) == "404":  # said of a bucket, too, that is not there
                self._client.head_bucket(Bucket=self._bucket)
                raise Missing(key) from error
            raise

    def _prove(self) -> None:
        """Write, read and delete what is no key."""
        name = f"{self._prefix}{_PROBE}{uuid4().hex}"
        self._client.put_object(Bucket=self._bucket, Key=name, Body=b"\0")
        self._read(name)
        self._client.delete_object(Bucket=self._bucket, Key=name)

    def _remove_probes(self, newest: datetime) -> None:
        found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + _PROBE)
        for each in found.get("Contents", ()):
            if each["LastModified"] < newest:
                self._client.delete_object(Bucket=self._bucket, Key=each["Key"])

    def _abort_uploads(self, newest: datetime) -> None:
        pages = self._client.get_paginator("list_multipart_uploads")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"] < newest:
                        self._client.abort_multipart_upload(
                            Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
        except ClientError as error:
            if _code_of(error) not in _NOT_ALLOWED:
                raise
            _log.warning("uploads_not_swept", code=_code_of(error))


_IN_PARTS = TransferConfig(
    multipart_threshold=_LARGE, multipart_chunksize=_LARGE // 2, max_concurrency=4
)


def _client(bucket: Bucket) -> "S3Client":
    own = bucket.endpoint_url is not None
    return boto3.client(
        "s3",
        region_name=bucket.region or ("us-east-1" if own else None),
        endpoint_url=bucket.endpoint_url,
        aws_access_key_id=bucket.access_key_id,
        aws_secret_access_key=bucket.secret_access_key,
        config=Config(
            connect_timeout=min(bucket.timeout, 5.0),
            read_timeout=bucket.timeout,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            max_pool_connections=_AT_A_TIME,
            tcp_keepalive=True,
            # Servers other than Amazon's do not know the newest checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            signature_version="s3v4",
            s3={"addressing_style": "path" if own else "auto"},
        ),
    )


def _body(ask: "Callable[[], GetObjectOutputTypeDef]") -> bytes:
    """Ask again when the answer breaks off: boto3 does so only until it begins."""
    for _ in range(_TRIES - 1):
        body = ask()["Body"]
        try:
            return body.read()
        except BotoCoreError as error:
            _log.warning("reading_broke_off", error=type(error).__name__)
    return ask()["Body"].read()


@contextmanager
def _missing(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _code_of(error) == "NoSuchKey":
            raise Missing(key) from error
        raise


def _code_of(error: Exception) -> str:
    """Say in a word what went wrong."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__
