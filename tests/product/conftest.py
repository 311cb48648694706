"""One running service for each test that asks for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.product.running import Running, running


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Running]:
    """A service with nothing in it, as it is with no setting and no key."""
    async with running(tmp_path) as house:
        yield house
