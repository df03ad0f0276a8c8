"""The tuning's part of the matrix: its calls, what is to hold when each goes wrong, and how that is seen."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from tests.faults.book import Fault
from tests.faults.cells import PLAN, TEXT, Cell, calls_without_a_fault, cells_of, end_misses
from tests.faults.emulator.callers import subject_of
from tests.faults.rows import (
    AT_MOST_TWICE,
    FAILED,
    LOST_ANSWERS,
    NEVER,
    ONCE_OR_TWICE,
    REJECTED,
    STOPPED,
    VARIANTS,
    Expected,
    Row,
    Scenario,
    Variant,
    calls_of,
    not_among,
    not_made,
)
from tests.faults.stage import Stage
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.tuning import FINAL_TUNINGS, Tuning, TuningStatus

SCENARIOS = (
    Scenario("searched"),
    Scenario("judged"),
    Scenario("misordered", faulty_plan=True, repeated=True, ends=REJECTED),
    Scenario("halted", word="wait", aborted=True, ends=STOPPED),
)
ORDER = {"trials": 2, "side_by_side": 2, "finalists": 2, "plan": PLAN, "from_runs": True,
         "space": {"window_size": {"low": 2, "high": 9}}}  # fmt: skip
OPEN = frozenset(TuningStatus) - FINAL_TUNINGS
VITAL = {
    "plan_tuning": {"s3:ListBucket", "s3:GetObject", "dynamodb:GetItem", "dynamodb:PutItem"},
    "advance_tuning": {
        "dynamodb:GetItem", "dynamodb:PutItem", "states:DescribeExecution", "states:StartExecution",
    },
    **{f"{state} state": {"lambda:InvokeFunction"} for state in ("PlanTuning", "AdvanceTuning", "CloseTuning")},
}  # fmt: skip
"""Calls without which a tuning cannot go on: tried again, and then it is FAILED."""
SEEING = {"plan_tuning": {"dynamodb:Query"}}
"""Calls for what is there already: tried again, and while they fail nothing is trained."""
JUDGING = {
    "judge_tuning": {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "dynamodb:PutItem"},
    "JudgeTuning state": {"lambda:InvokeFunction"},
}
"""Calls for the verdict: tried again, and without it a tuning ends as it had, with a warning that says so."""
CLOSING = {
    "close_tuning": {
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query",
        "states:StopExecution", "sns:Publish", "s3:PutObject",
    }
}  # fmt: skip
"""Calls of the single way out; what fails here for good is in the dead-letter queue."""
STEADY_LOOKS = 3
"""Of a closing at rows, whatever the trials have come to."""
KNOWN = (VITAL, SEEING, JUDGING, CLOSING)
ELSEWHERE = {
    "plan_tuning": {"pricing:GetProducts", "s3:PutObject"},
    "advance_tuning": {"states:StopExecution"},
}
"""Calls that no scenario makes: those for a price are played in runs.py, as PlanRun's; a tuning that is stopped while
its trials are being started is played by its functions' own tests."""
_PIPELINES = (
    "plan_run", "start_training", "poll_training", "record_evaluation", "render_report", "close_run",
    *(f"{state} state" for state in (
        "PlanRun", "StartTraining", "PollTraining", "RecordEvaluation", "RenderReport", "CloseRun")),
)  # fmt: skip
"""Callers of the trials' own executions, whose calls have their rows among the runs."""


def expected(row: Row, variant: Variant) -> Expected:
    """Return what is to hold when a call goes wrong in a way."""
    ends, lost = row.scenario.ends, variant.fault in LOST_ANSWERS
    if row.caller == "close_tuning":
        return _closing(row, variant)
    if row.caller == "CloseTuning state" and (variant.lasts or variant.fault is Fault.MALFORMED):
        if ends == REJECTED:
            return Expected(
                FAILED, why="the event that the execution failed knows nothing of the order's faults"
            )
        return Expected(FAILED | ends, why="the event that the execution failed closes the tuning")
    if row.caller == "CloseTuning state" and lost:
        return Expected(ends, ONCE_OR_TWICE, why="whether the message went out cannot be known")
    if row.is_state and variant.fault is Fault.MALFORMED:
        return Expected(FAILED, why="Step Functions' own error, which no Retry or Catch takes")
    if row.caller.lower().startswith("judge"):
        return Expected(ends)
    if row.action == "dynamodb:Query":
        return Expected(ends | FAILED if variant.lasts else ends, why="" if not variant.lasts else
                        "what was trained before can't be seen, and would be trained again")  # fmt: skip
    if row.scenario.repeated and variant.lasts and row.action == "dynamodb:GetItem":
        return Expected(
            ends | FAILED, (2, 2), rows=2, why="the execution that can't see the tuning has a row of its own"
        )
    if row.caller == "plan_tuning" and row.action.startswith("s3:"):
        return Expected(
            ends | FAILED | REJECTED, why="the order or its corpus can't be read, or the price alone"
        )
    if not variant.lasts:
        return Expected(ends)
    if variant.fault is Fault.MISSING:
        return Expected(ends | FAILED, why="an execution that is missing is started, once")
    return Expected(FAILED)


def _closing(row: Row, variant: Variant) -> Expected:
    ends = row.scenario.ends
    if not variant.lasts:
        if row.action == "sns:Publish" and variant.fault in LOST_ANSWERS:
            return Expected(ends, ONCE_OR_TWICE, why="whether the message went out cannot be known")
        if row.action == "dynamodb:UpdateItem" and (variant.fault in LOST_ANSWERS or variant.times != 1):
            return Expected(ends, ONCE_OR_TWICE, why="whether the message went out is not on record")
        return Expected(ends)
    if row.action == "s3:PutObject" and not variant.fault.ends_function:
        return Expected(ends)  # without a page, which the row says
    is_told_before = row.action in ("dynamodb:GetItem", "dynamodb:UpdateItem") and row.nth > 1
    may_be_told = is_told_before or row.action == "states:StopExecution" or variant.fault is Fault.MISSING
    told = AT_MOST_TWICE if may_be_told else NEVER
    return Expected(
        ends | FAILED | OPEN,
        told,
        dead_letter=True,
        job_may_run=True,
        why="the single way out is what is broken",
    )


def _makes_sense(row: Row, variant: Variant) -> bool:
    if row.is_state:
        if variant.fault is Fault.SILENT:
            return row.caller != "JudgeTuning state"  # a time-out of minutes
        return not variant.fault.ends_function
    if variant.fault in (Fault.OUT_OF_MEMORY, Fault.TIMED_OUT):
        return row.action in ("dynamodb:PutItem", "states:StartExecution")
    return True


class TuningCell(Cell):
    """A tuning, a fault in one of its calls, and what came of it."""

    MACHINE = "TuningStateMachineArn"

    def expects(self, row: Row, variant: Variant) -> Expected:
        """Return what is to hold when a call goes wrong in a way."""
        return expected(row, variant)

    def upload(self, stage: Stage) -> dict[str, str]:
        """Upload a corpus and an order, and return the request that starts the tuning."""
        stage.put(f"corpora/{self.subject}.txt", self.scenario.word + TEXT)
        order = {**ORDER, "corpus": self.subject, "repeats": int(self.scenario.name == "judged")}
        if self.scenario.faulty_plan:
            order["space"] = {"window_size": {"low": 0, "high": 9}}
        key = f"tunings/{self.subject}.json"
        return stage.upload(key, json.dumps(order))

    def play(self, stage: Stage) -> Cell:
        """Play it to its end; trainings that may go on would take the places of other cells' for minutes."""
        super().play(stage)
        if self.expected.job_may_run:
            stage.stop_jobs(self.subject)
        return self

    @staticmethod
    def judge(stage: Stage, cells: list[Any]) -> None:
        """Note what each cell has missed."""
        tunings, faults = defaultdict[str, list[Tuning]](list), stage.faults()
        for tuning in stage.deployment.tunings.newest():
            tunings[subject_of(f"{tuning.tuning_id}-")].append(tuning)
        runs, jobs = stage.rows(), stage.jobs()
        for cell in cells:
            found = tunings[cell.subject]
            told = [text for text in stage.messages[cell.subject] if "Tuning tuning-" in text]
            if len(told) < len(stage.messages[cell.subject]):
                cell.misses.append("a trial was told of")
            cell.statuses, cell.messages = [str(tuning.status) for tuning in found], len(told)
            cell.misses += _misses(stage, cell, found, runs[cell.subject], jobs[cell.subject])
            if cell.row is not None and not faults[cell.subject, cell.row.caller, cell.row.action]:
                cell.misses.append("the fault has not happened")


def rows(recorded: dict[str, Counter[tuple[str, str, int]]]) -> list[Row]:
    """Return the calls of the recorded scenarios, each under the first scenario that has it."""
    calls = calls_of(recorded, SCENARIOS, others=("client", "training", "state machine", *_PIPELINES))
    return [row for row in calls if not _is_left_to_chance(row)]


def _is_left_to_chance(row: Row) -> bool:
    """Whether a call may not be made: how many rows a closing looks at depends on how far the trials have come."""
    return (row.caller, row.action) == ("close_tuning", "dynamodb:GetItem") and row.nth > STEADY_LOOKS


def unknown(found: list[Row]) -> list[str]:
    """Return the calls of which this module says nothing."""
    return not_among(found, (*KNOWN, ELSEWHERE), "tunings.py")


def unplayed(found: list[Row]) -> list[str]:
    """Return the calls of which this module speaks and that no scenario makes."""
    return not_made(found, KNOWN, "tunings.py")


def matrix(recorded: dict, wanted: Callable[[Row, Variant], bool] = lambda row, variant: True) -> list[Cell]:
    """Return the cells of the recorded calls, and those of repeated events."""
    pairs = [
        (row, variant)
        for row in rows(recorded)
        for variant in VARIANTS
        if _makes_sense(row, variant) and wanted(row, variant)
    ]
    cells = cells_of(TuningCell, "t", pairs)
    return [*cells, *(TuningCell(f"u{n}{s.name}", s, events=3) for n, s in enumerate(SCENARIOS[:1]))]


def record(stage: Stage) -> dict:
    """Play each scenario once without a fault and return the calls that it makes: as later, when a price is kept."""
    calls_without_a_fault(stage, [TuningCell("warm", SCENARIOS[0])])
    return calls_without_a_fault(
        stage, [TuningCell(f"plain{scenario.name}", scenario) for scenario in SCENARIOS]
    )


def _misses(
    stage: Stage, cell: TuningCell, tunings: list[Tuning], runs: list[dict], jobs: dict[str, str]
) -> list[str]:
    expected, misses = cell.expected, end_misses(stage, cell)
    if not set(cell.statuses) <= expected.statuses or not cell.statuses:
        reasons = "; ".join(filter(None, (tuning.reason for tuning in tunings)))
        misses.append(
            f"the tuning is {cell.statuses}, not {' or '.join(sorted(expected.statuses))} ({reasons})"
        )
    if len(tunings) > expected.rows:
        misses.append(f"there are {len(tunings)} tunings")
    unfinished = [run["run_id"] for run in runs if not RunStatus(run["status"]).is_final]
    unfinished += [name for name, status in jobs.items() if status in ("InProgress", "Stopping")]
    if unfinished and not expected.job_may_run:
        misses.append(f"still under way: {', '.join(unfinished)}")
    if len(runs) > 4:
        misses.append(f"{len(runs)} runs were made for two trials and two repeats")
    for tuning in tunings:
        ended = [trial.run_id for trial in tuning.trials if trial.run_id]
        if len(set(ended)) < len(ended):
            misses.append("two trials are one run")
        if tuning.status in ("FAILED", "STOPPED") and not tuning.reason:
            misses.append(f"{tuning.status} without a reason")
        if tuning.status is TuningStatus.COMPLETED and tuning.verdict is None and not tuning.warnings:
            misses.append("there is no verdict, and the row does not say so")
    return misses
