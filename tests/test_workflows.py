"""What runs in the project's name: every action by its full commit, and write access in one job alone."""

import re

import pytest
from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def unpinned(workflow):
    uses = re.findall(r"uses: (.*)", workflow)
    return [action for action in uses if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned(path):
    assert unpinned(path.read_text("utf-8")) == []


@pytest.mark.parametrize("version", ["v6", "main", "0" * 7 + " # v6.0.2", "0" * 40])
def test_what_can_move_is_found(version):
    assert unpinned(f"- uses: actions/checkout@{version}") == [f"actions/checkout@{version}"]


def test_one_job_writes_and_it_installs_nothing():
    whole = "".join(path.read_text("utf-8") for path in WORKFLOWS)
    before, _, job = whole.partition("contents: write")
    assert "contents: write" not in before + job
    assert not re.search(r"\b(make|pip)\b", job.partition("\nname: ")[0])
