"""What a page fetches to check an answer: Python for the browser, SymPy, and the book's own checker.

`python assets/book_checker.py` makes ready what takes long or needs the network, once.
"""

import gzip
import hashlib
import json
import shutil
import tempfile
from importlib.metadata import distribution, version
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import mpmath
import packages
import sympy

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "assets" / "answers"
PYODIDE = packages.INSTALLED / "pyodide"
KEPT = ROOT / "_build" / "answers"  # what took long to make
# Of SymPy, what nothing else in it imports but to print or to test objects of that part.
LEFT_OUT = tuple(
    f"sympy/{part}/"
    for part in (
        "sandbox", "testing", "stats", "diffgeom", "categories", "liealgebras", "crypto", "holonomic",
        "physics/mechanics", "physics/quantum", "physics/control", "physics/vector", "physics/optics",
        "physics/continuum_mechanics", "physics/biomechanics", "physics/hep",
        "parsing/autolev", "parsing/latex", "parsing/c", "parsing/fortran",
    )
)  # fmt: skip
IN_THE_PAGE = "boxes.js", "solved.js", "boxes.css"


# ── made ready once ─────────────────────────────────────────────────────────────────────────────


def libraries():
    """The path of SymPy and mpmath, compiled by Pyodide's own Python: made once for these versions."""
    made_of = [packages.wanted()["pyodide"], version("sympy"), version("mpmath"), *LEFT_OUT]
    made_of.append((SOURCE / "compile.mjs").read_text("utf-8"))
    path = KEPT / f"libraries-{hashlib.sha256(repr(made_of).encode()).hexdigest()[:12]}.zip"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as folder:
            sources, compiled = Path(folder, "sources.zip"), Path(folder, "compiled.zip")
            write_zip(sources, modules(sympy) | modules(mpmath))
            packages.node(SOURCE / "compile.mjs", sources, compiled)
            compiled.replace(path)  # whole or not at all, also where two builds run at once
        for old in set(KEPT.glob("libraries-*.zip")) - {path}:
            old.unlink(missing_ok=True)
    return path


def modules(package):
    """{path: content} of a package's modules, without its tests."""
    top = Path(package.__file__).parent
    found = {}
    for path in sorted(top.rglob("*.py")):
        name = path.relative_to(top.parent)
        if not {"tests", "benchmarks"} & set(name.parts):
            found[name.as_posix()] = path.read_bytes()
    return {name: found[name] for name in found if not name.startswith(LEFT_OUT)}


def write_zip(path, files):
    """The same bytes for the same files, whenever they were written."""
    with ZipFile(path, "w") as target:
        for name, content in files.items():
            target.writestr(ZipInfo(name), content, ZIP_DEFLATED, 9)


# ── what the site holds ─────────────────────────────────────────────────────────────────────────


def checker():
    """{path: content} of the part of nnlib that answers: standard library, mpmath and SymPy suffice it."""
    answers = ROOT / "nnlib" / "book" / "answers"
    files = {"nnlib/__init__.py": b"", "nnlib/book/__init__.py": b""}
    for path in sorted(answers.rglob("*")):
        if path.suffix in (".py", ".toml"):
            files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return files


def licences():
    """Whose work the folder holds, under which licence."""
    parts = [
        f"Pyodide {packages.wanted()['pyodide']}, Mozilla Public License 2.0: https://github.com/pyodide/pyodide",
        "Python, in it, under its own licence: https://docs.python.org/3/license.html",
    ]
    for name in "sympy", "mpmath":
        part = distribution(name)
        text = part.read_text("licenses/LICENSE") or part.read_text("LICENSE")
        parts.append(f"{name} {part.version}, its modules compiled:\n\n{text}")
    return "\n\n".join(parts)


def publish(out):
    """Write the folder answers/ of a site.

    The scripts of the pages keep their names. All that the worker needs stands in a folder named
    after its content, so that no browser pairs an old part with a new one; manifest.json tells it.
    """
    packages.install()
    out.mkdir(parents=True, exist_ok=True)
    for name in IN_THE_PAGE:
        shutil.copyfile(SOURCE / name, out / name)
    (out / "LICENSES.txt").write_text(licences(), "utf-8")
    with tempfile.TemporaryDirectory(dir=out) as made_in:
        folder = Path(made_in, "parts")
        folder.mkdir()
        for name in "pyodide.mjs", "pyodide.asm.mjs", "python_stdlib.zip":
            shutil.copyfile(PYODIDE / name, folder / name)
        shutil.copyfile(SOURCE / "worker.js", folder / "worker.js")
        shutil.copyfile(libraries(), folder / "libraries.zip")
        write_zip(folder / "checker.zip", checker())
        # Packed here, as not every server does; named so that none says it is packed, or unpacks it.
        wasm = (PYODIDE / "pyodide.asm.wasm").read_bytes()
        (folder / "pyodide.asm.wasm.gzip").write_bytes(gzip.compress(wasm, mtime=0))
        parts = {part.name: part.read_bytes() for part in sorted(folder.iterdir())}
        content = hashlib.sha256(b"".join(parts.values())).hexdigest()[:12]
        for old in filter(Path.is_dir, out.iterdir()):
            if old != folder.parent:
                shutil.rmtree(old)
        folder.replace(out / content)
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))
    manifest = {
        "version": content,
        "python": lock["info"],
        "files": {k: len(v) for k, v in parts.items() if k.endswith((".zip", ".gzip"))},
    }
    (out / "manifest.json").write_text(json.dumps(manifest), "utf-8")


if __name__ == "__main__":
    packages.install()
    libraries()
