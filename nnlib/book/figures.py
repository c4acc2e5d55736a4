"""The one style of the book's figures, and the drawing of a network that two chapters share."""

import itertools

import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats

# Okabe and Ito's colours, told apart by every kind of colour sight; in this order neighbours differ in
# lightness too. They stand on a white and (turned over by the site's style sheet) on a dark page.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#d55e00", "#009e73", "#a04a80", "#5b6470"

INK = "#1c1e21"


def use_style():
    """Set the style of every figure drawn afterwards: vector graphics whose bytes repeat.

    Called once, in a chapter's first cell. Text becomes outlines, so that a figure looks the same on
    every machine; neither a date nor a random identifier enters the file.
    """
    plt.rcParams.update(plt.rcParamsDefault)
    plt.rcParams.update(
        {
            "figure.figsize": (5.4, 3.2),
            "figure.facecolor": "none",
            "savefig.facecolor": "none",
            "svg.fonttype": "path",
            "svg.hashsalt": "nnlib",
            "font.size": 11,
            "mathtext.fontset": "cm",
            "text.color": INK,
            "axes.facecolor": "none",
            "axes.edgecolor": GREY,
            "axes.labelcolor": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(
                color=[BLUE, ORANGE, GREEN, PURPLE, GREY],
                linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))],
            ),
            "axes.grid": True,
            "grid.color": GREY,
            "grid.alpha": 0.18,
            "xtick.color": GREY,
            "ytick.color": GREY,
            "lines.linewidth": 2,
            "legend.frameon": False,
            "legend.handlelength": 2.6,
        }
    )
    set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})


def draw_network(sizes, ax=None, *, path=(), names=(), backward=False):
    """Draw a layered network: a circle for a unit, a line for a weight, inputs at the left.

    `sizes` counts the units of each layer, inputs first. `path` names one unit a layer, counted from 0
    at the top, and is drawn in colour from there on; it may stop early. `names` are TeX, one a layer,
    written below it. With `backward` the arrows on the path point from the output to the inputs.
    Returns the axes. Raises ValueError if a layer is empty or the path or the names do not fit.
    """
    _check_network(sizes, path, names)
    ax = ax or plt.subplots(figsize=(1.9 * len(sizes), 0.75 * max(sizes) + 0.6))[1]
    units = [[(2.4 * layer, (n - 1) / 2 - i) for i in range(n)] for layer, n in enumerate(sizes)]
    for left, right in itertools.pairwise(units):
        for start in left:
            for end in right:
                _connect(ax, start, end, color=GREY, alpha=0.45, linewidth=0.8, arrowstyle="-")
    on_path = [layer[i] for layer, i in zip(units, path, strict=False)]
    color = ORANGE if backward else BLUE
    for start, end in itertools.pairwise(on_path):
        ends = (end, start) if backward else (start, end)
        _connect(ax, *ends, color=color, linewidth=2.2, arrowstyle="-|>", mutation_scale=14)
    for unit in (unit for layer in units for unit in layer):
        chosen = unit in on_path
        ax.add_patch(
            plt.Circle(unit, 0.28, facecolor=color if chosen else "white", edgecolor=INK, zorder=3)
        )
    for layer, name in zip(units, names, strict=False):
        ax.text(layer[0][0], -max(sizes) / 2 - 0.35, f"${name}$", ha="center", va="center", size=13)
    floor = -max(sizes) / 2 - (0.7 if names else 0)
    ax.set(xlim=(-0.5, 2.4 * (len(sizes) - 1) + 0.5), ylim=(floor, max(sizes) / 2))
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def _connect(ax, start, end, **style):
    """A line between the rims of two units."""
    ax.annotate(
        "", end, start, zorder=2, arrowprops={"shrinkA": 9, "shrinkB": 9, "patchA": None, **style}
    )


def _check_network(sizes, path, names):
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a network has two layers or more, none of them empty; sizes is {sizes}")
    if len(path) > len(sizes):
        raise ValueError(f"path names {len(path)} units, but there are {len(sizes)} layers")
    for layer, (unit, size) in enumerate(zip(path, sizes, strict=False)):
        if not 0 <= unit < size:
            raise ValueError(
                f"path asks for unit {unit} of layer {layer}, which has units 0 to {size - 1}"
            )
    if names and len(names) != len(sizes):
        raise ValueError(f"one name a layer: {len(sizes)} layers, {len(names)} names")
