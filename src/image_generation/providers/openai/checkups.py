"""Asks a server how it is doing, for nothing."""

import asyncio
from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from image_generation.domain.errors import ProviderError, ProviderRejected, ResultLost
from image_generation.providers.base import Availability, Health
from image_generation.providers.models import ModelSpec

if TYPE_CHECKING:
    from image_generation.providers.openai.calls import Calls

_UNLISTED = "It answers, and lists no models. If pictures fail, check IMG_GEN_OPENAI_BASE_URL."


async def checkup(calls: "Calls", who: str, default: ModelSpec, seconds: float = 5.0) -> Health:
    """List the models; a server that answers is well, even if it has no such list."""
    try:
        async with asyncio.timeout(seconds):
            content = await calls.models(default)
    except ProviderRejected:
        return Health(Availability.AVAILABLE, _UNLISTED)
    except TimeoutError:
        message = f"{who} did not answer within {seconds:g} seconds."
        return Health(Availability.UNAVAILABLE, message)
    except ProviderError as error:
        return Health(Availability.UNAVAILABLE, _reason(error, who))
    return Health(Availability.AVAILABLE, _announcement(content, default))


def _reason(error: ProviderError, who: str) -> str:
    # The words of a lost result are about a picture.
    return f"{who} broke off its answer." if isinstance(error, ResultLost) else error.message


class _Listed(BaseModel):
    id: str
    shutdown_date: date | None = None


class _Listing(BaseModel):
    data: list[_Listed]


def _announcement(content: bytes, default: ModelSpec) -> str | None:
    """Say when the default model will be shut down, if the list of models does."""
    try:
        listing = _Listing.model_validate_json(content)
    except ValidationError:
        return _UNLISTED
    dates = {model.id: model.shutdown_date for model in listing.data}
    day = dates.get(default.name)
    return f"{default.name} will be shut down on {day}." if day else None
