"""From a wish to a plan: what will be asked of which model, and what was adjusted."""

import secrets
from dataclasses import dataclass
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
        style = self.styles.get(request.style)
        provider = self.providers.get(request.provider)
        model = _model(provider, request.model)
        operation = _operation(request)
        _check(model, operation, request, style)
        fit = _Fit(model, [])
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
        refused = [wish for wish in fit.adjustments if not _is_implied(wish)]
        if request.strict and refused:
            first = refused[0]
            raise Unsupported(first.field, f"{first.reason} Leave it out, or drop strict.")
        return plan

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
        return fit.size(wish, wanted=request.width is not None or request.height is not None)


@dataclass(frozen=True, slots=True)
class _Fit:
    """One wish after the other is fitted; what changes on the way is noted."""

    model: ModelSpec
    adjustments: list[Adjustment]

    def adjust(self, field: str, asked: object, used: object | None, reason: str) -> None:
        """Note a wish that is not granted to the letter."""
        text = None if used is None else f"{used}"
        self.adjustments.append(Adjustment(field, f"{asked}", text, reason))

    def doubt(self, request: GenerationRequest) -> None:
        """Note each wish that is passed on without knowing whether the model honours it."""
        noted = {adjustment.field for adjustment in self.adjustments}
        for field in _PASSED_ON:
            asked = getattr(request, field, None)
            if asked is not None and field not in noted:
                reason = f"It is not known whether {self.model.title} honours it."
                self.adjust(field, asked, asked, reason)

    def size(self, wish: Size, *, wanted: bool) -> Size:
        """Find the nearest size the model makes."""
        size = self.model.sizes.nearest(wish)
        if wanted:
            reason = f"{self.model.title} makes no pictures of {wish}."
            for field in ("width", "height"):
                asked, used = getattr(wish, field), getattr(size, field)
                if asked != used:
                    self.adjust(field, asked, used, reason)
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


def _is_implied(adjustment: Adjustment) -> bool:
    """Whether it is about the default strength, which callers ask for without writing it."""
    implied = Adjustment("strength", f"{DEFAULT_STRENGTH:g}", None, adjustment.reason)
    return adjustment == implied


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


def _model(provider: ImageProvider, name: str | None) -> ModelSpec:
    if name is None:
        return next(iter(provider.models.values()))
    if model := provider.find_model(name):
        return model
    today = datetime.now(UTC).date()
    known = ", ".join(
        name for name, model in provider.models.items() if not model.is_retired(today)
    )
    raise InvalidInput("model", f"{provider.title} has no such model.", f"Give one of: {known}.")


def _check(
    model: ModelSpec, operation: Operation, request: GenerationRequest, style: Style
) -> None:
    if model.is_retired(datetime.now(UTC).date()):
        advice = f" Use {model.successor}." if model.successor else ""
        raise Unsupported("model", f"{model.title} was retired on {model.retires_on}.{advice}")
    if operation not in model.operations:
        raise Unsupported("model", f"{model.title} cannot do {operation}.")
    if wrong := model.fault_in(request.options):
        raise InvalidInput("options", wrong.fault, wrong.right)
    length = len(with_suffix(request.prompt, style.suffix))
    if model.max_prompt_length is not None and length > model.max_prompt_length:
        fault = f"With the style's words it has {length} characters."
        right = f"{model.title} takes at most {model.max_prompt_length}."
        raise InvalidInput("prompt", fault, right)
