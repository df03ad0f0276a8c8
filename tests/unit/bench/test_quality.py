"""Scores over seeds: what is kept, what is trained again, and how a difference is judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import quality
from bench.contenders import Contender


def test_what_was_scored_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    corpus, results = tmp_path / "my.txt", tmp_path / "results" / "quality.json"
    corpus.write_text("king queen man woman\n" * 50)
    trained = []

    def measure(
        self: Contender,
        corpus: Path,
        tokens: int,
        threads: int,
        number: int,
        settings,
        vectors: Path,
        unknown,
    ):
        trained.append((self.name, settings.title, threads, number))
        vectors.write_text("4 2\nking 1 0\nqueen 1 1\nman 0 1\nwoman 0.5 1\n")

    monkeypatch.setattr(Contender, "measure", measure)
    given = ["--corpus", str(corpus), "--results", str(results), "--contenders", "wordvectors"]
    given += ["--modes", "cbow"]
    assert quality.main([*given, "--seeds", "1"]) == 0
    assert quality.main([*given, "--seeds", "2"]) == 0
    assert trained == [("wordvectors", "cbow", 2, 0), ("wordvectors", "cbow", 2, 1)]
    runs = json.loads(results.read_text())
    assert [(run["contender"], run["threads"], run["seed"]) for run in runs] == [
        ("wordvectors", 2, 1),
        ("wordvectors", 2, 2),
    ]
    assert {"WS-353", "SimLex-999", "Google-analogies"} <= set(runs[0]["scores"])
    assert runs[0]["corpus"] == "my.txt: 200 words, 5 epochs"


def test_other_programs_train_skipgram_once_for_batch_skipgram_too():
    key = {"corpus": "a", "mode": "skipgram", "threads": 2, "seed": 1}
    known = [{**key, "contender": name, "scores": {"WS-353": 0.5}} for name in ("gensim", "wordvectors")]
    assert quality._twin({**key, "contender": "gensim", "mode": "batch_skipgram"}, known) == {"WS-353": 0.5}
    assert quality._twin({**key, "contender": "wordvectors", "mode": "batch_skipgram"}, known) is None
    assert quality._twin({**key, "contender": "gensim", "mode": "cbow"}, known) is None
    assert quality._twin({**key, "contender": "gensim", "mode": "batch_skipgram", "seed": 2}, known) is None


def test_a_difference_is_told_in_its_standard_errors():
    assert quality.distance([0.66, 0.64], [0.60, 0.58]) == pytest.approx(0.06 / 0.02**0.5 / 0.1)
    assert quality.distance([0.6], [0.5, 0.4]) == 0.0
