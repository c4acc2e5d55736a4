"""One result, four forms: MyST for the book, HTML for a notebook, LaTeX, and plain text."""

import re
from dataclasses import dataclass, field
from html import escape

from latex2mathml.converter import convert

RECORD = "application/vnd.nnlib.result+json"
ALIGN = "{}&"  # stands before the sign of a displayed relation; a plain & may belong to a case

_UNNUMBERED = {"answer": "{container} answer", "refutation": "{admonition} Refuted"}
_DIRECTIVE = {"measurement": "observation"}  # the directive of sphinx-proof that prints the kind


@dataclass(frozen=True)
class Result:
    """What a cell shows: a statement, its derivation, and the particulars of its proof."""

    kind: str
    label: str
    title: str
    lead: str = ""
    equations: tuple = ()  # TeX of each displayed relation, with ALIGN before its sign
    conditions: tuple = ()  # TeX of the condition beside each, or ""
    steps: tuple = ()  # (TeX left, TeX right, reason)
    summary: str = ""
    particulars: tuple = ()
    record: dict = field(default_factory=dict)

    @property
    def displayed(self):
        """The TeX of the whole statement."""
        rows = [row + (rf" \qquad ({c})" if c else "") for row, c in
                zip(self.equations, self.conditions, strict=True)]  # fmt: skip
        if len(rows) == 1:
            return rows[0].replace(ALIGN, "")
        return "\\begin{aligned}\n" + " \\\\[4pt]\n".join(rows) + "\n\\end{aligned}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        forms = {
            "text/plain": self.plain(),
            "text/html": self.html(),
            "text/latex": self.latex(),
            "text/markdown": self.myst(),
        }
        return forms | ({RECORD: self.record} if self.record else {})

    def myst(self):
        lines = [self.lead, ""] if self.lead else []
        if self.equations:
            label = [] if self.kind in _UNNUMBERED else [f":label: eq-{self.label}"]
            lines += ["``````{math}", *label, "", self.displayed, "``````", ""]
        if self.steps:
            lines += ["``````{container} derivation"]
            for left, right, reason in self.steps:
                lines += ["`````{container} step", _inline(left) or "&nbsp;", ""]
                lines += [_inline(right) or "&nbsp;", "", reason or "&nbsp;", "`````"]
            lines += ["``````", ""]
        if self.kind == "refutation":
            lines += [self.summary]
        elif self.summary:
            # colons, since the line may hold code, and a fence of backticks may not
            lines += [f"::::::{{dropdown}} {self.summary}", ":class-container: particulars", ""]
            lines += [f"- {line}" for line in self.particulars] + ["::::::"]
        fence = "```````"
        if self.kind in _UNNUMBERED:
            opening = [f"{fence}{_UNNUMBERED[self.kind]}"]
        else:
            directive = _DIRECTIVE.get(self.kind, self.kind)
            opening = [f"{fence}{{prf:{directive}}} {self.title}", f":label: {self.label}", ""]
        return "\n".join([*opening, *lines, fence])

    def html(self):
        soft = 'style="color:#5b6470;font-size:90%"'
        rows = [f"<b>{self.heading}</b> <span {soft}>{escape(self.title)}</span>"]
        rows += [f"<div>{_prose_html(self.lead)}</div>"] if self.lead else []
        for row, condition in zip(self.equations, self.conditions, strict=True):
            row = row.replace(ALIGN, "") + (rf" \qquad ({condition})" if condition else "")
            rows += [f"<div>{mathml(row, 'block')}</div>"]
        for left, right, reason in self.steps:
            shown = " ".join(mathml(part) for part in (left, right) if part)
            rows += [f"<div>{shown} &emsp;<span {soft}>{_prose_html(reason)}</span></div>"]
        if self.kind == "refutation":
            rows += [f"<div>{_prose_html(self.summary)}</div>"]
        elif self.summary:
            details = "".join(f"<li>{_prose_html(line)}</li>" for line in self.particulars)
            rows += [
                f"<details {soft}><summary>{_prose_html(self.summary)}</summary><ul>{details}</ul></details>"
            ]
        style = "border-left:3px solid #1f5f8b;padding-left:1.2em;margin:1em 0"
        return f'<div style="{style}">' + "".join(rows) + "</div>"

    def latex(self):
        rows = [rf"\paragraph{{{self.heading} ({self.title})}} {self.lead}"]
        rows += [rf"\[ {self.displayed} \]"] if self.equations else []
        if self.steps:
            steps = " \\\\\n".join(
                f"{left} & {right} & \\text{{{_plain_reason(why)}}}"
                for left, right, why in self.steps
            )
            rows += ["\\[ \\begin{array}{rll}", steps, "\\end{array} \\]"]
        return "\n".join(rows)

    def plain(self):
        title = f" ({self.title})" if self.title else ""
        rows = [f"{self.heading}{title}. {self.lead}", self.displayed if self.equations else ""]
        rows += [f"    {left} {right}    [{reason}]" for left, right, reason in self.steps]
        return "\n".join(row for row in [*rows, self.summary] if row)

    @property
    def heading(self):
        return {"refutation": "Refuted"}.get(self.kind, self.kind.capitalize())


def _inline(tex):
    return rf"$\displaystyle {tex}$" if tex else ""


def mathml(tex, display="inline"):
    """MathML, which every current browser sets without help."""
    return convert(tex, display=display)


def _prose_html(text):
    """The little Markdown that leads and reasons use: $…$, `…`, {prf:ref}`…`."""
    pieces = re.split(r"(\$[^$]+\$|\{[a-z:]+\}`[^`]+`|`[^`]+`)", text)
    shown = []
    for piece in pieces:
        if piece.startswith("$"):
            shown.append(mathml(piece[1:-1]))
        elif piece.startswith("{"):
            shown.append(escape(piece.split("`")[1]))
        elif piece.startswith("`"):
            shown.append(f"<code>{escape(piece[1:-1])}</code>")
        else:
            shown.append(escape(piece))
    return "".join(shown)


def _plain_reason(text):
    return text.replace("`", "").replace("_", r"\_") if "$" not in text else text
