"""Schedules, scores and samplers against their closed forms."""

import numpy as np
import pytest

from image_generation.concepts.figures.mixtures import Mixture, three_classes, together
from image_generation.concepts.figures.samplers import (
    Sampler,
    guided,
    noise_in,
    noise_levels,
    path,
)
from image_generation.concepts.figures.schedules import (
    STEPS,
    Schedule,
    diffuse,
    signal_left,
    signal_to_noise,
)

ROUND = Mixture(np.array([[0.7, -0.4]]), 0.25)


@pytest.mark.parametrize("schedule", list(Schedule))
def test_the_signal_only_fades_from_all_to_nothing(schedule: Schedule) -> None:
    left = signal_left(schedule)

    assert (len(left), left[0]) == (STEPS + 1, 1.0)
    assert (np.diff(left) < 0).all()
    assert 0 < left[-1] < 1e-4


def test_the_schedules_are_those_of_the_literature() -> None:
    linear, cosine = signal_left(Schedule.LINEAR), signal_left(Schedule.COSINE)

    assert 1 - linear[1] == pytest.approx(1e-4)
    assert 1 - linear[-1] / linear[-2] == pytest.approx(0.02)
    start = np.cos(0.008 / 1.008 * np.pi / 2) ** 2
    assert cosine[500] == pytest.approx(np.cos(0.508 / 1.008 * np.pi / 2) ** 2 / start)


@pytest.mark.parametrize("schedule", list(Schedule))
@pytest.mark.parametrize("t", [1, 100, 500, 999])
def test_noised_values_have_the_mean_and_variance_of_the_closed_form(
    schedule: Schedule, t: int
) -> None:
    left = float(signal_left(schedule)[t])
    noise = np.random.default_rng(0).standard_normal(200_000)

    noisy = diffuse(np.full(200_000, 0.8), left, noise)

    assert noisy.mean() == pytest.approx(0.8 * left**0.5, abs=0.01)
    assert noisy.var() == pytest.approx(1 - left, rel=0.02)


@pytest.mark.parametrize("schedule", list(Schedule))
def test_the_closed_form_is_what_single_steps_come_to(schedule: Schedule) -> None:
    left = signal_left(schedule)
    mean, variance = 1.0, 0.0
    for beta in 1 - left[1:301] / left[:300]:
        mean, variance = mean * (1 - beta) ** 0.5, variance * (1 - beta) + beta

    assert mean == pytest.approx(left[300] ** 0.5)
    assert variance == pytest.approx(1 - left[300])


def test_signal_and_noise_are_even_where_half_is_left() -> None:
    assert signal_to_noise(np.array([0.5, 0.8, 0.2])).tolist() == pytest.approx([1.0, 4.0, 0.25])


def test_the_score_is_the_slope_of_the_log_density() -> None:
    mixture = together(three_classes()).diffused(0.6)
    points = np.random.default_rng(1).standard_normal((50, 2))
    width = 1e-5
    slopes = [
        (np.log(mixture.density(points + step)) - np.log(mixture.density(points - step)))
        / (2 * width)
        for step in (np.array([width, 0.0]), np.array([0.0, width]))
    ]

    assert np.allclose(mixture.score(points), np.stack(slopes, axis=1), atol=1e-5)


def test_a_density_adds_up_to_one() -> None:
    ticks = np.linspace(-6, 6, 241)
    across, up = np.meshgrid(ticks, ticks)
    points = np.stack([across.ravel(), up.ravel()], axis=1)

    total = together(three_classes()).density(points).sum() * (ticks[1] - ticks[0]) ** 2

    assert total == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("sampler", list(Sampler))
def test_every_sampler_ends_in_the_distribution_it_is_to_draw_from(sampler: Sampler) -> None:
    rng = np.random.default_rng(2)
    start = rng.standard_normal((20_000, 2))

    *_, end = path(sampler, ROUND, start, 200, rng)

    assert end.mean(axis=0) == pytest.approx(ROUND.means[0], abs=0.02)
    assert np.cov(end.T) == pytest.approx(0.25 * np.eye(2), abs=0.015)


def test_the_stages_between_have_the_marginals_of_the_forward_process() -> None:
    rng = np.random.default_rng(3)
    start = rng.standard_normal((20_000, 2))

    stages = list(path(Sampler.DDPM, ROUND, start, 333, rng))
    left = float(signal_left(Schedule.COSINE)[999 - 3 * 222])

    assert len(stages) == 334
    assert stages[222].mean(axis=0) == pytest.approx(left**0.5 * ROUND.means[0], abs=0.03)
    assert stages[222].var(axis=0) == pytest.approx(left * 0.25 + 1 - left, rel=0.04)


def test_noise_levels_only_fall_and_end_at_none() -> None:
    levels = noise_levels(10)

    assert (len(levels), levels[-1]) == (11, 0.0)
    assert (np.diff(levels) < 0).all()


def test_guidance_at_one_draws_the_class_and_at_zero_everything() -> None:
    classes = three_classes()
    whole, part = together(classes), classes[0]
    start = np.random.default_rng(4).standard_normal((5_000, 2))

    free, bound, pushed = (guided(whole, part, start, 100, scale) for scale in (0.0, 1.0, 4.0))

    assert free.mean(axis=0) == pytest.approx(whole.means.mean(axis=0), abs=0.06)
    assert bound.mean(axis=0) == pytest.approx(part.means.mean(axis=0), abs=0.06)
    assert pushed[:, 1].mean() > bound[:, 1].mean() + 0.3
    assert pushed.var(axis=0).sum() < bound.var(axis=0).sum()


def test_a_perfect_network_finds_the_noise_that_was_added_to_a_point() -> None:
    point, noise = Mixture(np.array([[0.5, 0.5]]), 1e-9), np.array([[0.3, -1.2]])

    noisy = diffuse(point.means, 0.4, noise)

    assert noise_in(noisy, point, 0.4) == pytest.approx(noise, abs=1e-6)
