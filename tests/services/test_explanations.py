"""How a picture was made, told with its own parameters and with no more than is known."""

from decimal import Decimal
from typing import Any

import pytest

from image_generation.domain.concepts import ConceptKind
from image_generation.domain.generations import Adjustment, Operation
from image_generation.gallery.records import Generation
from image_generation.providers.models import ModelSpec
from image_generation.services.explanations import explain
from tests.gallery.rows import new_id
from tests.services.shop import spec

DIFFUSION = spec(title="Studio One", concept=ConceptKind.DIFFUSION)
TOKENS = spec(concept=ConceptKind.AUTOREGRESSIVE, seed=False)
PAINTER = spec(title="Painter 1", is_algorithm=True, price_usd=Decimal(0))


def made(**changes: Any) -> Generation:
    values: dict[str, Any] = {
        "id": new_id(),
        "operation": Operation.TEXT_TO_IMAGE,
        "prompt": "an otter",
        "style": "default",
        "provider": "studio",
        "model": "studio-1",
        "width": 1024,
        "height": 768,
        "seed": 7,
    }
    return Generation(**{**values, **changes})


def test_a_diffusion_model_is_explained_with_its_steps_guidance_and_seed() -> None:
    text = explain(made(steps=30, guidance_scale=7.5), DIFFUSION)

    assert text.startswith(
        "**Studio One** made this picture from words alone, at 1024 by 768 pixels.\n\n"
        "The prompt was “an otter”.\n\n"
        "It is a diffusion model: it began with noise and took the noise away step by step"
    )
    assert "about 128 by 96, and a decoder draws the pixels" in text
    assert "It took 30 steps." in text
    assert "The guidance scale of 7.5 means that the words led without overruling" in text
    assert "The seed 7 fixed the noise it was drawn from" in text


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (4, "which is what a model distilled for few steps needs"),
        (100, "past about 50 more of them change little"),
        (None, "How many steps it took, and with which sampler, its provider does not tell."),
    ],
)
def test_what_so_many_steps_mean_is_told(steps: int | None, said: str) -> None:
    assert said in explain(made(steps=steps), DIFFUSION)


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (1.5, "the words led loosely"),
        (12.0, "the words led strictly, at the price of variety"),
        (None, "Guidance cannot be set for this model."),
    ],
)
def test_what_the_guidance_did_is_told(scale: float | None, said: str) -> None:
    assert said in explain(made(guidance_scale=scale), DIFFUSION)


def test_strength_is_explained_as_partial_noising() -> None:
    text = explain(made(operation=Operation.IMG2IMG, strength=0.6, steps=50), DIFFUSION)

    assert "made this picture from another picture and words" in text
    assert "The source was noised only as far as the strength says" in text
    assert "A strength of 0.6, between 0 (keep the source) and 1 (ignore it)" in text
    assert "Of 50 steps about 30 are taken then." in text


def test_of_closed_models_no_more_is_told_than_is_known() -> None:
    tokens, unknown = explain(made(seed=None), TOKENS), explain(made(), None)

    assert "How its tokens become pixels is not published." in tokens
    assert "It has no seed that could be set" in tokens
    assert "steps, which" not in tokens
    assert unknown.startswith("**studio-1** made this picture")
    assert "How it works inside is not published, or not known here." in unknown


def test_the_painter_says_that_no_model_was_involved() -> None:
    text = explain(made(steps=20, guidance_scale=7.0), PAINTER)

    assert "No model was involved" in text
    assert "gives the same picture." in text
    assert not any(word in text for word in ("diffusion", "steps", "guidance"))


def test_what_became_of_the_words_is_told() -> None:
    text = explain(
        made(
            enhanced_prompt="a sleek otter",
            style="watercolor",
            negative_prompt="fog",
            revised_prompt="An otter, sleek.",
        ),
        DIFFUSION,
    )

    assert (
        "The prompt was “an otter”. A language model wrote it out in more detail before it was "
        "sent. The style *watercolor* added its own words behind it. To be avoided was “fog”. The "
        "provider says that it changed the prompt again, and drew from what it wrote."
    ) in text


def test_wishes_that_were_not_granted_are_listed() -> None:
    adjustment = Adjustment("seed", "7", None, "Studio One takes no seed.")

    text = explain(made(seed=None, adjustments=[adjustment]), DIFFUSION)

    assert text.endswith(
        "Not every wish was granted to the letter:\n\n- `seed`: Studio One takes no seed."
    )


def test_an_upload_was_made_by_no_model() -> None:
    text = explain(made(operation=Operation.UPLOAD), None)

    assert text.startswith("This picture was uploaded. No model of this service made it")


def test_every_kind_of_model_has_words_of_its_own() -> None:
    models: list[ModelSpec | None] = [DIFFUSION, TOKENS, PAINTER, None]

    assert len({explain(made(), model) for model in models}) == 4
