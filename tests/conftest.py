"""What every test may rely on."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, which the service runs on."""
    return "asyncio"
