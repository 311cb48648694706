"""OpenAI and a server that behaves like it, for the tests that ask it."""

from collections.abc import AsyncIterator

import pytest

from image_generation.providers.openai import OpenAIProvider
from tests.servers.openai_server import KEY, OpenAIServer, openai_server


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        yield server


@pytest.fixture
async def openai(server: OpenAIServer) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(KEY, server.base_url, profile="openai")
    yield provider
    await provider.aclose()
