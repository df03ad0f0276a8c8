"""Pages beside the list: runs compared."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import trained
from tests.unit.pages.runs import FAILED, FIRST
from tests.unit.ui.serving import said

A, B = "wv-blogs-aaaaaaaaaaaa", "wv-blogs-bbbbbbbbbbbb"
VECTORS = "3 2\nking 1 0\nqueen 0.9 0.1\napple 0 1\n"


@pytest.fixture
def models(account, monkeypatch, tmp_path):
    """Two runs with models."""
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path / "home"))
    for run_id, dim in ((A, 2), (B, 3)):
        trained(account, run_id, VECTORS, {"hyperparameters": {"vector_dim": dim}})


def test_runs_are_compared_as_the_command_does_it(site, models):
    page = site.ask(f"compare?run={A}&run={B}")

    assert page.status == 200
    text = said(page)
    for words in (
        "Runs compared",
        A,
        B,
        "hyperparameters.vector_dim",
        "Differences are against the first run",
    ):
        assert words in text
    assert 'href="./"' in page.text


def test_what_cant_be_compared_is_said(site, models):
    for query, reason in (
        ("", "Choose 2 to 8 runs"),
        (f"?run={A}&run={A}", "Choose 2 to 8 runs"),
        ("?" + "&".join(f"run=wv-{number}" for number in range(9)), "Choose 2 to 8 runs"),
        (f"?run={A}&run=../x", "is not there any more"),
        (f"?run={A}&run={FAILED}", "is FAILED: it has no model"),
        (f"?run={A}&run={FIRST}", "there is no object"),
    ):
        answer = site.ask(f"compare{query}")
        assert answer.status == 404
        assert reason in said(answer)
    assert site.ask(f"compare?run={A}&run={B}", Cookie=None).status == 403
