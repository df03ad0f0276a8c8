"""Commands of `wordvectors` that are at work when the local cloud is killed. Each must end all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SECONDS = 180
"""A command tries each request again for some seconds, and waits 90 for a run."""


class Commands:
    """The commands begun in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._running: list[subprocess.Popen[str]] = []

    def begin(self, *arguments: str) -> None:
        """Begin one."""
        self._running.append(
            subprocess.Popen(
                [sys.executable, "-m", "wordvectors.cli", *arguments],
                env={**os.environ, "WORDVECTORS_HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )

    def ended(self) -> bool:
        """Whether none runs any longer."""
        return all(command.poll() is not None for command in self._running)

    def faults(self) -> list[str]:
        """Wait for them, and return which ended otherwise than a command may, or not at all."""
        found = []
        for command in self._running:
            try:
                said, _ = command.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                command.kill()
                said, _ = command.communicate()
                found.append(f"a command did not return: {said[-500:]}")
            if "Traceback" in said or command.returncode not in (0, 1):
                found.append(f"a command ended with {command.returncode}: {said[-1500:]}")
        self._running = []
        return found
