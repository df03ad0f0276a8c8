"""The command line with a faked account behind it."""

from __future__ import annotations

import boto3
import pytest

from wordvectors.cli import main, target
from wordvectors.client.deployment import Deployment


@pytest.fixture
def run(account, session, outputs, monkeypatch, tmp_path, capsys):
    """Run a command: `run("runs", "--json")` gives exit status, standard output and standard error."""
    monkeypatch.setattr(target, "connect", lambda **where: Deployment(boto3.DEFAULT_SESSION, None, outputs))
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path / "home"))

    def call(*arguments: str):
        monkeypatch.setattr("sys.argv", ["wordvectors", *arguments])
        status = 0
        capsys.readouterr()
        try:
            main()
        except SystemExit as ended:
            status = ended.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call
