"""PlanCleaning: what is started, once; what is rejected, with every fault."""

from __future__ import annotations

import json

import pytest

from tests.unit.conftest import BUCKET
from wordvectors.cleaning.order import CleaningLimits, cleaning_key
from wordvectors.lifecycle.limits import Limits

LIMITS = CleaningLimits(worker_type="G.1X", workers=4, max_workers=20, timeout_minutes=480, max_dpu_hours=20)
REQUEST = {"bucket": BUCKET, "key": "raw/blogs/_READY", "sequencer": "A1"}


@pytest.fixture
def plan(account, function, monkeypatch):
    monkeypatch.setenv("LIMITS", LIMITS.model_dump_json())
    monkeypatch.setenv("RUN_LIMITS", Limits(max_runs_per_day=2).model_dump_json())
    monkeypatch.setenv("DEFAULT_RECIPE", '{"min_tokens": 2}')
    account.put("raw/blogs/one.txt", b"text")
    module = function("plan_cleaning")
    return lambda request=REQUEST, execution="arn:one": module.plan_cleaning(request, execution)


def test_a_marker_starts_a_cleaning_of_what_it_orders(plan, account):
    account.put(REQUEST["key"], b'{"workers": 10, "recipe": {"lower": false}}')

    planned = plan()

    assert (planned["outcome"], planned["workers"], planned["minutes"]) == ("START", 10, 120)
    assert planned["arguments"] == {
        "--cleaning-id": planned["cleaning_id"],
        "--execution-arn": "arn:one",
    }
    key = cleaning_key(planned["cleaning_id"], "order.json")
    ordered = json.loads(account.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert ordered["name"] == "blogs"
    assert (ordered["order"]["recipe"]["lower"], ordered["order"]["recipe"]["min_tokens"]) == (False, 2)


def test_a_repeated_event_starts_nothing_and_a_repeated_step_goes_on(plan, account):
    account.put(REQUEST["key"], b"")

    assert plan()["outcome"] == "START"
    assert plan()["outcome"] == "START"
    assert plan(execution="arn:two")["outcome"] == "DUPLICATE"
    assert plan({**REQUEST, "sequencer": "A2"}, "arn:two")["outcome"] == "START"


def put_cleaned(account, name, cleaning):
    """Write a corpus as a cleaning of documents of a name leaves it."""
    account.put(cleaning_key(cleaning, "order.json"), json.dumps({"name": name, "order": {}}))
    account.s3.put_object(
        Bucket=BUCKET, Key="corpora/blogs.txt", Body=b"the cat", Metadata={"cleaning": cleaning}
    )


def test_a_corpus_that_a_cleaning_of_the_name_has_made_is_cleaned_anew(plan, account):
    account.put(REQUEST["key"], b"")
    put_cleaned(account, "blogs", "blogs-0123456789ab")

    assert plan()["outcome"] == "START"


@pytest.mark.parametrize(
    "made",
    [
        lambda account: account.put("corpora/blogs.txt", b"theirs"),
        lambda account: put_cleaned(account, "other", "other-0123456789ab"),
        lambda account: account.s3.put_object(
            Bucket=BUCKET, Key="corpora/blogs.txt", Body=b"theirs", Metadata={"cleaning": "../raw/blogs"}
        ),
        lambda account: account.s3.put_object(
            Bucket=BUCKET, Key="corpora/blogs.txt", Body=b"theirs", StorageClass="GLACIER"
        ),
    ],
)
def test_a_corpus_that_no_cleaning_of_the_name_has_made_is_left_alone(plan, account, made):
    account.put(REQUEST["key"], b"")
    account.put("raw/blogs/order.json", b'{"name": "blogs"}')
    made(account)

    planned = plan()

    assert planned["outcome"] == "REJECTED"
    assert (
        "s3://team-text/corpora/blogs.txt was not made by a cleaning of s3://team-text/raw/blogs/, and is not "
        "replaced: delete or rename it" in planned["reasons"][0]
    )


def test_documents_do_not_get_into_anothers_training_by_a_name_that_begins_with_its_key(plan, account):
    account.put("corpora/blogs.txt", b"theirs")
    account.put("raw/blogs.txt.more/a.txt", b"text")
    account.put("raw/blogs.txt.more/_READY", b"")

    planned = plan({**REQUEST, "key": "raw/blogs.txt.more/_READY"})

    assert planned["outcome"] == "REJECTED"
    assert "would be trained along with s3://team-text/corpora/blogs.txt" in planned["reasons"][0]


def test_no_more_cleanings_start_than_a_day_allows(plan, account):
    account.put(REQUEST["key"], b"")

    planned = [plan({**REQUEST, "sequencer": number}) for number in ("A1", "A2", "A1", "A3")]

    assert [each["outcome"] for each in planned] == ["START", "START", "START", "REJECTED"]
    assert "2 runs and cleanings a day at most" in planned[3]["reasons"][0]


def test_documents_in_an_archive_are_rejected_before_a_job_is_paid_for(plan, account):
    account.put(REQUEST["key"], b"")
    for name in ("a.txt", "b.txt"):
        account.s3.put_object(Bucket=BUCKET, Key=f"raw/blogs/{name}", Body=b"x", StorageClass="GLACIER")

    planned = plan()

    assert planned["outcome"] == "REJECTED"
    assert (
        "2 of the documents can't be read, the first of them: s3://team-text/raw/blogs/a.txt lies in an archive"
        in planned["reasons"][0]
    )


@pytest.mark.parametrize(
    ("request_", "marker", "sentence"),
    [
        (REQUEST, b'{"workers": 21}', "this deployment allows 20"),
        (REQUEST, b"{", "_READY is not JSON"),
        (
            REQUEST,
            b'{"workers": 2}' + b" " * 200_000,
            "_READY has 200,014 bytes; at most 100,000 are allowed",
        ),
        (REQUEST, None, "was deleted"),
        ({**REQUEST, "key": "raw/none/_READY"}, b"", "no documents under s3://team-text/raw/none/"),
        ({**REQUEST, "key": "raw/_READY"}, b"", "it must be raw/NAME/_READY"),
        ({**REQUEST, "bucket": "other"}, b"", "reads 'team-text' only"),
        ({}, None, "bucket None"),
    ],
)
def test_what_cannot_be_cleaned_is_rejected_with_a_sentence(plan, account, request_, marker, sentence):
    if marker is not None:
        account.put(request_["key"], marker)

    planned = plan(request_)

    assert planned["outcome"] == "REJECTED"
    assert sentence in "; ".join(planned["reasons"])
