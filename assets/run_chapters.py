"""Run chapters again from the top and store their outputs: `run_chapters.py [name ...]`, all without a name."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from nnlib.book.ledger import chapters, of_chapter

ROOT = Path(__file__).parents[1]

# The same on every machine: neither the version of its Python nor the name of its environment.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def main(names):
    # In the book's order; last the pages that count what the others store.
    known = {stem: ROOT / "chapters" / f"{stem}.ipynb" for stem in sorted(chapters(ROOT), key=late)}
    if unknown := set(names) - set(known):
        sys.exit(f"no chapter {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in [name for name in known if name in names or not names]:
        notebook = nbformat.read(known[name], as_version=4)
        client = NotebookClient(notebook, timeout=600, record_timing=False)
        client.execute(cwd=str(ROOT / "chapters"))
        notebook.metadata = METADATA
        nbformat.write(notebook, known[name])
        print(f"ran {name}")


def late(stem):
    """(whether a chapter counts what the others store, whether none counts what it stores itself)."""
    text = (ROOT / "chapters" / f"{stem}.ipynb").read_text("utf-8")
    return "ledger.read" in text, not of_chapter(ROOT, stem)


if __name__ == "__main__":
    main(sys.argv[1:])
