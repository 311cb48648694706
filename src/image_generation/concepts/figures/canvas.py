"""Paper and ink of the figures: a white card that suits light and dark pages alike."""

from io import BytesIO

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from image_generation.concepts.figures.mixtures import Mixture
from image_generation.concepts.figures.schedules import Floats

mpl.rcParams["svg.hashsalt"] = "image-generation"  # the same figure has the same bytes

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#5A5A5A"
"""Told apart by colour-blind readers (Okabe and Ito 2008)."""

INK = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#bcd7ea", "#0072B2"])

_DPI = 110


def sheet(width: float, height: float) -> Figure:
    """Return an empty card; inches."""
    return Figure(figsize=(width, height), dpi=_DPI, layout="compressed", facecolor="white")


def svg(figure: Figure) -> bytes:
    """Write it as SVG, with letters as shapes."""
    FigureCanvasSVG(figure)
    data = BytesIO()
    figure.savefig(
        data, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None}
    )
    return data.getvalue()


def png(figure: Figure) -> bytes:
    """Write it as PNG."""
    FigureCanvasAgg(figure)
    data = BytesIO()
    figure.savefig(data, format="png", bbox_inches="tight", metadata={"Software": None})
    return data.getvalue()


def plain(axes: Axes) -> None:
    """Take away what says nothing: the frame above and on the right."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)


def show_picture(axes: Axes, picture: Floats, title: str) -> None:
    """Show a picture of shape (h, w, 3) or (h, w) with values from 0 to 1."""
    axes.imshow(np.clip(picture, 0, 1), interpolation="nearest", cmap="gray_r", vmin=0, vmax=1)
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


def show_plane(axes: Axes, reach: float, title: str) -> None:
    """Prepare a square of the plane around the origin."""
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("$x_1$")


def shade(axes: Axes, target: Mixture, reach: float) -> None:
    """Shade the plane by a density."""
    ticks = np.linspace(-reach, reach, 90)
    across, up = np.meshgrid(ticks, ticks)
    points = np.stack([across.ravel(), up.ravel()], axis=1)
    heights = target.density(points).reshape(across.shape)
    extent = (-reach, reach, -reach, reach)
    axes.imshow(heights, extent=extent, origin="lower", cmap=INK, alpha=0.8)


def scatter(axes: Axes, points: Floats, colour: str) -> None:
    """Put points on the plane."""
    axes.plot(points[:, 0], points[:, 1], ".", color=colour, ms=2.2, alpha=0.7, rasterized=True)
