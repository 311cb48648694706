"""The theory behind a picture, one field away."""

from pathlib import Path

import pytest

from image_generation.providers.registry import Access, make_providers
from tests.product.running import Running, running

pytestmark = pytest.mark.anyio

EVERYTHING = """
{
  concepts {
    kind title summary architecture training inference dataPreparation diagram
    equations { name latex meaning }
    strengths weaknesses keyModels
    references { title authors year url }
    models { name provider { name } concept { kind } }
  }
}
"""


async def test_every_concept_is_told_with_all_its_parts(house: Running) -> None:
    concepts = (await house.ask(EVERYTHING))["concepts"]

    assert [concept["kind"] for concept in concepts] == [
        "VAE",
        "GAN",
        "DIFFUSION",
        "AUTOREGRESSIVE",
    ]
    for concept in concepts:
        assert all(concept[name] for name in concept if name != "models")


async def test_models_and_concepts_lead_to_each_other(tmp_path: Path) -> None:
    asked = "{ concepts { kind models { name provider { name } concept { kind } } } }"

    everybody = make_providers(openai=Access(), replicate=Access(), painter_delay=0.0, default=None)
    async with running(tmp_path, everybody) as house:
        concepts = (await house.ask(asked))["concepts"]

    built = {concept["kind"]: concept["models"] for concept in concepts}
    assert {model["name"] for model in built["AUTOREGRESSIVE"]} >= {"gpt-image-2"}
    assert "replicate" in {model["provider"]["name"] for model in built["DIFFUSION"]}
    assert built["VAE"] == built["GAN"] == []
    for kind, models in built.items():
        assert all(model["concept"] == {"kind": kind} for model in models)


async def test_a_picture_is_explained_in_the_query_that_asks_for_it(house: Running) -> None:
    generation = await house.generate("a fox", seed=11)

    image = (
        await house.ask(
            "query ($id: ID!) { image(id: $id) { explanation generation { model } } }",
            id=generation["image"]["id"],
        )
    )["image"]

    assert "The prompt was “a fox”." in image["explanation"]
    assert "No model was involved" in image["explanation"]
    assert "The seed 11 fixed every random choice" in image["explanation"]
