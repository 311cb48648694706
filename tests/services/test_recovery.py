"""What a crash left, where the provider does not say what became of it."""

from pathlib import Path

import pytest

from image_generation.domain.errors import ResultLost
from image_generation.gallery.database import open_database
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.migrations import migrate
from image_generation.providers.replicate import ReplicateProvider
from image_generation.services.keeping import Keeping
from image_generation.services.recovery import Recovery
from image_generation.storage.memory import MemoryStore
from tests.gallery.rows import running
from tests.servers.replicate_server import TOKEN, Mishap, replicate

pytestmark = pytest.mark.anyio


async def test_who_is_asked_in_vain_is_not_taken_for_one_who_was_never_asked(
    tmp_path: Path,
) -> None:
    async with open_database(tmp_path / "gallery.db") as database, replicate() as server:
        await database.write(migrate)
        ledger, provider = Ledger(database), ReplicateProvider(TOKEN, server.url)
        keeping = Keeping(store=MemoryStore(), outbox=None)
        job = await running(ledger, provider="replicate", model="flux-schnell")
        await ledger.submitting(job)
        taken_up = await ledger.claim(job.id)
        assert taken_up is not None
        server.fail("list", *[Mishap(503)] * 3)

        with pytest.raises(ResultLost) as caught:
            await Recovery(ledger, keeping, pauses=(0.0, 0.0)).request_id(taken_up, provider)
        await provider.aclose()

        assert caught.value.charged is None
        assert caught.value.repeatable is False
        assert len(server.asked("GET", "/predictions")) == 2
        assert server.created() == []
