"""Latents, games, codebooks and rasters against their closed forms."""

from itertools import product

import numpy as np
import pytest

from image_generation.concepts.figures.adversaries import eigenvalues, field, trajectory
from image_generation.concepts.figures.codebooks import nearest_codes, quantise
from image_generation.concepts.figures.latents import divergence, reparameterised
from image_generation.concepts.figures.rasters import contexts, fit, texture


def test_reparameterised_noise_has_the_mean_and_deviation_it_was_given() -> None:
    noise = np.random.default_rng(0).standard_normal(100_000)

    latents = reparameterised(np.array(1.5), np.array(2 * np.log(0.5)), noise)

    assert latents.mean() == pytest.approx(1.5, abs=0.01)
    assert latents.std() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (1.0, 0.5), (-2.0, 1.7)])
def test_the_kl_term_is_the_mean_of_the_log_ratio(mean: float, deviation: float) -> None:
    noise = np.random.default_rng(1).standard_normal(400_000)
    log_variance = 2 * float(np.log(deviation))
    latents = reparameterised(np.array(mean), np.array(log_variance), noise)
    log_ratio = -(noise**2) / 2 - np.log(deviation) + latents**2 / 2

    assert divergence(mean, log_variance) == pytest.approx(log_ratio.mean(), abs=0.02)


@pytest.mark.parametrize("penalty", [0.0, 0.3, 1.0, 2.5])
def test_the_game_has_the_eigenvalues_of_its_jacobian(penalty: float) -> None:
    width = 1e-6
    columns = [
        (field(step, penalty) - field(-step, penalty)) / (2 * width)
        for step in (np.array([width, 0.0]), np.array([0.0, width]))
    ]
    found = np.linalg.eigvals(np.stack(columns, axis=1))

    assert np.allclose(np.sort_complex(found), np.sort_complex(eigenvalues(penalty)), atol=1e-5)


def test_without_a_penalty_training_circles_and_with_one_it_arrives() -> None:
    start = np.array([1.4, 0.0])

    free, held = (
        np.linalg.norm(trajectory(start, penalty, 60.0, 3000), axis=1) for penalty in (0.0, 0.3)
    )

    assert free[-1000:].max() == pytest.approx(1.4, rel=0.05)
    assert free[-1000:].min() > 1.2
    assert held[-1] < 0.001


def test_each_patch_gets_the_nearest_code() -> None:
    rng = np.random.default_rng(2)
    patches, codes = rng.random((40, 48)), rng.random((7, 48))
    distances = ((patches[:, None] - codes[None]) ** 2).sum(axis=2)

    assert nearest_codes(patches, codes).tolist() == distances.argmin(axis=1).tolist()


def test_more_codes_distort_less_and_as_many_as_patches_nothing() -> None:
    picture = np.random.default_rng(3).random((16, 16, 3))

    errors = [
        quantise(picture, count, np.random.default_rng(0)).distortion(picture)
        for count in (2, 8, 16)
    ]

    assert errors[0] > errors[1] > errors[2]
    assert errors[2] == pytest.approx(0.0, abs=1e-12)


def test_the_best_single_code_is_the_mean() -> None:
    picture = np.random.default_rng(4).random((16, 16, 3))
    patches = picture.reshape(4, 4, 4, 4, 3).swapaxes(1, 2).reshape(16, 48)

    found = quantise(picture, 1, np.random.default_rng(0))

    assert found.codes[0] == pytest.approx(patches.mean(axis=0))


def test_the_likelihoods_of_all_pictures_add_up_to_one() -> None:
    model = fit(texture(32))
    every = (np.array(bits).reshape(3, 4) for bits in product((0, 1), repeat=12))

    total = sum(float(np.exp(model.log_likelihood(picture))) for picture in every)

    assert total == pytest.approx(1.0)


def test_a_pixel_is_told_only_by_those_before_it() -> None:
    picture = texture(12)
    changed = picture.copy()
    changed[5, 6:] ^= 1
    changed[6:] ^= 1

    assert (contexts(picture)[:5] == contexts(changed)[:5]).all()
    assert (contexts(picture)[5, :7] == contexts(changed)[5, :7]).all()


def test_a_sample_is_as_likely_as_what_was_learned_and_far_likelier_than_noise() -> None:
    model, rng = fit(texture(64)), np.random.default_rng(5)
    sample, noise = model.sample(40, 40, rng), rng.integers(0, 2, (40, 40))

    bits = [-model.log_likelihood(each) / np.log(2) / each.size for each in (sample, noise)]

    assert bits[0] < 0.5
    assert bits[1] > 2 * bits[0]
