"""Feedforward networks, their gradients and their training, small enough to read in an evening.

Read the modules in this order; their first sentences are one text. checks, activations, layers,
costs, penalties, initializers, network, differences, optimizers, training, datasets.
"""

from nnlib import (
    activations,
    costs,
    datasets,
    differences,
    initializers,
    layers,
    optimizers,
    penalties,
    training,
)
from nnlib.network import Network

__all__ = [
    "Network",
    "activations",
    "costs",
    "datasets",
    "differences",
    "initializers",
    "layers",
    "optimizers",
    "penalties",
    "training",
]
