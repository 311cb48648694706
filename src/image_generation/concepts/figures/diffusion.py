"""Figures of diffusion models."""

import numpy as np
from matplotlib.lines import Line2D

from image_generation.concepts.figures import arguments, canvas
from image_generation.concepts.figures.mixtures import three_classes, together, two_moons
from image_generation.concepts.figures.samplers import guided, path
from image_generation.concepts.figures.schedules import (
    STEPS,
    Floats,
    Schedule,
    diffuse,
    signal_left,
    signal_to_noise,
)

_POINTS = 1200


def forward_process(asked: arguments.ForwardArguments, picture: Floats) -> bytes:
    """Draw x_t of a picture with values from 0 to 1, for each schedule and timestep; PNG."""
    schedules = list(Schedule) if asked.schedule is None else [asked.schedule]
    noise = np.random.default_rng(asked.seed).standard_normal(picture.shape)
    wide, high = 1.75 * len(asked.timesteps), 2.1 * len(schedules) + 0.3
    figure = canvas.sheet(max(wide, 3.5), high)
    grid = figure.subplots(len(schedules), len(asked.timesteps), squeeze=False)
    for row, schedule in zip(grid, schedules, strict=True):
        left = signal_left(schedule)
        for axes, t in zip(row, asked.timesteps, strict=True):
            noisy = diffuse(2 * picture - 1, left[t], noise)
            canvas.show_picture(axes, (noisy + 1) / 2, rf"$t={t}$, $\bar\alpha_t={left[t]:.3f}$")
        row[0].set_ylabel(f"{schedule} schedule")
    return canvas.png(figure)


def signal_over_time(_: arguments.NoArguments) -> bytes:
    """Draw the signal-to-noise ratio over t for both schedules; SVG."""
    figure = canvas.sheet(6.4, 3.9)
    axes = figure.subplots()
    times = np.arange(1, STEPS + 1)
    styles = {Schedule.LINEAR: (canvas.BLUE, "-"), Schedule.COSINE: (canvas.ORANGE, "--")}
    for schedule, (colour, line) in styles.items():
        ratio = signal_to_noise(signal_left(schedule)[1:])
        axes.semilogy(times, ratio, line, color=colour, label=f"{schedule} schedule", lw=2)
        even = int(times[np.argmax(ratio < 1)])
        axes.plot(even, 1, "o", color=colour)
    axes.axhline(1, color=canvas.GREY, lw=0.8, ls=":")
    axes.annotate("as much noise as signal", (560, 1.6), fontsize=9, color=canvas.GREY)
    axes.set(xlim=(0, STEPS), ylim=(1e-6, 1e5), xlabel="timestep $t$")
    axes.set_ylabel(r"$\mathrm{SNR}(t)=\bar\alpha_t\,/\,(1-\bar\alpha_t)$")
    axes.legend(frameon=False)
    canvas.plain(axes)
    return canvas.svg(figure)


def two_moons_from_noise(asked: arguments.SamplingArguments) -> bytes:
    """Draw five stages of a sampler that follows the exact score of two moons; SVG."""
    rng, target = np.random.default_rng(asked.seed), two_moons()
    start = rng.standard_normal((_POINTS, 2))
    stages = list(path(asked.sampler, target, start, asked.steps, rng))
    shown = np.linspace(0, asked.steps, min(asked.steps + 1, 5)).round().astype(int)
    figure = canvas.sheet(2.1 * len(shown) + 0.4, 2.75)
    row = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    for axes, step in zip(row, shown.tolist(), strict=True):
        canvas.show_plane(axes, 3.0, f"step {step} of {asked.steps}")
        canvas.shade(axes, target, 3.0)
        canvas.scatter(axes, stages[step], canvas.ORANGE)
    row[0].set_ylabel("$x_2$")
    handle = Line2D([], [], color=canvas.ORANGE, marker=".", ls="")
    row[-1].legend([handle], [f"{asked.sampler.written} samples"], fontsize=8, loc="upper right")
    return canvas.svg(figure)


def guidance(asked: arguments.GuidanceArguments) -> bytes:
    """Draw samples of one class of three, unguided and guided; SVG."""
    classes = three_classes()
    whole, part = together(classes), classes[0]
    start = np.random.default_rng(asked.seed).standard_normal((_POINTS, 2))
    scales = (0.0, 1.0, asked.guidance_scale)
    figure = canvas.sheet(8.4, 3.1)
    row = figure.subplots(1, len(scales), sharey=True)
    for axes, scale in zip(row, scales, strict=True):
        title = {0.0: " (no condition)", 1.0: " (the class itself)"}.get(scale, "")
        canvas.show_plane(axes, 3.0, f"$s={scale:g}${title}")
        canvas.shade(axes, whole, 3.0)
        canvas.scatter(axes, guided(whole, part, start, 50, scale), canvas.ORANGE)
        axes.plot(part.means[:, 0], part.means[:, 1], "k+", ms=9, mew=1.6)
    row[0].set_ylabel("$x_2$")
    means = Line2D([], [], color="k", marker="+", ls="", ms=8)
    samples = Line2D([], [], color=canvas.ORANGE, marker=".", ls="")
    row[-1].legend([samples, means], ["samples", "means of the class"], fontsize=8)
    return canvas.svg(figure)
