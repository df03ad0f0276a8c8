"""The page of runs: what it says beside the table."""

from __future__ import annotations

from typing import Any

from tests.unit.pages.conftest import run_row
from wordvectors.lifecycle.run import Run
from wordvectors.pages.runs import runs_page

SENTENCE = "own-text can&#39;t compare runs of different texts, and these are of several."


def run(name: str, etag: str) -> Run:
    sets: dict[str, Any] = {"own-text": {"accuracy": 0.6, "not_found": 0, "total_questions": 1000}}
    return run_row(
        f"wv-{name}", corpus={"name": name, "etag": etag}, mean_rho=None, evaluation={"sets": sets}
    )


def test_runs_of_several_texts_are_no_order_by_their_own_questions():
    assert SENTENCE in runs_page([run("news", "e"), run("blogs", "f")])
    assert SENTENCE not in runs_page([run("news", "e"), run("the-same", "e")])
