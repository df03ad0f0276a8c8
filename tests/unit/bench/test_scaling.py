"""The corpora of the scaling bench, and that each of its cases can be trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench import scaling
from wordvectors.engine import copies


def test_words_are_as_frequent_as_zipf_has_them():
    encoded = scaling.zipf_corpus(100_000, 1000)
    counts = encoded.vocabulary.counts
    assert (len(encoded.vocabulary.words), len(counts)) == (1000, 1000)
    assert (np.diff(counts) <= 0).all()
    assert counts[0] / counts[9] == pytest.approx((10 + scaling.OFFSET) / (1 + scaling.OFFSET), rel=0.1)
    assert (np.bincount(encoded.ids[encoded.ids >= 0], minlength=1000) + 1 == counts).all()
    assert (np.flatnonzero(encoded.ids < 0) % 21 == 20).all()


def test_large_vocabularies_train_for_a_minute_or_more():
    cases = scaling.large_cases()
    assert [case.words for case in cases] == [50_000, 1_000_000, 3_000_000]
    assert all(case.tokens * case.epochs >= 60 * scaling.EXPECTED[case.words] for case in cases)
    assert 18 < scaling.large_minutes(3) < 25


def test_cases_are_compared_with_the_usual_training(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(copies, "OWN_ROWS", copies.OWN_ROWS)  # put back at the end
    usual = scaling.Case("usual", 100, 2000, 100)
    threads = scaling.Case("2 threads", 10, 2000, 100, threads=2, own_rows=10)
    monkeypatch.setattr(scaling, "cases", lambda tokens, more: [usual, threads])
    results = tmp_path / "scaling.json"
    assert scaling.main(["--rounds", "2", "--results", str(results)]) == 0
    rows = json.loads(results.read_text())
    assert [(row["what"], row["value"]) for row in rows] == [("usual", 100), ("2 threads", 10)]
    assert all(0 < row["least_ratio"] <= row["ratio"] <= row["greatest_ratio"] for row in rows)
