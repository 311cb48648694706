"""Replicate, as the rest of the house sees it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from image_generation.domain.errors import ProviderRejected
from image_generation.providers import prices
from image_generation.providers.base import (
    Availability,
    GeneratedImage,
    Health,
    PriceRange,
    ProviderJob,
    ProviderRequest,
)
from image_generation.providers.catalogue import models_of
from image_generation.providers.downloads import Bounds, Downloader, Home
from image_generation.providers.models import ModelSpec, PerImage, PerResolution
from image_generation.providers.replicate import history, waiting
from image_generation.providers.replicate.attachments import attached, attachments_of, forget
from image_generation.providers.replicate.faults import Fault
from image_generation.providers.replicate.inputs import find_model, inputs_for, our_names
from image_generation.providers.replicate.predictions import Prediction, parsed
from image_generation.providers.replicate.references import Reference
from image_generation.providers.replicate.verdicts import (
    asking_failed,
    sending_failed,
    uploading_failed,
)
from image_generation.providers.replicate.waiting import Patience

if TYPE_CHECKING:
    from image_generation.providers.replicate.wire import Wire

_log = structlog.get_logger(__name__)

_BASE_URL = "https://api.replicate.com"


class ReplicateProvider:
    """Models that run at Replicate; its predictions can be asked after, found and canceled.

    `base_url` is without `/v1`. A model that is not in the catalogue is passed on by its name.
    """

    name = "replicate"
    title = "Replicate"

    def __init__(
        self,
        api_token: str | None,
        base_url: str | None = None,
        default_model: str | None = None,
        *,
        patience: Patience | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._token = api_token
        self._base_url = (base_url or _BASE_URL).rstrip("/").removesuffix("/v1")
        self._patience = patience or Patience()
        self._downloads = Downloader(self.name, Home(self._base_url, api_token), bounds=bounds)
        self._known = list(models_of(self.name))
        self._default = find_model(self._known, default_model) if default_model else self._known[0]
        self._opening = asyncio.Lock()
        self._wire: Wire | None = None

    @property
    def missing(self) -> str | None:
        """What it lacks to work."""
        if not self._token:
            return "Set IMG_GEN_REPLICATE_API_TOKEN."
        if find_spec("replicate") is None:
            return "Its SDK is not installed; it needs a Python before 3.14."
        if self._default is None:
            return "Set IMG_GEN_REPLICATE_MODEL to the owner/name of a model for pictures."
        return None

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """What can be chosen, the default first."""
        models = [self._default or self._known[0], *self._known]
        return {model.name: model for model in models}

    def find_model(self, name: str) -> ModelSpec | None:
        """Return the model of that name, alias, or `owner/name[:version]`."""
        return find_model(self._known, name)

    def estimate(self, request: ProviderRequest) -> PriceRange:
        """Return the price from the list."""
        return prices.estimate(self._model(request), request)

    async def generate(self, request: ProviderRequest, job: ProviderJob) -> GeneratedImage:
        """Have one picture made, or wait on for the one that the job's request id names."""
        model = self._model(request)
        if request.operation not in model.operations:
            message = f"{model.title} cannot do {request.operation}."
            raise ProviderRejected(message, provider=self.name)
        wire = await self._open()
        created = await self._create(model, request, job, wire) if job.request_id is None else None
        try:
            prediction = created or await waiting.state_of(
                f"{job.request_id}", wire, self._patience
            )
            prediction = await waiting.end_of(prediction, wire, job, self._patience)
        except Fault as fault:
            raise asking_failed(fault) from fault
        await forget(prediction.values, wire)
        link = prediction.picture(by_picture=_is_billed_by_picture(model))
        return GeneratedImage(
            data=await self._downloads.fetch(link),
            seed=request.seed if model.seed else None,
            cost=prices.cost_of(model, request),
        )

    async def find(self, request: ProviderRequest, since: datetime) -> Sequence[str]:
        """Look through the predictions since then for those of that model with that input."""
        model = self._model(request)
        trace = history.Trace(
            reference=Reference.parse(model.name),
            values=inputs_for(model, request),
            attachments=await attachments_of(model, request),
            since=since,
        )
        try:
            return await history.predictions_of(trace, await self._open())
        except Fault as fault:
            raise asking_failed(fault) from fault

    async def cancel(self, request_id: str) -> bool | None:
        """Stop a prediction; None also when Replicate does not say that it has."""
        try:
            wire = await self._open()
            prediction = parsed(await wire.cancel(request_id))
        except Fault as fault:
            _log.warning(
                "cancel_failed", request_id=request_id, reason=asking_failed(fault).message
            )
            return None
        await forget(prediction.values, wire)
        model = self.find_model(prediction.model)
        by_picture = model is not None and _is_billed_by_picture(model)
        return prediction.is_charged(by_picture=by_picture)

    async def health(self) -> Health:
        """Ask whose token it is."""
        if self.missing is not None:
            return Health(Availability.UNCONFIGURED, self.missing)
        try:
            wire = await self._open()
            await wire.account()
        except Fault as fault:
            return Health(Availability.UNAVAILABLE, asking_failed(fault).message)
        return Health(Availability.AVAILABLE)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._downloads.aclose()
        if self._wire is not None:
            await self._wire.aclose()
            self._wire = None

    async def _create(
        self, model: ModelSpec, request: ProviderRequest, job: ProviderJob, wire: "Wire"
    ) -> Prediction:
        """Submit the work, once; its id is handed over before anything else happens."""
        reference, values = Reference.parse(model.name), inputs_for(model, request)
        attachments = await attachments_of(model, request)
        try:
            pictures = await attached(attachments, wire)
        except Fault as fault:
            raise uploading_failed(fault) from fault
        await job.submitting()
        try:
            prediction = parsed(await wire.create(reference, values | pictures))
        except Fault as fault:
            if fault.declined:
                await forget(pictures, wire)
            raise sending_failed(fault, our_names(model)) from fault
        await job.submitted(prediction.id)
        return prediction

    async def _open(self) -> "Wire":
        async with self._opening:
            if self._wire is None:
                self._wire = await asyncio.to_thread(self._load)
            return self._wire

    def _load(self) -> "Wire":
        # The SDK takes half a second to import, and those who do not use it should not wait.
        from image_generation.providers.replicate.wire import Wire  # noqa: PLC0415

        return Wire(f"{self._token}", self._base_url, self._patience.answer)

    def _model(self, request: ProviderRequest) -> ModelSpec:
        model = self.find_model(request.model)
        if model is None:
            message = f"{request.model!r} is not the name of a model at Replicate."
            raise ProviderRejected(message, provider=self.name)
        return model


def _is_billed_by_picture(model: ModelSpec) -> bool:
    return isinstance(model.price, PerImage | PerResolution)
