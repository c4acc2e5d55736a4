"""The boxes' references: read on symbolic arrays as Array's own operators say, and proved, every one."""

import re
from dataclasses import replace

import nbformat
import pytest
from conftest import ROOT
from sympy import Integer, KroneckerDelta, exp

from nnlib.book import (
    array,
    diagonal,
    equal,
    function,
    index,
    outer,
    real,
    size,
    total,
    undetermined,
)
from nnlib.book.answers import exercises
from nnlib.book.answers.exercises import Exercise
from nnlib.book.boxes import read_on
from nnlib.book.proofs import Refuted, check

i, j = index("i j")
c = real("c")
a, σ = undetermined("a"), function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
NAMES = {
    "A": "n × m", "B": "n × m", "C": "m × k", "S": "n × n", "R": "1 × n", "u": "n", "v": "n", "w": "m",
    "c": "real", "a": "function",
}  # fmt: skip


def arrays(n, m, k):
    sizes = {"n": n, "m": m, "k": k, "1": Integer(1)}
    shapes = {name: [sizes[s] for s in what.split(" × ")] for name, what in NAMES.items()
              if name not in ("c", "a")}  # fmt: skip
    return {name: array(name, *shape) for name, shape in shapes.items()} | {"c": c, "a": a}


SIZES = {"every size": size("n m k"), "3, 2, 4": map(Integer, (3, 2, 4))}
OBJECTS = {name: arrays(*sizes) for name, sizes in SIZES.items()}

# An answer in the box's grammar, and the same with the operators of Array.
SAME = {
    "A + B": lambda A, B: A + B,
    "A - 2 B": lambda A, B: A - 2 * B,
    "-A": lambda A: -A,
    "A ⊙ B": lambda A, B: A * B,
    "c A / 3": lambda A: c * A / 3,
    "A C": lambda A, C: A @ C,
    "A w": lambda A, w: A @ w,
    "A^T u": lambda A, u: A.T @ u,
    "(u.T A).T": lambda A, u: A.T @ u,
    "(R A).T": lambda R, A: A.T @ row(R),
    "u.T v": lambda u, v: u @ v,
    "u @ v": lambda u, v: u @ v,
    "u w.T": outer,
    "outer(u, w)": outer,
    "diag(u) A": lambda u, A: diagonal(u) @ A,
    "A.T": lambda A: A.T,
    "(u.T).T": lambda u: u,
    "A.sum(axis=1)": lambda A: A.sum(axis=1),
    "A.sum(axis=0)": lambda A: A.sum(axis=0),
    "mean(A, axis=1)": lambda A: A.sum(axis=1) / A.shape[1],
    "mean(A, axis=0)": lambda A: A.sum(axis=0) / A.shape[0],
    "mean(A)": lambda A: total(A[i, j], i, j) / A.shape[0] / A.shape[1],
    "sum(A)": lambda A: total(A[i, j], i, j),
    "trace(S)": lambda S: total(S[i, i], i),
    "a(A)": lambda A: a(A),
    "a'(A w)": lambda A, w: a.derivative(A @ w),
    "a''(u)": lambda u: a.derivative.derivative(u),
    "σ(u)": lambda u: σ(u),
    "σ'(u)": lambda u: σ.derivative(u),
    "norm(u)^2": lambda u: u @ u,
    "m A w": lambda A, w: A.shape[1] * (A @ w),
    "softmax(u)": lambda u: u.elementwise(function("E", exp)) / total(exp(u[i]), i),
    "sum_i sum_j A_ij w_j u_i": lambda A, w, u: u @ (A @ w),
}


def row(R):
    """A row as a vector."""
    return replace(R, shape=R.shape[1:], element=lambda k: R[1, k])


def read(text, objects, names=NAMES, **fields):
    return read_on(Exercise("test", text, names, **fields), objects)


@pytest.mark.parametrize("sizes", OBJECTS)
@pytest.mark.parametrize("text", SAME)
def test_an_operator_reads_as_that_of_arrays(text, sizes):
    objects, f = OBJECTS[sizes], SAME[text]
    order = ["u", "w"] if f is outer else f.__code__.co_varnames[: f.__code__.co_argcount]
    check(equal(read(text, objects), f(*(objects[name] for name in order))))


def test_a_wrong_reading_is_refuted():
    objects = OBJECTS["every size"]
    with pytest.raises(Refuted):
        check(equal(read("S.sum(axis=0)", objects), objects["S"].sum(axis=1)))


def test_free_indices_are_those_of_an_array_or_the_chapter_s_own():
    objects, text = OBJECTS["every size"], "u_i (δ_ij - v_j)"
    u, v = objects["u"], objects["v"]
    wanted = diagonal(u) - outer(u, v)
    check(equal(read(text, objects, indices="ij"), wanted))
    element = read(text, objects | {"i": i, "j": j}, indices="ij")
    assert element == u[i] * (KroneckerDelta(i, j) - v[j])


def test_a_name_that_others_define_need_not_be_given():
    names = NAMES | {"z": "= A w", "h": "= a(z)"}
    objects = OBJECTS["every size"]
    wanted = objects["A"].T @ a(objects["A"] @ objects["w"])
    check(equal(read("A.T h", objects, names), wanted))


def test_what_does_not_fit_is_said():
    objects = OBJECTS["every size"]
    without = {name: value for name, value in objects.items() if name != "w"}
    for given, message in [
        (without, "the names w; none came"),
        (objects | {"x": c}, "no names x"),
        (objects | {"w": objects["u"]}, r"w is m in the box; the shape \(n,\) came"),
        (objects | {"w": c}, r"w is m in the box; the shape \(\) came"),
    ]:
        with pytest.raises(ValueError, match=message):
            read("A w", given)
    with pytest.raises(NotImplementedError, match="inv has no elements in closed form"):
        read("inv(S) u", objects)[i]


# ── every exercise of every table is proved, and asked on its page ───────────────────────────────

TABLES = {chapter: exercises.table(chapter) for chapter in exercises.chapters()}
EVERY = [(chapter, label) for chapter, table in TABLES.items() for label in table]
RESULT = "application/vnd.nnlib.result+json"
DIRECTIVE = re.compile(r"(`{3,})\{([\w-]+)\} *(\S*)")


def notebook(chapter):
    path = ROOT / "chapters" / f"{chapter}.ipynb"
    assert path.exists(), f"the table {chapter}.toml has no chapter {path.name}"
    return nbformat.read(path, as_version=4)


def proved_boxes(cells):
    """{label: the answer of its box that was proved} by the stored outputs."""
    outputs = [out.data[RESULT] for cell in cells if cell.cell_type == "code"
               for out in cell.outputs if RESULT in out.get("data", {})]  # fmt: skip
    return {record["label"]: record["box"] for record in outputs if "box" in record}


def boxes(text):
    """(label of the exercise or None, label of the box) for each box in a page's text."""
    found, exercise, fence = [], None, None
    for line in text.splitlines():
        if directive := DIRECTIVE.match(line):
            ticks, kind, argument = directive.groups()
            if kind in ("exercise", "exercise-start"):
                exercise, fence = "not labelled", ticks if kind == "exercise" else None
            elif kind == "exercise-end":
                exercise = None
            elif kind == "box":
                found.append((exercise, argument))
        elif line.startswith(":label:") and exercise == "not labelled":
            exercise = line.split()[1]
        elif fence and line.rstrip() == fence:
            exercise = fence = None
    return found


@pytest.mark.parametrize(("chapter", "label"), EVERY)
def test_the_reference_is_proved(chapter, label):
    proved = proved_boxes(notebook(chapter).cells)
    assert proved.get(label) == TABLES[chapter][label].answer, f"make run CHAPTER={chapter}"


@pytest.mark.parametrize(("chapter", "label"), EVERY)
def test_the_exercise_can_be_asked(chapter, label):
    asked = exercises.exercise(label)
    assert asked is TABLES[chapter][label], f"{label} stands in two tables"


def test_every_box_of_the_pages_has_its_exercise():
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        found = boxes("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
        assert all(exercise == box for exercise, box in found), (path.stem, found)
        assert sorted(box for _, box in found) == sorted(TABLES.get(path.stem, ())), path.stem


def test_a_box_that_stands_elsewhere_is_found():
    page = """
````{exercise} One
:label: ex-one

```{box} ex-one
$x =$
```
````

```{box} ex-two
```

```{exercise-start} Three
:label: ex-three
```

```{box} ex-three
```

```{exercise-end}
```
"""
    right, astray = ("ex-one", "ex-one"), (None, "ex-two")
    assert boxes(page) == [right, astray, ("ex-three", "ex-three")]
    assert boxes(page.replace(":label: ex-one", ":label: ex-other"))[0] == ("ex-other", "ex-one")


def test_a_reference_that_was_not_proved_is_found():
    record = {"label": "ex-one", "box": "x"}
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", {RESULT: record})]
    )
    assert proved_boxes([cell]) == {"ex-one": "x"}
    assert proved_boxes([nbformat.v4.new_code_cell()]) == {}
