import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nnlib

ROOT = Path(nnlib.__file__).parent
# A module imports only from the floors below its own.
FLOORS = (
    {"checks"},
    {"activations", "differences", "initializers", "optimizers", "penalties"},
    {"costs", "layers"},
    {"network"},
    {"datasets", "training"},
)
MODULES = sorted(path.stem for path in ROOT.glob("*.py") if path.stem != "__init__")


def imported(tree):
    """The modules that a syntax tree imports, by full name, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (
                [f"nnlib.{alias.name}" for alias in node.names]
                if node.module == "nnlib"
                else [node.module]
            )


def floor(module):
    return next(i for i, modules in enumerate(FLOORS) if module in modules)


def climbs(module, source):
    """The modules that ``module`` may not import and does."""
    names = [name.split(".") for name in imported(ast.parse(source))]
    ours = [parts[1] for parts in names if parts[0] == "nnlib"]
    return [name for name in ours if name == "book" or floor(name) >= floor(module)]


def test_every_module_has_a_floor():
    assert sorted(set().union(*FLOORS)) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    assert not climbs(module, (ROOT / f"{module}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    ["from nnlib.network import Network", "from nnlib import costs", "import nnlib.book.proofs"],
)
def test_a_climbing_import_is_found(source):
    assert climbs("layers", source)


@pytest.mark.parametrize("module", MODULES)
def test_numpy_is_the_only_import_from_outside_at_top_level(module):
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    top = ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], [])
    packages = {name.split(".")[0] for name in imported(top)}
    assert packages <= {"numpy", "nnlib", *sys.stdlib_module_names}


# What runs in the page too has there the standard library, SymPy, mpmath and itself.
CHECKER = sorted((ROOT / "book" / "answers").glob("*.py"))


def beyond_the_page(source):
    names = imported(ast.parse(source))
    known = {"sympy", "mpmath", *sys.stdlib_module_names}
    return [name for name in names
            if name.split(".")[0] not in known and not f"{name}.".startswith("nnlib.book.answers.")]  # fmt: skip


@pytest.mark.parametrize("path", CHECKER, ids=lambda path: path.stem)
def test_the_checker_imports_what_the_page_has(path):
    assert not beyond_the_page(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source", ["import numpy", "from nnlib.book.arrays import Array", "def f():\n import jax"]
)
def test_an_import_that_the_page_lacks_is_found(source):
    assert beyond_the_page(source)


def test_importing_nnlib_loads_nothing_heavy():
    check = "import nnlib, sys; print(*{'sympy', 'matplotlib', 'sklearn'} & set(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == ""
