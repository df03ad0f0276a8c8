"""The product from Python: what the command line answers, as values."""

from __future__ import annotations

import inspect
import sys

import boto3
import pandas
import pytest

import wordvectors
from tests.unit.conftest import TABLE, trained
from tests.unit.tuning.tunings import planned
from wordvectors import api
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.client import evaluating
from wordvectors.client.deployment import Deployment
from wordvectors.client.models import NoModel
from wordvectors.lifecycle.outputs import Output
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.verdict import Verdict

VECTORS = "4 2\nking 1 0\nqueen 0.9 0.1\napple 0 1\npear 0.1 0.9\n"
ONE, TWO = "wv-blogs-000000000001", "wv-blogs-000000000002"
SCORES = {"WS-353": {"spearmans_rho": 0.6, "not_found": 53, "total_pairs": 353, "coverage": 0.85}}


@pytest.fixture
def pipeline(account, session, outputs, monkeypatch, tmp_path):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path / "home"))
    deployment = Deployment(boto3.DEFAULT_SESSION, None, outputs)
    monkeypatch.setattr(api, "connect", lambda *where: deployment)
    return wordvectors.pipeline()


@pytest.fixture
def two(account):
    trained(
        account, ONE, VECTORS, {"hyperparameters": {"epochs": 3}}, mean_rho=0.6, evaluation={"sets": SCORES}
    )
    trained(
        account, TWO, VECTORS, {"hyperparameters": {"epochs": 9}}, mean_rho=0.5, evaluation={"sets": SCORES}
    )


@pytest.mark.parametrize(
    "name", ["load", "connect", "pipeline", "train", "runs", "best", "compare", "evaluate"]
)
def test_an_editor_is_told_what_a_call_returns(name):
    assert inspect.signature(getattr(wordvectors, name)).return_annotation not in (
        "Any",
        inspect.Signature.empty,
    )


def test_runs_are_a_table_with_their_hyperparameters_and_how_sure_scores_are(pipeline, two):
    table = pipeline.runs(by="mean_rho")

    assert list(table["run_id"]) == [ONE, TWO]
    assert list(table["epochs"]) == [3, 9]
    assert list(table["WS-353"]) == [0.6, 0.6]
    first = table.iloc[0]
    for name in ("mean_rho", "WS-353"):
        assert first[f"{name}_low"] < first[name] < first[f"{name}_high"]
        assert first[f"{name}_coverage"] == pytest.approx(300 / 353)
        assert first[f"{name}_doubt"] is None
    assert isinstance(pipeline.runs(corpus="none"), pandas.DataFrame)


def test_without_pandas_runs_are_a_list(pipeline, two, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert [run.run_id for run in pipeline.runs(status=["completed"], by="mean_rho")] == [ONE, TWO]


def test_runs_are_found_by_note_and_tags(pipeline, two):
    labels = pipeline.deployment.labels
    labels.note(ONE, "Für die Suche")
    labels.tag(ONE, ["good", "de"])
    labels.tag(TWO, ["good"])

    def found(**wanted) -> list[str]:
        return sorted(run.run_id for run in pipeline.list_runs(**wanted))

    assert found(tag="good") == [ONE, TWO]
    assert found(tag=["good", "de"]) == found(note="suche", tag=()) == [ONE]
    assert found(note="nobody", tag="good") == []


def test_what_is_misspelt_or_missing_is_no_other_question(pipeline, two):
    with pytest.raises(TypeError, match="unknown: corpos; known are corpus, status"):
        pipeline.list_runs(corpos="blogs")
    with pytest.raises(ValueError, match="status is 'nosuch'; it is one of PLANNED"):
        pipeline.runs(status="nosuch")
    with pytest.raises(ValueError, match="limit is -1"):
        pipeline.list_runs(limit=-1)
    assert len(pipeline.list_runs(status="completed")) == 2
    with pytest.raises(ValueError, match="1 is given"):
        pipeline.compare(ONE)


def test_the_best_run_is_asked_for_its_vectors(pipeline, two):
    best = pipeline.best("blogs")

    assert (best.run_id, best.status) == (ONE, RunStatus.COMPLETED)
    assert str(best) == repr(best) == f"<Run {ONE}: COMPLETED, mean_rho 0.6000 [0.52, 0.67] 85%>"
    assert pipeline.run("wv-blogs-000000000001") == best
    assert pipeline.load(best).most_similar("king", topn=1)[0][0] == "queen"


def test_runs_are_compared(pipeline, two):
    compared = pipeline.compare(ONE, pipeline.run(TWO), probes=["king"])

    assert [run.run_id for run in compared.runs] == [ONE, TWO]
    assert compared.plan_differences == {"hyperparameters.epochs": [3, 9]}
    assert compared.neighbours["king"].overlap_with_first == [1.0]


def test_the_package_itself_asks_the_local_cloud(pipeline, two, monkeypatch):
    monkeypatch.setattr(evaluating, "invoke", lambda *asked: {"faults": [], "sets": {}})

    assert list(wordvectors.runs(by="mean_rho").run_id) == [ONE, TWO]
    assert wordvectors.best("blogs").run_id == ONE
    assert wordvectors.compare(ONE, TWO, probes=["king"]) == pipeline.compare(ONE, TWO, probes=["king"])
    assert wordvectors.evaluate(ONE, "SimLex-999").run_id == ONE


@pytest.mark.parametrize("name", ["train", "runs", "best", "compare", "evaluate"])
def test_the_package_takes_what_a_pipeline_takes(name):
    own, of_pipeline = (inspect.signature(getattr(place, name)) for place in (wordvectors, api.Pipeline))
    ways = {way.name: way.default for way in own.parameters.values()}
    taken = {way.name: way.default for way in of_pipeline.parameters.values()}
    assert ways.items() <= taken.items()


def test_a_model_is_scored_by_the_deployments_function(pipeline, two, monkeypatch):
    asked = []

    def invoke(deployment, step, event):
        asked.append((step, event))
        return {"faults": ["own can't be read"] if "own" in event["sets"] else [], "sets": {}}

    monkeypatch.setattr(evaluating, "invoke", invoke)

    assert pipeline.evaluate(ONE, ["SimLex-999"]).run_id == ONE
    assert asked == [(Output.RECORD_EVALUATION, {"run_id": ONE, "sets": ["SimLex-999"]})]
    with pytest.raises(evaluating.NotEvaluated, match="own can't be read"):
        pipeline.evaluate(ONE, ["own"])


def test_a_tuning_stands_for_the_run_that_it_recommends(pipeline, two, monkeypatch):
    tuning = planned()
    table = TuningTable(boto3.client("dynamodb"), TABLE)
    table.claim(tuning)
    with pytest.raises(NoModel, match="has no verdict: it is SEARCHING"):
        pipeline.load(tuning.tuning_id)
    verdict = Verdict.model_construct(run_id=TWO, sentence="It is better.", best=1)
    monkeypatch.setattr(TuningTable, "matching", lambda table, wanted: [tuning.but(verdict=verdict)])
    monkeypatch.setattr(evaluating, "invoke", lambda *asked: {"faults": [], "sets": {}})

    assert pipeline.load(tuning.tuning_id).most_similar("king", topn=1)[0][0] == "queen"
    assert pipeline.evaluate(tuning.tuning_id, ["SimLex-999"]).run_id == TWO
    verdict = verdict.model_copy(update={"run_id": "wv-blogs-00000000000f"})
    with pytest.raises(NoModel, match="recommends wv-blogs-00000000000f, which was removed"):
        pipeline.load(tuning.tuning_id)


def test_what_is_refused_says_all_that_the_command_line_says(pipeline, two, tmp_path):
    corpus = tmp_path / "my.txt"
    corpus.write_text("the cat sat on the mat\n" * 100)
    with pytest.raises(api.Refused) as refused:
        pipeline.train(corpus, epochs=0, resources={"volume_gb": 0})
    assert len(refused.value.faults) == 2
    assert "epochs" in str(refused.value)
    assert "volume_gb" in str(refused.value)

    with pytest.raises(api.Refused, match="There is no run none"):
        pipeline.run("none")
    with pytest.raises(ValueError, match="target is 'gcp'; it is 'local' or 'aws'"):
        wordvectors.pipeline("gcp")


def test_keywords_are_a_plans_sections_and_hyperparameters():
    assert api.plan_text({}) is None
    assert api.plan_text({"epochs": 5, "hyperparameters": {"mode": "cbow"}, "tags": {"team": "nlp"}}) == (
        b'{"hyperparameters": {"mode": "cbow", "epochs": 5}, "tags": {"team": "nlp"}}'
    )


def test_a_hyperparameter_is_given_once(pipeline, tmp_path):
    with pytest.raises(
        ValueError, match="given both in hyperparameters and beside it: epochs; give each once"
    ):
        pipeline.train(tmp_path / "my.txt", hyperparameters={"epochs": 3, "mode": "cbow"}, epochs=4)


def test_a_corpus_is_a_path(pipeline):
    with pytest.raises(TypeError, match="the corpus is 3; it must be the path of a text file"):
        pipeline.train(3)


def test_a_followed_run_that_has_no_model_is_an_error_that_holds_it(pipeline, monkeypatch, tmp_path):
    ended = Run.of_row({"run_id": ONE, "status": "FAILED", "reason": "the disk was full"})
    monkeypatch.setattr("wordvectors.cli.train.submit", lambda *_, **given: ended)
    with pytest.raises(api.TrainingFailed, match=f"{ONE} ended as FAILED: the disk was full") as failed:
        pipeline.train(tmp_path / "my.txt")
    assert failed.value.run is ended
    assert pipeline.train(tmp_path / "my.txt", follow=False) is ended
