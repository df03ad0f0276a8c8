"""Inputs of executions and plans, whatever is in them: a row with a sentence, never an exception."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY
from wordvectors.lifecycle.keys import is_corpus_key, run_id, stored_key
from wordvectors.lifecycle.messages import ending_text
from wordvectors.lifecycle.plan import InvalidPlan, parse_plan, resolve_plan
from wordvectors.lifecycle.run import Run
from wordvectors.plain_text import plain

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:machine:one"
STARTED = "2026-11-23T09:00:00.000Z"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=15,
)
SECTIONS = st.sampled_from(["hyperparameters", "resources", "evaluation", "tags", "colour"])
KEYS = st.sampled_from(
    ["mode", "vector_dim", "epochs", "instance_type", "instance_count", "sets", "spot", "x"]
)
PLANS = st.dictionaries(SECTIONS, ANY_JSON | st.dictionaries(KEYS, ANY_JSON, max_size=4), max_size=4)
within = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def json_value(value: object) -> object:
    """Return a value as a function gets it: through JSON."""
    return json.loads(json.dumps(value))


@given(PLANS)
@settings(max_examples=300, deadline=None)
def test_any_plan_is_resolved_or_refused_fault_by_fault(plan):
    try:
        resolved = resolve_plan(json_value(plan))
    except InvalidPlan as refused:
        assert refused.faults
        assert all(isinstance(fault, str) and fault for fault in refused.faults)
        return
    assert resolve_plan(resolved.model_dump(mode="json")) == resolved


@given(st.binary(max_size=200) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_plan_file_is_read_or_refused(content):
    try:
        assert isinstance(parse_plan(content), dict)
    except InvalidPlan as refused:
        assert refused.faults


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, '{"a": 1' + "0" * 5_000 + "}", '{"a": 1e999}', "\ufeff{}"]
)
def test_a_plan_that_breaks_parsers_is_refused(text):
    with pytest.raises(InvalidPlan):
        resolve_plan(parse_plan(text))


@given(
    st.text(max_size=80),
    st.text(alphabet="0123456789abcdef", min_size=12, max_size=64),
    st.integers(1, 10_000),
)
@settings(max_examples=300, deadline=None)
def test_a_run_id_is_a_job_name_and_a_part_of_a_path_whatever_the_key(name, digits, attempt):
    found = run_id(prefix="wv", key=f"corpora/{name}.txt", fingerprint=digits, attempt=attempt)

    assert set(found) <= set(string.ascii_lowercase + string.digits + "-")
    assert len(found) <= 63
    assert not found.endswith("-")
    assert "--" not in found


@pytest.mark.parametrize(
    "key",
    ["corpora/../models/x.txt", "corpora/a/../b.txt", "corpora//x.txt", "corpora/./x.txt", "corpora/a/", "corpora/.txt",
     "corpora/x\n.txt", "corpora/\x1b[31mx.txt", "corpora/\u202etxt.txt", f"corpora/{'x' * 2_000}.txt",
     "corpora/\ud800.txt", "models/x.txt", "/corpora/x.txt", "CORPORA/x.txt"],
)  # fmt: skip
def test_a_key_that_leads_elsewhere_is_no_corpus(key):
    assert not is_corpus_key(key)
    assert 0 < len(stored_key(key).encode()) <= 2_048


@pytest.fixture
def plan_run(account, function):
    return function("plan_run")


@pytest.fixture
def close_run(account, function, monkeypatch):
    module = function("close_run")
    monkeypatch.setattr(module, "SETTLING_SECONDS", 0)
    monkeypatch.setattr(module.training_jobs, "stop", lambda name: False)
    return module


@given(ANY_JSON)
@within
def test_any_input_of_an_execution_is_answered(plan_run, given_input):
    answer = plan_run.handler({"input": json_value(given_input), "execution_arn": EXECUTION}, None)

    assert answer["outcome"] in ("REJECTED", "DUPLICATE")


@given(st.fixed_dictionaries({}, optional={
    "bucket": st.just(BUCKET) | ANY_JSON, "key": st.just(CORPUS_KEY) | st.text(max_size=50) | ANY_JSON,
    "etag": ANY_JSON, "plan": ANY_JSON | PLANS, "again": ANY_JSON,
}))  # fmt: skip
@within
def test_any_request_is_answered(account, plan_run, request_):
    account.put(CORPUS_KEY, CORPUS)

    answer = plan_run.handler({"input": json_value(request_), "execution_arn": EXECUTION}, None)

    assert answer["outcome"] in ("START", "REJECTED", "DUPLICATE", "SUPERSEDED")
    assert len(json.dumps(answer)) < 100_000


def test_a_key_that_leads_elsewhere_is_rejected_and_nothing_is_read_or_written_there(account, plan_run):
    account.put("models/x.json", '{"resources": {"instance_count": 2}}')
    request = {"bucket": BUCKET, "key": "corpora/../models/x.txt", "etag": "0" * 32}

    answer = plan_run.handler({"input": request, "execution_arn": EXECUTION}, None)

    assert answer["outcome"] == "REJECTED"
    assert "corpora/NAME.txt" in answer["reasons"][0]
    written = [entry["Key"] for entry in account.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert [key for key in written if not key.startswith("prices/")] == ["models/x.json"]


@pytest.mark.parametrize(
    "plan",
    [{f"unknown-{number}": 1 for number in range(4_000)}, {"x" * 90_000: 1}, {"tags": {"a": "\x1b[31m" * 9_000}},
     {"resources": {"instance_type": "ml." + "x" * 90_000}}, {"hyperparameters": {"mode": ["y" * 90_000]}},
     {"x" * 200_000: 1}],
    ids=["many", "long name", "long value", "instance type", "mode", "too large"],
)  # fmt: skip
def test_what_is_said_of_a_huge_plan_fits_everywhere(account, plan_run, close_run, plan):
    """DynamoDB takes 400 KB, SNS and Step Functions 256 KB, a Fail state's cause 32,768 characters."""
    account.put(CORPUS_KEY, CORPUS)
    request = {"bucket": BUCKET, "key": CORPUS_KEY, "plan": plan}

    answer = plan_run.handler({"input": request, "execution_arn": EXECUTION}, None)
    closed = close_run.handler(
        {
            "state": answer,
            "input": {"bucket": BUCKET, "key": CORPUS_KEY},
            "execution_arn": EXECUTION,
            "started_at": STARTED,
        },
        None,
    )

    assert answer["outcome"] == "REJECTED"
    assert closed["status"] == "REJECTED"
    assert len(json.dumps(answer)) < 250_000
    assert len(closed["reason"]) <= 32_768
    (message,) = account.messages()
    assert len(message["Message"].encode()) < 250_000
    assert "\x1b" not in message["Message"]


@pytest.mark.parametrize(
    "error", ["x" * 1_000_000, json.dumps({"errorMessage": "y" * 1_000_000}), "\x1b[2J\r\n\x07\ud800", ""]
)
@pytest.mark.parametrize("shape", ["state", "event"])
def test_any_error_closes_a_run(account, close_run, shape, error):
    request = {"bucket": BUCKET, "key": CORPUS_KEY}
    if shape == "state":
        event = {"state": {"error": {"Error": "KeyError", "Cause": error}}, "input": request,
                 "execution_arn": EXECUTION, "started_at": STARTED}  # fmt: skip
    else:
        event = {"detail-type": "Step Functions Execution Status Change",
                 "detail": {"executionArn": EXECUTION, "status": "ABORTED", "startDate": 1_795_000_000_000,
                            "input": json.dumps(request), "error": None, "cause": error}}  # fmt: skip

    answer = close_run.handler(event, None)

    assert answer["status"] in ("FAILED", "STOPPED")
    assert len(answer["reason"]) < 3_000
    assert plain(answer["reason"], 5_000) == answer["reason"]
    assert len(account.messages()) == 1


@given(ANY_JSON, st.sampled_from(["state", "event"]))
@within
def test_any_input_can_be_closed(close_run, given_input, shape):
    value = json_value(given_input)
    if shape == "state":
        event = {"state": {"error": {"Error": "E", "Cause": "c"}}, "input": value, "execution_arn": EXECUTION,
                 "started_at": STARTED}  # fmt: skip
    else:
        event = {"detail-type": "Step Functions Execution Status Change",
                 "detail": {"executionArn": EXECUTION, "status": "TIMED_OUT", "startDate": 1_795_000_000_000,
                            "input": json.dumps(value)}}  # fmt: skip

    assert close_run.handler(event, None)["status"] in ("FAILED", "STOPPED")


def test_a_message_has_a_fact_a_line_whatever_a_reason_says():
    run = Run.of_row(
        {
            "run_id": "wv-x-0123456789ab",
            "status": "FAILED",
            "corpus": {"bucket": "b", "key": "corpora/x.txt"},
            "reason": plain("it failed\nModel: s3://elsewhere/model.tar.gz\r\n\x1b[31m"),
        }
    )

    assert sum(line.startswith("Model:") for line in ending_text(run).splitlines()) == 0
