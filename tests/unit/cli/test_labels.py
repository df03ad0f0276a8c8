"""Notes and tags on runs, and runs found by them."""

from __future__ import annotations

import json

import pytest

from tests.unit.conftest import trained
from wordvectors.lifecycle.labels import MOST_NOTE, MOST_TAGS

ONE, TWO = "wv-blogs-000000000001", "wv-blogs-000000000002"


@pytest.fixture
def two(account):
    for run_id in (ONE, TWO):
        trained(account, run_id, "1 2\nking 1 0\n", {"tags": {"team": "search"}})


def found(run, *options: str) -> list[str]:
    status, out, err = run("runs", "--json", *options)
    assert status == 0, err
    return sorted(each["run_id"] for each in json.loads(out))


def test_runs_are_found_by_note_and_tags(run, two, account):
    assert run("note", ONE, "Für die Suche, von Änne")[0] == 0
    run("tag", ONE, "good", "für-suche")
    run("tag", ONE, "de")
    run("tag", TWO, "good")

    assert found(run, "--tag", "good") == [ONE, TWO]
    assert found(run, "--tag", "good", "--tag", "für-suche") == [ONE]
    assert found(run, "--tag", "good", "--note", "änne") == [ONE]
    assert found(run, "--note", "nobody") == []
    table = run("runs")[1]
    assert "de für-suche good" in table
    assert "Für die Suche, von Änne" in run("show", ONE)[1]
    assert account.runs.require(ONE).plan.tags == {"team": "search"}

    said = run("tag", ONE, "--remove", "good", "was-never-there")[1]
    assert f"{ONE} did not have was-never-there. {ONE} has the tags de, für-suche." == " ".join(said.split())
    assert "did not have" not in run("tag", ONE, "--remove", "de")[1] + run("tag", ONE, "de")[1]
    assert f"{ONE} did not have" in run("tag", ONE, "--remove", "\udcff", "")[1]
    run("note", ONE)
    assert found(run, "--tag", "good") == [TWO]
    assert "Note" not in run("show", ONE)[1]


def test_what_can_not_be_written(run, two, account):
    for command, fault in {
        ("tag", ONE, "two words"): "'two words' is no tag",
        ("tag", ONE, "x" * 65): "1 to 64 letters",
        ("note", ONE, "two\nlines"): "holds a line break",
        ("note", ONE, "x" * (MOST_NOTE + 1)): "has 1,001 characters",
    }.items():
        status, _, err = run(*command)
        assert (status, fault in " ".join(err.split())) == (1, True), err
    run("tag", ONE, *(f"t{number}" for number in range(MOST_TAGS)))
    assert "at most 20 are allowed" in run("tag", ONE, "t1", "more")[2]
    assert run("tag", ONE, "t1")[0] == 0
    assert len(account.runs.require(ONE).tags) == MOST_TAGS
    assert account.runs.require(ONE).note is None
