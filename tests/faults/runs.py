"""The calls of a run, and what is promised when each of them goes wrong.

Which calls there are is recorded from runs without a fault. A call of which nothing is said here is a miss.
"""

from __future__ import annotations

from collections import Counter

from tests.faults.book import Fault
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

OPEN = frozenset({"PLANNED", "QUEUED", "TRAINING", "EVALUATING"})

SCENARIOS = (
    Scenario("trained"),
    Scenario("unpriced", unpriced=True),
    Scenario("queued", quota=True),
    Scenario("failed", word="fail", ends=FAILED),
    Scenario("rejected", faulty_plan=True, ends=REJECTED),
    Scenario("aborted", word="wait", aborted=True, ends=STOPPED),
    Scenario("spot", spot=True),
    Scenario("repeated", repeated=True),
    Scenario("rowless", rowless=True, ends=FAILED),
    Scenario("overtaken", word="wait", aborted=True, overtaken=True, ends=STOPPED),
    Scenario(
        "starved",
        starved=1,
        own=(
            ("poll_training", 1),
            ("start_training", 2),
            ("PollTraining state", 1),
            ("StartTraining state", 2),
        ),
    ),
    Scenario("barren", starved=99, ends=FAILED),
    Scenario("impatient", starved=99, aborted=True, ends=STOPPED),
)

VITAL = {
    "plan_run": {
        "s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject",
        "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem",
    },
    "start_training": {"s3:ListBucket", "dynamodb:GetItem", "dynamodb:UpdateItem", "sagemaker:CreateTrainingJob"},
    "poll_training": {"dynamodb:GetItem", "dynamodb:UpdateItem", "sagemaker:DescribeTrainingJob"},
    "record_evaluation": {
        "s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "dynamodb:UpdateItem",
    },
    **{f"{state} state": {"lambda:InvokeFunction"}
       for state in ("PlanRun", "StartTraining", "PollTraining", "RecordEvaluation", "CloseRun")},
}  # fmt: skip
"""Calls without which a run cannot go on: while they fail it is tried again, then the run is FAILED."""

DISPENSABLE = {
    "plan_run": {"pricing:GetProducts", "dynamodb:Query"},
    "poll_training": {"logs:DescribeLogStreams", "logs:GetLogEvents"},
}
"""Calls without which a run goes on, and knows less: a price, a forecast, the progress."""

PRICE = {("s3:ListBucket", 4, 4), ("s3:ListBucket", 4, 6), ("s3:GetObject", 2, 3), ("s3:PutObject", 1, 2)}
"""(action, n-th, of) of PlanRun's calls for the price that is kept in the bucket; dispensable too. A faulty plan makes
fewer, since it is not kept."""

REPORTING = {
    "render_report": {
        "s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "dynamodb:Query",
        "dynamodb:UpdateItem", "logs:DescribeLogStreams", "logs:GetLogEvents",
    },
    "RenderReport state": {"lambda:InvokeFunction"},
}  # fmt: skip
"""Calls for the report: tried again, and without it a run ends as it had, with a warning that says so."""

CLOSING = {"close_run": {"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:Query",
                         "sagemaker:StopTrainingJob", "sns:Publish"}}  # fmt: skip
"""Calls of the single way out; what fails here for good is in the dead-letter queue."""

OVERTAKEN = {"start_training": {"sagemaker:StopTrainingJob"}}
"""Calls for a run that was stopped meanwhile: its execution is over, so that nobody tries them again."""

KNOWN = (VITAL, DISPENSABLE, REPORTING, CLOSING, OVERTAKEN)


def rows(recorded: dict[str, Counter[tuple[str, str, int]]]) -> list[Row]:
    """Return the calls of the recorded scenarios."""
    return calls_of(recorded, SCENARIOS, others=("client", "training", "state machine"))


def unknown(found: list[Row]) -> list[str]:
    """Return the calls of which this module says nothing."""
    return not_among(found, KNOWN, "runs.py")


def unplayed(found: list[Row]) -> list[str]:
    """Return the calls of which this module speaks and that no scenario makes."""
    return not_made(found, KNOWN, "runs.py")


def variants(row: Row) -> list[Variant]:
    """Return what can go wrong with a call."""
    return [variant for variant in VARIANTS if _makes_sense(row, variant)]


def _makes_sense(row: Row, variant: Variant) -> bool:
    if row.is_state:
        if variant.fault is Fault.SILENT:
            return row.caller not in ("RecordEvaluation state", "RenderReport state")  # time-outs of minutes
        return not variant.fault.ends_function  # there is no function yet, or no longer
    if row.scenario.overtaken and (row.action, row.nth) in (("dynamodb:GetItem", 1), ("s3:ListBucket", 1)):
        return False  # before the run is stopped, and so as in other scenarios
    # These differ from "killed" by the name of the error alone: one call of each function will do.
    if variant.fault in (Fault.OUT_OF_MEMORY, Fault.TIMED_OUT):
        return (row.action, row.nth) == ("dynamodb:UpdateItem", 1) or row.action == "dynamodb:PutItem"
    return True


def expected(row: Row, variant: Variant) -> Expected:
    """Return what is to hold when a call goes wrong in a way."""
    ends = row.scenario.ends
    if row.scenario.overtaken and row.caller == "start_training":
        return _overtaken(row, variant)
    if row.scenario.repeated and variant.lasts:
        return Expected(
            ends | FAILED, (2, 2), rows=2, why="the execution that can't see the run has a row of its own"
        )
    if row.action in CLOSING.get(row.caller, ()):
        return _closing(row, variant)
    if row.action in REPORTING.get(row.caller, ()):
        return Expected(ends)
    is_price = row.caller == "plan_run" and (row.action, row.nth, row.of) in PRICE
    goes_on = not variant.lasts or row.nth == row.of  # a fault that lasts meets the vital calls that follow
    if (is_price and goes_on) or row.action in DISPENSABLE.get(row.caller, ()):
        return Expected(ends)
    if row.caller == "CloseRun state":
        return Expected(
            ends, why="the event that the execution failed closes the run" if variant.lasts else ""
        )
    if row.is_state and variant.fault is Fault.MALFORMED:
        if row.caller == "RecordEvaluation state":
            return Expected(ends, why="the execution fails, and its evaluation is recorded")
        return Expected(FAILED, why="Step Functions' own error, which no Retry or Catch takes")
    if variant.lasts:
        return Expected(FAILED)
    return Expected(ends)


def _closing(row: Row, variant: Variant) -> Expected:
    ends, lost_answer = row.scenario.ends, variant.fault in LOST_ANSWERS
    if not variant.lasts:
        if row.action == "sns:Publish" and lost_answer:
            return Expected(ends, ONCE_OR_TWICE, why="whether the message went out cannot be known")
        if row.action == "dynamodb:UpdateItem" and (lost_answer or variant.times != 1):
            return Expected(ends, ONCE_OR_TWICE, why="whether the message went out is not on record")
        return Expected(ends)
    if row.action == "dynamodb:GetItem":
        return Expected(ends, why="the event that the execution failed closes the run")
    if row.action == "sagemaker:StopTrainingJob":
        if variant.fault is Fault.DENIED:
            return Expected(ends, job_may_run=True, why="the job may not be stopped; the row says so")
        if variant.fault is Fault.MISSING:
            return Expected(ends, job_may_run=True, row_says_so=False, why="SageMaker says there is no job")
        return Expected(
            ends, dead_letter=True, job_may_run=True, why="the job cannot be stopped; the row says so"
        )
    if row.action == "sns:Publish":
        return Expected(ends, NEVER, dead_letter=True, why="the message channel is what is broken")
    never_written = row.scenario.rowless and row.action in ("dynamodb:PutItem", "dynamodb:Query")
    return Expected(
        ends | OPEN,
        AT_MOST_TWICE,
        dead_letter=True,
        rows=0 if never_written else 1,
        why="nothing can be read or written about the run",
    )


def _overtaken(row: Row, variant: Variant) -> Expected:
    ends = row.scenario.ends
    is_tried_again = variant.times == 1 and not variant.fault.ends_function  # by the AWS SDK, in the function
    was_stopped = row.action == "sagemaker:StopTrainingJob" and variant.fault in LOST_ANSWERS
    if is_tried_again or was_stopped:
        return Expected(ends)
    return Expected(
        ends,
        job_may_run=True,
        row_says_so=False,
        why="the execution is over; `wordvectors doctor` finds the job",
    )
