"""Pages beside the list: runs compared; corpora, cleanings and tunings."""

from __future__ import annotations

import json
import re

import pytest

from tests.unit.conftest import trained
from tests.unit.pages.runs import FAILED, FIRST, HOSTILE
from tests.unit.tuning.tunings import planned
from tests.unit.ui.serving import said

A, B = "wv-blogs-aaaaaaaaaaaa", "wv-blogs-bbbbbbbbbbbb"
NEWS_BEST = "wv-news-000000000018"
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


def test_corpora_cleanings_and_tunings_stand_beside_the_runs(site, account):
    etag = account.put("corpora/wiki.txt", "a text")
    account.put("corpora/news.txt", "x" * 2_000)
    run = {"run_id": "wv-counted", "status": "COMPLETED", "corpus_key": "corpora/wiki.txt"}
    counted = {"lines": 1_234, "tokens": 56_789, "counted_bytes": 6}
    account.claim(
        {**run, "corpus": {"etag": etag, "bytes": 6, "counted": counted, "sample": {"language": "en"}}}
    )
    report = {
        "status": "FAILED", "corpus": "corpora/new.txt", "documents": 4_321, "bad_documents": 99, "reason": HOSTILE,
    }  # fmt: skip
    account.put("cleaning/new-0123456789ab/report.json", json.dumps(report))
    account.put("cleaning/new-0123456789ab/order.json", "{}")
    account.put("cleaning/begun-0123456789ab/order.json", "{}")
    account.put("cleaning/broken-0123456789ab/report.json", "[")
    site.server.site.place.tunings.claim(planned())

    page = site.ask("texts")

    assert page.status == 200
    assert HOSTILE not in page.text
    rows = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in page.text.split("<tr>")]
    assert any("wiki 6 bytes 1,234 lines, 56,789 words, language en 3" in row for row in rows), rows
    assert any(f"news 2.0 kB 3 {NEWS_BEST}" in row for row in rows), rows
    assert any("new-0123456789ab failed corpora/new.txt 4,321 99" in row for row in rows)
    assert any("begun-0123456789ab no report yet" in row for row in rows)
    assert any("broken-0123456789ab no report yet" in row and "be read" in row for row in rows)
    assert any("tuning-blogs-0123456789ab searching" in row for row in rows)
    tuning = site.ask(re.findall('href="(tuning/[^"]*)"', page.text)[0])
    assert tuning.status == 200
    assert "blogs" in said(tuning)
    assert "sandbox allow-scripts allow-downloads" in tuning.headers["Content-Security-Policy"]
    assert site.ask("tuning/tuning-nowhere").status == 404


def test_where_there_is_nothing_that_is_said(site):
    assert "There is none yet" in said(site.ask("texts"))
