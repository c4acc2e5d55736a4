"""The checker of typed answers: right ones in every form, wrong ones with their slip, and what is no formula."""

import ast
import re
import sys
import tomllib
from html import unescape
from xml.etree import ElementTree

import mpmath
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.book.answers import exercises, meaning
from nnlib.book.answers.bounded import OutOfWork, at_most
from nnlib.book.answers.exercises import Exercise, validated
from nnlib.book.answers.meaning import Node, build, number
from nnlib.book.answers.printing import mathml, name_mathml, prose
from nnlib.book.answers.reading import canonical, read
from nnlib.book.answers.verdicts import check, judge, preview, shown

with (ROOT / "tests" / "answers.toml").open("rb") as file:
    ANSWERS = tomllib.load(file)
OWN = {
    label: validated(Exercise(label, **{k: v for k, v in table.items() if k not in ("right", "wrong")}))
    for label, table in ANSWERS["own"].items()
}  # fmt: skip
RIGHT = [(label, text) for label, table in ANSWERS["own"].items() for text in table["right"]]
WRONG = [(label, *case) for label, table in ANSWERS["own"].items() for case in table["wrong"]]
UNREADABLE = [(label, *case) for label, cases in ANSWERS["unreadable"].items() for case in cases]


def words(html):
    return unescape(re.sub("<[^>]*>", "", html)).replace("\u2061", "").replace("\u2062", "")


# ── the tables of answers ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("label", "text"), RIGHT)
def test_a_right_answer_is_equal(label, text):
    verdict = judge(OWN[label], text)
    assert verdict.equal, verdict
    assert shown(OWN[label], text).kind == "read"


@pytest.mark.parametrize(("label", "text", "slip"), WRONG)
def test_a_wrong_answer_is_not_and_its_slip_is_named(label, text, slip):
    verdict = judge(OWN[label], text)
    assert verdict.kind == "not equal", verdict
    assert slip in words(verdict.slip)
    assert bool(slip) == bool(verdict.slip), verdict


@pytest.mark.parametrize(("label", "text", "place", "expected"), UNREADABLE)
def test_what_is_no_formula_is_said_where(label, text, place, expected):
    verdict = judge(OWN[label], text)
    assert verdict.kind == "unreadable", verdict
    assert expected in words(verdict.html)
    assert (-1 if verdict.place is None else verdict.place) == place


@pytest.mark.parametrize("case", ANSWERS["right"], ids=lambda case: case["answer"])
def test_a_right_answer_to_a_chapter_is_equal(case):
    verdict = check(case["exercise"], case["answer"])
    assert verdict.equal, verdict


@pytest.mark.parametrize("case", ANSWERS["wrong"], ids=lambda case: case["answer"])
def test_a_wrong_answer_to_a_chapter_is_named(case):
    verdict = check(case["exercise"], case["answer"])
    assert verdict.kind == "not equal", verdict
    assert case.get("slip", "") in words(verdict.slip)
    assert verdict.slip or not case.get("slip")


@pytest.mark.parametrize("chapter", exercises.chapters())
def test_every_slip_of_a_table_is_told_in_its_words(chapter):
    for label, asked in exercises.table(chapter).items():
        for text, expected in asked.slips.items():
            verdict = check(label, text)
            assert (verdict.kind, verdict.slip) == ("not equal", prose(expected)), (label, text)


# ── kind to the reader ───────────────────────────────────────────────────────────────────────────


def test_how_it_is_known_is_said():
    proved, agreeing = (
        words(judge(OWN["plain"], text).html) for text in ("2x - x", "sign(x) abs(x)")
    )
    assert "SymPy reduces the difference to 0" in proved
    assert "Not proved, but both agree to 120 digits at 112 points" in agreeing


def test_points_without_a_value_are_not_counted():
    first = OWN["plain"].points[0].given["x"]
    agreeing = words(judge(OWN["plain"], f"sign(x) abs(x) + 0/(x - ({first}))").html)
    assert "at 111 points" in agreeing


def test_a_counterexample_has_simple_numbers():
    told = words(judge(OWN["plain"], "x^2").html)
    assert re.search(r"At x=−?[0-9](\.5)?: yours is [0-9.]+, the right one −?[0-9](\.5)?\.$", told)


@pytest.mark.parametrize(
    "text", [*(case[1] for case in WRONG if case[0] == "plain"), "x/7e30", "1e70 x"]
)
def test_numbers_read_well(text):
    told = words(judge(OWN["plain"], text).html)
    assert not re.search(r"[0-9]\.0(?![0-9])|−0(?![.0-9])|[0-9]{13}|[0-9]e|nan|inf|mpf", told), told


def test_sizes_in_messages_are_set_as_mathematics():
    html = judge(OWN["layer"], "delta + z").html
    assert "n_2" not in html
    assert name_mathml("n_2") in html


def test_in_a_terminal_a_verdict_is_words():
    assert repr(judge(OWN["plain"], "2x")).startswith("Not equal.\nA constant factor is wrong")
    assert "<" not in repr(judge(OWN["layer"], "W delta"))


@pytest.mark.parametrize("text", ["<b>", "x</pre><script>", 'x"onclick="', "x & y", "&lt;"])
def test_what_is_typed_is_escaped(text):
    html = judge(OWN["plain"], text).html
    assert not re.search(r"<(?!/?(pre|mark|p|math|mi|mrow|mo|mn)>)", html)
    assert words(html).startswith(text)


@pytest.mark.parametrize(
    "spellings",
    ["delta δ", "w1 w_1 w₁", "yhat ŷ y_hat y\u0302", "W_ij W_{ij} W_(ij) W_{i,j}".replace("{", "(").replace("}", ")"),
     "sigma σ sigmoid", "z_1_i z1_i", "ln log", "xᵢ x_i", "alpha2 α_2", "delta' δ'"],
)  # fmt: skip
def test_spellings_of_one_name(spellings):
    assert len({canonical(name) for name in spellings.split()}) == 1


@pytest.mark.parametrize(
    "pair", ["w1 w_11", "W_ij W_ji", "y yhat", "a' a''", "that what", "z_1 z_i"]
)
def test_names_that_differ(pair):
    one, other = map(canonical, pair.split())
    assert one != other


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-x^2", "-(x^2)"), ("x^-2 y", "(x^(-2)) y"), ("x^2^3", "x^(2^3)"), ("2^-x^2", "2^(-(x^2))"),
        ("1/m (x + y)", "(1/m) (x + y)"), ("1/2x", "(1/2) x"), ("p(1 - p)^2", "p ((1-p)^2)"),
        ("x - y - z", "(x - y) - z"), ("x / y / z", "(x / y) / z"), ("W v.T.T", "W (v.T.T)"),
        ("sum_i (v_i) y", "sum_i (v_i y)"), ("sum_i v_i + y", "(sum_i v_i) + y"), ("2 3", "2*3"),
        ("v .* v y", "v .* (v y)"), ("x²y³", "x^2 y^3"), ("e^x²", "e^(x^2)"), ("p (x)", "p*x"),
        ("--x", "-(-x)"), ("x − ‐y", "x - (-y)"), ("W^{⊤} v", "W.T v"), ("2e", "2 e"), ("W @ (v v.T).T", "W @ ((v v.T).T)"),
    ],
)  # fmt: skip
def test_how_far_each_sign_reaches(text, same):
    shapes = dict.fromkeys("xyzpm", ()) | {"v": ("n",), "W": ("n", "n")}
    one, other = (meaning.Reader(shapes).mean(read(formula, shapes)) for formula in (text, same))
    assert one == other


# ── whatever is typed, there is a verdict ────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    ["W", "delta", "z", "a", "a'", "h", "p", "y", "A", "x", "i", "j", "_i", "_ij", "sum_i", "sum(", ",i)", ",axis=1)", "(", "(", ")", ")", "+", "-", "*", "/", "^", "@", ".*", "⊙", ".T", ".sum(", "[", "]", ",", "=", "1", "2", "0", ".5", "7.", "1e9", "e^", "exp(", "log(", "sqrt(", "relu'(", "sign(", "max(", "softmax(", "diag(", "outer(", "inv(", "norm(", "trace(", "mean(", "δ_ij", "kron(i,j)", "n", "n_1", "²", "−", "ŷ", "'", "\\", "_", ".", "^-1", "Φ'(", "dot(", "\x00", "\u200f", "\u0302", "é", "𝑝", "<b>", "`", "½", "٣", " ", "\n"]
)  # fmt: skip
LEAVES = st.sampled_from(
    ["W", "W.T", "delta", "delta.T", "z", "h", "2", "0", ".5", "n_1", "W_ij", "delta_i", "z_j"]
)


def formulas(inner):
    two = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", ".*", "@"]), inner).map(" ".join)
    name = st.sampled_from(
        [
            "exp",
            "log",
            "sqrt",
            "abs",
            "σ",
            "tanh'",
            "relu'",
            "a",
            "a'",
            "sum",
            "mean",
            "norm",
            "diag",
            "inv",
            "trace",
            "softmax",
        ]
    )
    return st.one_of(
        two,
        two.map("({})".format),
        st.builds("{}({})".format, name, inner),
        st.builds(
            "({})^{}".format, inner, st.sampled_from(["2", "-1", "(1/3)", "0", "20", "9^9", "z"])
        ),
        st.builds("sum_{} ({})".format, st.sampled_from("ij"), inner),
        st.builds("({}).T".format, inner),
    )


def has_verdict(label, text):
    with at_most(3_000_000):  # calls of functions: work that ends, counted alike on every machine
        verdict = judge(OWN[label], text)
    assert verdict.kind in ("equal", "not equal", "unreadable")
    assert verdict.place is None or 0 <= verdict.place <= max(len(text), 1)
    ElementTree.fromstring(f"<p>{verdict.html.replace('&nbsp;', ' ')}</p>")
    assert shown(OWN[label], text).kind in ("read", "unreadable")


LABELS = st.sampled_from(sorted(OWN))


@given(LABELS, st.text(max_size=60))
def test_any_text_has_a_verdict(label, text):
    has_verdict(label, text)


@given(LABELS, st.lists(PIECES, max_size=40).map("".join))
def test_any_pieces_of_formulas_have_a_verdict(label, text):
    has_verdict(label, text)


@given(st.recursive(LEAVES, formulas, max_leaves=12))
def test_any_formula_has_a_verdict(text):
    has_verdict("layer", text)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 401, "x+" * 199 + "x", "-" * 399 + "x", "(" * 400, "(" * 199 + "x" + ")" * 199, "x^" * 199 + "x",
        "W" + ".T" * 190, "sum_i " * 60 + "z_i", "sum_i sum_j sum_k sum_l sum_m sum_o W_ij W_jk W_kl W_lm W_mo",
        "9^9^9^9", "x^(10^9)", "exp(" * 50, "((((z^9)^9)^9)^9)", "(z + h + delta_i)^99", "9" * 400, "1e99999999",
        "W_abcdefghijklmnopqrstuvwxyz", "a_b c_d e_f g_h k_l m_n o_p q_r s_t", "z_a z_b z_c z_d z_e z_f z_g z_o z_p",
        "zh" * 150, "hz" * 4 + "q", "a" + "'" * 300 + "(z)", "'" * 400, "_" * 400, "`" * 400, "{" * 400, "^" * 400,
        "σ'''(σ'''(σ'''(σ'''(z))))", "norm(z)^-1 " * 30, "inv(W W.T) " * 20, "1/" * 190 + "z", "z/0", "0/0", "0^-1",
        "sum(" * 45 + "z" + ")" * 45, "z.__class__.__mro__", "[z for z in h]", "\\input{/etc/passwd}", "%s%n", "{0}",
    ],
)  # fmt: skip
def test_what_is_hostile_has_a_verdict(text):
    for label in ("layer", "plain"):
        has_verdict(label, text)


def test_an_answer_is_text():
    with pytest.raises(TypeError, match="got float"):
        judge(OWN["plain"], 2.0)


def test_work_ends():
    def for_ever():
        while True:
            endless = iter(lambda: (yield 1), 0)  # thrown away before it ends
            next(next(endless))
            abs(1)

    with pytest.raises(OutOfWork), at_most(1000):
        for_ever()
    assert sys.getprofile() is None
    with at_most(1000):
        assert sum(map(abs, range(900))) > 0


def test_no_text_reaches_a_parser_of_code():
    """Names that run or read code stand nowhere in the checker; lambdify once or twice, on its own functions."""
    forbidden = {
        "eval",
        "exec",
        "compile",
        "sympify",
        "S",
        "parse_expr",
        "parse_latex",
        "__import__",
        "getattr",
    }
    for path in sorted((ROOT / "nnlib" / "book" / "answers").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [getattr(node.func, "id", getattr(node.func, "attr", "")) for node in ast.walk(tree)
                 if isinstance(node, ast.Call)]  # fmt: skip
        allowed = {"meaning.py": {"getattr"}, "values.py": {"getattr"}, "reading.py": {"compile"}}
        assert not (forbidden - allowed.get(path.name, set())) & set(names), path.name


# ── an exercise that cannot be asked says why ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"answer": "x"}, "ex: has no names"),
        ({}, "ex: has no answer and no names"),
        ({"answer": "x", "names": {"x": "real"}, "hint": "y"}, "ex: has hint; known are answer"),
        ({"answer": 2, "names": {"x": "real"}}, "ex: answer holds 2; expected text"),
        ({"answer": "x", "names": {"x": 3}}, "ex: names holds .*expected text"),
        ({"answer": "x", "names": ["x"]}, "ex: names holds .*expected text"),
        ({"answer": "δ", "names": {"δ": "n", "delta": "n"}}, "ex: two names are one: δ, delta"),
        ({"answer": "y", "names": {"x": "real"}}, "ex: .*“y” is not a name"),
        ({"answer": "x +", "names": {"x": "real"}}, "ex: Here is the end"),
        ({"answer": "x", "names": {"x": "positiv"}}, None),  # a size of that name
        ({"answer": "x", "names": {"x": "n, positiv"}}, "ex: x = 'n, positiv': expected sizes"),
        ({"answer": "x", "names": {"x": "n × m × k"}}, "ex: x = 'n × m × k': expected sizes"),
        ({"answer": "x", "names": {"x": "distribution"}}, "ex: x = 'distribution': expected sizes"),
        ({"answer": "x", "names": {"x": "0 × n"}}, "ex: '0' cannot be typed as a name"),
        ({"answer": "x", "names": {"x": "real", "y z": "real"}}, "ex: 'y z' cannot be typed as a name"),
        ({"answer": "x", "names": {"x": "n", "n": "real"}}, "ex: n is a size and a name"),
        ({"answer": "x", "names": {"x": "real", "y": "= q"}}, "ex: “q” is not a name"),
        ({"answer": "log(x)", "names": {"x": "real"}}, r"ex: 'log\(x\)' has no value at a point that is tried"),
        ({"answer": "x_i", "names": {"x": "n"}}, "ex: the answer has the free indices i"),
        ({"answer": "x", "names": {"x": "n"}, "indices": "i"}, "ex: has indices, i, and an answer that is a column"),
        ({"answer": "δ_ij", "names": {"x": "n"}, "indices": "ij"}, "ex: nothing says how far the index i runs"),
        ({"answer": "x", "names": {"x": "real"}, "slips": {"x +": "words"}}, "ex: Here is the end"),
        ({"answer": "x", "names": {"x": "real"}, "slips": {"2x - x": "words"}}, "ex: the slip '2x - x' is equal"),
        ({"answer": "a", "names": {x: f"{x}_1 × {x}_2" for x in "abc"}}, "ex: has the sizes .*; at most 4"),
    ],
)  # fmt: skip
def test_a_wrong_table_says_what_is_wrong(fields, message, tmp_path, monkeypatch):
    lines = ["[ex]", *(f"{name} = {toml(value)}" for name, value in fields.items())]
    (tmp_path / "chapter.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(exercises, "TABLES", tmp_path)
    find = lambda: exercises.exercise.__wrapped__("ex")
    monkeypatch.setattr(exercises, "table", exercises.table.__wrapped__)
    if message is None:
        assert find().label == "ex"
    else:
        with pytest.raises(ValueError, match=message):
            find()


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{k}" = {toml(v)}' for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_a_label_that_is_none_is_said():
    with pytest.raises(
        KeyError, match=r"no exercise is called 'ex-none'; those with a box are .*ex-logit"
    ):
        check("ex-none", "x")
    assert preview("ex-logit", "log(p").kind == "unreadable"


# ── the points that are tried ────────────────────────────────────────────────────────────────────


def test_points_try_every_sign_many_digits_and_several_sizes():
    asked = validated(Exercise("test", "x + y", {"x": "real", "y": "real"}))
    for half in (asked.points[:4], asked.points[4:8], asked.points[8:]):
        assert len({(point.values["x"] > 0, point.values["y"] > 0) for point in half}) == 4
    assert all(
        len(str(number)) < 5 for point in asked.points[:4] for number in point.given.values()
    )
    assert all(point.values["x"] * 2**20 % 1 for point in asked.points[4:])
    scales = [(point.values["x"] > 0, mpmath.mag(point.values["x"])) for point in asked.points[4:]]
    assert len({scale for sign, scale in scales if sign}) == 4
    assert len({scale for sign, scale in scales if not sign}) == 4
    layers = OWN["layer"].points
    assert len({tuple(point.sizes.values()) for point in layers}) == 3
    assert all(len(set(point.sizes.values())) == 2 for point in layers)
    assert len({words for point in layers for words in point.stand_ins.values()}) == 3


def test_points_are_the_same_each_time_and_of_full_precision():
    names = {
        "p": "n, distribution",
        "h": "= log(p)",
        "q": "2 × 3, positive",
        "s": "n × m, distribution",
    }
    one, other = (Exercise("test", "p", names).points for _ in range(2))
    assert one == other
    with mpmath.workdps(300):
        for point in one:
            assert abs(mpmath.fsum(point.values["p"]) - 1) < 1e-290
            assert all(
                abs(mpmath.fsum(column) - 1) < 1e-290
                for column in zip(*point.values["s"], strict=True)
            )
            assert abs(mpmath.exp(point.values["h"][0]) - point.values["p"][0]) < 1e-290
            assert min(min(row) for row in point.values["q"]) > 0


# ── MathML: read back by other means, it is the same tree ────────────────────────────────────────

SCALARS = [Node("name", data="x"), Node("name", data="y_hat"), Node("name", data="w_1"), number(2), number("0.5"),
           Node("size", data="n_1"), build("constant", data="e"),
           build("element", Node("name", data="z", shape=("n",)), data="i")]  # fmt: skip
MATRICES = [Node("name", data=name, shape=("n", "n")) for name in "AB"]
COLUMNS = [Node("name", data=name, shape=("n",)) for name in "uv"]


def trees(leaves, wanted):
    """Random trees of one shape."""

    def grown(inner):
        two = lambda ops: st.builds(build, st.sampled_from(ops), inner, inner)
        one = lambda op, data="": inner.map(lambda arg: build(op, arg, data=data))
        kinds = [two(["+", "-", "⊙"]), one("neg"), one("apply", "a'"), one("total", "i n")]
        if wanted == "scalar":
            kinds += [
                two(["/", "^", "max"]),
                one("apply", "exp"),
                one("apply", "sqrt"),
                one("apply", "abs"),
            ]
        else:
            scalar = trees(SCALARS, "scalar")
            kinds += [
                st.builds(build, st.just("⊙"), scalar, inner),
                st.builds(build, st.just("/"), inner, scalar),
            ]
        if wanted == "matrix":
            column = trees(COLUMNS, "column")
            kinds += [
                two(["@"]),
                one("T"),
                one("inv"),
                st.builds(build, st.just("outer"), column, column),
            ]
        return st.one_of(kinds)

    return st.recursive(st.sampled_from(leaves), grown, max_leaves=6)


def structure(node):
    """What the MathML must show of a tree."""
    args = tuple(map(structure, node.args))
    if node.op == "number":
        return ("mn", node.data)
    if node.op in ("name", "size", "constant"):
        return ("sign", name_mathml(node.data))
    if node.op == "element":
        return ("sign", f"<msub>{name_mathml('z')}<mrow><mi>i</mi></mrow></msub>")
    if node.op in ("⊙", "@"):
        return ("⊙" if node.op == "⊙" and all(arg.shape for arg in node.args) else "times", *args)
    if node.op == "outer":
        return ("times", args[0], ("T", args[1]))
    if node.op == "inv":
        return ("^", args[0], ("neg", ("mn", "1")))
    if node.op == "apply":
        if node.data == "exp":
            return ("^", ("sign", "<mi>e</mi>"), args[0])
        return (
            (node.data, *args)
            if node.data in ("sqrt", "abs")
            else ("call", name_mathml(node.data), *args)
        )
    return ("call", name_mathml("max"), *args) if node.op == "max" else (node.op, *args)


class Eye:
    """Reads MathML as the eye does: a row has no brackets that it does not show."""

    def __init__(self, elements):
        self.found = [part for element in elements for part in self.flat(element)]

    def flat(self, element):
        if element.tag in ("math", "mrow"):
            return [part for child in element for part in self.flat(child)]
        return [element]

    def next(self):
        return self.found[0].text if self.found and self.found[0].tag == "mo" else None

    def take(self, *signs):
        return self.found.pop(0).text if self.next() in signs else None

    def whole(self):
        tree = self.sum()
        assert not self.found, "something is left over"
        return tree

    def sum(self):
        tree = ("neg", self.total()) if self.take("−") else self.total()
        while sign := self.take("+", "−"):
            tree = (sign.replace("−", "-"), tree, self.total())
        return tree

    def total(self):
        if self.found[0].tag == "munder":
            self.found.pop(0)
            return ("total", self.total())
        tree = self.chain()
        while self.take("⊙"):
            tree = ("⊙", tree, self.chain())
        return tree

    def chain(self):
        tree = self.atom()
        while self.take("\u2062", "·"):
            tree = ("times", tree, self.atom())
        return tree

    def atom(self):
        if self.take("("):
            tree = self.sum()
            assert self.take(")")
            return tree
        if self.take("|"):
            tree = ("abs", self.sum())
            assert self.take("|")
            return tree
        element = self.found.pop(0)
        name = ElementTree.tostring(element, encoding="unicode")
        if self.take("\u2061"):
            assert self.take("(")
            args = [self.sum()]
            while self.take(","):
                args.append(self.sum())
            assert self.take(")")
            return ("call", name, *args)
        if element.tag == "mn":
            return ("mn", element.text)
        if element.tag == "mfrac":
            return ("/", *(Eye([part]).whole() for part in element))
        if element.tag == "msqrt":
            return ("sqrt", Eye(element).whole())
        if element.tag == "msup" and not name.endswith("′</mo></msup>"):
            base, exponent = element
            eye = Eye([base])
            tree = eye.atom()
            assert not eye.found, "the exponent belongs to more than one sign"
            if "".join(exponent.itertext()) == "⊤":
                return ("T", tree)
            return ("^", tree, Eye([exponent]).whole())
        return ("sign", name)


def read_back(node):
    return Eye([ElementTree.fromstring(mathml(node))]).whole()


@settings(max_examples=300)
@given(st.one_of(trees(SCALARS, "scalar"), trees(MATRICES, "matrix"), trees(COLUMNS, "column")))
def test_mathml_shows_the_tree(node):
    assert read_back(node) == structure(node)


def test_a_lost_bracket_is_noticed(monkeypatch):
    x, y = SCALARS[:2]
    node = build("⊙", build("+", x, y), x)
    assert read_back(node) == structure(node)
    monkeypatch.setattr("nnlib.book.answers.printing._bracketed", lambda inner, *signs: inner)
    assert read_back(node) != structure(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W.sum(axis=1)", "W𝟏"), ("W.sum(axis=0)", "W⊤𝟏"), ("mean(W, axis=1)", "mean(W,axis=1)"), ("sum(z)", "sum(z)"),
        ("norm(z)", "‖z‖"), ("δ_ij z_i", "δijzi"), ("2e-7 z", "2·10−7z"), ("2 3", "2·3"), ("2 (1/3)", "2·13"),
    ],
)  # fmt: skip
def test_what_has_a_notation_of_its_own(text, expected):
    shapes = {"W": ("n", "m"), "z": ("n",)}
    assert words(mathml(meaning.Reader(shapes).mean(read(text, shapes)))) == expected
