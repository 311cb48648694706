"""What every test may rely on."""

import os
from collections.abc import Iterator

import pytest

from tests.servers.s3_server import S3Server, s3_server

for _name in [name for name in os.environ if name.startswith("IMG_GEN_")]:  # noqa: TID251
    del os.environ[_name]  # noqa: TID251 - a setting of this machine, a key even, reaches no test


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, which the service runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A server of buckets; each test has its own bucket."""
    with s3_server() as server:
        yield server
