"""What every test may rely on."""

import os

import pytest

for _name in [name for name in os.environ if name.startswith("IMG_GEN_")]:  # noqa: TID251
    del os.environ[_name]  # noqa: TID251 - a setting of this machine, a key even, reaches no test


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, which the service runs on."""
    return "asyncio"
