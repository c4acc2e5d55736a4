"""Alter nnlib's code in one place at a time; a test must notice: `mutants.py [module ...]`, all without a name.

First the coverage: what no test runs, no test can judge. Then every alteration, by mutmut. One that
no test notices must stand in tests/equivalent_mutants.toml, with the reason why it changes nothing.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LISTED = ROOT / "tests" / "equivalent_mutants.toml"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
NOTICED = {"killed", "timeout"}


def call(tool, *arguments, **options):
    command = [Path(sys.executable).with_name(tool), *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, **options)


def answer(*arguments):
    return call("mutmut", *arguments, stdout=subprocess.PIPE, encoding="utf-8").stdout


def place(mutant):
    """nnlib.network.xǁNetworkǁforward__mutmut_4 ↦ network.Network.forward."""
    name = mutant.removeprefix("nnlib.").rpartition("__mutmut_")[0]
    return name.replace(".xǁ", ".").replace("ǁ", ".").replace(".x_", ".")


def alteration(mutant):
    """(where, the line as it was, the line as it is now)."""
    lines = answer("show", mutant).splitlines()
    was, now = (
        " ".join(line[1:].strip() for line in lines if line[:1] == sign and line[:3] != 3 * sign)
        for sign in "-+"
    )
    return place(mutant), was, now


def unnoticed(modules):
    """How many mutants there are in the modules, and the alterations that no test noticed."""
    results = [
        line.strip().rpartition(": ") for line in answer("results", "--all", "1").splitlines()
    ]
    ours = [(m, status) for m, _, status in results if not modules or m.split(".")[1] in modules]
    return len(ours), {alteration(m): status for m, status in ours if status not in NOTICED}


def equivalents(modules):
    """The alterations that are listed as equivalent."""
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8"))["equivalent"]
    listed = [(e["where"], e["was"], now) for e in entries for now in e["now"]]
    return {entry for entry in listed if not modules or entry[0].split(".")[0] in modules}


def main(modules):
    if not modules:
        shutil.rmtree(ROOT / "mutants", ignore_errors=True)
        tests = SETTINGS["pytest_add_cli_args_test_selection"]
        call("coverage", "run", "-m", "pytest", "-q", *tests)
        call("coverage", "report")
    call("mutmut", "run", *(f"nnlib.{module}.*" for module in modules))
    count, survivors = unnoticed(modules)
    listed = equivalents(modules)
    for where, was, now in sorted(survivors.keys() - listed):
        print(f"\n{survivors[where, was, now]} in {where}\n  - {was}\n  + {now}")
    for where, was, now in sorted(listed - survivors.keys()):
        print(f"\nlisted as equivalent, but noticed or gone, in {where}\n  - {was}\n  + {now}")
    killed, judged = count - len(survivors), count - len(survivors.keys() & listed)
    print(f"\n{killed} of {judged} mutants noticed, beside {count - judged} equivalent ones")
    sys.exit(survivors.keys() != listed)


if __name__ == "__main__":
    main(sys.argv[1:])
