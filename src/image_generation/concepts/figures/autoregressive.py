"""Figures of autoregressive models."""

import numpy as np

from image_generation.concepts.figures import arguments, canvas
from image_generation.concepts.figures.rasters import fit, texture

_EDGE = 48


def raster_order(asked: arguments.SeededArguments) -> bytes:
    """Draw what a model learned from, and a sample of it growing in raster order; PNG."""
    taught = texture(64)
    model = fit(taught)
    sample = model.sample(_EDGE, _EDGE, np.random.default_rng(asked.seed))
    bits = -model.log_likelihood(sample) / np.log(2) / sample.size
    figure = canvas.sheet(9.4, 2.6)
    first, *others = figure.subplots(1, 5)
    canvas.show_picture(first, taught.astype(float), "learned from this")
    for axes, share in zip(others, (0.25, 0.5, 0.75, 1.0), strict=True):
        drawn = int(share * sample.size)
        shown = np.where(np.arange(sample.size).reshape(sample.shape) < drawn, sample, 0.0)
        title = f"{drawn} of {sample.size} pixels"
        canvas.show_picture(axes, shown, title)
        if share < 1:
            axes.axhline(drawn / _EDGE - 0.5, color=canvas.ORANGE, lw=1.2)
    others[-1].set_xlabel(f"{bits:.2f} bits per pixel", fontsize=9)
    return canvas.png(figure)
