"""The four functions of a tuning, together with PlanRun: from an order to a verdict, and each way it may fail."""

from __future__ import annotations

import html
import json
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY, TABLE, Account
from tests.unit.lambdas.test_record_evaluation import archive
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.lifecycle.cost import KnownCost
from wordvectors.lifecycle.run import Changes, Evaluation, Run, SetScore, Training
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.tuning import Tuning

ARN = "arn:aws:states:eu-west-1:123456789012:execution:tuning:one"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:training"
KEY = "tunings/blogs.json"
ORDER = {"corpus": "blogs", "engine": "wordvectors", "trials": 4, "finalists": 1, "repeats": 2}


def trial_in(execution: str) -> str:
    """Return which trial an execution is of, such as `t1`."""
    return execution.split("-")[-2]


class States:
    """The training machine: an execution does what PlanRun does, and then waits to be told how it ends."""

    def __init__(self, plan_run: Any) -> None:
        self.plan_run = plan_run
        self.status: dict[str, str] = {}
        self.stopped: list[str] = []

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803
        assert stateMachineArn == MACHINE
        arn = f"{MACHINE.replace('stateMachine', 'execution')}:{name}"
        if arn in self.status:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists"}}, "StartExecution")
        self.status[arn] = "RUNNING"
        answer = self.plan_run.plan_run(json.loads(input), arn)
        if answer["outcome"] != "START":
            self.status[arn] = "SUCCEEDED"

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        if executionArn not in self.status:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
        return {"status": self.status[executionArn]}

    def stop_execution(self, *, executionArn: str, cause: str) -> None:  # noqa: N803
        if executionArn not in self.status:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "StopExecution")
        self.stopped.append(trial_in(executionArn))


class Stage:
    """The functions, and what a test does with them."""

    def __init__(self, account: Account, function: Any) -> None:
        self.account = account
        self.plan, self.advance, self.judge, self.close = (
            function(f"{step}_tuning") for step in ("plan", "advance", "judge", "close")
        )
        self.states = States(function("plan_run"))
        for module in (self.advance, self.close):
            module.trial_runs._client = self.states
        self.table = TuningTable(boto3.client("dynamodb"), TABLE)
        self.etag = ""

    def order(self, **changes: Any) -> dict[str, Any]:
        """Upload a corpus and an order, and return what PlanTuning answers."""
        self.account.put(CORPUS_KEY, CORPUS)
        self.etag = self.account.put(KEY, json.dumps({**ORDER, **changes}))
        return self.planned()

    def planned(self, sequencer: str = "A1", arn: str = ARN) -> dict[str, Any]:
        request = {"bucket": BUCKET, "key": KEY, "etag": self.etag, "sequencer": sequencer}
        return self.plan.handler({"input": request, "execution_arn": arn}, None)

    def step(self, tuning_id: str) -> dict[str, Any]:
        return self.advance.handler({"tuning_id": tuning_id}, None)

    def read(self, tuning_id: str) -> Tuning:
        return self.table.require(tuning_id)

    def open_runs(self) -> list[Run]:
        return [run for run in self.account.runs.newest() if not run.status.is_final]

    def end_runs(self, found: int = 300, status: RunStatus = RunStatus.COMPLETED) -> None:
        """End all runs that are open: a larger window scores better."""
        for run in self.open_runs():
            learnt = run.resolved_plan.hyperparameters
            rho = 0.5 + learnt.window_size / 100 + (learnt.seed or 1) / 1000
            changes = Changes(
                mean_rho=rho,
                cost=KnownCost(price_per_hour=0.2, currency="USD", price_date="d", most=4.9, actual=0.01),
                training=Training(billed_instance_seconds=60, job_name=run.job_name),
                evaluation=Evaluation(
                    sets={"WS-353": SetScore(spearmans_rho=rho, not_found=353 - found, total_pairs=353)}
                ),
            )
            for one in (RunStatus.TRAINING, RunStatus.EVALUATING, status):
                self.account.runs.advance(run.run_id, one, changes if one is RunStatus.EVALUATING else None)

    def searched(self, tuning_id: str) -> Tuning:
        """Play the search to its end."""
        for _ in range(40):
            if self.step(tuning_id)["outcome"] == "COMPLETED":
                return self.read(tuning_id)
            self.end_runs()
        raise AssertionError("it does not end")

    def closed(self, **state: Any) -> dict[str, Any]:
        event = {"state": state, "input": {}, "execution_arn": ARN, "started_at": "2026-11-29T12:00:00Z"}
        return self.close.handler(event, None)


@pytest.fixture
def stage(account: Account, function: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("POLL_SECONDS_MIN", "1")
    made = Stage(account, function)
    monkeypatch.setattr(made.close, "SETTLING_SECONDS", 0)
    return made


def test_a_garbled_answer_about_a_trial_is_asked_for_again(stage, monkeypatch):
    """The AWS SDK reads it as an empty one; the state machine invokes the function again."""
    tuning_id = stage.order()["tuning_id"]
    with monkeypatch.context() as patch:
        patch.setattr(stage.states, "describe_execution", lambda **request: {})
        with pytest.raises(TransientServiceError, match="lacks the status"):
            stage.step(tuning_id)
    stage.step(tuning_id)
    assert stage.open_runs()


@pytest.mark.parametrize("outcome", ["COMPLETED", "IN_PROGRESS"])
def test_a_search_whose_finalists_can_not_be_compared_is_completed(stage: Stage, outcome: str) -> None:
    """The outcome is that of the last step that succeeded: the search's, or a look at the first of the models."""
    name = stage.order()["tuning_id"]
    stage.searched(name)
    fault = {"Error": "AccessDenied", "Cause": '{"errorMessage": "no access"}'}
    assert stage.closed(tuning_id=name, outcome=outcome, verdict_error=fault)["status"] == "COMPLETED"
    assert "the finalists were not compared: " in stage.read(name).warnings[-1]


def test_an_order_becomes_a_verdict_that_is_told_once(stage: Stage, account: Account) -> None:
    name = stage.order()["tuning_id"]
    tuning = stage.searched(name)
    assert [trial.kind for trial in tuning.trials] == ["default", *["search"] * 3, *["repeat"] * 4]
    assert all(run.tuning == name for run in account.runs.newest())
    assert tuning.spent == pytest.approx(0.08)
    words = sorted(load_wordsim353()["WS-353"].words)
    for number, run in enumerate(account.runs.newest()):
        lines = [f"{word} {place % (number + 7)} {place % 11}" for place, word in enumerate(words)]
        text = "\n".join([f"{len(lines)} 2", *lines, ""]).encode()
        account.put(run.model_key, archive(vectors__txt=text))

    outcomes = [stage.judge.handler({"tuning_id": name}, None)["outcome"] for _ in range(5)]
    assert outcomes == [*["IN_PROGRESS"] * 4, "COMPLETED"]
    closed = stage.closed(tuning_id=name, outcome="COMPLETED")
    assert closed["status"] == stage.closed(tuning_id=name, outcome="COMPLETED")["status"] == "COMPLETED"

    (message,) = account.messages()
    verdict = stage.read(name).verdict
    assert verdict is not None
    assert verdict.sentence in message["Message"]
    page = account.s3.get_object(Bucket=BUCKET, Key=f"tunings/{name}/report.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert verdict.sentence in html.unescape(page["Body"].read().decode())
    (contrast,) = verdict.contrasts
    assert (contrast.pair_set, contrast.pairs) == ("WS-353", 352)


def test_the_same_upload_is_one_tuning_and_one_that_failed_is_tried_again(
    stage: Stage, account: Account
) -> None:
    first = stage.order()
    assert stage.planned() == first  # an answer was lost
    other = stage.planned(arn="another")
    assert (other["outcome"], other["tuning_id"]) == ("DUPLICATE", first["tuning_id"])

    stage.step(first["tuning_id"])
    stage.end_runs()
    stage.step(first["tuning_id"])
    stage.closed(tuning_id=first["tuning_id"], error={"Error": "KeyError", "Cause": "why"})
    for run in stage.open_runs():
        account.runs.advance(run.run_id, RunStatus.STOPPED)
    assert stage.planned(arn="another")["outcome"] == "DUPLICATE"
    again = stage.planned(sequencer="B2", arn="another")
    assert (again["outcome"], again["tuning_id"]) == ("START", f"{first['tuning_id']}-2")
    runs = len(stage.states.status)
    stage.step(again["tuning_id"])
    trials = stage.read(again["tuning_id"]).trials
    assert [(trial.was_reused, trial.again) for trial in trials] == [(True, False)] * 2 + [(False, True)] * 2
    assert (
        len(stage.states.status) - runs == 2
    )  # of those that were stopped, and nothing that was trained before


def test_all_faults_are_told_before_anything_starts(stage: Stage, account: Account) -> None:
    answer = stage.order(
        space={"window_size": {"low": 0, "high": 5}}, max_cost=0.01, trials=100, plan={"colour": 1}
    )
    assert answer["outcome"] == "REJECTED"
    assert [fault.split(" ")[0] for fault in answer["reasons"]] == [
        "colour",
        "hyperparameters.window_size",
        "100",
        "one",
    ]
    closed = stage.closed(tuning_id=answer["tuning_id"], outcome="REJECTED", reasons=answer["reasons"])
    assert closed["status"] == "REJECTED"
    assert "plan.resources.max_runtime_seconds to" in account.messages()[-1]["Message"]
    page = account.s3.get_object(Bucket=BUCKET, Key=f"tunings/{answer['tuning_id']}/report.html")[
        "Body"
    ].read()
    assert "REJECTED" in page.decode()
    assert "plan.resources.max_runtime_seconds to" in html.unescape(page.decode())
    assert stage.open_runs() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"plan": {"hyperparameters": {"learning_rate": 1e-300}}}, "hyperparameters.learning_rate is 1e-300"),
        ({"plan": {"tags": {"a": "\ud800"}}}, "tags"),
        ({"plan": {"tags": json.loads('{"a":' * 300 + "1" + "}" * 300)}}, "tags"),
        ({"space": {"epochs": {"low": 1, "high": 10**400}}}, "space.epochs is 1000"),
        ({"space": {"epochs": {"choices": [1, 10**60]}}}, "space.epochs is 1000"),
        (
            {"space": {"learning_rate": {"choices": [float("nan"), 0.1]}}},
            "space.learning_rate is not a finite number",
        ),
        ({"space": {"learning_rate": {"low": 1e-300, "high": 0.1, "log": True}}}, "learning_rate is 1e-300"),
        ({"objective": {"mean_rho": 1e-320}}, "objective.mean_rho is 1e-320"),
        ({"max_cost": 1e-320}, "max_cost is 1e-320"),
        ({"max_hours": 1e-320}, "max_hours is 1e-320"),
        ({"target": 1e-320}, "target is 1e-320"),
    ],
)
def test_an_order_that_the_table_can_not_hold_is_rejected(stage: Stage, changes: dict, said: str) -> None:
    answer = stage.order(**changes)
    assert answer["outcome"] == "REJECTED"
    assert said in answer["reasons"][0]


def test_an_own_set_that_could_rank_nothing_is_no_objective(stage: Stage) -> None:
    stage.account.put("evaluation/few.csv", "".join(f"w{n},v{n},{n}\n" for n in range(29)))
    answer = stage.order(objective="few")
    assert answer["outcome"] == "REJECTED"
    (reason,) = answer["reasons"]
    assert reason.startswith("objective names few, which has 29 pairs")


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        (KEY, "{", "not JSON"),
        (KEY, '{"corpus": "gone"}', "there is no object"),
        ("tunings/../x.json", "{}", "it must be tunings/NAME.json"),
    ],
)
def test_what_is_no_order_is_rejected(stage: Stage, account: Account, key: str, body: str, said: str) -> None:
    if key == KEY:
        stage.account.put(KEY, body)
    request = {"bucket": BUCKET, "key": key}
    answer = stage.plan.handler({"input": request, "execution_arn": ARN}, None)
    assert answer["outcome"] == "REJECTED"
    assert said in answer["reasons"][0]


def test_an_order_that_was_replaced_since_its_event_is_left_to_its_own(stage: Stage) -> None:
    stage.order()
    stage.account.put(KEY, json.dumps({**ORDER, "trials": 5}))
    assert stage.planned(sequencer="B2")["outcome"] == "SUPERSEDED"


def test_a_run_of_the_same_plan_that_somebody_else_began_is_the_trial(stage: Stage) -> None:
    name = stage.order()["tuning_id"]
    plan = stage.read(name).required_plan.model_dump(mode="json")
    stage.states.plan_run.plan_run({"bucket": BUCKET, "key": CORPUS_KEY, "plan": plan}, "uploaded")
    stage.step(name)
    first, second = stage.read(name).trials
    assert (first.was_reused, second.was_reused) == (True, False)
    assert len(stage.open_runs()) == 2


def test_a_run_that_overtakes_the_trial_is_the_trial(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    name = stage.order()["tuning_id"]
    plan = stage.read(name).required_plan.model_dump(mode="json")
    start = stage.states.start_execution

    def overtaken(**request: Any) -> None:
        if trial_in(request["name"]) == "t1":
            stage.states.plan_run.plan_run({"bucket": BUCKET, "key": CORPUS_KEY, "plan": plan}, "uploaded")
        start(**request)

    monkeypatch.setattr(stage.states, "start_execution", overtaken)
    stage.step(name)
    stage.step(name)
    assert stage.read(name).trials[0].was_reused
    assert len(stage.open_runs()) == 2


def test_a_step_that_ended_before_it_started_anything_is_made_up_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = stage.order()["tuning_id"]
    monkeypatch.setattr(stage.advance, "_start", lambda *_: None)
    stage.step(name)
    assert stage.states.status == {}
    monkeypatch.undo()
    stage.step(name)
    stage.step(name)
    assert [trial_in(arn) for arn in stage.states.status] == ["t1", "t2"]


def test_who_may_start_executions_can_not_take_the_name_of_a_trial_to_come(stage: Stage) -> None:
    name = stage.order()["tuning_id"]
    machine = MACHINE.replace("stateMachine", "execution")
    taken = [f"{machine}:{name}-t{number}" for number in (1, 2)]
    stage.states.status.update(dict.fromkeys(taken, "RUNNING"))
    stage.step(name)
    stage.step(name)

    assert [trial_in(arn) for arn in stage.states.status if arn not in taken] == ["t1", "t2"]
    assert len(stage.open_runs()) == 2


def test_of_two_steps_at_once_one_hands_out_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    name = stage.order()["tuning_id"]
    stale = stage.read(name)
    stage.step(name)
    monkeypatch.setattr(stage.advance.tuning_table, "require", lambda _: stale)
    assert stage.step(name)["outcome"] == "IN_PROGRESS"
    assert len(stage.open_runs()) == len(stage.read(name).trials) == 2


def test_an_execution_that_had_no_run_is_a_failed_trial(stage: Stage) -> None:
    name = stage.order(side_by_side=1)["tuning_id"]
    stage.states.plan_run = type("Broken", (), {"plan_run": lambda *_: {"outcome": "?"}})
    for _ in range(3):
        answer = stage.step(name)
        assert answer["outcome"] == "IN_PROGRESS"
    answer = stage.step(name)
    assert answer["outcome"] == "FAILED"
    assert answer["reason"].startswith("3 trials have no score; the last one: its execution ended before")


def test_an_objective_that_knows_few_pairs_ends_the_search_with_its_coverage(stage: Stage) -> None:
    name = stage.order()["tuning_id"]
    stage.step(name)
    stage.end_runs(found=12)
    answer = stage.step(name)
    assert (answer["outcome"], "12 of 353 pairs" in answer["reason"]) == ("FAILED", True)


def aborted(arn: str = ARN) -> dict[str, Any]:
    detail = {"executionArn": arn, "status": "ABORTED", "startDate": 1_000, "input": json.dumps({"key": KEY})}
    return {"detail-type": "Step Functions Execution Status Change", "detail": {**detail, "cause": "enough"}}


def test_a_trial_that_is_trained_keeps_its_training_when_the_tuning_is_stopped(
    stage: Stage, account: Account
) -> None:
    name = stage.order()["tuning_id"]
    stage.step(name)
    trained, training = stage.open_runs()
    for run, status in (
        (trained, RunStatus.TRAINING),
        (training, RunStatus.TRAINING),
        (trained, RunStatus.EVALUATING),
    ):
        account.runs.advance(run.run_id, status)
    event = aborted()
    event["detail"]["startDate"] = int(1000 * time.time())

    assert stage.close.handler(event, None)["status"] == "STOPPED"

    assert stage.states.stopped == [trial_in(training.execution_arn or "")]
    account.runs.advance(training.run_id, RunStatus.STOPPED)
    again = stage.planned(sequencer="B2", arn="another")["tuning_id"]
    stage.step(again)
    (waited_for,) = (trial for trial in stage.read(again).trials if trial.run_id == trained.run_id)
    assert (waited_for.was_reused, waited_for.status) == (True, "EVALUATING")


def test_stopping_a_tuning_stops_its_own_trials_and_starts_no_more(stage: Stage, account: Account) -> None:
    name = stage.order()["tuning_id"]
    stage.step(name)
    tuning = stage.read(name)
    event = aborted()
    event["detail"]["startDate"] = int(1000 * time.time())

    assert stage.close.handler(event, None)["status"] == "STOPPED"

    assert stage.states.stopped == ["t1", "t2"]
    assert [trial.status for trial in stage.read(name).trials] == ["STOPPED"] * 2
    assert stage.step(name)["outcome"] == "STOPPED"
    assert len(stage.states.status) == len(tuning.trials) == 2
    (message,) = account.messages()
    assert "has ended: STOPPED" in message["Message"]
    assert "enough" in message["Message"]
    page = account.s3.get_object(Bucket=BUCKET, Key=f"tunings/{name}/report.html")["Body"].read().decode()
    assert "STOPPED" in page
    assert "enough" in page


def test_a_page_that_cannot_be_written_is_told_and_keeps_nothing_from_its_end(
    stage: Stage, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = stage.order(repeats=0)["tuning_id"]
    stage.searched(name)
    stage.judge.handler({"tuning_id": name}, None)
    monkeypatch.setattr(stage.close.bucket, "name", "there-is-no-such-bucket")

    assert stage.closed(tuning_id=name, outcome="COMPLETED")["status"] == "COMPLETED"

    warning = stage.read(name).warnings[-1]
    assert warning.startswith(f"the page tunings/{name}/report.html could not be written: ")
    (message,) = account.messages()
    assert warning in message["Message"]
    assert "Verdict: " in message["Message"]


def test_what_was_being_started_while_it_was_stopped_is_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = stage.order()["tuning_id"]
    start = stage.states.start_execution

    def meanwhile(**request: Any) -> None:
        if not stage.states.status:
            stage.closed(tuning_id=name, error={"Error": "e", "Cause": "c"})
            stage.states.stopped.clear()
        start(**request)

    monkeypatch.setattr(stage.states, "start_execution", meanwhile)
    stage.step(name)
    assert stage.states.stopped == ["t1", "t2"]


def test_an_execution_that_ended_before_its_tuning_had_a_row_is_told_once(
    stage: Stage, account: Account
) -> None:
    for _ in range(2):
        answer = stage.closed(error={"Error": "States.Timeout", "Cause": ""})
    assert (answer["status"], answer["reason"]) == ("FAILED", "a step took longer than it may")
    assert len(account.messages()) == 1


def test_another_executions_tuning_is_left_alone(stage: Stage) -> None:
    name = stage.order()["tuning_id"]
    event = {"state": {"tuning_id": name, "outcome": "FAILED"}, "input": {}, "execution_arn": "another",
             "started_at": "2026-11-29T12:00:00Z"}  # fmt: skip
    stage.close.handler(event, None)
    assert stage.read(name).status == "SEARCHING"


def test_earlier_runs_of_the_corpus_are_told_to_the_search(stage: Stage, account: Account) -> None:
    account.put(CORPUS_KEY, CORPUS)
    for window in (3, 7):
        plan = {"engine": "wordvectors", "hyperparameters": {"window_size": window}}
        stage.states.plan_run.plan_run(
            {"bucket": BUCKET, "key": CORPUS_KEY, "plan": plan}, f"by hand {window}"
        )
    stage.end_runs()
    name = stage.order(from_runs=True, space={"window_size": {"low": 2, "high": 9}})["tuning_id"]
    assert [known.values["window_size"] for known in stage.read(name).known] == [7, 3]


def test_earlier_runs_without_a_mean_rho_are_told_to_the_search_the_best_first(
    stage: Stage, account: Account
) -> None:
    """A corpus in a language of which no English pair is known has none."""
    account.put(CORPUS_KEY, CORPUS)
    for window, right in ((3, 0.6), (7, 0.9), (5, 0.7)):
        plan = {"engine": "wordvectors", "hyperparameters": {"window_size": window}}
        stage.states.plan_run.plan_run({"bucket": BUCKET, "key": CORPUS_KEY, "plan": plan}, f"of {window}")
        (run,) = stage.open_runs()
        asked = SetScore(accuracy=right, not_found=0, total_questions=500)
        changes = Changes(evaluation=Evaluation(sets={"own-text": asked}))
        for status in (RunStatus.TRAINING, RunStatus.EVALUATING, RunStatus.COMPLETED):
            account.runs.advance(run.run_id, status, changes if status is RunStatus.EVALUATING else None)
    space = {"window_size": {"low": 2, "high": 9}}
    name = stage.order(from_runs=True, objective="own-text", space=space)["tuning_id"]
    assert [(known.values["window_size"], known.score) for known in stage.read(name).known] == [
        (7, 0.9), (5, 0.7), (3, 0.6),
    ]  # fmt: skip
