"""A corpus's best run: by mean_rho, and where that ranks none by the text's own questions."""

from __future__ import annotations

from typing import Any

from tests.unit.pages.conftest import run_row
from tests.unit.pages.test_page import Page
from wordvectors.lifecycle.run import Run
from wordvectors.pages.texts import HeldCorpus, texts_page

CORPUS = {"bucket": "team-text", "key": "corpora/news.txt", "name": "news", "bytes": 9_000_000}


def run(run_id: str, etag: str, **scored: Any) -> Run:
    row = run_row(run_id, corpus_key="corpora/news.txt", corpus={**CORPUS, "etag": etag}, **scored)
    return Run.of_row({name: value for name, value in row.to_json().items() if value is not None})


def own_text(run_id: str, etag: str, share: float) -> Run:
    sets = {"own-text": {"accuracy": share, "found": 1000, "total_questions": 1000}}
    return run(run_id, etag, mean_rho=None, evaluation={"sets": sets})


def shown(*runs: Run) -> str:
    return Page(texts_page([HeldCorpus("news", 9_000_000, runs, None)], [], [])).text


def test_the_best_run_is_one_that_can_be_ranked():
    of_this = own_text("wv-low", "now", 0.6), own_text("wv-high", "now", 0.7)
    assert "wv-highown-text 0.7000 [" in " ".join(
        shown(*of_this, own_text("wv-before", "before", 0.9)).split()
    )
    assert "wv-generalmean_rho 0." in " ".join(shown(*of_this, run("wv-general", "before")).split())
    assert "own-text" not in shown(run("wv-none", "now", mean_rho=None, evaluation={"sets": {}}))
