"""The README's commands, run as a reader types them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from wordvectors.cli.app import app

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text()
AWS_CLI = PROJECT / ".venv" / "awscli" / "bin"


def blocks() -> list[str]:
    """Return the README's console blocks as shell scripts."""
    scripts = []
    for block in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        scripts.append("\n".join(line.removeprefix("$ ") for line in block.splitlines()))
    return scripts


def commands(program: str) -> list[str]:
    """Return every command line of a program in the README's blocks."""
    return [line for script in blocks() for line in script.splitlines() if line.startswith(f"{program} ")]


@pytest.mark.parametrize("command", commands("make"))
def test_every_make_command_is_there(command):
    target = command.split()[1]
    ended = subprocess.run(["make", "--dry-run", target], cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("command", [line for line in commands("wordvectors") if "--target aws" in line])
def test_what_needs_an_account_is_at_least_what_the_command_line_takes(command):
    words = command.split()[1:]
    subcommand = get_command(app).commands[words[0]]
    subcommand.make_context(words[0], words[1:], resilient_parsing=False)


def test_what_works_on_this_machine_works_as_it_is_written(tmp_path):
    """One shell runs the blocks one after the other; any command that fails ends it."""
    assert (AWS_CLI / "aws").exists(), "the AWS CLI is not set up: run the tests with `make test`"
    here = [script for script in blocks() if not re.search(r"^make |--target aws", script, re.MULTILINE)]
    (tmp_path / "my.txt").write_text("the cat sat on the mat\nthe dog sat on the log\n" * 200)
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), str(AWS_CLI), "/usr/bin", "/bin"])

    ended = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", "\n".join(here)],
        cwd=tmp_path,
        env={
            "PATH": path,
            "HOME": str(tmp_path),
            "WORDVECTORS_HOME": str(tmp_path / "home"),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=280,
    )
    stopped = subprocess.run(
        [sys.executable, "-m", "wordvectors.cli", "local", "stop"],
        env={**os.environ, "WORDVECTORS_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "was not running" in stopped.stdout
    assert "mean_rho" in ended.stdout
    assert "upload: ./my.txt" in ended.stdout
