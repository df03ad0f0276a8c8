"""The commands and the Python of README and docs/, run as a reader types them, on one local cloud."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.main import get_command

from local_cloud.connection import EXTENSION_VARIABLE
from wordvectors.cli.app import app
from wordvectors.client.preflight import QUESTIONS

PROJECT = Path(__file__).resolve().parents[2]
AWS_CLI = PROJECT / ".venv" / "awscli" / "bin"
PAGES = {path.name: path for path in [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]}


class Block(NamedTuple):
    """A block of commands: on which page, in which language, and why it is not run, if it is not."""

    page: str
    language: str
    script: str
    reason: str

    @property
    def runs_here(self) -> bool:
        """Whether the tests run it; `make` sets up an environment, and is tested by itself."""
        return not self.reason and not self.script.startswith("make ")


def blocks_of(page: str) -> list[Block]:
    """Return a page's blocks of commands, in their order."""
    pattern = r"(?:<!-- not run: ([^>]+) -->\n)?^```(console|python)\n(.*?)^```"
    found = re.findall(pattern, PAGES[page].read_text(), re.MULTILINE | re.DOTALL)
    return [
        Block(page, language, re.sub(r"^\$ ", "", text, flags=re.MULTILINE), reason)
        for reason, language, text in found
    ]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
RUN_PAGES = sorted({block.page for block in BLOCKS if block.runs_here})


def lines(start: str, *, run: bool | None = None) -> list[str]:
    """Return the command lines of all blocks that begin so; with `run=False`, those that are not run."""
    return sorted(
        {
            line
            for block in BLOCKS
            if run is None or block.runs_here is run
            for line in block.script.splitlines()
            if line.startswith(start)
        }
    )


@pytest.mark.parametrize("command", lines("make "))
def test_every_make_command_is_there(command):
    target = command.split()[1]
    ended = subprocess.run(["make", "--dry-run", target], cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("command", lines("wordvectors ", run=False))
def test_what_is_not_run_is_at_least_what_the_command_line_takes(command):
    words = command.split()[1:]
    get_command(app).commands[words[0]].make_context(words[0], words[1:], resilient_parsing=False)


def test_a_block_is_a_target_of_make_or_says_why_it_is_not_run_or_runs():
    for block in BLOCKS:
        if block.script.startswith("make ") and not block.reason:
            assert all(line.startswith("make ") for line in block.script.splitlines()), block


def environment(home: Path) -> dict[str, str]:
    """Return what a reader's shell has: the project's commands, the AWS CLI, and a home."""
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), str(AWS_CLI), "/usr/bin", "/bin"])
    judged = {EXTENSION_VARIABLE: os.environ[EXTENSION_VARIABLE]}
    return judged | {
        "PATH": path,
        "HOME": str(home),
        "WORDVECTORS_HOME": str(home / "cloud"),
        "LANG": "C.UTF-8",
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory):
    """A home in which the demo has run, with its local cloud."""
    assert (AWS_CLI / "aws").exists(), "the AWS CLI is not set up: run the tests with `make test`"
    home = tmp_path_factory.mktemp("reader")
    try:
        demo = subprocess.run(
            ["wordvectors", "demo"], cwd=home, env=environment(home), capture_output=True, text=True
        )
        assert demo.returncode == 0, demo.stderr[-3000:]
        (home / "demo.txt").write_text(demo.stdout)
        yield home
    finally:
        subprocess.run(
            ["wordvectors", "local", "stop", "--force"], env=environment(home), capture_output=True
        )


@pytest.mark.parametrize("page", RUN_PAGES)
def test_what_works_on_this_machine_works_as_it_is_written(page, home, tmp_path):
    """One shell runs a page's blocks one after the other; any command that fails ends it."""
    (tmp_path / "my.txt").write_text("the cat sat on the mat\nthe dog sat on the log\n" * 200)
    scripts = [
        block.script if block.language == "console" else f"python - <<'PYTHON'\n{block.script}PYTHON\n"
        for block in BLOCKS
        if block.page == page and block.runs_here
    ]

    ended = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", "\n".join(scripts)],
        cwd=tmp_path,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=840,
    )

    assert ended.returncode == 0, ended.stderr[-3000:]


def test_what_the_demo_says_of_its_text_is_what_the_readme_shows(home):
    shown = " ".join((home / "demo.txt").read_text().split())
    (of_the_text,) = re.findall(r"^Text .*\nHyperparameters", PAGES["README.md"].read_text(), re.MULTILINE)

    assert " ".join(of_the_text.split()) in shown
    assert "Warnings" not in shown


def test_what_goes_wrong_most_often_is_what_the_doctor_asks():
    table = PAGES["first-deployment.md"].read_text().split("## What goes wrong most often")[1]
    named = re.findall(r"^\| \*\*(.+?)\*\* \|", table, re.MULTILINE)
    assert len(named) == 5
    assert set(named) <= set(QUESTIONS)
