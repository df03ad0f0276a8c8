"""The bench of the search: what is kept, what is trained again, and what its figures are of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import tuning
from wordvectors.blazingtext.eval_json import FILE_NAMES
from wordvectors.lifecycle.plan import TrainingPlan


def test_a_plan_is_trained_once_and_the_gain_is_of_the_repeats_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    corpus, results = tmp_path / "my.txt", tmp_path / "results" / "tuning.json"
    corpus.write_text("king queen man woman\n" * 50)
    trained: list[TrainingPlan] = []

    def train(self: tuning.Trainings, plan: TrainingPlan) -> tuning.Scored:
        trained.append(plan)
        learnt = plan.hyperparameters
        assert learnt.seed is not None
        assert learnt.threads == 1
        rho = 0.3 + learnt.window_size / 100 + learnt.seed % 100 / 1000
        score = {"spearmans_rho": rho, "not_found": 3, "total_pairs": 353}
        return {"scores": dict.fromkeys(FILE_NAMES.values(), score) | {"mean_rho": rho}, "seconds": 10.0}

    monkeypatch.setattr(tuning.Trainings, "_train", train)
    given = ["--corpus", str(corpus), "--words", "100", "--results", str(results), "--trials", "8"]
    assert tuning.main([*given, "--repetitions", "1"]) == 0
    first = len(trained)
    assert tuning.main([*given, "--repetitions", "2"]) == 0
    plans = [plan.canonical_json() for plan in trained]
    assert len(set(plans)) == len(plans) > first
    assert len(json.loads(results.read_text())["trainings"]) == len(plans)
    shown = capsys.readouterr().out
    # Beside the default window of 5, repeats 1, 2 and 3 add 0.002 on average.
    assert "0.3520" in shown
    assert "8 trials" in shown
    assert "0.039" in shown  # 8 jobs of 10 + 77 seconds, at $0.204 an hour


def test_results_of_another_corpus_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    corpus, results = tmp_path / "my.txt", tmp_path / "tuning.json"
    corpus.write_text("king queen\n" * 50)
    results.write_text('{"corpus": "other.txt", "words": 5, "trainings": []}')
    assert tuning.main(["--corpus", str(corpus), "--results", str(results)]) == 1
    assert "5 words of other.txt" in capsys.readouterr().out
    assert json.loads(results.read_text())["corpus"] == "other.txt"
