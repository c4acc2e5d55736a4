"""How fast nnlib trains and predicts on one core, beside other libraries: prints Markdown tables.

Every program trains the same network, rectifiers and a softmax, by Adam on batches drawn anew each
epoch. They are timed in turn, round by round, and the fastest round of each counts.
"""

import os

# Before the imports, which read it: one thread each, and all on one core where the system allows.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if pinned := hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import platform
import tracemalloc
import warnings
from datetime import date
from functools import partial
from importlib import metadata, util
from itertools import pairwise
from pathlib import Path
from time import process_time

import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numpy as np
from autograd import value_and_grad
from autograd.scipy.special import logsumexp
from jax.flatten_util import ravel_pytree
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_info

from nnlib import Network, datasets
from nnlib.activations import softmax
from nnlib.costs import cross_entropy
from nnlib.optimizers import adam
from nnlib.training import fit

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore", ConvergenceWarning)
ROUNDS, PREDICTIONS = 20, 500


class Task:
    """A network to train, rectifiers and a linear output: ``epochs`` epochs make one timing."""

    def __init__(self, name, sizes, X, labels, batch, epochs):
        self.name, self.X, self.labels, self.batch, self.epochs = name, X, labels, batch, epochs
        self.network = Network(sizes, ["relu"] * (len(sizes) - 2) + ["identity"])
        self.theta = self.network.initialize(np.random.default_rng(0)).astype(X.dtype)
        self.Y = datasets.one_hot(labels, sizes[-1]).astype(X.dtype)
        self.steps = -(-X.shape[1] // batch)  # in an epoch

    def shuffled(self):
        """For each epoch its batches, each the places of its examples."""
        rng, m = np.random.default_rng(0), self.X.shape[1]
        for _ in range(self.epochs):
            order = rng.permutation(m)
            yield [order[at : at + self.batch] for at in range(0, m, self.batch)]


def tasks():
    X, labels = datasets.digits()
    X32, rng = X.astype(np.float32), np.random.default_rng(0)
    noise, classes = rng.random((6000, 784), np.float32).T, rng.integers(0, 10, 6000)
    small, deep = (64, 64, 10), (784, 256, 128, 10)
    return [
        Task("digits 64–64–10, batch 32, float32", small, X32, labels, 32, 10),
        Task("digits 64–64–10, batch 32, float64", small, X, labels, 32, 10),
        Task("digits 64–64–10, batch 200, float32", small, X32, labels, 200, 30),
        Task("digits 64–64–10, batch 200, float64", small, X, labels, 200, 30),
        Task("784–256–128–10, batch 128, float32", deep, noise, classes, 128, 2),
        Task("XOR 2–8–2, batch 4, float64", (2, 8, 2), *datasets.xor(), 4, 400),
    ]


# A program is a pair of functions: one trains anew, one gives the probabilities for one example.


def with_nnlib(task):
    theta, x = task.theta, task.X[:, :1]

    def train():
        plan = {"epochs": task.epochs, "batch_size": task.batch, "rng": np.random.default_rng(0)}
        fit(task.network, theta, task.X, task.Y, cross_entropy, adam(), **plan)

    return train, lambda: softmax(task.network.predict(theta, x))


def with_sklearn(task):
    X, x, hidden = task.X.T.copy(), task.X[:, :1].T.copy(), task.network.sizes[1:-1]
    plan = {"batch_size": task.batch, "max_iter": task.epochs, "n_iter_no_change": task.epochs + 1}
    model = MLPClassifier(hidden, alpha=0, tol=0, random_state=0, **plan)
    fitted = MLPClassifier(hidden, max_iter=1).fit(X, task.labels)
    return lambda: model.fit(X, task.labels), lambda: fitted.predict_proba(x)


def with_jax(task, donated=(), scanned=False):
    """One call of compiled code for each step; or, ``scanned``, one for all but an epoch's last."""
    start, layers = ravel_pytree(task.network.parameters(task.theta))
    X, Y, x = jnp.asarray(task.X.T), jnp.asarray(task.Y.T), task.X[:, :1].T.copy()

    def logits(theta, H):
        *hidden, (W, b) = layers(theta)
        for V, c in hidden:
            H = jax.nn.relu(H @ V.T + c)
        return H @ W.T + b

    def cost(theta, X, Y):
        return -(Y * jax.nn.log_softmax(logits(theta, X))).sum() / len(X)

    def step(state, batch, X, Y):
        theta, m, v, k = state
        C, g = jax.value_and_grad(cost)(theta, X[batch], Y[batch])
        m, v, k = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, k + 1
        root = jnp.sqrt(v / (1 - 0.999**k)) + 1e-8
        return (theta - 0.001 / (1 - 0.9**k) * m / root, m, v, k), C

    def scan(state, batches, X, Y):
        return jax.lax.scan(lambda state, batch: step(state, batch, X, Y), state, batches)

    one, many = (jax.jit(f, donate_argnums=donated) for f in (step, scan))
    predict = jax.jit(lambda theta, x: jax.nn.softmax(logits(theta, x)))

    def train():
        zeros, costs = jnp.zeros_like(start), []
        state = start.copy(), zeros, zeros.copy(), jnp.zeros((), start.dtype)
        for batches in task.shuffled():
            if scanned and len(batches) > 1:
                state, C = many(state, np.array(batches[:-1]), X, Y)
                batches = batches[-1:]
                costs.append(C)
            for batch in batches:
                state, C = one(state, batch, X, Y)
                costs.append(C)
        jax.block_until_ready((state, costs))

    return train, None if scanned else lambda: np.asarray(predict(start, x))


def with_autograd(task):
    def cost(layers, H, Y):
        *hidden, (W, b) = layers
        for V, c in hidden:
            H = anp.maximum(V @ H + c[:, None], 0)
        Z = W @ H + b[:, None]
        return anp.sum(logsumexp(Z, axis=0) - anp.sum(Y * Z, axis=0)) / Z.shape[1]

    def train():
        optimizer, theta = adam(), task.theta
        state = optimizer.start(theta)
        for batches in task.shuffled():
            for batch in batches:
                layers = task.network.parameters(theta)
                _, slopes = value_and_grad(cost)(layers, task.X[:, batch], task.Y[:, batch])
                gradient = np.concatenate([part.ravel() for layer in slopes for part in layer])
                theta, state = optimizer.update(theta, gradient, state)

    return train, None


def with_torch(task):
    if not util.find_spec("torch"):
        return None, None
    import torch

    torch.set_num_threads(1)
    X, labels = torch.from_numpy(task.X.T.copy()), torch.from_numpy(task.labels)
    x, sizes = task.X[:, :1].T.copy(), task.network.sizes

    def new():
        affine = [torch.nn.Linear(*pair) for pair in pairwise(sizes)]
        layers = [layer for Z in affine for layer in (Z, torch.nn.ReLU())]
        return torch.nn.Sequential(*layers[:-1]).to(X.dtype)

    def train():
        model, total = new(), 0.0
        optimizer = torch.optim.Adam(model.parameters(), fused=True)
        for batches in task.shuffled():
            for batch in map(torch.from_numpy, batches):
                optimizer.zero_grad()
                C = torch.nn.functional.cross_entropy(model(X[batch]), labels[batch])
                C.backward()
                optimizer.step()
                total += C.item()

    model = new()

    @torch.inference_mode()
    def predict():
        return model(torch.from_numpy(x)).softmax(1).numpy()

    return train, predict


def with_blas(task):
    """The matrix products of training and predicting, into arrays made beforehand, and no more."""

    def products(m):
        Ws = [W for W, _ in task.network.parameters(task.theta)]
        Hs = [np.ones((n, m), task.X.dtype) for n in task.network.sizes]
        forward, backward = [], []
        for W, (H, Z) in zip(Ws, pairwise(Hs), strict=True):
            forward.append((W, H, Z))
            backward.append((np.ones_like(Z), H.T, np.ones_like(W)))
            if H is not Hs[0]:
                backward.append((W.T, np.ones_like(Z), np.ones_like(H)))
        return forward, backward

    def run(triples, times=1):
        for A, B, out in triples * times:
            np.dot(A, B, out=out)

    forward, backward = products(task.batch)
    step, whole = forward + backward, task.epochs * task.X.shape[1] // task.batch
    return partial(run, step, whole), partial(run, products(1)[0])


PROGRAMS = {
    "nnlib": [with_nnlib],
    "scikit-learn": [with_sklearn],
    "JAX": [with_jax, partial(with_jax, donated=0)],
    "JAX, scan": [partial(with_jax, donated=0, scanned=True)],
    "autograd": [with_autograd],
    "PyTorch": [with_torch],
    "BLAS alone": [with_blas],
}
PREDICTION = "one digit predicted, float32"


def measure():
    """{(row, program): seconds a step, or a prediction}, and the number of steps in an epoch.

    Time of the processor, in which other programs that run meanwhile have no part.
    """
    runs, first, *others = [], *tasks()
    for task in (first, *others):
        for program, variants in PROGRAMS.items():
            for train, predict in (variant(task) for variant in variants):
                runs.append(((task.name, program), train, task.epochs * task.steps))
                if task is first and predict:
                    again = partial(repeat, predict)
                    runs.append(((PREDICTION, program), again, PREDICTIONS))
    best = dict.fromkeys((key for key, _, _ in runs), np.inf)
    for key, run, count in [run for run in runs if run[1]] * ROUNDS:
        start = process_time()
        run()
        best[key] = min(best[key], (process_time() - start) / count)
    return best, {task.name: task.steps for task in (first, *others)}


def repeat(predict):
    for _ in range(PREDICTIONS):
        predict()


def peak(epochs):
    """The most kilobytes that a fit of ``epochs`` epochs holds beyond its data."""
    task = tasks()[0]
    task.epochs = epochs
    train, _ = with_nnlib(task)
    tracemalloc.start()
    train()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1000


def machine():
    """What the figures belong to: the date, the processor, and the version of all that ran."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(": ")[1] for line in lines if line.startswith("model name")]
    threads = max(pool["num_threads"] for pool in threadpool_info())
    names = ("numpy", "scipy", "scikit-learn", "jax", "autograd", "torch")
    return (
        f"{date.today()}; {models[0] if models else platform.processor()}, {os.cpu_count()} cores, "
        f"{threads} thread{', pinned to one core' * pinned}; Python {platform.python_version()}, "
        f"{', '.join(f'{name} {version(name)}' for name in names)}."
    )


def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def table(title, rows, cell):
    """A Markdown table of cell(row, program) over the rows and all programs."""
    print(f"\n| {title} | {' | '.join(PROGRAMS)} |\n|---|{'---:|' * len(PROGRAMS)}")
    for row in rows:
        print(f"| {row} | {' | '.join(figure(cell(row, program)) for program in PROGRAMS)} |")


def figure(x):
    """x without decimals from 10 on, else with two of them or two digits; – where it is missing."""
    if not np.isfinite(x):
        return "–"
    return f"{x:.0f}" if x >= 10 else f"{x:.2f}" if x >= 0.1 else f"{x:.2g}"


def main():
    times, steps = measure()
    time = lambda row, program: times.get((row, program), np.inf)
    print(machine())
    table("µs a step", [*steps, PREDICTION], lambda row, program: 1e6 * time(row, program))
    table("ms an epoch", steps, lambda row, program: 1e3 * steps[row] * time(row, program))
    for base in ("scikit-learn", "JAX"):
        ratio = lambda row, program, base=base: time(row, program) / time(row, base)
        table(f"in units of {base}'s", [*steps, PREDICTION], ratio)
    peak(1)  # fills what is made once and kept
    print(
        f"\nA fit's memory, beyond its data: {peak(1):.0f} kB in 1 epoch, {peak(20):.0f} kB in 20."
    )


if __name__ == "__main__":
    main()
