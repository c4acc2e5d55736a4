import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import datasets
from nnlib.datasets import one_hot, split, standardize


@pytest.mark.parametrize(
    ("load", "shape", "classes"),
    [(datasets.digits, (64, 1797), 10), (datasets.breast_cancer, (30, 569), 2)],
)
def test_real_data(load, shape, classes):
    X, labels = load()
    assert X.shape == shape
    assert labels.shape == shape[1:]
    assert set(labels.tolist()) == set(range(classes))
    assert (X.dtype, labels.dtype.kind) == (np.float64, "i")


def test_digits_are_grey_values_in_the_unit_interval():
    X, labels = datasets.digits()
    assert (X.min(), X.max()) == (0, 1)
    assert labels[:10].tolist() == list(range(10))


def test_the_disease_is_label_one():
    X, labels = datasets.breast_cancer()
    assert labels.sum() == 212
    assert X[0, labels == 1].mean() > X[0, labels == 0].mean()


def test_xor():
    X, labels = datasets.xor()
    assert (labels == (X[0] != X[1])).all()
    assert set(zip(*X, strict=True)) == {(0, 0), (0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("make", [datasets.moons, datasets.spirals])
def test_drawn_data(make):
    X, labels = make(101, np.random.default_rng(0))
    again, _ = make(101, np.random.default_rng(0))
    assert X.shape == (2, 101)
    assert (again == X).all()
    assert labels.sum() == 50
    with pytest.raises(ValueError, match=f"{make.__name__}: m is 0, expected an integer of at"):
        make(0, np.random.default_rng(0))


def moon_centres(labels):
    return np.where(labels == 0, [[0.0], [0.0]], [[1.0], [0.5]])


def test_moons_are_two_half_circles_that_interleave():
    X, labels = datasets.moons(2000, np.random.default_rng(0), noise=0)
    x, y = X - moon_centres(labels)
    assert np.allclose(np.hypot(x, y), 1)
    assert (np.where(labels == 0, y, -y) >= 0).all()
    angle = np.arctan2(np.abs(y), np.where(labels == 0, x, -x))
    assert np.histogram(angle, bins=8, range=(0, np.pi))[0].min() > 200


@pytest.mark.parametrize("turns", [{}, {"turns": 1}])
def test_spirals_fill_the_disk_evenly(turns):
    X, labels = datasets.spirals(2000, np.random.default_rng(0), noise=0, **turns)
    radius, angle = np.hypot(*X), np.arctan2(X[1], X[0])
    spun = 2 * np.pi * turns.get("turns", 1.5) * radius + np.pi * labels
    assert np.allclose(np.exp(1j * angle), np.exp(1j * spun))
    assert np.histogram(radius**2, bins=8, range=(0, 1))[0].min() > 200
    assert radius.max() <= 1


@pytest.mark.parametrize(("make", "size"), [(datasets.moons, 0.1), (datasets.spirals, 0.02)])
def test_noise_is_drawn_for_each_coordinate(make, size):
    (clean, _), (noisy, _) = (
        make(2000, np.random.default_rng(0), **noise) for noise in ({"noise": 0}, {})
    )
    assert np.cov(noisy - clean) == pytest.approx(size**2 * np.eye(2), abs=0.1 * size**2)
    assert np.abs((noisy - clean).mean(axis=1)).max() < 0.1 * size


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_one_hot(labels):
    Y = one_hot(labels, 5)
    assert Y.shape == (5, len(labels))
    assert Y.argmax(axis=0).tolist() == labels
    assert (Y.sum(axis=0) == 1).all()


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_out_of_range(label):
    with pytest.raises(ValueError, match=f"a label is {label}, expected labels 0 to 2"):
        one_hot([0, label], 3)


def test_labels_of_the_wrong_kind():
    with pytest.raises(TypeError, match="labels have dtype float64, expected integers"):
        one_hot([0.0, 1.0], 3)
    with pytest.raises(ValueError, match=r"labels has shape \(1, 2\), expected \(2,\)"):
        one_hot([[0, 1]], 3)
    with pytest.raises(ValueError, match="classes is 0, expected an integer of at least 1"):
        one_hot([0], 0)


def test_standardize_learns_from_the_reference_alone():
    rng = np.random.default_rng(0)
    train, test = rng.normal(3, 5, (4, 100)), rng.normal(3, 5, (4, 10))
    scaled = standardize(train, train)
    assert np.allclose(scaled.mean(axis=1), 0)
    assert np.allclose(scaled.std(axis=1), 1)
    assert np.allclose(standardize(test, train)[:, :3], standardize(test[:, :3], train))
    assert not np.allclose(standardize(test, train), standardize(test, test))
    train[2] = 1
    with pytest.raises(ValueError, match="row 2 of reference is constant, expected it to vary"):
        standardize(test, train)
    with pytest.raises(
        ValueError, match=r"^standardize: X has shape \(3, 10\), expected \(4, examples\)"
    ):
        standardize(test[:3], train)
    with pytest.raises(ValueError, match=r"^standardize: reference has shape \(4,\), expected \(u"):
        standardize(test, train[:, 0])


def test_split_parts_the_columns():
    X, labels = np.arange(20.0).reshape(2, 10), np.arange(10)
    (train, train_labels), (test, test_labels) = split(X, labels, 0.3, np.random.default_rng(0))
    assert (train.shape, test.shape) == ((2, 7), (2, 3))
    assert sorted([*train_labels, *test_labels]) == list(range(10))
    assert (train[0] == train_labels).all()
    assert (test[0] == test_labels).all()


def test_split_gives_one_example_to_each_part_where_there_are_two():
    (train, _), (test, labels) = split(np.ones((3, 2)), np.ones(2), 0.5, np.random.default_rng(0))
    assert (train.shape, test.shape, labels.shape) == ((3, 1), (3, 1), (1,))


@pytest.mark.parametrize("share", [0, 1, -0.5, 0.01, 0.99, np.nan])
def test_split_refuses(share):
    with pytest.raises(ValueError, match=f"share is {share} of 10 examples, expected some in each"):
        split(np.ones((2, 10)), np.ones(10), share, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"labels has shape \(9,\), expected \(10,\)"):
        split(np.ones((2, 10)), np.ones(9), 0.5, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^split: X has shape \(10,\), expected \(units, exam"):
        split(np.ones(10), np.ones(10), 0.5, np.random.default_rng(0))
