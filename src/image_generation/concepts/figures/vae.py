"""Figures of variational autoencoders and of the codebooks that grew out of them."""

import numpy as np
from mpl_toolkits.mplot3d.axes3d import Axes3D

from image_generation.concepts.figures import arguments, canvas
from image_generation.concepts.figures.codebooks import quantise
from image_generation.concepts.figures.latents import divergence, reparameterised
from image_generation.concepts.figures.schedules import Floats


def reparameterisation(asked: arguments.LatentArguments) -> bytes:
    """Draw how noise becomes a latent, and what the KL term charges for it; SVG."""
    figure = canvas.sheet(9.0, 3.9)
    left = figure.add_subplot(1, 2, 1)
    noise = np.random.default_rng(asked.seed).standard_normal((400, 2))
    log_variance = np.full(2, 2 * np.log(asked.deviation))
    latents = reparameterised(np.full(2, asked.mean), log_variance, noise)
    name = rf"$z=\mu+\sigma\odot\epsilon$, $\mu={asked.mean:g}$, $\sigma={asked.deviation:g}$"
    left.plot(*noise.T, "o", color=canvas.BLUE, ms=3, alpha=0.5, label=r"$\epsilon\sim N(0, I)$")
    left.plot(*latents.T, "^", color=canvas.ORANGE, ms=3, alpha=0.6, label=name)
    left.set(xlim=(-6, 6), ylim=(-6, 6), aspect="equal", xlabel="dimension 1", ylabel="dimension 2")
    left.legend(frameon=False, fontsize=8, loc="lower left")
    canvas.plain(left)
    _surface(figure.add_subplot(1, 2, 2, projection="3d"), asked)
    return canvas.svg(figure)


def _surface(axes: Axes3D, asked: arguments.LatentArguments) -> None:
    mean, deviation = np.meshgrid(np.linspace(-3, 3, 41), np.linspace(0.15, 3, 41))
    charge = divergence(mean, 2 * np.log(deviation))
    axes.plot_surface(mean, deviation, charge, cmap=canvas.INK, edgecolor="#00000018", lw=0.3)
    here = divergence(asked.mean, float(2 * np.log(asked.deviation)))
    axes.plot([asked.mean], [asked.deviation], [here], "^", color=canvas.ORANGE, zorder=9)
    axes.set(xlabel=r"mean $\mu$", ylabel=r"deviation $\sigma$", zlabel="KL in nats")
    axes.set_title(
        rf"$\frac{{1}}{{2}}(\mu^2+\sigma^2-1-\log\sigma^2)$; here {here:.2f} nats", fontsize=10
    )
    axes.set_yticks([0, 1, 2, 3])
    axes.view_init(elev=28, azim=-58)
    axes.set_box_aspect(None, zoom=0.85)


def vector_quantisation(asked: arguments.CodebookArguments, picture: Floats) -> bytes:
    """Draw a picture, the numbers of its patches, and what the codes make of them; PNG."""
    found = quantise(picture, asked.codes, np.random.default_rng(asked.seed))
    figure = canvas.sheet(9.0, 3.3)
    first, second, third = figure.subplots(1, 3)
    rows, columns = found.numbers.shape
    canvas.show_picture(first, picture, f"picture, {picture.shape[1]} × {picture.shape[0]} pixels")
    numbers = second.imshow(found.numbers, cmap="viridis", interpolation="nearest")
    second.set_title(f"{columns} × {rows} numbers of codes", fontsize=10)
    second.set_xticks([])
    second.set_yticks([])
    figure.colorbar(numbers, ax=second, shrink=0.75, label="code")
    error = found.distortion(picture)
    canvas.show_picture(third, found.picture, f"from {len(found.codes)} codes, MSE {error:.4f}")
    return canvas.png(figure)
