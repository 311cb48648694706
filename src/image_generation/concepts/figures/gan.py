"""Figures of generative adversarial networks."""

import numpy as np

from image_generation.concepts.figures import arguments, canvas
from image_generation.concepts.figures.adversaries import field, trajectory

_SECONDS, _STEPS = 40.0, 1600


def dirac_game(asked: arguments.GameArguments) -> bytes:
    """Draw the vector field of the Dirac-GAN and a path in it, without and with R1; SVG."""
    figure = canvas.sheet(8.2, 4.2)
    row = figure.subplots(1, 2, sharey=True)
    ticks = np.linspace(-2, 2, 17)
    across, up = np.meshgrid(ticks, ticks)
    for axes, penalty in zip(row, (0.0, asked.penalty), strict=True):
        flow = field(np.stack([across, up], axis=-1), penalty)
        lengths = np.linalg.norm(flow, axis=-1, keepdims=True)
        arrows = flow / np.maximum(lengths, 1e-9)
        axes.quiver(across, up, arrows[..., 0], arrows[..., 1], color="#9a9a9a", width=0.004)
        way = trajectory(np.array([1.4, 0.0]), penalty, _SECONDS, _STEPS)
        axes.plot(*way.T, color=canvas.ORANGE, lw=1.8, label="training")
        axes.plot(*way[0], "o", color=canvas.ORANGE, label="start")
        axes.plot(0, 0, "*", color=canvas.BLUE, ms=13, label="equilibrium")
        kind = "no penalty" if penalty == 0 else "R1"
        axes.set_title(rf"{kind}, $\gamma={penalty:g}$", fontsize=10)
        axes.set(xlim=(-2.15, 2.15), ylim=(-2.15, 2.15), aspect="equal")
        axes.set_xlabel(r"generator $\theta$")
    row[0].set_ylabel(r"discriminator $\psi$")
    row[1].legend(fontsize=8, loc="upper right", framealpha=1)
    return canvas.svg(figure)
