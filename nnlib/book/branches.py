"""Which branch of mathematics carried the proof of which result: judged by hand, counted by program.

`branches.toml` enters every proved result under one branch. What a page shows of it is checked against
the ledger: a result that is not entered, or entered twice, or no longer in the book, is an error.
"""

import tomllib
from collections import Counter
from pathlib import Path

from nnlib.book.ledger import PROVED, Page

TABLE = Path(__file__).with_name("branches.toml")


def read():
    """{branch: its part in words, and the labels of its results}."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def by_branch(records, table=None):
    """{branch: (its part in words, [records it proved])}, in the order of the table.

    Raises ValueError for a proved result that is entered nowhere, or a label that is entered twice.
    """
    table = table or read()
    entered = Counter(label for branch in table.values() for label in branch["results"])
    if twice := [label for label, times in entered.items() if times > 1]:
        raise ValueError(f"entered under two branches, expected one: {', '.join(twice)}")
    shown = [record for record in records if record["kind"] in PROVED]
    if missing := [r["label"] for r in shown if r["label"] not in entered]:
        raise ValueError(f"entered under no branch of {TABLE.name}: {', '.join(missing)}")
    return {
        name: (branch["part"], [r for r in shown if r["label"] in set(branch["results"])])
        for name, branch in table.items()
    }


def table(records):
    """Branch, what it does in this book, and how many results it proved."""
    branches = by_branch(records)
    lines = ["| branch | its part | results |", "|---|---|--:|"]
    lines += [f"| {name} | {part} | {len(own)} |" for name, (part, own) in branches.items()]
    lines.append(f"| **all** | | **{sum(len(own) for _, own in branches.values())}** |")
    return Page("\n".join(lines))


def lists(records):
    """For each branch, behind a click, the results that it proved, by chapter."""
    blocks = []
    for name, (_, own) in by_branch(records).items():
        rows = []
        for stem in dict.fromkeys(r["chapter"] for r in own):
            labels = ", ".join(f"{{prf:ref}}`{r['label']}`" for r in own if r["chapter"] == stem)
            rows.append(f"[](./{stem})\n: {labels}")
        blocks.append(f":::::{{dropdown}} {name}\n" + "\n\n".join(rows) + "\n:::::")
    return Page("\n\n".join(blocks))
