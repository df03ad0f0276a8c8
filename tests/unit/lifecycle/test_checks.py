"""What is said of an upload, by what can be seen of it."""

from __future__ import annotations

import json

import pytest

from wordvectors.lifecycle.checks import Content, GivenPlan, Place, Upload, judge
from wordvectors.lifecycle.cost import PriceUnknown
from wordvectors.lifecycle.limits import Limits

TEXT = b"the cat sat on the mat\n" * 50_000
PLAN = GivenPlan(b'{"resources": {"volume_gb": 2}}')


def content(size: int) -> Content:
    """Return a corpus of so many bytes, made up as it is read."""
    return Content(size, lambda start, length: TEXT[start % 23 :][:length])


def place(*, price_must_be_known: bool = True, **limits) -> Place:
    def price_of(instance_type):
        raise PriceUnknown("nobody answers")

    return Place(
        "team-text", {}, Limits(**limits), price_of, list, lambda sets: ({}, []), price_must_be_known
    )


@pytest.mark.parametrize("where", [None, place()])
def test_a_corpus_that_does_not_fit_on_its_volume_is_refused_with_and_without_a_deployment(where):
    upload = Upload(PLAN, bucket="team-text", key="corpora/a.txt", content=content(52_000_000))

    (fault,) = judge(upload, where).faults

    assert "resources.volume_gb is 2" in fault
    assert "set resources.volume_gb to" in fault


def test_a_ceiling_refuses_an_unknown_price_for_whoever_must_know_it():
    assert "price is unknown" in judge(Upload(GivenPlan()), place(max_run_cost=1)).faults[0]
    assert judge(Upload(GivenPlan()), place(max_run_cost=1, price_must_be_known=False)).faults == []


def test_words_between_other_blanks_are_one_word_to_the_check_as_to_the_trainer():
    text = "\u3000".join(f"w{number % 5}" for number in range(50)).encode()
    upload = Upload(
        GivenPlan(),
        key="corpora/a.txt",
        content=Content(len(text), lambda start, length: text[start:][:length]),
    )

    assert "no word of the corpus occurs min_count=5 times" in judge(upload, None).faults[0]


def test_what_an_account_without_more_quota_is_refused_is_a_warning():
    plan = GivenPlan(b'{"resources": {"max_runtime_seconds": 432001, "volume_gb": 1025}}')

    verdict = judge(Upload(plan), None)

    assert verdict.faults == []
    assert [warning.partition(" is ")[0] for warning in verdict.warnings] == [
        "resources.max_runtime_seconds", "resources.volume_gb",
    ]  # fmt: skip
    assert "AWS gives an account 432,000 seconds unless it asked for more" in verdict.warnings[0]


@pytest.mark.parametrize(("most", "warned"), [(60, True), (86_400, False)])
def test_a_training_that_is_expected_to_be_cut_off_is_a_warning(most, warned):
    plan = {"resources": {"max_runtime_seconds": most}, "hyperparameters": {"epochs": 50_000}}
    upload = Upload(
        GivenPlan(json.dumps(plan).encode()),
        bucket="team-text",
        key="corpora/a.txt",
        content=content(len(TEXT)),
    )

    verdict = judge(upload, place())

    assert verdict.faults == []
    cut_off = "it may take about 1 h 51 min, but resources.max_runtime_seconds ends it after 1 min"
    assert [cut_off in warning for warning in verdict.warnings if "max_runtime" in warning] == [True] * warned


def test_spot_capacity_has_a_quota_of_its_own():
    resources = {"spot": True, "max_runtime_seconds": 3600, "instance_count": 5}

    (warning,) = judge(Upload(GivenPlan(json.dumps({"resources": resources}).encode())), None).warnings

    assert (
        "4 instances unless it asked for more (quota 'Number of instances across spot training jobs'"
        in warning
    )


@pytest.mark.parametrize(("size", "faulty"), [("xlarge", True), ("4xlarge", False)])
def test_a_type_with_storage_of_its_own_has_no_other(size, faulty):
    resources = {"instance_type": f"ml.g4dn.{size}", "volume_gb": 1000}
    plan = json.dumps({"resources": resources, "hyperparameters": {"mode": "skipgram"}}).encode()
    upload = Upload(GivenPlan(plan), key="corpora/a.txt", content=content(140 << 30))

    faults = judge(upload, None).faults

    assert [fault for fault in faults if "trains on its own 125 GB of storage" in fault] == faults[
        : int(faulty)
    ]
