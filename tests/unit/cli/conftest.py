"""The command line with a faked account behind it."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import boto3
import pytest

from tests.unit.conftest import BUCKET, CORPUS_KEY
from wordvectors.cli import main, target
from wordvectors.client.deployment import Deployment
from wordvectors.runs.plan import resolve_plan
from wordvectors.runs.run import Run


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


def trained(
    account: Any,
    run_id: str,
    vectors: str,
    plan: dict[str, Any] | None = None,
    vectors_bin: bytes = b"x",
    **more: Any,
) -> str:
    """Write a completed run, and its model into the bucket."""
    row = {
        "run_id": run_id,
        "status": "COMPLETED",
        "execution_arn": "arn:aws:states:::execution",
        "corpus_key": CORPUS_KEY,
        "corpus": {"bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "bytes": 1_000_000},
        "plan": resolve_plan(plan or {}).model_dump(mode="json"),
        **more,
    }
    account.claim(row)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {
            "vectors.bin": vectors_bin,
            "eval.json": b"{}",
            "vectors.txt": vectors.encode(),
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    account.put(Run.of_row(row).model_key, buffer.getvalue())
    return run_id
