"""Something to learn from: small data sets, as (X, labels) with examples in the columns of X.

Labels are integers, one for each column; ``one_hot`` turns them into targets. The real data are the
copies that scikit-learn carries, so nothing is downloaded.
"""

import numpy as np

from nnlib.checks import require_batch_shape, require_count, require_shape


def digits():
    """1797 handwritten digits of 8 × 8 pixels: X (64, 1797) in [0, 1], labels 0 to 9.

    Grey values 0 to 16, divided by 16. Source: Alpaydin and Kaynak 1998, UCI repository.
    """
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    return X.T / 16, labels


def breast_cancer():
    """569 tumours, 30 measurements each: X (30, 569) as measured, labels 1 malignant, 0 benign.

    The scales differ a thousandfold: ``standardize`` before training. scikit-learn's labels
    are the other way round; here 1 is the disease. Source: Street, Wolberg and Mangasarian 1993.
    """
    from sklearn.datasets import load_breast_cancer

    X, benign = load_breast_cancer(return_X_y=True)
    return X.T.copy(), 1 - benign


def xor():
    """The four points of the square: X (2, 4), labels x₁ xor x₂."""
    return np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([0, 1, 1, 0])


def moons(m, rng, noise=0.1):
    """m points on two interleaved half circles, in turn, plus normal noise: X (2, m), labels 0, 1.

    Raises ValueError unless m is an integer of at least 1.
    """
    require_count("moons: m", m)
    labels = np.arange(m) % 2
    angle = rng.uniform(0, np.pi, m)
    upper = np.array([np.cos(angle), np.sin(angle)])
    X = np.where(labels == 0, upper, [[1.0], [0.5]] - upper)
    return X + rng.normal(0, noise, (2, m)), labels


def spirals(m, rng, noise=0.02, turns=1.5):
    """m points on two spirals from the origin to radius 1, in turn: X (2, m), labels 0, 1.

    Raises ValueError unless m is an integer of at least 1.
    """
    require_count("spirals: m", m)
    labels = np.arange(m) % 2
    radius = np.sqrt(rng.uniform(0, 1, m))
    angle = 2 * np.pi * turns * radius + np.pi * labels
    X = radius * np.array([np.cos(angle), np.sin(angle)])
    return X + rng.normal(0, noise, (2, m)), labels


def one_hot(labels, classes):
    """Targets Y (classes, m): 1 in row labels[i] of column i, else 0.

    Raises TypeError unless labels are integers, ValueError unless they are in 0 … classes − 1.
    """
    labels = np.asarray(labels)
    require_count("one_hot: classes", classes)
    require_shape("one_hot: labels", labels, (labels.size,))
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot: labels have dtype {labels.dtype}, expected integers")
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise ValueError(f"one_hot: a label is {wrong[0]}, expected labels 0 to {classes - 1}")
    return np.eye(classes)[:, labels]


def standardize(X, reference):
    """Each row of X, less the mean and divided by the standard deviation of that row of reference.

    Give the training inputs as reference, for test inputs too: what is learnt from the test set is
    learnt too early. Raises ValueError where a row of reference is constant.
    """
    require_batch_shape("standardize: reference", reference)
    require_batch_shape("standardize: X", X, reference.shape[0])
    deviation = reference.std(axis=1, keepdims=True)
    if not deviation.all():
        row = int(deviation.argmin())
        raise ValueError(f"standardize: row {row} of reference is constant, expected it to vary")
    return (X - reference.mean(axis=1, keepdims=True)) / deviation


def split(X, labels, share, rng):
    """(X_train, labels_train), (X_test, labels_test): columns at random, ``share`` to the test.

    Raises ValueError unless 0 < share < 1, both parts get an example, and labels has one for each
    column.
    """
    require_batch_shape("split: X", X)
    m = X.shape[1]
    require_shape("split: labels", labels, (m,))
    if not 0 < share < 1 or not 0 < round(share * m) < m:
        raise ValueError(f"split: share is {share} of {m} examples, expected some in each part")
    order = rng.permutation(m)
    test, train = np.split(order, [round(share * m)])
    return (X[:, train], labels[train]), (X[:, test], labels[test])
