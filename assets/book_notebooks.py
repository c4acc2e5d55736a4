"""A chapter to take away: its notebook, and where it can be run without installing anything.

`python assets/book_notebooks.py FOLDER` writes the notebooks alone; it needs nothing but Python.
"""

import json
import os
import sys
from pathlib import Path

CHAPTERS = Path(__file__).parents[1] / "chapters"
WHY = (
    "The next cell installs `nnlib`, the library of the book that this chapter is from, where it is "
    "missing. It comes from [{repository}](https://github.com/{repository}), as it was when the page "
    "was built."
)
# By name what the chapters need and Colab may lack (SymPy 1.13 fails at one of their limits); no
# dependencies, since most of the book's own only build its pages.
INSTALL = r"""
from importlib.util import find_spec

if find_spec("nnlib") is None:
    %pip install --quiet --no-deps latex2mathml "sympy>=1.14" \
        "git+https://github.com/{repository}@{revision}"
""".strip()
WHOLE = "ledger.read"  # gathers what all chapters store: one notebook is not enough
NEEDS_ALL = f" A cell that calls `{WHOLE}` reads all chapters, and runs only in the repository."


def origin():
    """Where the book is published, as {repository: owner/name, revision: commit}; empty if nowhere."""
    repository = os.environ.get("BOOK_REPOSITORY")
    return repository and {"repository": repository, "revision": os.environ["BOOK_REVISION"]}


def taken(text):
    """The text of a notebook as a reader takes it: as it is stored, or with the cell that installs."""
    if not (known := origin()):
        return text
    notebook = json.loads(text)
    why = (WHY + NEEDS_ALL * (WHOLE in text)).format(**known)
    notebook["cells"][:0] = [
        {"cell_type": "markdown", "id": "why", "metadata": {}, "source": why},
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "install",
            "metadata": {},
            "outputs": [],
            "source": INSTALL.format(**known),
        },
    ]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def ways(name, text):
    """(label, title, address) of every way to run a notebook elsewhere: none that is known to fail."""
    if not (known := origin()):
        return []
    repository, revision = known.values()
    colab = f"https://colab.research.google.com/github/{repository}/blob/notebooks/{name}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{repository}/{revision}?labpath=chapters%2F{name}.ipynb"
    return [("Colab", "Run this chapter on Google Colab", colab)] * (WHOLE not in text) + [
        ("Binder", "Run this chapter on Binder, in the book's own environment", binder)
    ]


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        (folder / path.name).write_text(taken(path.read_text("utf-8")), "utf-8", newline="\n")


# ── at the build ────────────────────────────────────────────────────────────────────────────────


def offer(app, pagename, templatename, context, doctree):
    """What a page made from a notebook offers: (label, title, address, whether it is a download)."""
    notebook = Path(app.srcdir) / f"{pagename}.ipynb"
    if doctree is not None and notebook.exists():
        name, text = notebook.stem, notebook.read_text("utf-8")
        here = context["pathto"](f"notebooks/{name}.ipynb", 1)
        context["takeaway"] = [("Notebook", "Download this chapter as a notebook", here, True)]
        context["takeaway"] += [(*way, False) for way in ways(name, text)]


def finish(app, error):
    if error is None and app.builder.format == "html":
        write(Path(app.outdir) / "notebooks")


def setup(app):
    app.connect("html-page-context", offer)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
