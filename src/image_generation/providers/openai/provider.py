"""OpenAI, as the rest of the house sees it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2

from image_generation.domain.errors import ProviderRejected, ResultLost
from image_generation.domain.generations import Operation
from image_generation.providers import prices
from image_generation.providers.base import (
    Availability,
    GeneratedImage,
    Health,
    PriceRange,
    ProviderJob,
    ProviderRequest,
)
from image_generation.providers.downloads import Downloader, Home
from image_generation.providers.frames import frames_of
from image_generation.providers.models import ModelSpec
from image_generation.providers.openai.answers import Answer
from image_generation.providers.openai.checkups import checkup
from image_generation.providers.openai.offers import Offers
from image_generation.providers.openai.profiles import profile_named
from image_generation.providers.openai.requests import body

if TYPE_CHECKING:
    from image_generation.providers.openai.calls import Calls

_BASE_URL = "https://api.openai.com/v1"


class OpenAIProvider:
    """OpenAI's picture models, or a server that speaks as OpenAI does.

    `base_url` is with its `/v1`. `profile` is one of `PROFILES` and says how the server differs;
    else it is OpenAI's own without a base URL, and the most careful one with it. `timeout` is in
    seconds of silence.
    """

    name = "openai"

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None = None,
        default_model: str | None = None,
        profile: str | None = None,
        *,
        timeout: float = 600.0,
    ) -> None:
        self._key = api_key
        self._elsewhere = bool(base_url)
        self._base_url = (base_url or _BASE_URL).rstrip("/")
        self._profile_name = profile or ("generic" if base_url else "openai")
        self._profile = profile_named(self._profile_name)
        self._timeout = timeout
        self._named = bool(default_model)
        self._offers = Offers(
            self._profile,
            default_model,
            is_openai=self._profile_name == "openai",
            takes_any_name=self._elsewhere,
        )
        self._downloads = Downloader(self.name, Home(self._base_url, api_key))
        self._opening = asyncio.Lock()
        self._calls: Calls | None = None

    @property
    def title(self) -> str:
        """The server's name for people."""
        return self._profile.title

    @property
    def missing(self) -> str | None:
        """What it lacks to work."""
        if not self._elsewhere:
            return self._missing_at_openai()
        if self._profile.needs_model and not self._named:
            return "Set IMG_GEN_OPENAI_MODEL to a model of the server."
        return self._dead_default()

    def _missing_at_openai(self) -> str | None:
        if self._profile_name != "openai":
            name = self._profile_name
            return f"Set IMG_GEN_OPENAI_BASE_URL: the profile {name} is not that of OpenAI itself."
        if not self._key:
            return "Set IMG_GEN_OPENAI_API_KEY."
        return self._dead_default()

    def _dead_default(self) -> str | None:
        model = self._offers.default
        if not model.is_retired(datetime.now(UTC).date()):
            return None
        return (
            f"OpenAI has retired {model.name}. Set IMG_GEN_OPENAI_MODEL to {model.successor}, "
            "or leave it out."
        )

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """What can be chosen, the default first."""
        return self._offers.living()

    def find_model(self, name: str) -> ModelSpec | None:
        """Return the model of that name or alias, also a retired one."""
        return self._offers.find(name)

    def estimate(self, request: ProviderRequest) -> PriceRange:
        """Say what a request will cost, with its prompt and previews."""
        return prices.estimate(self._model(request), request)

    async def generate(self, request: ProviderRequest, job: ProviderJob) -> GeneratedImage:
        """Make one picture with one call, streamed when somebody watches."""
        model = self._model(request)
        if request.operation not in model.operations:
            message = f"{model.title} cannot do {request.operation}."
            raise ProviderRejected(message, provider=self.name)
        frames = None
        if request.operation is not Operation.TEXT_TO_IMAGE:
            frames = await frames_of(request, model.mask, self.name)
        content = body(model, request, self._profile)
        calls = await self._connected()
        await job.submitting()
        if job.wants_previews and self._profile.streams:
            answer = await calls.stream(model, content, job, frames)
        else:
            answer = await calls.generate(model, content, frames)
        return GeneratedImage(
            data=answer.data or await self._fetched(answer),
            seed=request.seed if model.seed else None,
            cost=prices.cost_of(model, request, answer.usage),
            revised_prompt=answer.revised_prompt,
        )

    async def health(self) -> Health:
        """List the models, with little patience."""
        if self.missing is not None:
            return Health(Availability.UNCONFIGURED, self.missing)
        return await checkup(await self._connected(), self.title, self._offers.default)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._downloads.aclose()
        if self._calls is not None:
            await self._calls.aclose()

    def _model(self, request: ProviderRequest) -> ModelSpec:
        model = self.find_model(request.model)
        if model is None:
            raise ProviderRejected(f"{self.title} has no such model.", provider=self.name)
        return model

    async def _connected(self) -> "Calls":
        async with self._opening:
            if self._calls is None:
                self._calls = await asyncio.to_thread(self._connect)
            return self._calls

    def _connect(self) -> "Calls":
        # Imported on first use: the SDK takes most of a second, and not every server needs it.
        from image_generation.providers.openai.calls import Calls  # noqa: PLC0415 - see above

        return Calls(self.title, self._key, self._base_url, self._timeout)

    async def _fetched(self, answer: Answer) -> bytes:
        """Fetch a picture that is delivered as a link, maybe relative to the server."""
        try:
            url = httpx2.URL(f"{self._base_url}/").join(answer.url or "")
        except httpx2.InvalidURL:
            message = f"{self.title} gave a link that is not one."
            raise ResultLost(message, provider=self.name, charged=None) from None
        return await self._downloads.fetch(str(url))
