"""And it learns: the gradient of a few examples at a time, the optimizer's step, epoch after epoch."""

import json
import math
import os
import sys
import warnings
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from nnlib.activations import TABLE
from nnlib.checks import require_count, require_no_nan, require_shape
from nnlib.network import Network
from nnlib.optimizers import copied


@dataclass(frozen=True)
class Result:
    """Where training stands after some epochs, with all it takes to go on.

    ``theta`` is where it stands, ``best`` where it stood, ``stale`` epochs ago, after the epoch of
    the lowest validation cost (without a validation set, of the lowest history). ``history`` is, for
    each epoch, the mean cost of its batches, each met before its step, penalty included;
    ``validation`` is the cost of the validation set after each epoch, empty where none was given.
    ``state`` is the optimizer's, ``rng`` that of the generator.
    """

    theta: np.ndarray
    best: np.ndarray
    history: tuple
    validation: tuple
    state: tuple
    rng: dict
    stale: int = 0


def fit(
    network, theta, X, Y, cost, optimizer, *, epochs, batch_size, rng,
    validation=None, penalty=None, patience=None, progress=True,
):  # fmt: skip
    """Minimize cost(network.predict(θ, X), Y) + penalty over θ by minibatches, drawn anew each epoch.

    X (n₀, m), Y (n_L, m); ``validation`` is such a pair too. All is computed in the dtype of theta.
    The last batch of an epoch may be smaller. Returns a Result; the theta that came is left as it
    was. A Result in place of theta goes on from there, to the bit as if there had been no pause,
    and sets rng to where it was. With ``patience``, training stops after so many epochs without a
    better one; an interrupt from the keyboard ends it too, with what the last whole epoch left.
    ``progress`` shows a bar where a terminal or a notebook is watching.

    Raises ValueError for wrong shapes, NaN, targets out of range, and ``epochs``, ``batch_size`` or
    ``patience`` below 1, and FloatingPointError where a cost or θ stops being finite; its ``result``
    is the last whole epoch's. Source: chapter training.
    """
    require_count("fit: epochs", epochs)
    require_count("fit: batch_size", batch_size)
    if patience is not None:
        require_count("fit: patience", patience)
    run = theta if isinstance(theta, Result) else _start(network, theta, optimizer, rng)
    _require_fitting(run, network, optimizer, validation)
    X, Y = _data("fit: ", network, cost, X, Y, run.theta.dtype)
    if validation is not None:
        validation = _data("fit: validation ", network, cost, *validation, run.theta.dtype)
    rows, targets = np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)
    rng.bit_generator.state = run.rng
    plan = network, rows, targets, cost, optimizer, batch_size, rng, penalty
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # an error says so, by name
            for _ in _bar(epochs, progress):
                after = _epoch(run, *plan)
                run = _judged(run, after, network, cost, validation)
                if patience and run.stale >= patience:
                    break
    except KeyboardInterrupt:
        rng.bit_generator.state = run.rng
        warnings.warn(f"fit: interrupted; {len(run.history)} epochs are kept", stacklevel=2)
    return run


def _start(network, theta, optimizer, rng):
    network.parameters(theta)
    require_no_nan("fit: theta", theta)
    theta = theta.astype(theta.dtype.newbyteorder("="))
    return Result(theta, theta.copy(), (), (), optimizer.start(theta), rng.bit_generator.state)


def _require_fitting(run, network, optimizer, validation):
    """Refuse a Result that did not come from such a network, optimizer and validation set."""
    network.parameters(run.theta)
    kept, expected = len(run.state), len(optimizer.start(run.theta))
    if kept != expected:
        raise ValueError(
            f"fit: the Result's state has {kept} parts, but {optimizer.name} keeps {expected}; "
            "expected the optimizer it came from"
        )
    if run.history and bool(run.validation) != (validation is not None):
        raise ValueError("fit: a Result goes on with a validation set if and only if it had one")


def _data(where, network, cost, X, Y, dtype):
    """X and Y in that dtype, once they are known to suit the network and the cost."""
    network.check_examples(X, Y, where)
    cost.require_targets(f"{where}Y", Y)
    return X.astype(dtype, copy=False), Y.astype(dtype, copy=False)


def _bar(epochs, progress):
    from tqdm import tqdm

    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return tqdm(range(epochs), disable=not (progress and watched), leave=False, unit="epoch")


def _epoch(run, network, rows, targets, cost, optimizer, batch_size, rng, penalty):
    """The Result one epoch on, not yet judged."""
    theta, state, total = run.theta.copy(), copied(run.state), 0.0
    gradient = np.empty_like(theta)
    layers, slots = network.parameters(theta), network.parameters(gradient)
    for batch in _batches(len(rows), batch_size, rng):
        X, Y = rows.take(batch, axis=0).T, np.ascontiguousarray(targets.take(batch, axis=0).T)
        C = network.backpropagate(layers, slots, X, Y, cost.quickly, penalty, rng)
        _require_finite("the cost", C, run)
        moved, state = optimizer.step(theta, gradient, state)
        if moved is not theta:
            theta, layers = moved, network.parameters(moved)
        total += float(C) * len(batch)
    history = (*run.history, total / len(rows))
    return replace(run, theta=theta, state=state, history=history, rng=rng.bit_generator.state)


def _judged(last, run, network, cost, validation):
    """The Result with the epoch's validation cost, and its theta as the best if none was better."""
    _require_finite("the largest parameter", np.abs(run.theta).max(), last)
    if validation is not None:
        C = float(cost(network.predict(run.theta, validation[0]), validation[1]))
        _require_finite("the validation cost", C, last)
        run = replace(run, validation=(*run.validation, C))
    costs = run.validation or run.history
    if len(costs) == 1 or costs[-1] < costs[-2 - last.stale]:
        return replace(run, best=run.theta, stale=0)
    return replace(run, stale=last.stale + 1)


def _require_finite(what, value, last):
    if not math.isfinite(value):
        error = FloatingPointError(
            f"fit: {what} is {value} in epoch {len(last.history) + 1}, expected a finite number; "
            "the rate may be too high, or the inputs too large"
        )
        error.result = last
        raise error


def _batches(m, size, rng):
    """The examples 0 … m − 1 in random order, cut into runs of ``size``."""
    order = rng.permutation(m)
    return [order[start : start + size] for start in range(0, m, size)]


def save(path, network, result):
    """Write a network and its Result to one file (npz, nothing pickled), whole or not at all.

    Raises ValueError where the Result is another network's, and where an activation is not one of
    nnlib's: a file holds only its name.
    """
    require_shape("save: the Result's theta", result.theta, (network.count,))
    for activation in network.activations:
        if TABLE.get(activation.name) is not activation:
            raise ValueError(
                f"save: the activation {activation.name!r} is not nnlib's own, and a file holds only "
                f"its name; expected some of {', '.join(TABLE)}"
            )
    header = {
        "format": 1,
        "sizes": network.sizes,
        "activations": [activation.name for activation in network.activations],
        "keep": network.keep,
        "history": result.history,
        "validation": result.validation,
        "state": len(result.state),
        "rng": result.rng,
        "stale": result.stale,
    }
    text = json.dumps(header, default=lambda array: array.tolist())
    state = {f"state{place}": np.asarray(part) for place, part in enumerate(result.state)}
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            np.savez(file, header=text, theta=result.theta, best=result.best, **state)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load(path):
    """(network, result) as ``save`` wrote them.

    Raises FileNotFoundError where there is no such file, and ValueError where it is damaged or was
    not written by ``save``.
    """
    data = Path(path).read_bytes()
    try:
        if damaged := ZipFile(BytesIO(data)).testzip():
            raise ValueError(f"the checksum of {damaged} is wrong")
        with np.load(BytesIO(data), allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        if "header" not in parts:
            raise ValueError(f"it holds {', '.join(parts) or 'nothing'}, expected a header")
        header = json.loads(parts["header"].item())
        if header["format"] != 1:
            raise ValueError(f"its format is {header['format']}, expected 1")
        network = Network(header["sizes"], header["activations"], header["keep"])
        for name in ("theta", "best"):
            require_shape(name, parts[name], (network.count,))
            require_no_nan(name, parts[name])
        state = [parts[f"state{place}"] for place in range(header["state"])]
        state = tuple(part if part.ndim else part.item() for part in state)
        costs = tuple(header["history"]), tuple(header["validation"])
        return network, Result(
            parts["theta"], parts["best"], *costs, state, header["rng"], header["stale"]
        )
    except Exception as error:  # whatever a foreign file may set off
        raise ValueError(
            f"load: {path} is damaged, or nnlib.training.save did not write it: {error}"
        ) from error
