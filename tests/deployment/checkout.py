"""A checkout with settings of its own, from which somebody deploys with the Makefile's commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect

from local_cloud import assembly
from local_cloud.connection import Connection
from wordvectors.client.deployment import Account, Deployment, deployment_in
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

SOURCES = (*assembly.SOURCES, "Makefile", "constraints.txt")
PATIENCE_SECONDS = 600
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_QUESTION = re.compile(r"[^\n]*\(y/n\)")


@dataclass(frozen=True)
class Made:
    """What a command of the Makefile left.

    Attributes
    ----------
    status
        Its exit status.
    text
        All that it wrote to the terminal.
    asked
        Its questions, each of which was answered with y.
    """

    status: int
    text: str
    asked: list[str]


class Checkout:
    """A copy of the project in a folder, and one person's terminal there.

    Parameters
    ----------
    folder
        Is made.
    connection
        The account that the person's credentials are for.
    context
        What cdk.json has as context beside the project's own.
    settings
        What its settings are in place of the project's own.
    """

    def __init__(
        self, folder: Path, connection: Connection, context: dict[str, Any] | None = None, **settings: Any
    ) -> None:
        self.folder, self.connection = folder, connection
        self.environment = _shell(connection)
        folder.mkdir()
        for name in SOURCES:
            source = assembly.PROJECT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        (folder / ".venv").symlink_to(sys.prefix)
        self._cdk_json = json.loads((folder / "cdk.json").read_text())
        self._cdk_json["context"] |= {"wordvectors": {}} | (context or {})
        self.set(**settings)

    @property
    def stack(self) -> str:
        """The prefix of its stacks."""
        return self._settings.get("stack_prefix", "Wordvectors")

    @property
    def _settings(self) -> dict[str, Any]:
        return self._cdk_json["context"]["wordvectors"]

    def set(self, **settings: Any) -> None:
        """Change settings in cdk.json."""
        self._settings.update(settings)
        (self.folder / "cdk.json").write_text(json.dumps(self._cdk_json, indent=2))

    def make(self, target: str) -> Made:
        """Type `make TARGET`, and y to each question."""
        command = ["--old-file", ".venv/installed-cdk", target]  # of the environment that runs this test
        child = pexpect.spawn(
            "make",
            command,
            cwd=self.folder,
            env=self.environment,
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
            dimensions=(50, 200),
        )
        parts, asked = [], []
        while child.expect([_QUESTION, pexpect.EOF]) == 0:
            parts += [child.before, child.after]
            asked.append(_plain(child.after))
            child.sendline("y")
        child.close()
        return Made(child.exitstatus, _plain("".join([*parts, child.before])), asked)

    @property
    def deployment(self) -> Deployment:
        """What is deployed from here."""
        return deployment_in(Account(self.connection.session, self.connection.endpoint_url), self.stack)

    def run_of(self, key: str, *statuses: RunStatus) -> Run:
        """Wait for the run of a corpus to be in one of some statuses, or to have ended; return it."""
        runs, deadline = self.deployment.runs, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = next((run for run in runs.newest() if run.corpus_key == key), None)
            if found is not None and (found.status in statuses or found.status.is_final):
                return found
            time.sleep(0.3)
        raise AssertionError(f"waited {PATIENCE_SECONDS} s for the run of {key}")

    def wordvectors(self, *arguments: str) -> Any:
        """Return what a command of `wordvectors --target aws` prints as JSON."""
        ended = subprocess.run(
            [sys.executable, "-m", "wordvectors.cli", *arguments, "--target", "aws", "--stack", self.stack, "--json"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


def together(*commands: tuple[Checkout, str]) -> list[Made]:
    """Let several people type `make` at once."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda command: command[0].make(command[1]), commands))


def _shell(connection: Connection) -> dict[str, str]:
    """Return a shell's environment after `eval "$(wordvectors local status | grep export)"`."""
    of_this_test = ("PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "WORDVECTORS_HOME")
    left_out = {*connection.unwanted(), *of_this_test}
    own = {name: value for name, value in os.environ.items() if name not in left_out}
    return own | {"TERM": "xterm"} | connection.environment()


def _plain(text: str) -> str:
    return _ESCAPES.sub("", text).replace("\r", "")
