"""The mathematics on the page: every letter of a displayed equation is introduced before it, and TeX is whole.

A letter is introduced by the notation page, by the chapter's text before the equation, by the sentence
that says for what the result holds, or, in a definition, by standing on its left side.
"""

import json
import re

import pytest
from conftest import ROOT

from nnlib.book import ledger
from nnlib.book.output import ALIGN, RECORD

INLINE = re.compile(r"(?<![\\$])\$([^$]+)\$(?!\$)")
BLOCK = re.compile(r"^`{6}\{math\}\n(?::label:[^\n]*\n)?\n?(.*?)^`{6}$", re.MULTILINE | re.DOTALL)
DISPLAYED = r"\displaystyle "

# Commands that set type or mean what they mean everywhere; any other, a hat or a dot too, is introduced.
STRUCTURE = {
    "\\" + name
    for name in re.findall(
        r"\w+",
        """begin end frac left right sum prod int limits lim to infty partial nabla top odot cdot cdots
        quad qquad le leq ge geq ne sqrt exp log max min sin cos tan tanh cosh sinh displaystyle mathbf
        lVert rVert langle rangle overset pi operatorname in times""",
    )
}
TOKEN = re.compile(r"\\[a-zA-Z]+|[a-zA-Z]")
WORDS = re.compile(r"\\(?:text|operatorname\*?|begin|end|mathrm)\{[^{}]*\}|\[4pt\]")
CODE = re.compile(r"(?<!\})`[^`\n]+`")
CONDITION = re.compile(r"\\qquad \((.+)\)$", re.MULTILINE)
BOUND = re.compile(r"\\(?:sum|prod)_\{?\s*([^{}=]+?)\s*[=}]|\\lim_\{\s*(\S+?)\s*\\to|\\, d(.)")


def letters(tex):
    """Everything in TeX that names something."""
    return set(TOKEN.findall(WORDS.sub(" ", tex).replace("\\\\", " "))) - STRUCTURE


def inline(text):
    """The letters of a text's inline mathematics."""
    return set().union(*map(letters, INLINE.findall(CODE.sub("", text))))


def displays(markdown):
    """The TeX of each displayed equation, and of each step, in an output's MyST form."""
    yield from BLOCK.findall(markdown)
    yield from (tex for tex in INLINE.findall(markdown) if tex.startswith(DISPLAYED))


def bound(tex):
    """The letters that a sum, a limit, an integral or a condition beside an equation brings with it."""
    brought = {letter for found in BOUND.findall(tex) for letter in found if letter}
    return brought.union(*map(letters, CONDITION.findall(tex)))


def left_sides(tex):
    """The letters on the left of each equation of a definition."""
    rows = tex.replace(ALIGN, "").split(r"\\[4pt]")
    return set().union(*(letters(row.partition("=")[0]) for row in rows))


def unknown(cells, known):
    """(letters, the equation that holds them) for what stands in a chapter before it is introduced."""
    known = set(known)
    for cell in cells:
        if cell["cell_type"] == "markdown":
            known |= inline("".join(cell["source"]))
            continue
        for output in cell.get("outputs", []):
            text = "".join(output.get("data", {}).get("text/markdown", ""))
            shown = list(displays(text))
            spoken = [tex for tex in INLINE.findall(text) if not tex.startswith(DISPLAYED)]
            known |= set().union(*map(letters, spoken))
            if "{prf:definition}" in text:
                known |= set().union(*map(left_sides, shown))
            for tex in shown:
                if lost := letters(tex) - known - bound(tex):
                    yield sorted(lost), tex


def typed(cells):
    """Displayed mathematics in outputs that no check has made."""
    for output in (out for cell in cells for out in cell.get("outputs", [])):
        data = output.get("data", {})
        text = "".join(data.get("text/markdown", ""))
        refuted = all(r"\overset{?}" in tex for tex in displays(text))
        stated = "$$" in text or re.search(r"\{prf:(?!ref\})", text)
        if RECORD not in data and (stated or not refuted):
            yield text


def broken(tex):
    """What opens in TeX and does not close, or the other way round."""
    plain = tex.replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for character in plain:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return "a brace that closes nothing"
    if depth:
        return "a brace that stays open"
    if len(re.findall(r"\\left\b", tex)) != len(re.findall(r"\\right\b", tex)):
        return r"a \left without its \right"
    if re.findall(r"\\begin\{(\w+)\}", tex) != re.findall(r"\\end\{(\w+)\}", tex)[::-1]:
        return "an environment that does not close"
    if re.search(r"\^\{[^{}]*\}\^|_\{[^{}]*\}_", tex):
        return "two superscripts or two subscripts on one letter"
    return None


NOTATION = inline((ROOT / "chapters/notation.md").read_text("utf-8"))
CHAPTERS = {
    stem: json.loads((ROOT / f"chapters/{stem}.ipynb").read_text("utf-8"))["cells"]
    for stem in ledger.chapters(ROOT)
    if ledger.of_chapter(ROOT, stem)  # the ledger repeats what the chapters say
}


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_letter_is_introduced(stem):
    assert list(unknown(CHAPTERS[stem], NOTATION)) == []


@pytest.mark.parametrize("stem", CHAPTERS)
def test_tex_is_whole(stem):
    outputs = [out for cell in CHAPTERS[stem] for out in cell.get("outputs", [])]
    texts = ["".join(out.get("data", {}).get("text/markdown", "")) for out in outputs]
    faults = {tex: broken(tex) for text in texts for tex in displays(text) if broken(tex)}
    assert faults == {}


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_equation_shown_was_checked(stem):
    assert list(typed(CHAPTERS[stem])) == []


# Controls


def chapter(markdown, *shown):
    """A text, and outputs that display these equations."""
    text = {"cell_type": "markdown", "source": markdown}
    cells = [
        {"cell_type": "code", "outputs": [{"data": {"text/markdown": each}}]} for each in shown
    ]
    return [text, *cells]


def equation(tex, lead="", kind="theorem"):
    return f"```````{{prf:{kind}}} T\n:label: t\n\n{lead}\n\n``````{{math}}\n:label: eq-t\n\n{tex}\n``````\n```````"


@pytest.mark.parametrize(
    "cells",
    [
        chapter("The letter $q$.", equation("q = q")),
        chapter("", equation("q = q", lead="For every real $q$,")),
        chapter("", equation("q = 1", kind="definition"), equation("2 q = 2")),
        chapter("", equation(r"\sum_{q} 1 = \frac{1}{2}")),
        chapter("", equation(r"\lim_{q \to \infty} 1 = \operatorname{erf}{\left(1 \right)}")),
        chapter("", equation(r"1 = 1 \qquad (q > 0)")),
        chapter(r"The estimate $\hat{q}$.", equation(r"\hat{q} = \hat{q}")),
    ],
)
def test_introduced_letter_is_accepted(cells):
    assert list(unknown(cells, set())) == []


@pytest.mark.parametrize(
    ("cells", "lost"),
    [
        (chapter("", equation("q = 1")), ["q"]),
        (chapter("In code `$q$`? No.", equation(r"\mu = 1")), [r"\mu"]),
        (chapter("", equation("q = p", kind="definition")), ["p"]),
        (chapter("The letter $q$.", equation(r"\hat{q} = q")), [r"\hat"]),
        (chapter("", equation(r"\sum_{q} q p = 1")), ["p"]),
        (chapter("", "$\\displaystyle = q$"), ["q"]),
        (chapter("", equation(r"W^{(l)} = \wp", lead="For $W$ and $l$,")), [r"\wp"]),
    ],
)
def test_letter_from_nowhere_is_found(cells, lost):
    ((found, _),) = unknown(cells, set())
    assert found == lost


@pytest.mark.parametrize("text", [equation("1 = 2"), "$$1 = 2$$", "$\\displaystyle 1 = 2$"])
def test_typed_equation_is_found(text):
    assert list(typed(chapter("", text)))


def test_refutation_claims_nothing():
    assert not list(typed(chapter("", "``````{math}\n\n1 \\overset{?}{=} 2\n``````")))


def test_letter_introduced_too_late_is_found():
    cells = chapter("", equation("q = 1"))
    assert list(unknown([*cells, *chapter("Now $q$.")], set()))


@pytest.mark.parametrize("tex", [r"\frac{1}{2}", r"\left(x\right)", r"\{x\}", r"W^{(l)\top}_{ij}"])
def test_whole_tex_is_accepted(tex):
    assert broken(tex) is None


@pytest.mark.parametrize(
    "tex",
    [r"\frac{1}{2", "x}", r"\left(x)", r"\begin{aligned} x", r"W^{\top}^{\top}", "x_{i}_{j}"],
)
def test_broken_tex_is_found(tex):
    assert broken(tex)
