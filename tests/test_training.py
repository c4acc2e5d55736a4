import io
import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import fields, replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import LAYOUTS, backpropagated

from nnlib import Network, costs, datasets, optimizers
from nnlib.activations import TABLE, Activation
from nnlib.optimizers import Optimizer, adam, gradient_descent
from nnlib.penalties import l1, l2
from nnlib.training import fit, load, save

NETWORK = Network([2, 4, 2], ["tanh", "identity"])
THETA = NETWORK.initialize(np.random.default_rng(1))
X, LABELS = datasets.moons(30, np.random.default_rng(0))
Y = datasets.one_hot(LABELS, 2)
DEFAULTS = {
    "network": NETWORK, "theta": THETA, "X": X, "Y": Y, "cost": costs.cross_entropy,
    "optimizer": gradient_descent(0.5), "epochs": 3, "batch_size": 30,
}  # fmt: skip


def trained(**changes):
    return fit(**DEFAULTS | {"rng": np.random.default_rng(2)} | changes)


def test_one_whole_batch_is_gradient_descent():
    theta, history = THETA, []
    for _ in range(3):
        C, gradient = NETWORK.cost_and_gradient(theta, X, Y, costs.cross_entropy)
        history.append(C)
        theta = theta - 0.5 * gradient
    result = trained(validation=(X, Y))
    assert np.allclose(result.theta, theta, rtol=1e-12)
    assert np.allclose(result.history, history, rtol=1e-12)
    assert np.allclose(result.validation[:2], history[1:], rtol=1e-12)
    assert not np.allclose(trained(optimizer=gradient_descent(0.4)).theta, theta, rtol=1e-3)


def test_every_example_counts_once_in_an_epoch():
    still = trained(optimizer=gradient_descent(1e-300), batch_size=7, epochs=1)
    whole, _ = NETWORK.cost_and_gradient(THETA, X, Y, costs.cross_entropy)
    assert still.history[0] == pytest.approx(whole, rel=1e-12)


def test_the_rng_decides_and_theta_stays():
    before = THETA.copy()
    first, again = trained(batch_size=8), trained(batch_size=8)
    assert (first.theta == again.theta).all()
    assert first.history == again.history
    assert (trained(batch_size=8, rng=np.random.default_rng(3)).theta != first.theta).any()
    assert (before == THETA).all()
    assert first.validation == ()


def test_penalty_joins_the_cost():
    C, gradient = NETWORK.cost_and_gradient(THETA, X, Y, costs.cross_entropy, l2(0.1))
    result = trained(penalty=l2(0.1), epochs=1, validation=(X, Y))
    assert result.history[0] == pytest.approx(C, rel=1e-12)
    assert np.allclose(result.theta, THETA - 0.5 * gradient, rtol=1e-12)
    plain = costs.cross_entropy(NETWORK.predict(result.theta, X), Y)
    assert result.validation == (pytest.approx(plain, rel=1e-12),)
    assert not np.allclose(result.theta, trained(epochs=1).theta, rtol=1e-3)


def test_it_learns_xor():
    X, labels = datasets.xor()
    Y = datasets.one_hot(labels, 2)
    result = trained(X=X, Y=Y, optimizer=adam(0.05), epochs=300, batch_size=4)
    assert (NETWORK.predict(result.theta, X).argmax(axis=0) == labels).all()
    assert result.history[-1] < 0.05 < result.history[0]


def test_all_is_computed_in_the_dtype_of_theta():
    short = [a.astype(np.float32) for a in (THETA, X, Y)]
    for cost in (costs.squared_error, costs.cross_entropy):
        result = trained(theta=short[0], cost=cost, validation=(X, Y))
        assert result.theta.dtype == np.float32
        again = trained(**dict(zip(("theta", "X", "Y"), short, strict=True)), cost=cost)
        assert (again.theta == result.theta).all()
        last = cost(NETWORK.predict(result.theta, short[1]), short[2])
        assert last.dtype == np.float32
        assert result.validation[-1] == float(last)


def test_units_drop_out_in_training_and_not_in_validation():
    network, rng = Network([2, 4, 2], ["tanh", "identity"], keep=0.5), np.random.default_rng(2)
    order = rng.permutation(30)
    C, gradient = backpropagated(
        network, THETA, X[:, order], Y[:, order], costs.cross_entropy.quickly, rng=rng
    )
    result = trained(network=network, epochs=1, validation=(X, Y))
    assert result.history == (pytest.approx(C, rel=1e-12),)
    assert np.allclose(result.theta, THETA - 0.5 * gradient, rtol=1e-12)
    whole = costs.cross_entropy(NETWORK.predict(result.theta, X), Y)
    assert result.validation == (pytest.approx(whole, rel=1e-12),)
    assert not np.allclose(result.theta, trained(epochs=1).theta, rtol=1e-3)


layouts = st.sampled_from(sorted(LAYOUTS))


@given(
    m=st.integers(1, 9),
    batch_size=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
    order=st.tuples(layouts, layouts, layouts),
    kind=st.sampled_from([np.float64, np.float32]),
    label=st.sampled_from([float, np.float32, int, bool]),
)
def test_layouts_and_types(m, batch_size, seed, order, kind, label):
    def run(theta, X, Y):
        return trained(
            theta=theta, X=X, Y=Y, batch_size=batch_size, rng=np.random.default_rng(seed),
            validation=(X, Y), optimizer=adam(0.01), epochs=2,
        )  # fmt: skip

    arrays = THETA.astype(kind), X[:, :m], Y[:, :m].astype(label)
    laid = [LAYOUTS[o](a) for o, a in zip(order, arrays, strict=True)]
    before = [a.copy() for a in laid]
    plain, result = run(*arrays), run(*laid)
    assert np.allclose(result.theta, plain.theta, rtol=1e-5, atol=1e-6)
    assert np.allclose(result.history, plain.history, rtol=1e-5)
    assert np.allclose(result.validation, plain.validation, rtol=1e-5)
    assert {a.dtype for a in (result.theta, result.best, *result.state[1:])} == {np.dtype(kind)}
    assert {type(C) for C in result.history + result.validation} == {float}
    assert all((a == b).all() for a, b in zip(laid, before, strict=True))


# ── pausing, going on ───────────────────────────────────────────────────────────────────────────


def bits(result):
    """A Result as text, with every bit, shape and dtype of its arrays."""
    plain = {field.name: getattr(result, field.name) for field in fields(result)}
    return json.dumps(plain, default=lambda a: [a.tobytes().hex(), a.shape, a.dtype.str])


def same(first, second):
    """Whether two Results are equal to the bit."""
    return bits(first) == bits(second)


DROPPING = Network([2, 6, 5, 2], ["gelu", "tanh", "identity"], keep=0.8)
LONG = {
    "network": DROPPING, "theta": DROPPING.initialize(np.random.default_rng(5)), "epochs": 6,
    "batch_size": 8, "optimizer": adam(0.02), "penalty": l1(1e-3), "validation": (X[:, :9], Y[:, :9]),
}  # fmt: skip
KEPT = r"^fit: interrupted; {} epochs are kept$"


def unlike(rng_seed=99):
    """A generator that stands somewhere else: going on must not depend on it."""
    return np.random.default_rng(rng_seed)


def test_a_seed_decides_every_bit():
    assert same(trained(**LONG), trained(**LONG))
    assert not same(trained(**LONG), trained(**LONG | {"rng": unlike()}))


def test_going_on_is_not_to_have_paused():
    half = trained(**LONG | {"epochs": 2})
    rng = unlike()
    rest = trained(**LONG | {"theta": half, "epochs": 4, "rng": rng})
    whole = trained(**LONG)
    assert same(rest, whole)
    assert rng.bit_generator.state == whole.rng
    assert len(half.history) == 2
    lost = replace(half, state=LONG["optimizer"].start(half.theta))
    assert not same(trained(**LONG | {"theta": lost, "epochs": 4, "rng": unlike()}), whole)
    assert not same(trained(**LONG | {"theta": half.theta, "epochs": 4, "rng": unlike()}), whole)


def interrupting(optimizer, at):
    """The optimizer, and an interrupt from the keyboard in its step number ``at``."""
    steps = count(1)

    def step(*arguments):
        if next(steps) == at:
            raise KeyboardInterrupt
        return optimizer.step(*arguments)

    return Optimizer(optimizer.name, optimizer.start, step)


# Four batches an epoch: the first step, one amid an epoch, the last of an epoch, the next.
@pytest.mark.parametrize(("at", "kept"), [(1, 0), (11, 2), (12, 2), (13, 3)])
def test_an_interrupt_keeps_the_whole_epochs(at, kept, tmp_path):
    whole, rng = trained(**LONG), np.random.default_rng(2)
    with pytest.warns(UserWarning, match=KEPT.format(kept)):
        paused = trained(**LONG | {"optimizer": interrupting(adam(0.02), at), "rng": rng})
    assert len(paused.history) == len(paused.validation) == kept
    assert paused.history == whole.history[:kept]
    assert rng.bit_generator.state == paused.rng
    assert not kept or same(paused, trained(**LONG | {"epochs": kept}))
    assert not any(np.shares_memory(LONG["theta"], a) for a in (paused.theta, paused.best))
    go_on = {"epochs": 6 - kept, "rng": unlike()}
    assert same(trained(**LONG | go_on | {"theta": paused}), whole)
    save(tmp_path / "paused.npz", DROPPING, paused)
    network, loaded = load(tmp_path / "paused.npz")
    assert same(loaded, paused)
    assert same(trained(**LONG | go_on | {"network": network, "theta": loaded}), whole)


def test_the_warning_points_to_the_caller():
    with pytest.warns(UserWarning, match=KEPT.format(0)) as warned:
        trained(optimizer=interrupting(gradient_descent(0.5), 1))
    assert os.path.basename(warned[0].filename) != "training.py"


def test_an_interrupt_amid_validation_keeps_no_half_of_an_epoch():
    calls = count(1)

    def losses(output, target):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return costs.cross_entropy.losses(output, target)

    cost = replace(costs.cross_entropy, losses=losses)
    with pytest.warns(UserWarning, match=KEPT.format(2)):
        paused = trained(**LONG | {"cost": cost})
    assert same(paused, trained(**LONG | {"epochs": 2}))


GO_ON = """
import sys
import numpy as np
from nnlib import costs
from nnlib.optimizers import adam
from nnlib.penalties import l1
from nnlib.training import fit, load, save

paused, data, done = sys.argv[1:]
network, result = load(paused)
data = np.load(data)
result = fit(
    network, result, data["X"], data["Y"], costs.cross_entropy, adam(0.02), epochs=4, batch_size=8,
    rng=np.random.default_rng(99), penalty=l1(1e-3), validation=(data["X"][:, :9], data["Y"][:, :9]),
)
save(done, network, result)
"""


def test_another_process_goes_on(tmp_path):
    paused, data, done = (tmp_path / f"{name}.npz" for name in ("paused", "data", "done"))
    np.savez(data, X=X, Y=Y)
    save(paused, DROPPING, trained(**LONG | {"epochs": 2}))
    subprocess.run([sys.executable, "-c", GO_ON, paused, data, done], check=True, timeout=60)
    assert same(load(done)[1], trained(**LONG))


@pytest.mark.parametrize("validation", [None, (X[:, :9], 1 - Y[:, :9]), (X[:, 9:], Y[:, 9:])])
@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience(validation, patience):
    run = {"optimizer": adam(0.3), "batch_size": 8, "validation": validation}
    every = [trained(**run, epochs=epochs) for epochs in range(1, 21)]
    judged = every[-1].validation or every[-1].history
    ends = [e for e in range(20) if e - int(np.argmin(judged[: e + 1])) >= patience] or [19]
    stopped = trained(**run, epochs=20, patience=patience)
    assert len(stopped.history) == ends[0] + 1
    best = int(np.argmin(judged[: ends[0] + 1]))
    assert stopped.stale == ends[0] - best
    assert (stopped.best == every[best].theta).all()
    assert (stopped.theta == every[ends[0]].theta).all()
    assert (every[-1].best == every[int(np.argmin(judged))].theta).all()


def test_patience_stops_at_once_where_each_epoch_is_worse():
    stopped = trained(validation=(X, 1 - Y), epochs=50, patience=3)
    assert len(stopped.history) == 4
    assert (stopped.best == trained(epochs=1).theta).all()
    assert list(stopped.validation) == sorted(stopped.validation)
    assert len(trained(validation=(X, 1 - Y), epochs=50).history) == 50


def test_an_epoch_as_good_as_the_best_is_not_better():
    one = {"X": X[:, :1], "Y": Y[:, :1], "optimizer": Optimizer("still", lambda _: (), keep)}
    stopped = trained(**one, epochs=9, patience=2)
    assert len(set(stopped.history)) == 1
    assert (len(stopped.history), stopped.stale) == (3, 2)


def keep(theta, gradient, state):
    return theta, state


@pytest.mark.parametrize(
    ("result", "changes", "message"),
    [
        (
            trained(network=Network([2, 3, 2], ["tanh"] * 2), theta=np.zeros(17)),
            {},
            "theta has shape (17,), expected (22,)",
        ),
        (
            trained(),
            {"optimizer": adam(0.1)},
            (
                "fit: the Result's state has 1 parts, but adam keeps 3; expected the optimizer it "
                "came from"
            ),
        ),
        (
            trained(),
            {"validation": (X, Y)},
            "fit: a Result goes on with a validation set if and only if it had one",
        ),
        (
            trained(validation=(X, Y)),
            {},
            "fit: a Result goes on with a validation set if and only if it had one",
        ),
    ],
)
def test_a_result_of_something_else_is_refused(result, changes, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        trained(theta=result, **changes)
    assert str(error.value) == message


def test_a_generator_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="state must be for a MT19937"):
        trained(theta=trained(), rng=np.random.Generator(np.random.MT19937(1)))


# ── going wrong ─────────────────────────────────────────────────────────────────────────────────


def leaping(at, value):
    """Gradient descent until step ``at``, which sets every parameter to ``value``."""
    return Optimizer(
        "leaping",
        lambda theta: (0,),
        lambda theta, g, state: (
            np.full_like(theta, value) if state[0] + 1 == at else theta - 0.1 * g,
            (state[0] + 1,),
        ),
    )


BUT = "expected a finite number; the rate may be too high, or the inputs too large"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("at", "value", "changes", "message"),
    [
        (9, 1e200, {}, f"fit: the cost is inf in epoch 3, {BUT}"),
        (9, np.inf, {}, f"fit: the cost is nan in epoch 3, {BUT}"),
        (9, np.nan, {}, f"fit: the cost is nan in epoch 3, {BUT}"),
        (12, np.nan, {}, f"fit: the largest parameter is nan in epoch 3, {BUT}"),
        (12, -np.inf, {"epochs": 3}, f"fit: the largest parameter is inf in epoch 3, {BUT}"),
        (12, 1e200, {"validation": (X, Y)}, f"fit: the validation cost is inf in epoch 3, {BUT}"),
    ],
)
def test_divergence_is_told(at, value, changes, message):
    run = {"cost": costs.squared_error, "batch_size": 8, "epochs": 5, **changes}
    with pytest.raises(FloatingPointError) as error:
        trained(**run | {"optimizer": leaping(at, value)})
    assert str(error.value) == message
    assert same(error.value.result, trained(**run | {"optimizer": leaping(0, 0), "epochs": 2}))


@pytest.mark.filterwarnings("error")
def test_a_rate_too_high():
    with pytest.raises(FloatingPointError, match=r"is (inf|nan) in epoch \d+, expected a finite"):
        trained(cost=costs.squared_error, optimizer=gradient_descent(1e200))


def test_no_memory_grows_with_the_steps():
    """One θ is 40 kB: 29 epochs more, of 4 steps each, may not leave even one behind."""
    network = Network([2, 1250, 2], ["tanh", "identity"])
    kept = []

    def hoard(theta, g, state):
        kept.append(theta.copy())
        return adam(0.001).step(theta, g, state)

    def taken(epochs, optimizer):
        theta = np.zeros(network.count)
        tracemalloc.start()
        try:
            result = trained(
                network=network, theta=theta, epochs=epochs, batch_size=8, optimizer=optimizer
            )
            assert len(result.history) == epochs
            return np.array(tracemalloc.get_traced_memory())
        finally:
            tracemalloc.stop()

    taken(1, adam(0.001))  # what is imported and remembered once
    size = 8 * network.count
    assert (taken(30, adam(0.001)) - taken(1, adam(0.001)) < size / 2).all()
    hoarding = Optimizer("hoarding", adam(0.001).start, hoard)
    assert (taken(30, hoarding) - taken(1, hoarding) > 50 * size).all()


# ── the progress bar ────────────────────────────────────────────────────────────────────────────


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def screen(self):
        """What is left to see: each line as the carriage returns overwrite it."""
        lines = []
        for line in self.getvalue().split("\n"):
            seen = ""
            for piece in line.split("\r"):
                seen = piece + seen[len(piece) :]
            lines.append(seen.rstrip())
        return "\n".join(lines)


def watched(monkeypatch):
    """A terminal as stderr, and no notebook."""
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_a_bar_on_a_terminal_leaves_nothing_behind(monkeypatch):
    terminal = watched(monkeypatch)
    trained(epochs=50)
    assert "/50" in terminal.getvalue()
    assert "epoch/s" in terminal.getvalue()
    assert terminal.screen() == ""
    terminal.write("\rleft")
    assert terminal.screen() == "left"


@pytest.mark.filterwarnings("ignore:fit. interrupted", "ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize("end", ["patience", "interrupt", "divergence"])
def test_no_end_leaves_the_bar_behind(end, monkeypatch):
    terminal = watched(monkeypatch)
    if end == "patience":
        trained(epochs=50, patience=1, validation=(X, 1 - Y))
    elif end == "interrupt":
        trained(epochs=50, optimizer=interrupting(adam(0.1), 5))
    else:
        with pytest.raises(FloatingPointError):
            trained(epochs=50, optimizer=leaping(5, np.nan))
    assert "/50" in terminal.getvalue()
    assert terminal.screen() == ""


def test_no_bar_where_nobody_watches(monkeypatch):
    terminal = watched(monkeypatch)
    trained(progress=False)
    assert terminal.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    trained()
    assert sys.stderr.getvalue() == ""
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    trained()
    assert "epoch" in sys.stderr.getvalue()


# ── files ───────────────────────────────────────────────────────────────────────────────────────


OPTIMIZERS = {
    "gradient_descent": gradient_descent(0.1),
    "momentum": optimizers.momentum(0.1),
    "nesterov": optimizers.nesterov(0.1),
    "adagrad": optimizers.adagrad(),
    "rmsprop": optimizers.rmsprop(optimizers.cosine(0.01, 20)),
    "adam": adam(),
    "adamw": optimizers.adamw(optimizers.warm_up(0.01, 5)),
    "proximal_gradient": optimizers.proximal_gradient(0.1, l1(0.01), NETWORK.weights),
}


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_files_keep_every_bit(name, kind, tmp_path):
    run = {"theta": THETA.astype(kind), "optimizer": OPTIMIZERS[name], "batch_size": 8}
    result, path = trained(**run), tmp_path / "result"
    save(path, NETWORK, result)
    network, loaded = load(path)
    assert os.listdir(tmp_path) == ["result"]
    assert same(loaded, result)
    assert loaded.theta.dtype == kind
    assert [type(part) for part in loaded.state] == [type(part) for part in result.state]
    assert (network.sizes, network.activations, network.keep) == ((2, 4, 2), NETWORK.activations, 1)
    rest = [
        trained(**run | {"theta": r, "network": n})
        for r, n in [(result, NETWORK), (loaded, network)]
    ]
    assert same(*rest)
    bent = replace(loaded, theta=np.nextafter(loaded.theta, kind(9)))
    assert not same(bent, result)


@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_files_keep_every_generator(kind, tmp_path):
    rng = lambda seed: np.random.Generator(getattr(np.random, kind)(seed))
    path = tmp_path / "result.npz"
    save(path, NETWORK, trained(batch_size=8, rng=rng(1)))
    _, loaded = load(str(path))
    assert same(
        trained(batch_size=8, theta=loaded, rng=rng(2)),
        trained(batch_size=8, epochs=6, rng=rng(1)),
    )


def test_files_keep_every_activation_and_keep(tmp_path):
    network = Network(np.ones(len(TABLE) + 1, int), [*TABLE], keep=np.float32(0.25))
    theta = network.initialize(np.random.default_rng(0))
    result = trained(network=network, theta=theta, X=X[:1], Y=Y[:1], cost=costs.squared_error)
    save(tmp_path / "all", network, result)
    loaded, _ = load(tmp_path / "all")
    assert (loaded.activations, loaded.keep) == (network.activations, 0.25)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a file, and what it holds."""
    path, result = tmp_path_factory.mktemp("saved") / "result.npz", trained(optimizer=adam(0.1))
    save(path, NETWORK, result)
    return path.read_bytes(), result


REFUSED = "^load: .*file.npz is damaged, or nnlib.training.save did not write it: {}"


def refused(path, data, reason="."):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=REFUSED.format(reason)):
        load(path)


def test_cut_files_are_refused(saved, tmp_path):
    data, _ = saved
    for length in [*range(0, len(data), 100), len(data) - 1]:
        refused(tmp_path / "file.npz", data[:length], "File is not a zip file$")


def test_the_damaged_part_is_named(saved, tmp_path):
    data, result = saved
    flipped = bytearray(data)
    flipped[data.index(result.theta.tobytes())] ^= 1
    refused(tmp_path / "file.npz", bytes(flipped), r"the checksum of theta\.npy is wrong$")


def test_damaged_files_are_refused(saved, tmp_path):
    """A flipped bit is found, or it lies where nothing is read from."""
    data, result = saved
    rng, path, found = np.random.default_rng(4), tmp_path / "file.npz", 0
    for place in rng.choice(len(data), 600, replace=False):
        flipped = bytearray(data)
        flipped[place] ^= 1 << rng.integers(8)
        path.write_bytes(flipped)
        try:
            _, loaded = load(path)
        except ValueError as error:
            found += "is damaged, or nnlib.training.save did not write it: " in str(error)
        else:
            assert same(loaded, result)
    assert found > 400


def npz(**parts):
    file = io.BytesIO()
    np.savez(file, **parts)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def changed(saved, theta=None, without=(), **header):
    """The file with other parts."""
    with np.load(io.BytesIO(saved[0])) as file:
        parts = dict(file)
    old = json.loads(parts["header"].item())
    parts["header"] = json.dumps({k: v for k, v in {**old, **header}.items() if v is not None})
    parts["theta"] = parts["theta"] if theta is None else theta
    return npz(**{name: part for name, part in parts.items() if name not in without})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "File is not a zip file$"),
        (b"Weights, and how to lift them.\n", "File is not a zip file$"),
        (npy(THETA), "File is not a zip file$"),
        (npz(W=THETA, b=THETA), "it holds W, b, expected a header$"),
        (npz(), "it holds nothing, expected a header$"),
        (npz(header=THETA), "can only convert an array of size 1 to a Python scalar$"),
        (npz(header="so it begins"), "Expecting value: line 1 column 1 "),
        (npz(header=np.array({"format": 1}, object)), "Object arrays cannot be loaded when"),
    ],
)
def test_foreign_files_are_refused(data, reason, tmp_path):
    refused(tmp_path / "file.npz", data, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "its format is 2, expected 1$"),
        ({"rng": None}, "'rng'$"),
        ({"without": ["state1"]}, "'state1'$"),
        ({"sizes": [2, 5, 2]}, r"theta has shape \(22,\), expected \(27,\)$"),
        ({"activations": ["tanh", "new"]}, "no activation is named 'new'; there are identity"),
        ({"keep": 2}, "Network: keep is 2, expected a probability above 0 and at most 1$"),
        ({"theta": THETA * np.nan}, "theta holds 22 NaN among its 22 entries, expected none$"),
        ({"theta": THETA[1:]}, r"theta has shape \(21,\), expected \(22,\)$"),
    ],
)
def test_files_that_make_no_sense_are_refused(changes, reason, saved, tmp_path):
    refused(tmp_path / "file.npz", changed(saved, **changes), reason)


def test_the_file_with_nothing_changed_is_taken(saved, tmp_path):
    path = tmp_path / "file.npz"
    path.write_bytes(changed(saved))
    assert same(load(path)[1], saved[1])


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize("fails", ["savez", "fsync"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_writing_is_whole_or_not_at_all(fails, error, tmp_path, monkeypatch):
    path, old, new = tmp_path / "file.npz", trained(), trained(epochs=4)
    save(path, NETWORK, old)

    def savez(file, **parts):
        file.write(b"half of i")
        raise error

    def fsync(number):
        raise error

    with monkeypatch.context() as failing:
        failing.setattr(*{"savez": (np, "savez", savez), "fsync": (os, "fsync", fsync)}[fails])
        with pytest.raises(error):
            save(path, NETWORK, new)
    assert os.listdir(tmp_path) == ["file.npz"]
    assert same(load(path)[1], old)
    (tmp_path / f".file.npz.{os.getpid()}").write_bytes(b"left by a crash")
    save(path, NETWORK, new)
    assert same(load(path)[1], new)
    assert os.listdir(tmp_path) == ["file.npz"]


def test_what_cannot_be_saved(tmp_path):
    tanh = TABLE["tanh"]
    for own in (Activation("swish", tanh.value, tanh.derivative), replace(tanh, value=np.sinh)):
        network = Network([2, 4, 2], [own, "identity"])
        with pytest.raises(
            ValueError,
            match=f"^save: the activation '{own.name}' is not nnlib's own, and a file holds only its "
            "name; expected some of identity, sigmoid, tanh",
        ):
            save(tmp_path / "file.npz", network, trained(network=network))
    with pytest.raises(
        ValueError, match=r"^save: the Result's theta has shape \(22,\), expected \(17,\)$"
    ):
        save(tmp_path / "file.npz", Network([2, 3, 2], ["tanh"] * 2), trained())
    assert os.listdir(tmp_path) == []


# ── wrong inputs ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "fit: epochs is 0, expected an integer of at least 1"),
        ({"batch_size": 2.5}, "fit: batch_size is 2.5, expected an integer"),
        ({"X": X.T}, r"fit: X has shape \(30, 2\), expected \(2, examples\)"),
        ({"Y": Y[:, 1:]}, r"fit: Y has shape \(2, 29\), expected \(2, 30\)"),
        ({"X": X + np.nan}, "fit: X holds 60 NaN among its 60 entries"),
        ({"validation": (X, Y[:1])}, r"fit: validation Y has shape \(1, 30\), expected \(2, 30\)"),
        ({"theta": THETA[1:]}, r"theta has shape \(21,\), expected \(22,\)"),
        ({"theta": THETA + np.nan}, "fit: theta holds 22 NaN among its 22 entries, expected none"),
        ({"patience": 0}, "fit: patience is 0, expected an integer of at least 1"),
        ({"X": X[:, :0], "Y": Y[:, :0]}, r"fit: X has shape \(2, 0\), expected \(2, examples\)"),
        ({"Y": 2 * Y}, r"fit: Y holds 2.0, one of 30 entries outside \[0, 1\], expected probab"),
        ({"Y": Y / 2}, "fit: Y has column 0 of sum 0.5, expected distributions: each column sums"),
        ({"validation": (X, Y / 2)}, "fit: validation Y has column 0 of sum 0.5, expected distrib"),
    ],
)
def test_wrong_inputs_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        trained(**changes)
