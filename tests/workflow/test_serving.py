"""A word that no text has, answered from a trained model: by the command line, in Python, and over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

import wordvectors
from tests.faults.book import FaultBook
from tests.permissions import statements
from tests.workflow.conftest import Pipeline, command

TYPO = "dissapointedd"
TEXT = b"she was disappointed by the film\nhe was disappointing and they were disappointed too\n" * 60


@pytest.fixture(scope="module")
def run_id(pipeline: Pipeline) -> str:
    """A model with subwords, which was promoted."""
    settings = {"mode": "skipgram", "subwords": True, "epochs": 2, "vector_dim": 20, "min_count": 1}
    pipeline.put("plans/moods.json", {"hyperparameters": {**settings, "buckets": 2000}})
    pipeline.put("corpora/moods.txt", TEXT)
    run = pipeline.ended_run_of("corpora/moods.txt")
    assert run["status"] == "COMPLETED", run.get("reason")
    said = command(pipeline, "promote", run["run_id"])
    assert said.returncode == 0, said.stderr
    return run["run_id"]


@pytest.fixture(scope="module")
def url(pipeline: Pipeline) -> str:
    return pipeline.deployment.outputs["ServingUrl"]


def test_a_typo_has_the_same_neighbours_everywhere(pipeline, run_id, url, monkeypatch):
    here = command(pipeline, "neighbours", run_id, TYPO, "--json")
    assert here.returncode == 0, here.stderr
    there = command(pipeline, "neighbours", "@moods", TYPO, "--json", "--url", url)
    assert there.returncode == 0, there.stderr
    found = json.loads(here.stdout)[TYPO]
    assert found["origin"] == json.loads(there.stdout)[TYPO]["origin"] == "n-grams"
    words = [one["word"] for one in found["neighbours"]]
    assert words[0] == "disappointed"
    assert words == [one["word"] for one in json.loads(there.stdout)[TYPO]["neighbours"]]

    monkeypatch.setenv("WORDVECTORS_HOME", str(pipeline.home))
    assert [word for word, _ in wordvectors.load(run_id).most_similar(TYPO)] == words
    asked = wordvectors.connect(url, model="@moods")
    assert [word for word, _ in asked.most_similar(TYPO)] == words
    assert {one.name: one.promoted_as for one in asked.models()}[run_id] == ["@moods"]


def test_without_a_signature_nobody_is_answered(url):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{url}models", timeout=60)


def test_the_function_holds_just_what_its_answers_used(pipeline, run_id, url):
    """Each permission was asked for: without it, the questions above had found no answer."""
    asked = list(FaultBook(pipeline.home).access())
    held = [
        one
        for one in statements(pipeline.deployment.client("iam"), "Wordvectors-Pipeline")
        if "ServeModels" in one.role
    ]
    used = [question for question in asked if question["allowed"]]
    assert {one.action for one in held if one.is_used(used)} == {
        "s3:GetObject",
        "s3:ListBucket",
        "dynamodb:Query",
    }
    assert [one for one in held if not one.is_used(used) and not one.is_excused()] == []
