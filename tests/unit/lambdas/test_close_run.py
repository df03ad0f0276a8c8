"""CloseRun: one final status, no job left running, one message; whoever calls and however often."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET, CORPUS_KEY
from tests.unit.lambdas.conftest import EXECUTION, RUN_ID, measurements, status_of
from wordvectors.aws.errors import TransientServiceError
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning, TuningStatus

REQUEST = {"bucket": BUCKET, "key": CORPUS_KEY}


@pytest.fixture
def stopped_jobs():
    return []


@pytest.fixture
def close(function, stopped_jobs, monkeypatch):
    module = function("close_run")
    monkeypatch.setattr(module.training_jobs, "stop", lambda name: stopped_jobs.append(name) or True)
    return module


def from_state(close, **state):
    """Call the function as the state machine does."""
    started = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    event = {"state": state, "execution_arn": EXECUTION, "started_at": started, "input": REQUEST}
    return close.handler(event, None)


def from_event(close, status, **detail):
    """Call the function as EventBridge does."""
    detail = {
        "executionArn": EXECUTION,
        "status": status,
        "startDate": int(time.time() * 1000) - 5_000,
        "input": json.dumps(REQUEST),
        **detail,
    }
    return close.handler({"detail-type": "Step Functions Execution Status Change", "detail": detail}, None)


def test_a_completed_run(account, close, run_in, stopped_jobs):
    run_in("EVALUATING", mean_rho=0.71)

    answer = from_state(close, run_id=RUN_ID, outcome="COMPLETED")

    assert answer == {"run_id": RUN_ID, "status": "COMPLETED", "reason": ""}
    assert status_of(account) == "COMPLETED"
    assert stopped_jobs == []
    (message,) = account.messages()
    assert message["Subject"] == f"wordvectors: COMPLETED {RUN_ID}"
    assert "mean_rho: 0.7100" in message["Message"]
    assert message["MessageAttributes"]["status"]["Value"] == "COMPLETED"


def test_a_rejected_run_is_told_with_all_reasons(account, close, run_in):
    reasons = ["vector_dim is 0", "colour is not a key of a plan"]
    run_in("PLANNED", reasons=reasons)

    answer = from_state(close, run_id=RUN_ID, outcome="REJECTED", reasons=reasons)

    assert answer["status"] == "REJECTED"
    (message,) = account.messages()
    assert all(reason in message["Message"] for reason in reasons)


@pytest.mark.parametrize("outcome", ["FAILED", "STOPPED"])
def test_a_job_that_failed_or_was_stopped(account, close, run_in, outcome):
    run_in("TRAINING")

    from_state(close, run_id=RUN_ID, outcome=outcome, reason="AlgorithmError: nothing to learn")

    run = account.row(RUN_ID)
    assert (run["status"], run["reason"]) == (outcome, "AlgorithmError: nothing to learn")
    assert "nothing to learn" in account.messages()[0]["Message"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            {
                "Error": "ClientError",
                "Cause": '{"errorMessage": "not authorized", "errorType": "ClientError"}',
            },
            "ClientError: not authorized",
        ),
        (
            {"Error": "QuotaTooSmall", "Cause": '{"errorMessage": "This account\'s quota is 0"}'},
            "This account's quota",
        ),
        ({"Error": "States.Timeout", "Cause": ""}, "a step took longer than it may"),
        ({"Error": "Lambda.Unknown", "Cause": "The process died"}, "Lambda.Unknown: The process died"),
        ({"Error": "States.Runtime"}, "States.Runtime"),
    ],
)
def test_a_caught_error_fails_the_run_and_stops_its_job(account, close, run_in, stopped_jobs, error, reason):
    run_in("TRAINING")

    answer = from_state(close, run_id=RUN_ID, error=error)

    assert answer["status"] == "FAILED"
    assert reason in account.row(RUN_ID)["reason"]
    assert stopped_jobs == [RUN_ID]


def test_the_job_that_is_stopped_is_the_runs_last(close, run_in, stopped_jobs):
    run_in("TRAINING", job_number=2)

    from_event(close, "ABORTED", cause="enough")

    assert stopped_jobs == [f"{RUN_ID}-j2"]


def test_a_run_that_is_aborted_while_it_waits_for_capacity_is_stopped(account, close, run_in, monkeypatch):
    monkeypatch.setattr(
        close.training_jobs, "stop", lambda name: False
    )  # its next job is still to be created
    run_in("QUEUED", job_number=2, waiting_for="capacity")

    from_event(close, "ABORTED", cause="`wordvectors stop` by ann")

    run = account.row(RUN_ID)
    assert (run["status"], run["reason"]) == (
        "STOPPED",
        "the execution was stopped: `wordvectors stop` by ann",
    )


def test_an_execution_of_an_earlier_version_ends_without_capacity(account, close, run_in):
    """Its state machine knows no way back to the queue."""
    run_in("QUEUED", job_number=2)

    from_state(close, run_id=RUN_ID, outcome="NO_CAPACITY", reason="SageMaker has no capacity")

    run = account.row(RUN_ID)
    assert (run["status"], run["reason"]) == ("FAILED", "SageMaker has no capacity")


def test_an_unknown_outcome_fails_the_run(account, close, run_in):
    run_in("TRAINING")

    assert from_state(close, run_id=RUN_ID, outcome="PERHAPS")["status"] == "FAILED"
    assert "PERHAPS" in account.row(RUN_ID)["reason"]


def test_an_aborted_execution_stops_its_run_and_says_why(account, close, run_in, stopped_jobs):
    run_in("TRAINING")

    from_event(close, "ABORTED", cause="asked for with `wordvectors stop`")

    run = account.row(RUN_ID)
    assert run["status"] == "STOPPED"
    assert "asked for with" in run["reason"]
    assert stopped_jobs == [RUN_ID]


def test_a_job_that_is_created_while_its_run_is_closed_is_stopped_too(account, close, run_in, monkeypatch):
    """StartTraining stops what it created for a closed run; before the run is closed it does not."""
    run_in("PLANNED")
    seen = []

    def stop(name):
        seen.append(status_of(account))
        return len(seen) == 2

    monkeypatch.setattr(close.training_jobs, "stop", stop)

    from_event(close, "ABORTED")

    assert seen == ["PLANNED", "STOPPED"]


def test_a_timed_out_execution_fails_its_run(account, close, run_in, stopped_jobs):
    run_in("TRAINING")

    from_event(close, "TIMED_OUT")

    assert status_of(account) == "FAILED"
    assert stopped_jobs == [RUN_ID]


def test_closing_a_closed_run_changes_nothing_and_tells_no_one_again(account, close, run_in, stopped_jobs):
    run_in("EVALUATING")
    from_state(close, run_id=RUN_ID, outcome="COMPLETED")
    account.messages()
    before = account.row(RUN_ID)

    answer = from_event(close, "FAILED", error="X", cause="late")

    assert answer["status"] == "COMPLETED"
    assert account.row(RUN_ID) == before
    assert account.messages() == []
    assert stopped_jobs == []


TUNING = "tuning-blogs-0123456789ab"
SECOND_TRIAL = f"{EXECUTION.rpartition(':')[0]}:{TUNING}-t2"


@pytest.fixture
def tuning(close, monkeypatch):
    """Have a tuning that has started two trials."""
    monkeypatch.setattr(close, "SETTLING_SECONDS", 0)
    names = [arn.rpartition(":")[2] for arn in (EXECUTION, SECOND_TRIAL)]
    trials = tuple(
        Trial(number=number, kind=TrialKind.SEARCH, execution=name) for number, name in enumerate(names)
    )
    close.tuning_table.claim(Tuning(tuning_id=TUNING, status=TuningStatus.SEARCHING, trials=trials))
    return TUNING


def test_of_a_trial_its_tuning_tells(account, close, run_in, tuning):
    run_in("EVALUATING", tuning=tuning)
    assert from_state(close, run_id=RUN_ID, outcome="COMPLETED")["status"] == "COMPLETED"
    request = json.dumps({**REQUEST, "tuning": tuning})
    died = from_event(close, "FAILED", executionArn=SECOND_TRIAL, input=request)

    assert account.row(died["run_id"])["tuning"] == tuning
    assert account.messages() == []


@pytest.mark.parametrize("named", [TUNING, "tuning-other-0123456789ab"])
def test_a_run_that_only_says_that_it_is_a_trial_is_told_of(account, close, tuning, named):
    request = json.dumps({**REQUEST, "tuning": named})
    from_event(close, "FAILED", executionArn=f"{EXECUTION}-other", input=request)

    assert len(account.messages()) == 1


def test_a_message_that_was_lost_is_sent_by_the_next_closing(account, close, run_in, monkeypatch):
    run_in("EVALUATING")

    def publish(run):
        raise RuntimeError("the function died here")

    with monkeypatch.context() as patched:
        patched.setattr(close.notifications, "run_ended", publish)
        with pytest.raises(RuntimeError):
            from_state(close, run_id=RUN_ID, outcome="COMPLETED")

    from_state(close, run_id=RUN_ID, outcome="COMPLETED")

    assert len(account.messages()) == 1


def test_an_execution_that_died_before_it_had_a_run_is_not_lost_from_sight(account, close):
    first = from_state(close, **REQUEST, error={"Error": "ClientError", "Cause": "denied"})
    second = from_event(close, "FAILED")

    assert first["run_id"] == second["run_id"]
    run = account.row(first["run_id"])
    assert (run["status"], run["corpus_key"]) == ("FAILED", CORPUS_KEY)
    assert len(account.messages()) == 1


def test_an_event_delivered_three_times_that_never_had_a_run_is_one_row_told_once(
    account, close, monkeypatch
):
    monkeypatch.setattr(close, "SETTLING_SECONDS", 0)

    def deliver(execution, **request):
        return from_event(
            close, "FAILED", executionArn=f"{EXECUTION}-{execution}", input=json.dumps({**REQUEST, **request})
        )["run_id"]

    assert len({deliver(number, sequencer="01") for number in range(3)}) == 1
    assert len(account.messages()) == 1

    assert len({deliver(4, sequencer="01"), deliver(5, sequencer="02"), deliver(6, again=True),
                deliver(7, again=True)}) == 4  # fmt: skip
    assert len(account.messages()) == 3


def test_a_job_that_cannot_be_stopped_does_not_keep_the_run_open(account, close, run_in, monkeypatch):
    run_in("TRAINING")

    def refuse(name):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "StopTrainingJob")

    monkeypatch.setattr(close.training_jobs, "stop", refuse)

    from_event(close, "ABORTED")

    run = account.row(RUN_ID)
    assert run["status"] == "STOPPED"
    assert "may still run" in run["reason"]
    assert "may still run" in account.messages()[0]["Message"]


def test_an_execution_stopped_without_a_reason_says_who_knows(account, close, run_in):
    run_in("TRAINING")

    from_event(close, "ABORTED")

    assert "CloudTrail knows who" in account.row(RUN_ID)["reason"]


COST = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-23", "most": 4.8}


def test_a_job_cut_short_by_an_abort_has_its_cost_reckoned(account, close, run_in):
    started = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    run_in("TRAINING", cost=COST, training={"started_at": started, "instance_count": 2})

    from_event(close, "ABORTED", cause="enough")

    cost = account.row(RUN_ID)["cost"]
    assert cost["actual"] == pytest.approx(1.2, abs=0.01)
    assert cost["estimated"] is True
    assert "Cost: about $1.20" in account.messages()[0]["Message"]


def test_a_job_that_had_ended_is_not_reckoned(account, close, run_in, monkeypatch):
    run_in("TRAINING", cost=COST, training={"started_at": "2026-11-23T00:00:00+00:00", "instance_count": 1})
    monkeypatch.setattr(close.training_jobs, "stop", lambda name: False)

    from_event(close, "ABORTED", cause="enough")

    assert account.row(RUN_ID)["cost"] == COST


def test_a_run_is_measured_once(account, close, run_in, capsys):
    run_in(
        "EVALUATING",
        mean_rho=0.71,
        cost={**COST, "actual": 0.04},
        progress={"words_per_second": 2e6},
        training={"billed_instance_seconds": 729},
    )
    from_state(close, run_id=RUN_ID, outcome="COMPLETED")
    from_event(close, "FAILED")

    counted, measured = measurements(capsys)
    assert counted["_aws"]["CloudWatchMetrics"] == [{
        "Namespace": "wordvectors",
        "Dimensions": [["deployment", "status"]],
        "Metrics": [{"Name": "RunsEnded", "Unit": "Count"}],
    }]  # fmt: skip
    assert (counted["deployment"], counted["status"], counted["RunsEnded"]) == ("Wordvectors", "COMPLETED", 1)
    assert measured["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["deployment"]]
    assert {name: measured[name] for name in ("MeanRho", "Cost", "WordsPerSecond", "BilledInstanceSeconds")} == {
        "MeanRho": 0.71, "Cost": 0.04, "WordsPerSecond": 2e6, "BilledInstanceSeconds": 729,
    }  # fmt: skip


def test_what_is_not_known_is_not_measured(account, close, run_in, capsys):
    run_in("PLANNED")

    from_state(close, run_id=RUN_ID, outcome="REJECTED", reasons=["no"])

    (counted,) = measurements(capsys)
    assert counted["status"] == "REJECTED"


@pytest.mark.parametrize(("state", "job"), [({}, RUN_ID), ({"job_name": f"{RUN_ID}-j2"}, f"{RUN_ID}-j2")])
def test_the_job_is_stopped_before_a_broken_table_is_asked(close, stopped_jobs, monkeypatch, state, job):
    def broken(name):
        raise TransientServiceError("the table does not answer")

    monkeypatch.setattr(close.run_table, "get", broken)

    with pytest.raises(TransientServiceError):
        from_state(close, run_id=RUN_ID, **state, error={"Error": "TransientServiceError", "Cause": "{}"})

    assert stopped_jobs == [job]


def test_a_stop_that_may_succeed_later_closes_the_run_and_is_tried_again(account, close, run_in, monkeypatch):
    def throttled(name):
        raise TransientServiceError("Rate exceeded")

    run_in("TRAINING")
    monkeypatch.setattr(close.training_jobs, "stop", throttled)

    for _ in range(2):
        with pytest.raises(TransientServiceError, match="could not be stopped"):
            from_state(close, run_id=RUN_ID, error={"Error": "KeyError", "Cause": "{}"})

    assert status_of(account) == "FAILED"
    assert "may still run" in account.row(RUN_ID)["reason"]
    assert len(account.messages()) == 1


def test_a_first_step_that_failed_after_its_claim_has_its_own_row_closed(account, close, run_in):
    """The state machine does not know the run's id then."""
    run_in("PLANNED")

    answer = from_state(close, error={"Error": "ClientError", "Cause": "{}"})

    assert answer["run_id"] == RUN_ID
    assert [run.status for run in account.runs.newest()] == ["FAILED"]


@pytest.mark.parametrize(
    ("facts", "status"),
    [({"artifacts": {"model": "m"}}, "COMPLETED"), ({"reasons": ["a fault"]}, "REJECTED"), ({}, "FAILED")],
)
def test_when_the_closing_failed_the_run_gets_the_status_it_had_earned(account, close, run_in, facts, status):
    run_in("EVALUATING" if "artifacts" in facts else "PLANNED", **facts)

    from_event(close, "FAILED", error="RunNotClosed", cause="the function was throttled")

    assert status_of(account) == status


def test_a_report_that_failed_leaves_a_completed_run_and_a_warning(account, close, run_in, stopped_jobs):
    run_in("EVALUATING", mean_rho=0.7, artifacts={"model": "m"}, warnings=["few words"])
    fault = {"Error": "VectorsFileError", "Cause": '{"errorMessage": "line 3 is broken"}'}

    answer = from_state(close, run_id=RUN_ID, outcome="COMPLETED", report_error=fault)

    assert answer == {"run_id": RUN_ID, "status": "COMPLETED", "reason": ""}
    run = account.row(RUN_ID)
    assert run["warnings"] == ["few words", "there is no report: VectorsFileError: line 3 is broken"]
    assert "reason" not in run
    assert stopped_jobs == []
    assert len(account.messages()) == 1


def test_a_report_whose_answer_was_lost_is_there(account, close, run_in):
    run_in("EVALUATING", artifacts={"model": "m", "report": "s3://b/report.html"})

    from_state(
        close, run_id=RUN_ID, outcome="COMPLETED", report_error={"Error": "States.Timeout", "Cause": ""}
    )

    run = account.row(RUN_ID)
    assert (run["status"], run.get("warnings")) == ("COMPLETED", None)
    assert "Report: s3://b/report.html" in account.messages()[0]["Message"]


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_an_execution_that_failed_in_its_report_has_a_completed_run(account, close, run_in, status):
    """Step Functions' own errors, such as an answer it can't read, no Catch takes."""
    run_in("EVALUATING", artifacts={"model": "m"})

    from_event(close, status, error="States.Runtime", cause="an answer that is none")

    run = account.row(RUN_ID)
    assert run["status"] == "COMPLETED"
    assert run["warnings"][0].startswith("there is no report: ")


def test_an_execution_that_is_stopped_in_its_report_is_stopped(account, close, run_in):
    run_in("EVALUATING", artifacts={"model": "m"})

    from_event(close, "ABORTED", cause="enough")

    assert status_of(account) == "STOPPED"


VICTIM = "arn:aws:states:eu-west-1:123456789012:execution:machine:victim"


def test_a_run_is_closed_by_its_own_execution_alone(account, close, run_in, stopped_jobs, monkeypatch):
    """A caller may name any run in an execution's input; that must not end it."""
    monkeypatch.setattr(close, "SETTLING_SECONDS", 0)
    run_in("TRAINING", execution_arn=VICTIM)

    answer = from_state(close, run_id=RUN_ID, error={"Error": "ValueError", "Cause": "{}"})

    assert status_of(account) == "TRAINING"
    assert answer["run_id"] != RUN_ID
    assert RUN_ID not in stopped_jobs
    assert all(RUN_ID not in message["Subject"] for message in account.messages())


def test_a_row_made_for_the_same_request_is_the_first_executions(account, close, monkeypatch):
    monkeypatch.setattr(close, "SETTLING_SECONDS", 0)
    error = {"Error": "ValueError", "Cause": "{}"}
    name = from_state(close, error=error)["run_id"]
    account.messages()
    first = account.row(name)

    monkeypatch.setattr("tests.unit.lambdas.test_close_run.EXECUTION", VICTIM)

    assert from_state(close, error=error)["run_id"] == name
    assert account.row(name) == first
    assert account.messages() == []


def test_a_row_that_names_no_execution_stands_in_no_ones_way(account, close, run_in, monkeypatch):
    monkeypatch.setattr(close, "SETTLING_SECONDS", 0)
    run_in("TRAINING")
    account.claim({"run_id": "wv-old", "status": "PLANNED"})

    assert from_event(close, "ABORTED")["run_id"] == RUN_ID
    assert account.row("wv-old")["status"] == "PLANNED"
