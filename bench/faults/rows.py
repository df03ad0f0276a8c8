"""The calls that the pipeline makes, and what is to hold when each of them goes wrong.

Which calls there are is recorded from runs without a fault. A call of which nothing is said here is a miss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from local_cloud.faults import Fault

COMPLETED, FAILED, STOPPED, REJECTED = (
    frozenset({status}) for status in ("COMPLETED", "FAILED", "STOPPED", "REJECTED")
)
OPEN = frozenset({"PLANNED", "QUEUED", "TRAINING", "EVALUATING"})
LOST_ANSWERS = (
    Fault.SILENT, Fault.DROPPED, Fault.MALFORMED, Fault.KILLED, Fault.OUT_OF_MEMORY, Fault.TIMED_OUT
)  # fmt: skip
"""The request is carried out, and nobody hears of it."""
ONCE, NEVER, ONCE_OR_TWICE, AT_MOST_TWICE = (1, 1), (0, 0), (1, 2), (0, 2)


@dataclass(frozen=True)
class Variant:
    """A fault, and how long it lasts: `times` requests, or for ever."""

    name: str
    fault: Fault
    times: int | None = 1

    @property
    def lasts(self) -> bool:
        """Whether it never ends."""
        return self.times is None


VARIANTS = (
    Variant("throttled once", Fault.THROTTLED),
    Variant("throttled 10 times", Fault.THROTTLED, 10),
    Variant("throttled for ever", Fault.THROTTLED, None),
    Variant("5xx once", Fault.FAILING),
    Variant("5xx for ever", Fault.FAILING, None),
    Variant("timeout", Fault.SILENT),
    Variant("access denied", Fault.DENIED, None),
    Variant("resource missing", Fault.MISSING, None),
    Variant("malformed answer", Fault.MALFORMED),
    Variant("connection dropped", Fault.DROPPED),
    Variant("function killed", Fault.KILLED),
    Variant("out of memory", Fault.OUT_OF_MEMORY),
    Variant("function timed out", Fault.TIMED_OUT),
)


@dataclass(frozen=True)
class Scenario:
    """A kind of run, and how it ends without a fault.

    Attributes
    ----------
    word : str
        The corpus's first: what the trainer does.
    faulty_plan, aborted, quota, unpriced, spot : bool
        Whether the plan has a fault; whether the execution is stopped while the job runs; whether the
        account's quota is used up at first; whether the price of its instances is not kept yet; whether
        it trains on spot capacity.
    repeated, rowless, overtaken : bool
        Whether its event comes again after its end, and it is then that something goes wrong; whether
        PlanRun can't be invoked, so that the run has no row when it fails; whether the run is stopped
        before its job is created, and StartTraining creates it all the same.
    """

    name: str
    word: str = "the"
    faulty_plan: bool = False
    aborted: bool = False
    quota: bool = False
    unpriced: bool = False
    spot: bool = False
    repeated: bool = False
    rowless: bool = False
    overtaken: bool = False
    ends: frozenset[str] = COMPLETED


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
)


@dataclass(frozen=True)
class Row:
    """A call of the pipeline: the n-th of `of` of its kind that a caller makes in one go."""

    scenario: Scenario
    caller: str
    action: str
    nth: int
    of: int

    @property
    def is_state(self) -> bool:
        """Whether the state machine makes the call, to invoke a function."""
        return self.caller.endswith(" state")


@dataclass(frozen=True)
class Expected:
    """What is to hold at the end.

    Attributes
    ----------
    statuses
        In one of which the run is.
    messages
        The least and the greatest number of them about the run.
    dead_letter
        Whether the event that the execution failed ends up in the dead-letter queue.
    job_may_run, row_says_so
        Whether the job may run on, and whether the row says then that it may.
    rows
        How many rows there are of the run.
    why
        Where less is promised than a final status and one message: the reason.
    """

    statuses: frozenset[str]
    messages: tuple[int, int] = ONCE
    dead_letter: bool = False
    job_may_run: bool = False
    row_says_so: bool = True
    rows: int = 1
    why: str = ""


VITAL = {
    "plan_run": {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:PutItem", "dynamodb:GetItem"},
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
    "plan_run": {"pricing:GetProducts"},
    "poll_training": {"logs:DescribeLogStreams", "logs:GetLogEvents"},
}
"""Calls without which a run goes on, and knows less: a price, the progress."""

PRICE = {("s3:ListBucket", 4, 6), ("s3:GetObject", 3, 5), ("s3:PutObject", 1, 2)}
"""(action, n-th, of) of PlanRun's calls for the price that is kept in the bucket; dispensable too."""

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


def calls_of(
    recorded: dict[str, Counter[tuple[str, str, int]]], scenarios: Iterable[Scenario], others: tuple[str, ...]
) -> list[Row]:
    """Return the calls of recorded scenarios, but not of `others`, each under the first scenario that has it."""
    found: dict[tuple[str, str, int, int], Row] = {}
    for scenario in scenarios:
        calls = recorded[scenario.name]
        for caller, action, nth in sorted(calls):
            if caller not in others:
                of = max(number for *kind, number in calls if kind == [caller, action])
                found.setdefault((caller, action, nth, of), Row(scenario, caller, action, nth, of))
    return list(found.values())


def unknown(found: list[Row]) -> list[str]:
    """Return the calls of which this module says nothing."""
    return not_among(found, KNOWN, "rows.py")


def not_among(found: list[Row], kinds: Iterable[Mapping[str, Collection[str]]], module: str) -> list[str]:
    """Return a sentence for each call that is of none of the kinds (caller -> actions) of a module here."""
    known = {(caller, action) for kind in kinds for caller, actions in kind.items() for action in actions}
    return sorted({
        f"{row.caller} calls {row.action}: say in bench/faults/{module} what holds when it goes wrong"
        for row in found
        if (row.caller, row.action) not in known
    })  # fmt: skip


def unplayed(found: list[Row]) -> list[str]:
    """Return the calls of which this module speaks and that no scenario makes."""
    return not_made(found, KNOWN, "rows.py")


def not_made(found: list[Row], kinds: Iterable[Mapping[str, Collection[str]]], module: str) -> list[str]:
    """Return a sentence for each call of the kinds (caller -> actions) of a module here that is not found."""
    made = {(row.caller, row.action) for row in found}
    return sorted(
        f"no scenario of bench/faults/{module} has {caller} call {action}: add one, or take the call out"
        for kind in kinds
        for caller, actions in kind.items()
        for action in actions
        if (caller, action) not in made
    )


def variants(row: Row) -> list[Variant]:
    """Return what can go wrong with a call."""
    return [variant for variant in VARIANTS if _makes_sense(row, variant)]


def _makes_sense(row: Row, variant: Variant) -> bool:
    if row.is_state:
        if variant.fault is Fault.SILENT:
            return row.caller not in ("RecordEvaluation state", "RenderReport state")  # time-outs of minutes
        return not variant.fault.ends_function  # there is no function yet, or no longer
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
    if (row.caller, row.action, variant.fault) == ("record_evaluation", "s3:GetObject", Fault.MALFORMED):
        if row.nth < row.of:
            return Expected(ends, why="the user's own set is not one; its entry says so")
        return Expected(FAILED, why="the archive itself is not one")
    if (row.caller, row.action, variant.fault) == ("plan_run", "s3:GetObject", Fault.MALFORMED):
        return Expected(FAILED | REJECTED, why="the corpus or the plan itself is not one")
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
    has_no_job = (row.action, row.nth) == ("dynamodb:GetItem", 1)
    was_stopped = row.action == "sagemaker:StopTrainingJob" and variant.fault in LOST_ANSWERS
    if is_tried_again or has_no_job or was_stopped:
        return Expected(ends)
    return Expected(
        ends,
        job_may_run=True,
        row_says_so=False,
        why="the execution is over; `wordvectors doctor` finds the job",
    )
