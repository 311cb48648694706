"""From a wish to a plan: what will be asked of which model, and what was adjusted."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from image_generation.domain import limits
from image_generation.domain.edits import DEFAULT_STRENGTH, EditRequest
from image_generation.domain.errors import InvalidInput, Unsupported
from image_generation.domain.generations import Adjustment, Operation
from image_generation.domain.pictures import Size
from image_generation.domain.requests import GenerationRequest
from image_generation.domain.styles import DEFAULT_STYLE, Style, StyleBook, with_suffix
from image_generation.gallery.records import Job
from image_generation.providers.base import ImageProvider
from image_generation.providers.models import ModelSpec, Range
from image_generation.providers.registry import Providers
from image_generation.services.requests import request_for

_PASSED_ON = ("width", "height", "negative_prompt", "steps", "guidance_scale", "seed", "strength")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A wish fitted to a model; everything in it can be honoured. `seed` None: not decided."""

    request: GenerationRequest
    operation: Operation
    provider: ImageProvider
    model: ModelSpec
    style: Style
    size: Size
    negative_prompt: str | None
    steps: int | None
    guidance_scale: float | None
    strength: float | None
    seed: int | None
    enhances: bool
    adjustments: list[Adjustment]

    @property
    def styled_prompt(self) -> str:
        """The prompt as it is sent unless it is enhanced first."""
        return with_suffix(self.request.prompt, self.style.suffix)

    def job(self, id: UUID, owner: str) -> Job:
        """Make the row to be; a seed that nobody chose is drawn here."""
        seed = self.seed
        if seed is None and self.model.seed:
            seed = secrets.randbelow(int(limits.SEED.largest) + 1)
        job = Job(
            id=id,
            owner=owner,
            operation=self.operation,
            prompt=self.request.prompt,
            enhance_prompt=self.enhances,
            final_prompt=None if self.enhances else self.styled_prompt,
            negative_prompt=self.negative_prompt,
            style=self.style.name,
            style_suffix=self.style.suffix,
            provider=self.provider.name,
            model=self.model.name,
            width=self.size.width,
            height=self.size.height,
            steps=self.steps,
            guidance_scale=self.guidance_scale,
            strength=self.strength,
            seed=seed,
            options=dict(self.request.options),
            adjustments=self.adjustments,
        )
        job.price_usd = self.provider.estimate(request_for(job)).most
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Fits wishes to models. No I/O: a plan is made or refused, and nothing has happened.

    `enhancer` tells whether there is a language model, and `enhance_by_default` whether it is
    asked when the wish does not say.
    """

    providers: Providers
    styles: StyleBook
    default_size: Size
    enhancer: bool
    enhance_by_default: bool

    def plan(self, request: GenerationRequest, source: Size | None = None) -> Plan:
        """Fit a wish, or raise a `RequestRefused` that says what would be right.

        `source` is the size of the picture that the wish starts from.
        """
        request.check()
        return self.fit(request, source)

    def fit(self, request: GenerationRequest, source: Size | None) -> Plan:
        """Fit a wish whose values need not lie within what callers may ask.

        What a style or model brought by itself may lie outside.
        """
        style = self.styles.get(request.style)
        provider = self.providers.get(request.provider)
        operation = _operation(request)
        model = self._model(provider, request.model, operation)
        _check(model, operation, request, style)
        fit = _Fit(model, operation)
        plan = Plan(
            request=request,
            operation=operation,
            provider=provider,
            model=model,
            style=style,
            size=self._size(fit, request, source),
            negative_prompt=fit.negative_prompt(request.negative_prompt, style),
            steps=fit.steps(request.steps, style),
            guidance_scale=fit.guidance_scale(request.guidance_scale, style),
            strength=fit.strength(request),
            seed=fit.seed(request.seed),
            enhances=self._enhances(fit, request.enhance_prompt),
            adjustments=fit.adjustments,
        )
        if not model.is_known:
            fit.doubt(request)
        if request.strict and fit.refusable:
            first = fit.refusable[0]
            raise Unsupported(first.field, f"{first.reason} Leave it out, or drop strict.")
        return plan

    def _model(self, provider: ImageProvider, name: str | None, operation: Operation) -> ModelSpec:
        """Find the model of that name, or the provider's first one that can do the operation."""
        if name is None:
            able = _able(provider, operation)
            if able:
                return able[0]
            message = f"{provider.title} cannot do {operation}. {self._advice(provider, operation)}"
            raise Unsupported("provider", message)
        model = provider.find_model(name)
        if model is None:
            known = ", ".join(model.name for model in _living(provider))
            fault = f"{provider.title} has no such model."
            raise InvalidInput("model", fault, f"Give one of: {known}.")
        if operation not in model.operations and not _is_retired(model):
            message = f"{model.title} cannot do {operation}. {self._advice(provider, operation)}"
            raise Unsupported("model", message)
        return model

    def _advice(self, provider: ImageProvider, operation: Operation) -> str:
        """Name the provider's models that can do it; else the providers that have some."""
        if names := ", ".join(model.name for model in _able(provider, operation)):
            return f"Use one of: {names}."
        able = [it.name for it in self.providers if not it.missing and _able(it, operation)]
        return f"Use the provider {' or '.join(able)}." if able else "No provider here can."

    def _enhances(self, fit: "_Fit", asked: bool | None) -> bool:
        if asked and not self.enhancer:
            fit.adjust("enhance_prompt", "true", "false", "No language model is configured.")
        return self.enhancer and (self.enhance_by_default if asked is None else asked)

    def _size(self, fit: "_Fit", request: GenerationRequest, source: Size | None) -> Size:
        if source is not None:
            wish = _shaped_like(source, request.width, request.height)
        else:
            wish = Size(
                request.width or self.default_size.width,
                request.height or self.default_size.height,
            )
        return fit.size(
            wish, source, wanted=request.width is not None or request.height is not None
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    """One wish after the other is fitted; what changes on the way is noted.

    `refusable` are the adjustments of what the caller asked for, and did not only imply.
    """

    model: ModelSpec
    operation: Operation
    adjustments: list[Adjustment] = field(default_factory=list)
    refusable: list[Adjustment] = field(default_factory=list)

    def adjust(
        self, name: str, asked: object, used: object, reason: str, *, implied: bool = False
    ) -> None:
        """Note a wish that is not granted to the letter; None is used for what is left out."""
        adjustment = Adjustment(name, f"{asked}", None if used is None else f"{used}", reason)
        self.adjustments.append(adjustment)
        if not implied:
            self.refusable.append(adjustment)

    def doubt(self, request: GenerationRequest) -> None:
        """Note each wish that is passed on without knowing whether the model honours it."""
        noted = {adjustment.field for adjustment in self.adjustments}
        for name in _PASSED_ON:
            asked = getattr(request, name, None)
            if asked is not None and name not in noted:
                reason = f"It is not known whether {self.model.title} honours it."
                self.adjust(name, asked, asked, reason)

    def size(self, wish: Size, source: Size | None, *, wanted: bool) -> Size:
        """Find the nearest size the model makes; who names none implies that of the source."""
        size = self.model.sizes_for(self.operation).nearest(wish)
        asked = wish if wanted else source or size
        reason = f"{self.model.title} makes no pictures of {asked}."
        for edge, made in (("width", size.width), ("height", size.height)):
            if made != getattr(asked, edge):
                self.adjust(edge, getattr(asked, edge), made, reason, implied=not wanted)
        return size

    def negative_prompt(self, own: str | None, style: Style) -> str | None:
        """Join the caller's with the style's, if the model takes one."""
        if self.model.negative_prompt:
            return style.negative_with(own)
        if own:
            reason = f"{self.model.title} takes no negative prompt."
            self.adjust("negative_prompt", own, None, reason)
        return None

    def seed(self, asked: int | None) -> int | None:
        """Keep the seed, if the model takes one."""
        if asked is None or self.model.seed:
            return asked
        self.adjust("seed", asked, None, f"{self.model.title} takes no seed.")
        return None

    def steps(self, asked: int | None, style: Style) -> int | None:
        """Bring the steps into the model's range."""
        preset = _preset(self.model.steps, style, style.steps)
        steps = self._number("steps", self.model.steps, asked, preset)
        return None if steps is None else round(steps)

    def guidance_scale(self, asked: float | None, style: Style) -> float | None:
        """Bring the guidance scale into the model's range."""
        preset = _preset(self.model.guidance_scale, style, style.guidance_scale)
        return self._number("guidance_scale", self.model.guidance_scale, asked, preset)

    def strength(self, request: GenerationRequest) -> float | None:
        """Bring the strength into the model's range; nothing was painted on without a source."""
        if not isinstance(request, EditRequest):
            return None
        if self.model.strength is None and request.strength == DEFAULT_STRENGTH:
            # Callers ask for the default without writing it.
            reason = f"{self.model.title} has no strength."
            self.adjust("strength", f"{DEFAULT_STRENGTH:g}", None, reason, implied=True)
            return None
        preset = DEFAULT_STRENGTH if request.operation is Operation.IMG2IMG else 1.0
        return self._number("strength", self.model.strength, request.strength, preset)

    def _number(
        self, field: str, allowed: Range | None, asked: float | None, preset: float
    ) -> float | None:
        words = field.replace("_", " ")
        if allowed is None:
            if asked is not None:
                self.adjust(field, f"{asked:g}", None, f"{self.model.title} has no {words}.")
            return None
        wish = preset if asked is None else asked
        used = min(max(wish, allowed.smallest), allowed.largest)
        if asked is not None and used != asked:
            span = f"{allowed.smallest:g} to {allowed.largest:g}"
            self.adjust(field, f"{asked:g}", f"{used:g}", f"{self.model.title} takes {span}.")
        return used


def _operation(request: GenerationRequest) -> Operation:
    return request.operation if isinstance(request, EditRequest) else Operation.TEXT_TO_IMAGE


def _shaped_like(source: Size, width: int | None, height: int | None) -> Size:
    """Return the size asked for; what is not named follows the source's proportions.

    Without either, it is the source's own size, brought into the limits.
    """
    if width is not None or height is not None:
        return Size(
            width or _edge((height or 0) * source.width / source.height),
            height or _edge((width or 0) * source.height / source.width),
        )
    factor = min(limits.EDGE.largest / max(source), 1.0)
    factor = max(limits.EDGE.smallest / min(source), factor)
    return Size(_edge(source.width * factor), _edge(source.height * factor))


def _edge(pixels: float) -> int:
    return round(min(max(pixels, limits.EDGE.smallest), limits.EDGE.largest))


def _preset(allowed: Range | None, style: Style, value: float) -> float:
    """Return the style's value; the default style leaves it to a model that has its own."""
    if style.name == DEFAULT_STYLE and allowed is not None and allowed.default is not None:
        return allowed.default
    return value


def _living(provider: ImageProvider) -> list[ModelSpec]:
    return [model for model in provider.models.values() if not _is_retired(model)]


def _able(provider: ImageProvider, operation: Operation) -> list[ModelSpec]:
    return [model for model in _living(provider) if operation in model.operations]


def _is_retired(model: ModelSpec) -> bool:
    return model.is_retired(datetime.now(UTC).date())


def _check(
    model: ModelSpec, operation: Operation, request: GenerationRequest, style: Style
) -> None:
    if _is_retired(model):
        advice = f" Use {model.successor}." if model.successor else ""
        raise Unsupported("model", f"{model.title} was retired on {model.retires_on}.{advice}")
    if wrong := model.fault_in(request.options, operation):
        raise InvalidInput("options", wrong.fault, wrong.right)
    length = len(with_suffix(request.prompt, style.suffix))
    if model.max_prompt_length is not None and length > model.max_prompt_length:
        fault = f"With the style's words it has {length} characters."
        right = f"{model.title} takes at most {model.max_prompt_length}."
        raise InvalidInput("prompt", fault, right)
