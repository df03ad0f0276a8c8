"""PlanCleaning: what is started, once; what is rejected, with every fault."""

from __future__ import annotations

import json

import pytest

from tests.unit.conftest import BUCKET
from wordvectors.cleaning.order import CleaningLimits, cleaning_key

LIMITS = CleaningLimits(worker_type="G.1X", workers=4, max_workers=20, timeout_minutes=480, max_dpu_hours=20)
REQUEST = {"bucket": BUCKET, "key": "raw/blogs/_READY", "sequencer": "A1"}


@pytest.fixture
def plan(account, function, monkeypatch):
    monkeypatch.setenv("LIMITS", LIMITS.model_dump_json())
    monkeypatch.setenv("DEFAULT_RECIPE", '{"min_tokens": 2}')
    account.put("raw/blogs/one.txt", b"text")
    module = function("plan_cleaning")
    return lambda request=REQUEST, execution="arn:one": module.plan_cleaning(request, execution)


def test_a_marker_starts_a_cleaning_of_what_it_orders(plan, account):
    account.put(REQUEST["key"], b'{"workers": 10, "recipe": {"lower": false}}')

    planned = plan()

    assert (planned["outcome"], planned["workers"], planned["minutes"]) == ("START", 10, 120)
    assert planned["arguments"] == {"--cleaning-id": planned["cleaning_id"]}
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


@pytest.mark.parametrize(
    ("request_", "marker", "sentence"),
    [
        (REQUEST, b'{"workers": 21}', "this deployment allows 20"),
        (REQUEST, b"{", "neither empty nor JSON"),
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
