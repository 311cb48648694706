"""From a wish to a plan: what is granted, what is adjusted, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from image_generation.domain.edits import EditRequest
from image_generation.domain.errors import InvalidInput, ProviderNotConfigured, Unsupported
from image_generation.domain.generations import Adjustment, Operation
from image_generation.domain.pictures import Size
from image_generation.domain.requests import GenerationRequest
from image_generation.domain.styles import PRESETS, StyleBook
from image_generation.gallery.records import Job
from image_generation.providers.models import ModelSpec, Option, OptionKind, Range, Sizes
from image_generation.providers.registry import Providers
from image_generation.services.planning import Plan, Planner
from tests.gallery.rows import new_id
from tests.services.shop import Shop, spec

FULL = spec(aliases=("studio", "S1"))
PLAIN = spec(
    name="plain-1",
    title="Plain One",
    seed=False,
    negative_prompt=False,
    steps=None,
    guidance_scale=None,
    sizes=Sizes(fixed=(Size(1024, 1024), Size(1536, 1024), Size(1024, 1536))),
)


def planner(*models: ModelSpec, **settings: Any) -> Planner:
    """Make a planner over one shop with these models, and a second one that is closed."""
    shops = Providers([Shop(*(models or (FULL, PLAIN))), Shop(name="closed", missing="No key.")])
    values = {
        "providers": shops,
        "styles": StyleBook(PRESETS),
        "default_size": Size(512, 512),
        "enhancer": False,
        "enhance_by_default": True,
    }
    return Planner(**{**values, **settings})


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


def edit_for(*models: ModelSpec, source: tuple[int, int] = (640, 480), **wish: Any) -> Plan:
    values = {"prompt": "an otter", "operation": Operation.IMG2IMG, **wish}
    return planner(*models).plan(EditRequest(**values), Size(*source))


EDITS = frozenset({Operation.IMG2IMG, Operation.INPAINT})
EDITOR = spec(name="editor-1", title="Editor One", operations=EDITS, strength=Range(0, 1))
COPIER = spec(name="copier-1", title="Copier One", operations=frozenset({Operation.IMG2IMG}))


@pytest.mark.parametrize(
    ("models", "wish", "field", "message"),
    [
        (
            (FULL, PLAIN, EDITOR, COPIER),
            {"model": "plain-1"},
            "model",
            "Plain One cannot do IMG2IMG. Use one of: editor-1, copier-1.",
        ),
        (
            (FULL, COPIER),
            {"operation": Operation.INPAINT},
            "provider",
            "Shop cannot do INPAINT. No provider here can.",
        ),
    ],
)
def test_an_operation_that_cannot_be_done_is_refused_with_who_can(
    models: tuple[ModelSpec, ...], wish: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(Unsupported) as refusal:
        edit_for(*models, **wish)

    assert (refusal.value.field, refusal.value.message) == (field, message)


def test_a_provider_that_cannot_do_it_is_refused_with_those_that_can() -> None:
    shops = [Shop(FULL), Shop(EDITOR, name="atelier"), Shop(EDITOR, name="shut", missing="Key.")]
    able = planner(providers=Providers(shops))

    with pytest.raises(Unsupported) as refusal:
        able.plan(EditRequest(prompt="an otter", operation=Operation.INPAINT), Size(640, 480))

    assert refusal.value.message == "Shop cannot do INPAINT. Use the provider atelier."


def test_who_names_no_model_gets_the_first_that_can_do_it() -> None:
    old = replace(EDITOR, name="editor-0", retires_on="2020-01-01")

    assert edit_for(FULL, old, COPIER, EDITOR).model == COPIER
    assert edit_for(FULL, old, COPIER, EDITOR, operation=Operation.INPAINT).model == EDITOR
    assert plan_for(COPIER, FULL).model == FULL


def test_a_picture_has_the_size_of_its_source_where_that_can_be() -> None:
    plan = edit_for(EDITOR, source=Size(640, 480), strict=True)

    assert (plan.size, plan.adjustments) == (Size(640, 480), [])


def test_a_size_that_only_the_source_implies_is_adjusted_and_said_even_when_strict() -> None:
    narrow = replace(EDITOR, edit_sizes=Sizes(fixed=(Size(512, 512),)))

    plan = edit_for(narrow, source=Size(512, 500), strict=True)
    large = edit_for(EDITOR, source=Size(4000, 3000))

    assert plan.size == Size(512, 512)
    assert plan.adjustments == [
        Adjustment("height", "500", "512", "Editor One makes no pictures of 512x500.")
    ]
    assert [(it.field, it.asked, it.used) for it in large.adjustments] == [
        ("width", "4000", "1024"),
        ("height", "3000", "768"),
    ]


def test_a_size_that_is_asked_for_is_refused_when_strict() -> None:
    narrow = replace(EDITOR, edit_sizes=Sizes(fixed=(Size(512, 512),)))

    with pytest.raises(Unsupported) as refusal:
        edit_for(narrow, width=256, strict=True)

    assert refusal.value.field == "width"


@pytest.mark.parametrize(("asked", "is_refused"), [(None, False), (0.75, False), (0.5, True)])
def test_a_strength_that_the_model_lacks_is_said_and_refused_when_strict(
    asked: float | None, *, is_refused: bool
) -> None:
    plan = edit_for(COPIER, strength=asked)
    said = [] if asked is None else [("strength", f"{asked:g}", None)]

    assert plan.strength is None
    assert [(it.field, it.asked, it.used) for it in plan.adjustments] == said
    assert {it.reason for it in plan.adjustments} <= {"Copier One has no strength."}
    if is_refused:
        with pytest.raises(Unsupported, match=r"Copier One has no strength\."):
            edit_for(COPIER, strength=asked, strict=True)
    else:
        assert edit_for(COPIER, strength=asked, strict=True).strength is None


def test_an_option_is_known_for_its_operations_only() -> None:
    option = Option(kind=OptionKind.BOOLEAN)
    both = spec(operations=frozenset(Operation), edit_options={"faithful": option})

    assert edit_for(both, options={"faithful": True}).request.options == {"faithful": True}
    refusal = refusal_of(both, options={"faithful": True})

    assert refusal.message == (
        "Studio One has no option 'faithful' for TEXT_TO_IMAGE. Its options: none."
    )


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
