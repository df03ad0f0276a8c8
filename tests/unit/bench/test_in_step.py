"""Many threads, played by one: each in its turn, and everything once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench import in_step
from bench.scaling import zipf_corpus
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine import worker
from wordvectors.engine.worker import Worker


def test_threads_take_turns_until_all_is_trained(monkeypatch: pytest.MonkeyPatch):
    corpus, turns = zipf_corpus(20_000, 100), []
    monkeypatch.setattr(worker, "UNMERGED_IDS", 90)
    monkeypatch.setattr(
        Worker, "train", lambda self, start, end, rate, counter: turns.append((self, start, end, rate))
    )
    given = Hyperparameters.read({"mode": "cbow", "epochs": 2, "vector_dim": 4})
    in_step.train_in_step(corpus, given, 3, seed=1)
    turns = turns[1:]  # the first one only compiles
    trained = np.zeros(len(corpus.ids), int)
    for _, start, end, _ in turns:
        assert 0 < end - start < 30 + 21  # as many as a thread may, and on to the end of the sentence
        trained[start:end] += 1
    assert (trained == 2).all()
    assert [turn[0] for turn in turns[:6]] == [turn[0] for turn in turns[:3]] * 2
    assert len({turn[0] for turn in turns[:3]}) == 3
    assert turns[0][3] > turns[-1][3]


def test_scores_are_kept_by_mode_and_threads(tmp_path: Path):
    corpus, results = tmp_path / "my.txt", tmp_path / "in_step.json"
    corpus.write_text("king queen man woman dog cat\n" * 50)
    given = ["--corpus", str(corpus), "--results", str(results), "--modes", "cbow", "--threads", "1", "2"]
    assert in_step.main([*given, "--seeds", "1", "--epochs", "1"]) == 0
    runs = json.loads(results.read_text())
    assert [(run["mode"], run["threads"], run["seed"]) for run in runs] == [("cbow", 1, 1), ("cbow", 2, 1)]
    assert {"WS-353", "SimLex-999", "Google-analogies"} <= set(runs[0]["scores"])
    assert runs[0]["corpus"] == "my.txt: 300 words, 1 epochs, in step"
