"""Which models are offered under which names."""

from dataclasses import replace
from datetime import UTC, datetime

from image_generation.providers.catalogue import models_of
from image_generation.providers.models import ModelSpec
from image_generation.providers.openai.profiles import UNNAMED, Profile


class Offers:
    """The models of OpenAI, or of a server that speaks like it.

    `is_openai`: the server has OpenAI's models, prices and dates of retirement. `takes_any_name`:
    it may have others too. `default`: the name of the model for those who name none.
    """

    def __init__(
        self, profile: Profile, default: str | None, *, is_openai: bool, takes_any_name: bool
    ) -> None:
        self._profile = profile
        self._takes_any_name = takes_any_name
        self._is_openai = is_openai
        known = models_of("openai") if profile.in_catalogue else ()
        self._known = [self._adapted(model) for model in known]
        self.default = self._model(default) if default else self._first()

    def find(self, name: str) -> ModelSpec | None:
        """Return a model, retired or not; OpenAI itself is asked only for names that are known."""
        wanted = self._model(name)
        known = wanted.is_known or self.default.answers_to(name)
        return wanted if known or self._takes_any_name else None

    def living(self) -> dict[str, ModelSpec]:
        """Return what can be chosen now, the default first."""
        others = self._running() if self._is_openai else []
        return {model.name: model for model in (self.default, *others)}

    def _model(self, name: str) -> ModelSpec:
        found = (model for model in self._known if model.answers_to(name))
        return next(found, None) or self._made_up(name.strip())

    def _first(self) -> ModelSpec:
        return self._running()[0] if self._is_openai else self._made_up(UNNAMED)

    def _running(self) -> list[ModelSpec]:
        today = datetime.now(UTC).date()
        return [model for model in self._known if not model.is_retired(today)]

    def _made_up(self, name: str) -> ModelSpec:
        """Make a specification; at OpenAI a new model is taken to be like the ones before it."""
        if not self._is_openai:
            return self._profile.model(name)
        like = _elsewhere(self._first())
        return replace(like, name=name, title=name, aliases=(), is_known=False)

    def _adapted(self, model: ModelSpec) -> ModelSpec:
        """Leave out what is not offered; elsewhere OpenAI's prices and dates mean nothing."""
        model = replace(model, operations=model.operations & self._profile.operations)
        return model if self._is_openai else _elsewhere(model)


def _elsewhere(model: ModelSpec) -> ModelSpec:
    """Leave out what is only true of a known model at OpenAI itself."""
    return replace(
        model, price=None, price_usd=None, priced_on=None, retires_on=None, successor=None
    )
