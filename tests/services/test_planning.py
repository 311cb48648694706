"""From a wish to a plan: what is granted, what is adjusted, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from image_generation.domain.errors import InvalidInput, ProviderNotConfigured, Unsupported
from image_generation.domain.generations import Adjustment, Operation
from image_generation.domain.pictures import Size
from image_generation.domain.requests import GenerationRequest
from image_generation.domain.styles import PRESETS, StyleBook
from image_generation.gallery.records import Job
from image_generation.providers.models import ModelSpec, Range
from image_generation.services.planning import Plan
from tests.gallery.rows import new_id
from tests.services.planners import FULL, PLAIN, planner
from tests.services.shop import spec


def plan_for(*models: ModelSpec, **wish: Any) -> Plan:
    request = GenerationRequest(**{"prompt": "an otter", **wish})
    return planner(*models).plan(request)


def refusal_of(*models: ModelSpec, **wish: Any) -> InvalidInput | Unsupported:
    with pytest.raises((InvalidInput, Unsupported)) as refusal:
        plan_for(*models, **wish)
    assert isinstance(refusal.value, InvalidInput | Unsupported)
    return refusal.value


def job_of(plan: Plan) -> Job:
    return plan.job(new_id(), "ada")


def test_a_wish_that_says_nothing_gets_the_defaults_of_style_model_and_server() -> None:
    plan = plan_for(style="cinematic")

    assert (plan.provider.name, plan.model.name, plan.style.name) == (
        "shop",
        "studio-1",
        "cinematic",
    )
    assert (plan.size, plan.steps, plan.guidance_scale) == (Size(512, 512), 35, 8.0)
    assert plan.negative_prompt == plan.style.negative_prompt
    assert plan.adjustments == []


def test_a_wish_within_the_ranges_is_granted_to_the_letter() -> None:
    plan = plan_for(
        model="S1",
        provider="SHOP",
        width=256,
        height=1024,
        steps=10,
        guidance_scale=8.25,
        seed=4_294_967_295,
        negative_prompt="blur",
        strict=True,
    )

    assert (plan.size, plan.steps, plan.guidance_scale) == (Size(256, 1024), 10, 8.25)
    assert (plan.seed, plan.negative_prompt) == (4_294_967_295, "blur")
    assert plan.adjustments == []


@pytest.mark.parametrize(
    ("wish", "adjustment"),
    [
        ({"steps": 9}, Adjustment("steps", "9", "10", "Studio One takes 10 to 40.")),
        ({"steps": 41}, Adjustment("steps", "41", "40", "Studio One takes 10 to 40.")),
        (
            {"guidance_scale": 1.5},
            Adjustment("guidance_scale", "1.5", "2", "Studio One takes 2 to 8.25."),
        ),
        (
            {"guidance_scale": 30.0},
            Adjustment("guidance_scale", "30", "8.25", "Studio One takes 2 to 8.25."),
        ),
        (
            {"width": 1025, "height": 1025},
            Adjustment("width", "1025", "1024", "Studio One makes no pictures of 1025x1025."),
        ),
        (
            {"model": "plain-1", "seed": 7},
            Adjustment("seed", "7", None, "Plain One takes no seed."),
        ),
        (
            {"model": "plain-1", "negative_prompt": "blur"},
            Adjustment("negative_prompt", "blur", None, "Plain One takes no negative prompt."),
        ),
        (
            {"model": "plain-1", "steps": 20},
            Adjustment("steps", "20", None, "Plain One has no steps."),
        ),
        (
            {"model": "plain-1", "guidance_scale": 7.5},
            Adjustment("guidance_scale", "7.5", None, "Plain One has no guidance scale."),
        ),
        (
            {"enhance_prompt": True},
            Adjustment("enhance_prompt", "true", "false", "No language model is configured."),
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_granted_is_adjusted_and_said_or_refused_when_strict(
    wish: dict[str, Any], adjustment: Adjustment
) -> None:
    plan = plan_for(**wish)
    refusal = refusal_of(**wish, strict=True)

    assert plan.adjustments[0] == adjustment
    assert job_of(plan).adjustments == plan.adjustments
    assert isinstance(refusal, Unsupported)
    assert refusal.field == adjustment.field
    assert refusal.message == f"{adjustment.reason} Leave it out, or drop strict."


def test_what_the_style_brings_is_brought_into_range_without_a_word() -> None:
    narrow = spec(steps=Range(1, 4), guidance_scale=Range(1, 3))

    plan = plan_for(narrow, PLAIN, style="sketch", strict=True)
    plain = plan_for(narrow, PLAIN, style="sketch", model="plain-1", strict=True)

    assert (plan.steps, plan.guidance_scale) == (4, 3)
    assert (plain.steps, plain.guidance_scale, plain.negative_prompt) == (None, None, None)
    assert plan.adjustments == plain.adjustments == []


@pytest.mark.parametrize(
    ("wish", "size", "fields"),
    [
        ({}, Size(1024, 1024), []),
        ({"width": 1536, "height": 1024}, Size(1536, 1024), []),
        ({"width": 1920, "height": 1080}, Size(1536, 1024), ["width", "height"]),
        ({"width": 512, "height": 768}, Size(1024, 1536), ["width", "height"]),
        ({"width": 1024}, Size(1536, 1024), ["width", "height"]),
        ({"height": 512}, Size(1024, 1024), ["width", "height"]),
    ],
)
def test_the_nearest_size_is_used_and_each_changed_edge_is_named(
    wish: dict[str, Any], size: Size, fields: list[str]
) -> None:
    plan = plan_for(PLAIN, **wish)

    assert plan.size == size
    assert [adjustment.field for adjustment in plan.adjustments] == fields


def test_the_caller_s_negative_prompt_goes_before_the_style_s() -> None:
    plan = plan_for(style="anime", negative_prompt="rain")

    assert plan.negative_prompt == f"rain, {plan.style.negative_prompt}"


def test_a_seed_is_drawn_and_recorded_where_the_model_takes_one() -> None:
    plan = plan_for()

    seeds = [job_of(plan).seed for _ in range(20)]

    assert plan.seed is None
    assert all(seed is not None and 0 <= seed <= 4_294_967_295 for seed in seeds)
    assert len(set(seeds)) > 1
    assert job_of(plan_for(seed=0)).seed == 0
    assert job_of(plan_for(model="plain-1")).seed is None


def test_the_row_to_be_holds_the_plan() -> None:
    id = new_id()

    job = plan_for(style="sketch", seed=7, width=300, height=400).job(id, "ada")

    assert (job.id, job.owner, job.operation) == (id, "ada", Operation.TEXT_TO_IMAGE)
    assert (job.provider, job.model, job.style) == ("shop", "studio-1", "sketch")
    assert (job.width, job.height, job.steps, job.guidance_scale) == (300, 400, 25, 7.0)
    assert job.prompt == "an otter"
    assert job.final_prompt == f"an otter, {job.style_suffix}"
    assert (job.seed, job.options, job.adjustments) == (7, {}, [])


@pytest.mark.parametrize(
    ("enhancer", "by_default", "asked", "enhanced"),
    [
        (True, True, None, True),
        (True, False, None, False),
        (True, False, True, True),
        (True, True, False, False),
        (False, True, None, False),
        (False, True, True, False),
    ],
)
def test_a_prompt_is_enhanced_where_that_is_possible_and_wanted(
    enhancer: bool, by_default: bool, asked: bool | None, enhanced: bool
) -> None:
    able = planner(enhancer=enhancer, enhance_by_default=by_default)
    request = GenerationRequest(prompt="an otter", enhance_prompt=asked)

    job = job_of(able.plan(request))

    assert job.enhance_prompt is enhanced
    assert job.final_prompt == (None if enhanced else "an otter")
    assert [adjustment.field for adjustment in job.adjustments] == (
        ["enhance_prompt"] if asked and not enhancer else []
    )


@pytest.mark.parametrize(
    ("wish", "field", "message"),
    [
        ({"style": "noir"}, "style", "There is no such style. Give one of: default, photorea"),
        (
            {"provider": "nobody"},
            "provider",
            "There is no such provider. Give one of: shop, closed.",
        ),
        (
            {"model": "studio-2"},
            "model",
            "Shop has no such model. Give one of: studio-1, plain-1.",
        ),
        ({"options": {"mood": "dark"}}, "options", "Studio One has no option 'mood'."),
        ({"prompt": " "}, "prompt", "The text is empty."),
        ({"steps": 151}, "steps", "151 is out of range."),
    ],
)
def test_what_is_unknown_or_wrong_is_refused_with_what_would_be_right(
    wish: dict[str, Any], field: str, message: str
) -> None:
    refusal = refusal_of(**wish)

    assert refusal.field == field
    assert refusal.message.startswith(message)


def test_a_provider_without_its_key_is_refused_by_name() -> None:
    with pytest.raises(ProviderNotConfigured) as refusal:
        plan_for(provider="Closed")

    assert refusal.value.message == "Closed is not configured: No key."


def test_a_prompt_is_too_long_when_it_is_so_with_the_style_s_words() -> None:
    short = spec(max_prompt_length=100)
    suffix = StyleBook(PRESETS).get("sketch").suffix
    fits = "x" * (100 - len(f", {suffix}"))

    plan_for(short, prompt=fits, style="sketch")
    plan_for(short, prompt="x" * 100)
    refusal = refusal_of(short, prompt=fits + "x", style="sketch")

    assert refusal.field == "prompt"
    assert refusal.message == (
        "With the style's words it has 101 characters. Studio One takes at most 100."
    )


def test_a_retired_model_is_refused_with_its_successor_and_not_advertised() -> None:
    old = spec(name="studio-0", title="Studio Zero", retires_on="2020-01-01", successor="studio-1")
    late = replace(old, name="studio-9", retires_on="9999-01-01")

    assert refusal_of(FULL, old, model="studio-0").message == (
        "Studio Zero was retired on 2020-01-01. Use studio-1."
    )
    assert plan_for(FULL, late, model="studio-9").model == late
    assert refusal_of(FULL, old, model="other").message.endswith("Give one of: studio-1.")


def test_of_an_unknown_model_nothing_is_promised() -> None:
    unknown = spec(is_known=False)

    plan = plan_for(unknown, seed=7, steps=50)

    assert plan.adjustments == [
        Adjustment("steps", "50", "40", "Studio One takes 10 to 40."),
        Adjustment("seed", "7", "7", "It is not known whether Studio One honours it."),
    ]
