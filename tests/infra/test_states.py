"""The state machines as others read the states language: AWS's schema, and a second interpreter.

The local cloud runs them by moto's interpreter. Here `aws-local-stepfunctions`, which shares no code with it, plays
each way through both: functions answer as told, and every transition of the definition must have been taken.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from infra.node import bundled_node
from tests.infra.conftest import Assembly
from tests.infra.templates import machine
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.tuning.tuning import TuningStatus

PLAYER = Path(__file__).parent / "states" / "play.mjs"
INTERPRETER = Path(sys.prefix, "states", "package.json")
"""Where `make` installs it; Node looks beside this file."""

LONGEST = 2**31 // 1000 - 1
"""Seconds. The second interpreter keeps a time-out as 32 bits of milliseconds, and makes 1 ms of a longer one."""

ASKED = {"bucket": "b", "key": "corpora/a.txt", "run_id": "another's", "outcome": "COMPLETED"}
"""An execution's input, of which a caller hopes that the pipeline takes it for its own state."""

Definition = dict[str, Any]
Answer = dict[str, Any]
Call = tuple[str, Answer]


@dataclass(frozen=True)
class Play:
    """The calls that a machine must make, in order, each with its answer; and how it must end."""

    calls: tuple[Call, ...]
    end: str
    cause: str | None = None
    retried: int = 0

    @property
    def answers(self) -> dict[str, list[Answer]]:
        """What each task answers, call by call."""
        answers: dict[str, list[Answer]] = {}
        for task, answer in self.calls:
            answers.setdefault(task, []).append(answer)
        return answers


@dataclass(frozen=True)
class Told:
    """What the second interpreter did."""

    entered: list[str]
    calls: list[tuple[str, dict[str, Any]]]
    retried: int
    output: Any = None
    error: str | None = None
    cause: str | None = field(default=None)


def played(definition: Definition, plays: list[Play]) -> list[Told]:
    """Play them all in one process of Node."""
    bounded = copy.deepcopy(definition)
    for limited in (bounded, *bounded["States"].values()):
        if "TimeoutSeconds" in limited:
            limited["TimeoutSeconds"] = min(limited["TimeoutSeconds"], LONGEST)
    answers = [play.answers for play in plays]
    told = subprocess.run(
        [bundled_node(), PLAYER, INTERPRETER],
        input=json.dumps({"definition": bounded, "input": ASKED, "plays": answers}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stderr == ""
    return [Told(**one) for one in json.loads(told.stdout)]


def gives(**payload: Any) -> Answer:
    """A function's answer, as Lambda's integration hands it over."""
    return {"result": {"Payload": payload}}


def fails(error: str, cause: str = "why") -> Answer:
    return {"error": error, "cause": cause}


UNEXPECTED = fails("KeyError")

PLANNED: Call = ("PlanRun", gives(outcome=Outcome.START, run_id="r", reasons=[]))
STARTED: Call = ("StartTraining", gives(run_id="r", wait_seconds=30))
RECORDED: Call = ("RecordEvaluation", gives(run_id="r", outcome=Outcome.COMPLETED))
RENDERED: Call = ("RenderReport", gives(run_id="r", outcome=Outcome.COMPLETED))


def plan_says(outcome: str) -> Call:
    return "PlanRun", gives(outcome=outcome, run_id="r", reasons=[])


def poll_says(outcome: str) -> Call:
    return "PollTraining", gives(run_id="r", outcome=outcome, reason="", wait_seconds=30)


def closed(status: RunStatus) -> Call:
    return "CloseRun", gives(run_id="r", status=status, reason="a reason")


TRAINED = (PLANNED, STARTED, poll_says(Outcome.COMPLETED))
FAILED = (closed(RunStatus.FAILED),)
TRAININGS = {
    "trained": Play(
        (
            *(PLANNED, STARTED, poll_says(Outcome.IN_PROGRESS), poll_says(Outcome.COMPLETED)),
            *(RECORDED, RENDERED, closed(RunStatus.COMPLETED)),
        ),
        "Completed",
    ),
    "seen before": Play((plan_says(Outcome.DUPLICATE),), "NothingToDo"),
    "replaced": Play((plan_says(Outcome.SUPERSEDED),), "NothingToDo"),
    "rejected": Play((plan_says(Outcome.REJECTED), closed(RunStatus.REJECTED)), "Rejected", "a reason"),
    "planned as nobody knows": Play((plan_says("?"), *FAILED), "Failed", "a reason"),
    "not planned": Play((("PlanRun", UNEXPECTED), *FAILED), "Failed", "a reason"),
    "not started": Play((PLANNED, ("StartTraining", UNEXPECTED), *FAILED), "Failed", "a reason"),
    "not polled": Play((PLANNED, STARTED, ("PollTraining", UNEXPECTED), *FAILED), "Failed", "a reason"),
    "no instances at first": Play(
        (
            *(PLANNED, STARTED, poll_says(Outcome.NO_CAPACITY), STARTED, poll_says(Outcome.COMPLETED)),
            *(RECORDED, RENDERED, closed(RunStatus.COMPLETED)),
        ),
        "Completed",
    ),
    "job failed": Play((PLANNED, STARTED, poll_says(Outcome.FAILED), *FAILED), "Failed", "a reason"),
    "job stopped": Play(
        (PLANNED, STARTED, poll_says(Outcome.STOPPED), closed(RunStatus.STOPPED)), "Stopped", "a reason"
    ),
    "job as nobody knows": Play((PLANNED, STARTED, poll_says("?"), *FAILED), "Failed", "a reason"),
    "not recorded": Play((*TRAINED, ("RecordEvaluation", UNEXPECTED), *FAILED), "Failed", "a reason"),
    "no report": Play(
        (*TRAINED, RECORDED, ("RenderReport", UNEXPECTED), closed(RunStatus.COMPLETED)), "Completed"
    ),
    "not closed": Play((plan_says(Outcome.REJECTED), ("CloseRun", UNEXPECTED)), "NotClosed", "why"),
}  # fmt: skip

CLEANING = gives(
    outcome=Outcome.START, cleaning_id="c", reasons=[], arguments={"--cleaning": "c"},
    workers=2, worker_type="G.1X", minutes=10, tries=0,
)  # fmt: skip
ORDERED: Call = ("PlanCleaning", CLEANING)
CLEANED: Call = ("CleanDocuments", {"result": {"JobRunState": "SUCCEEDED"}})
THROTTLED: Call = ("CleanDocuments", fails("Glue.AWSGlueException", "Rate exceeded (Service: Glue)"))


def order_says(outcome: str) -> Call:
    return "PlanCleaning", gives(outcome=outcome, cleaning_id="c", reasons=[])


def cleaning_closed(status: Outcome) -> Call:
    return "CloseCleaning", gives(cleaning_id="c", status=status, reason="a reason")


NOT_CLEANED = (cleaning_closed(Outcome.FAILED),)
CLEANINGS = {
    "cleaned": Play((ORDERED, CLEANED, cleaning_closed(Outcome.COMPLETED)), "Completed"),
    "seen before": Play((order_says(Outcome.DUPLICATE),), "NothingToDo"),
    "rejected": Play((order_says(Outcome.REJECTED), cleaning_closed(Outcome.REJECTED)), "Rejected", "a reason"),
    "not planned": Play((("PlanCleaning", UNEXPECTED), *NOT_CLEANED), "Failed", "a reason"),
    "throttled": Play((ORDERED, THROTTLED, THROTTLED, CLEANED, cleaning_closed(Outcome.COMPLETED)), "Completed"),
    "throttled for ever": Play((ORDERED, *[THROTTLED] * 13, *NOT_CLEANED), "Failed", "a reason"),
    "refused": Play(
        (ORDERED, ("CleanDocuments", fails("Glue.AWSGlueException", "no")), *NOT_CLEANED), "Failed", "a reason"
    ),
    "job failed": Play(
        (ORDERED, ("CleanDocuments", fails("States.TaskFailed")), *NOT_CLEANED), "Failed", "a reason"
    ),
    "stopped": Play((ORDERED, CLEANED, cleaning_closed(Outcome.STOPPED)), "Stopped", "a reason"),
    "not closed": Play((ORDERED, CLEANED, ("CloseCleaning", UNEXPECTED)), "NotClosed", "why"),
}  # fmt: skip

ORDER: Call = ("PlanTuning", gives(outcome=Outcome.START, tuning_id="t", reasons=[]))
SEARCHED: Call = ("AdvanceTuning", gives(outcome=Outcome.COMPLETED, tuning_id="t"))
READING: Call = ("JudgeTuning", gives(outcome=Outcome.IN_PROGRESS, tuning_id="t"))
JUDGED: Call = ("JudgeTuning", gives(outcome=Outcome.COMPLETED, tuning_id="t"))


def tuning_plan_says(outcome: str) -> Call:
    return "PlanTuning", gives(outcome=outcome, tuning_id="t", reasons=[])


def advance_says(outcome: str) -> Call:
    return "AdvanceTuning", gives(tuning_id="t", outcome=outcome, reason="", wait_seconds=30)


def tuning_closed(status: TuningStatus) -> Call:
    return "CloseTuning", gives(tuning_id="t", status=status, reason="a reason")


NOT_TUNED = (tuning_closed(TuningStatus.FAILED),)
TUNINGS = {
    "tuned": Play(
        (
            *(ORDER, advance_says(Outcome.IN_PROGRESS), advance_says(Outcome.IN_PROGRESS), SEARCHED),
            *(READING, READING, JUDGED, tuning_closed(TuningStatus.COMPLETED)),
        ),
        "Completed",
    ),
    "seen before": Play((tuning_plan_says(Outcome.DUPLICATE),), "NothingToDo"),
    "replaced": Play((tuning_plan_says(Outcome.SUPERSEDED),), "NothingToDo"),
    "rejected": Play(
        (tuning_plan_says(Outcome.REJECTED), tuning_closed(TuningStatus.REJECTED)), "Rejected", "a reason"
    ),
    "not planned": Play((("PlanTuning", UNEXPECTED), *NOT_TUNED), "Failed", "a reason"),
    "search failed": Play((ORDER, advance_says(Outcome.FAILED), *NOT_TUNED), "Failed", "a reason"),
    "stopped meanwhile": Play(
        (ORDER, advance_says(Outcome.STOPPED), tuning_closed(TuningStatus.STOPPED)), "Stopped", "a reason"
    ),
    "not advanced": Play((ORDER, ("AdvanceTuning", UNEXPECTED), *NOT_TUNED), "Failed", "a reason"),
    "no verdict": Play(
        (ORDER, SEARCHED, ("JudgeTuning", UNEXPECTED), tuning_closed(TuningStatus.COMPLETED)), "Completed"
    ),
    "not closed": Play((ORDER, SEARCHED, JUDGED, ("CloseTuning", UNEXPECTED)), "NotClosed", "why"),
}  # fmt: skip

MACHINES = {"pipeline": TRAININGS, "cleaning": CLEANINGS, "tuning": TUNINGS}


@pytest.fixture(scope="module", params=sorted(MACHINES))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def definition(production: Assembly, name: str) -> Definition:
    written = json.dumps(machine(getattr(production, name))).replace("${AWS::Partition}", "aws")
    return json.loads(
        re.sub(r"\$\{(\w+)\.Arn}", r"arn:aws:lambda:us-east-1:123456789012:function:\1", written)
    )


def successors(state: dict[str, Any]) -> set[str]:
    """The states that may come after one, by any rule."""
    rules = (state, *state.get("Choices", []), *state.get("Catch", []))
    return {rule[key] for rule in rules for key in ("Next", "Default") if key in rule}


def test_every_way_is_gone_by_a_second_interpreter(definition: Definition, name: str) -> None:
    plays = MACHINES[name]
    gone = set()
    for (title, play), told in zip(plays.items(), played(definition, list(plays.values())), strict=True):
        assert [call for call, _ in told.calls] == [call for call, _ in play.calls], title
        assert (told.entered[-1], told.cause, told.retried) == (play.end, play.cause, 0), title
        gone |= set(pairwise(told.entered))
    assert gone == {
        (state, after) for state, made in definition["States"].items() for after in successors(made)
    }


def test_nothing_of_the_caller_passes_as_the_state(definition: Definition, name: str) -> None:
    (told,) = played(definition, [MACHINES[name]["not planned"]])
    _, closing = told.calls[-1]
    assert closing["Payload"]["state"] == {"error": {"Error": "KeyError", "Cause": "why"}}
    assert closing["Payload"]["input"] == ASKED


def test_each_error_is_tried_again_as_often_as_its_rule_says(definition: Definition, name: str) -> None:
    """And then it is caught."""
    plays = []
    for task, state in definition["States"].items():
        for rule in state.get("Retry", []):
            for error in rule["ErrorEquals"]:
                tries = [(task, fails(error))] * (rule["MaxAttempts"] + 1)
                plays.append(Play((*way_to(task, name), *tries), "", retried=rule["MaxAttempts"]))
    assert plays
    for play, told in zip(plays, played(definition, plays), strict=True):
        task, _ = play.calls[-1]
        assert [call for call, _ in told.calls].count(task) == play.retried + 1
        caught_by = told.entered[told.entered.index(task) + 1]
        assert caught_by in {rule["Next"] for rule in definition["States"][task]["Catch"]}


def way_to(task: str, name: str) -> tuple[Call, ...]:
    """The calls before a task in the play that comes to it soonest."""
    ways = [[call for call, _ in play.calls] for play in MACHINES[name].values()]
    plays = [
        play.calls[: way.index(task)]
        for play, way in zip(MACHINES[name].values(), ways, strict=True)
        if task in way
    ]
    return min(plays, key=len)


def schema_faults(definition: Definition) -> set[str]:
    """What AWS's schema of the states language, as cfn-lint has it, finds in a definition."""
    role = "arn:aws:iam::123456789012:role/any"
    template = {
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": role, "Definition": definition},
            }
        }
    }
    return {match.message for match in lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))}


def test_they_pass_the_schema_of_the_states_language(definition: Definition) -> None:
    assert schema_faults(definition) == set()


def test_the_schema_finds_what_is_wrong(definition: Definition) -> None:
    wrong = {"Refused": {"Type": "Pause"}, "Never": {"Type": "Task", "Next": "Failed"}}
    faults = " ".join(schema_faults({**definition, "States": {**definition["States"], **wrong}}))
    assert "'Pause' is not one of" in faults
    assert "'Resource' is a required property" in faults
