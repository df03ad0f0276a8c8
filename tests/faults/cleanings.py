"""The cleaning's half of the matrix: its calls, what is to hold when each goes wrong, and how that is seen."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.faults.book import Fault, Rule
from tests.faults.cells import Cell, calls_without_a_fault, cells_of, end_misses
from tests.faults.rows import (
    AT_MOST_TWICE,
    COMPLETED,
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

SCENARIOS = (
    Scenario("cleaned"),
    Scenario("unreadable", word="bad", ends=FAILED),
    Scenario("misordered", faulty_plan=True, ends=REJECTED),
    Scenario("halted", aborted=True, ends=STOPPED),
)
GOOD, BAD = (
    b'{"text": "The cat sat on the mat."}\n' * 20,
    b'{"text": "The cat sat on the mat."}\n{"oops\n' * 10,
)
VITAL = {
    "plan_cleaning": {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:UpdateItem"},
    "PlanCleaning state": {"lambda:InvokeFunction"},
    "CloseCleaning state": {"lambda:InvokeFunction"},
    "state machine": {"glue:StartJobRun"},
}
"""Calls without which a cleaning cannot go on: tried again, and then it is FAILED."""
CLOSING = {
    "close_cleaning": {
        "s3:ListBucket",
        "s3:GetObject",
        "glue:GetJobRuns",
        "glue:BatchStopJobRun",
        "sns:Publish",
    }
}
"""Calls of the single way out; what fails here for good is in the dead-letter queue."""
KNOWN = (VITAL, CLOSING)
STEP_FUNCTIONS_OWN = {("state machine", "glue:GetJobRun"), ("state machine", "glue:BatchStopJobRun")}
"""Made within the integration that waits for the job: AWS's own to try again."""
_RUNNING = ("STARTING", "RUNNING", "STOPPING", "WAITING")


def expected(row: Row, variant: Variant) -> Expected:
    """Return what is to hold when a call goes wrong in a way."""
    ends, lost = row.scenario.ends, variant.fault in LOST_ANSWERS
    if row.caller == "close_cleaning":
        return _closing(row, variant)
    if row.caller == "state machine":
        refused = variant.fault is Fault.THROTTLED and not variant.lasts
        if lost and not refused:
            return Expected(
                FAILED | ends, why="a job that was started all the same may be done before it is stopped"
            )
        return Expected(ends if refused else FAILED, why="" if refused or variant.lasts else
                        "whether a job was started cannot be known; none is started twice")  # fmt: skip
    if row.caller == "CloseCleaning state" and (variant.lasts or variant.fault is Fault.MALFORMED):
        if ends == REJECTED:
            return Expected(
                FAILED, why="the event that the execution failed knows nothing of the order's faults"
            )
        return Expected(
            ends,
            (1, 1) if variant.lasts else ONCE_OR_TWICE,
            why="the event that the execution failed closes the cleaning",
        )
    if row.caller == "CloseCleaning state" and lost:
        return Expected(ends, ONCE_OR_TWICE, why="whether the message went out cannot be known")
    if row.is_state and variant.fault is Fault.MALFORMED:
        return Expected(FAILED, why="Step Functions' own error, which no Retry or Catch takes")
    if variant.lasts:
        return Expected(FAILED)
    return Expected(ends)


def _closing(row: Row, variant: Variant) -> Expected:
    ends = row.scenario.ends
    if not variant.lasts:
        if row.action == "sns:Publish" and variant.fault in LOST_ANSWERS:
            return Expected(ends, ONCE_OR_TWICE, why="whether the message went out cannot be known")
        return Expected(ends)
    return Expected(
        ends | FAILED,
        AT_MOST_TWICE if variant.fault is Fault.MISSING else NEVER,
        dead_letter=True,
        job_may_run=row.action.startswith("glue:"),
        why="the single way out is what is broken",
    )


def _makes_sense(row: Row, variant: Variant) -> bool:
    if row.caller == "state machine":
        return variant.fault is not Fault.SILENT and not variant.fault.ends_function  # a time-out of minutes
    if row.is_state:
        return not variant.fault.ends_function
    if variant.fault in (Fault.OUT_OF_MEMORY, Fault.TIMED_OUT):
        return row.action in ("s3:PutObject", "sns:Publish")
    return True


class CleaningCell(Cell):
    """A cleaning, a fault in one of its calls, and what came of it; its statuses are those that people were told."""

    MACHINE = "CleaningStateMachineArn"

    @property
    def rules(self) -> list[Rule]:
        """The fault; and for a stopped execution a job that waits for its documents, and that Step Functions
        itself, which asks for no cleaning but for a run, does not stop."""
        found = super().rules
        if self.scenario.aborted:
            found.append(
                Rule(f"{self.subject}-job", self.subject, "client", "s3:GetObject", Fault.SILENT, 1, None)
            )
            found.append(Rule("no-stop", "", "state machine", "glue:BatchStopJobRun", Fault.DENIED, 1, None))
        return found

    def expects(self, row: Row, variant: Variant) -> Expected:
        """Return what is to hold when a call goes wrong in a way."""
        return expected(row, variant)

    def upload(self, stage: Stage) -> dict[str, str]:
        """Upload documents and their marker, and return the request that starts the cleaning."""
        marker = f"raw/{self.subject}/_READY"
        stage.put(f"raw/{self.subject}/a.jsonl", BAD if self.scenario.word == "bad" else GOOD)
        stage.put(marker, json.dumps({"colour": "blue"} if self.scenario.faulty_plan else {}))
        return {"bucket": stage.outputs["BucketName"], "key": marker, "sequencer": "0001"}

    def is_at_work(self, stage: Stage) -> bool:
        """Whether the job runs."""
        return "RUNNING" in _states(stage)[self.subject]

    @staticmethod
    def judge(stage: Stage, cells: list[Any]) -> None:
        """Note what each cell has missed."""
        states, faults = _states(stage), stage.faults()
        for cell in cells:
            told = stage.messages[cell.subject]
            cell.statuses = [found[1] for text in told if (found := re.search(r"has ended: ([A-Z]+)", text))]
            cell.messages = len(told)
            cell.misses += _misses(stage, cell, states[cell.subject])
            if cell.row is not None and not faults[cell.subject, cell.row.caller, cell.row.action]:
                cell.misses.append("the fault has not happened")


def rows(recorded: dict[str, Counter[tuple[str, str, int]]]) -> list[Row]:
    """Return the calls of the recorded scenarios, each under the first scenario that has it."""
    return [
        row
        for row in calls_of(recorded, SCENARIOS, others=("client", "training"))
        if (row.caller, row.action) not in STEP_FUNCTIONS_OWN
    ]


def unknown(found: list[Row]) -> list[str]:
    """Return the calls of which this module says nothing."""
    return not_among(found, KNOWN, "cleanings.py")


def unplayed(found: list[Row]) -> list[str]:
    """Return the calls of which this module speaks and that no scenario makes."""
    return not_made(found, KNOWN, "cleanings.py")


def matrix(recorded: dict, wanted: Callable[[Row, Variant], bool] = lambda row, variant: True) -> list[Cell]:
    """Return the cells of the recorded calls, and those of repeated events."""
    pairs = [
        (row, variant)
        for row in rows(recorded)
        for variant in VARIANTS
        if _makes_sense(row, variant) and wanted(row, variant)
    ]
    cells = cells_of(CleaningCell, "k", pairs)
    return [*cells, *(CleaningCell(f"r{n}{s.name}", s, events=3) for n, s in enumerate(SCENARIOS[:1]))]


def record(stage: Stage) -> dict:
    """Play each scenario once without a fault and return the calls that it makes."""
    return calls_without_a_fault(
        stage, [CleaningCell(f"clean{scenario.name}", scenario) for scenario in SCENARIOS]
    )


def _misses(stage: Stage, cell: CleaningCell, states: list[str]) -> list[str]:
    expected, misses = cell.expected, end_misses(stage, cell)
    if not set(cell.statuses) <= expected.statuses:
        misses.append(f"people were told {cell.statuses}, not {' or '.join(sorted(expected.statuses))}")
    if len(states) > 1:
        misses.append(f"{len(states)} jobs were started")
    if any(state in _RUNNING for state in states) and not expected.job_may_run:
        misses.append(f"the job is {states}")
    if set(cell.statuses) == COMPLETED and not _is_there(stage, f"corpora/{cell.subject}.txt"):
        misses.append("people were told of a corpus, and there is none")
    if set(cell.statuses) == REJECTED and states:
        misses.append("it was rejected, and a job was started")
    return misses


def _states(stage: Stage) -> dict[str, list[str]]:
    """Return the states of the job's runs by subject."""
    found: dict[str, list[str]] = defaultdict(list)
    pages = (
        stage.client("glue").get_paginator("get_job_runs").paginate(JobName=stage.outputs["CleaningJobName"])
    )
    for page in pages:
        for run in page["JobRuns"]:
            subject = run["Arguments"]["--cleaning-id"].partition("-")[0]
            found[subject].append(run["JobRunState"])
    return found


def _is_there(stage: Stage, key: str) -> bool:
    try:
        stage.s3.head_object(Bucket=stage.outputs["BucketName"], Key=key)
    except ClientError:
        return False
    return True
