"""How providers are doing, and how seldom they are asked."""

import asyncio
from datetime import UTC, datetime

import pytest

from image_generation.providers.base import Availability, Health
from image_generation.services.checkups import Checkups
from tests.services.shop import Shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    shop.may_answer.set()
    return shop


async def test_a_checkup_says_what_the_provider_says_and_how_long_it_took(shop: Shop) -> None:
    shop.health_answer = Health(Availability.UNAVAILABLE, "It is being repaired.")
    before = datetime.now(UTC)

    checkup = await Checkups().of(shop)

    assert checkup.health == Health(Availability.UNAVAILABLE, "It is being repaired.")
    assert checkup.latency_ms is not None
    assert checkup.latency_ms >= 0
    assert before <= checkup.checked_at <= datetime.now(UTC)


async def test_those_who_ask_at_once_and_soon_after_share_one_answer(shop: Shop) -> None:
    checkups = Checkups()
    shop.may_answer.clear()
    waiting = [asyncio.create_task(checkups.of(shop)) for _ in range(10)]
    await shop.asked.wait()
    shop.may_answer.set()

    answers = await asyncio.gather(*waiting)
    later = await checkups.of(shop)

    assert shop.questions == 1
    assert {id(answer) for answer in (*answers, later)} == {id(later)}


async def test_one_who_stops_waiting_does_not_spoil_it_for_the_others(shop: Shop) -> None:
    checkups = Checkups()
    shop.may_answer.clear()
    leaving, staying = [asyncio.create_task(checkups.of(shop)) for _ in range(2)]
    await shop.asked.wait()

    leaving.cancel()
    await asyncio.wait([leaving])
    shop.may_answer.set()

    assert (await staying).health == Health(Availability.AVAILABLE)
    assert leaving.cancelled()
    assert shop.questions == 1


async def test_a_provider_that_lacks_its_key_is_not_asked() -> None:
    shop = Shop(missing="Set IMG_GEN_SHOP_KEY.")

    checkup = await Checkups().of(shop)

    assert checkup.health == Health(Availability.UNCONFIGURED, "Set IMG_GEN_SHOP_KEY.")
    assert checkup.latency_ms is None
    assert shop.questions == 0


async def test_each_provider_has_a_checkup_of_its_own(shop: Shop) -> None:
    checkups, closed = Checkups(), Shop(name="closed", missing="It is closed.")

    answers = [await checkups.of(provider) for provider in (shop, closed, shop)]

    assert [answer.health.status.name for answer in answers] == [
        "AVAILABLE",
        "UNCONFIGURED",
        "AVAILABLE",
    ]


async def test_an_answer_is_good_for_half_a_minute(shop: Shop) -> None:
    now = 0.0
    checkups = Checkups(clock=lambda: now)

    await checkups.of(shop)
    now = 30.0
    await checkups.of(shop)
    fresh = shop.questions
    now = 30.1
    await checkups.of(shop)

    assert (fresh, shop.questions) == (1, 2)


async def test_one_who_does_not_answer_in_time_is_unavailable(shop: Shop) -> None:
    shop.may_answer.clear()

    checkup = await Checkups(deadline=0.01).of(shop)

    assert checkup.health == Health(Availability.UNAVAILABLE, "It does not answer.")
