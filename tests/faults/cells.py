"""One run with one fault: played on the stage, and judged by what is seen there at the end."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Thread
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from tests.faults.book import Fault, Rule
from tests.faults.rows import COMPLETED, Expected, Row, Scenario, Variant
from tests.faults.runs import SCENARIOS, expected, rows, variants
from tests.faults.stage import Stage
from wordvectors.blazingtext.instances import has_gpu
from wordvectors.lifecycle import limits
from wordvectors.lifecycle.plan import Resources
from wordvectors.lifecycle.status import RunStatus

LIMIT_SECONDS = 240
"""In which an execution must have ended: twelve tries of a throttled call, or the wait for a lost answer."""
SETTLING_SECONDS = 40
TEXT = " cat sat on the mat\n" * 100
PLAN = {
    "hyperparameters": {"min_count": 1, "epochs": 1, "vector_dim": 10},
    "evaluation": {"sets": ["WS-353", "own"]},
}
OWN_SET = "cat,sat,3\ncat,mat,2\nthe,mat,1\n"
INSTANCE_TYPES = tuple(
    name for name in limits.INSTANCE_TYPES if name != Resources().instance_type and not has_gpu(name)
)
"""For runs whose price is not kept yet: of those that are under way together, each has another."""
FAULTY_PLAN = {"hyperparameters": {"vector_dim": 0}}
_ORDER: dict[str, int] = {status: number for number, status in enumerate(RunStatus)}


@dataclass
class Cell:
    """A run of a scenario, a fault in one of its calls, and what came of it.

    Attributes
    ----------
    subject : str
        The corpus's name.
    row, variant
        Which call goes wrong, and how; None for a run without a fault.
    events : int
        How often the upload's event is delivered while the run is under way; once more after its end.
    """

    MACHINE: ClassVar[str] = "StateMachineArn"
    """The output that names the state machine."""

    subject: str
    scenario: Scenario
    row: Row | None = None
    variant: Variant | None = None
    events: int = 1
    seconds: float = 0.0
    ended: str | None = None
    misses: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    messages: int = 0

    @property
    def expected(self) -> Expected:
        """What is to hold at the end."""
        if self.row is None or self.variant is None:
            return Expected(self.scenario.ends)
        return self.expects(self.row, self.variant)

    @property
    def rules(self) -> list[Rule]:
        """The faults of this run."""
        found = []
        if self.row is not None and self.variant is not None:
            first = self.row.first
            last = None if self.variant.times is None else first + self.variant.times - 1
            found.append(
                Rule(self.subject, self.subject, self.row.caller, self.row.action, self.variant.fault,
                     first, last)
            )  # fmt: skip
        if self.scenario.quota:
            found.append(
                Rule(f"{self.subject}-quota", self.subject, "start_training", "sagemaker:CreateTrainingJob",
                     Fault.QUOTA, 1, 2)
            )  # fmt: skip
        if self.scenario.starved:
            found.append(
                Rule(f"{self.subject}-starved", self.subject, "start_training", "sagemaker:CreateTrainingJob",
                     Fault.NO_CAPACITY, 1, self.scenario.starved)
            )  # fmt: skip
        if self.scenario.rowless:
            found.append(self._planning(Fault.DENIED, None))
        if self.scenario.overtaken:
            found.append(self._planning(Fault.SILENT, 1))
            found.append(self._late_rule)
        return found

    @property
    def late(self) -> tuple[str, str, str]:
        """The call for which StartTraining waits, between its look at the row and its job, while the run is stopped."""
        return self.subject, "start_training", "s3:ListBucket"

    @property
    def _late_rule(self) -> Rule:
        """Return the rule that makes it wait, until it is removed: the AWS SDK's four tries take 40 s."""
        return Rule(f"{self.subject}-late", *self.late, Fault.HELD, 1, None)

    def _planning(self, fault: Fault, last: int | None) -> Rule:
        """Return the rule by which executions don't learn of the run's plan: the first `last` of them, or all."""
        name = f"{self.subject}-planning"
        return Rule(name, self.subject, "PlanRun state", "lambda:InvokeFunction", fault, 1, last)

    def expects(self, row: Row, variant: Variant) -> Expected:
        """Return what is to hold when a call goes wrong in a way."""
        return expected(row, variant)

    def upload(self, stage: Stage) -> dict[str, str]:
        """Upload what the run needs, and return the request that starts it."""
        scenario = self.scenario
        plan = FAULTY_PLAN if scenario.faulty_plan else PLAN
        if scenario.unpriced:
            instance_type = INSTANCE_TYPES[_number_of(self.subject) % len(INSTANCE_TYPES)]
            stage.delete(f"prices/{instance_type}.json")
            plan = {**PLAN, "resources": {"instance_type": instance_type}}
        if scenario.spot:
            plan = {**PLAN, "resources": {"spot": True, "max_runtime_seconds": 3600}}
        stage.put(f"plans/{self.subject}.json", json.dumps(plan))
        key = f"corpora/{self.subject}.txt"
        return stage.upload(key, scenario.word + TEXT)

    def is_at_work(self, stage: Stage) -> bool:
        """Whether the job runs; for a run that is stopped before it has one, whether it is planned or waited for."""
        if self.scenario.starved:
            return any(run["status"] == "QUEUED" for run in stage.rows()[self.subject])
        if self.scenario.overtaken:
            return bool(stage.rows()[self.subject])
        jobs = stage.sagemaker.list_training_jobs(NameContains=f"wv-{self.subject}-")["TrainingJobSummaries"]
        return any(job["TrainingJobStatus"] == "InProgress" for job in jobs)

    def play(self, stage: Stage) -> Cell:
        """Play it to its end."""
        request = self.upload(stage)
        if self.scenario.repeated:
            stage.ended(stage.start(request, f"{self.subject}-before", self.MACHINE), LIMIT_SECONDS)
        for rule in self.rules:
            stage.book.add(rule)
        began, starting = time.monotonic(), list[Thread]()
        execution = stage.start(request, self.subject, self.MACHINE)
        for number in range(1, self.events):
            time.sleep(0.3)
            stage.start(request, f"{self.subject}-again-{number}", self.MACHINE)
        if self.scenario.aborted:
            wait_for(lambda: self.is_at_work(stage), LIMIT_SECONDS)
            starting = self._start_training(stage) if self.scenario.overtaken else []
            _stop(stage, self, execution)
        if starting:
            wait_for(lambda: self._has_ended(stage), LIMIT_SECONDS)
            stage.book.remove(self._late_rule)
        ended = stage.ended(execution, LIMIT_SECONDS)
        self.ended = ended["status"] if ended else None
        self.seconds = time.monotonic() - began
        if self.events > 1:
            stage.ended(stage.start(request, f"{self.subject}-after", self.MACHINE), LIMIT_SECONDS)
        wait_for(lambda: _is_closed(stage, self), SETTLING_SECONDS)
        for thread in starting:
            thread.join()
        return self

    def _has_ended(self, stage: Stage) -> bool:
        return all(RunStatus(run["status"]).is_final for run in stage.rows()[self.subject])

    def _start_training(self, stage: Stage) -> list[Thread]:
        """Invoke StartTraining, and return the threads that wait for it once it has seen that the run is open."""
        events = [{"run_id": run["run_id"]} for run in stage.rows()[self.subject]]
        threads = [Thread(target=stage.invoke, args=("StartTraining", event)) for event in events]
        for thread in threads:
            thread.start()
        wait_for(lambda: bool(stage.faults()[self.late]), LIMIT_SECONDS)
        return threads

    @staticmethod
    def judge(stage: Stage, cells: list[Any]) -> None:
        """Note what each of some cells has missed."""
        _judge(stage, cells)


def matrix(recorded: dict, wanted: Callable[[Row, Variant], bool] = lambda row, variant: True) -> list[Cell]:
    """Return the cells of the recorded calls, and those of repeated events."""
    pairs = [(row, variant) for row in rows(recorded) for variant in variants(row) if wanted(row, variant)]
    cells = cells_of(Cell, "m", pairs)
    # Without a row, each event is a run of its own; and waiting for instances takes a while.
    repeated = [scenario for scenario in SCENARIOS if not scenario.rowless and scenario.starved < 2]
    return cells + [Cell(f"e{n}{s.name}", s, events=3) for n, s in enumerate(repeated)]


def _number_of(subject: str) -> int:
    """Return a cell's number; 0 of one that has none."""
    return int(re.sub(r"\D", "", subject) or 0)


def cells_of(kind: type[Cell], letter: str, pairs: Iterable[tuple[Row, Variant]]) -> list[Cell]:
    """Return a cell of a kind for each call and what goes wrong with it; its subject is a letter and its number."""
    return [
        kind(f"{letter}{number:04}", row.scenario, row, variant)
        for number, (row, variant) in enumerate(pairs, 1)
    ]


def record(stage: Stage) -> dict:
    """Play each scenario once without a fault and return the calls that it makes."""
    first = Cell("first", SCENARIOS[0])  # it leaves the price of its instances to the others
    play_all(stage, [first], at_once=1)
    return calls_without_a_fault(
        stage, [Cell(f"clean{scenario.name}", scenario) for scenario in SCENARIOS], [first]
    )


def calls_without_a_fault(stage: Stage, cells: Sequence[Cell], played: Sequence[Cell] = ()) -> dict:
    """Play cells that have no fault, and return the calls that each scenario makes; nothing may have been missed."""
    play_all(stage, cells, at_once=len(cells))
    misses = [f"{cell.scenario.name}: {miss}" for cell in [*played, *cells] for miss in cell.misses]
    if misses:
        raise RuntimeError(f"it went wrong without a fault: {'; '.join(misses)}")
    calls = stage.calls()
    return {cell.scenario.name: calls[cell.subject] for cell in cells}


def play_all(
    stage: Stage, cells: Sequence[Cell], *, at_once: int, done: Callable[[Cell], None] = lambda cell: None
) -> None:
    """Play cells, some at a time, and then judge them all."""
    with ThreadPoolExecutor(at_once) as pool:
        for cell in pool.map(lambda cell: cell.play(stage), cells):
            done(cell)
    _settle(stage, cells)
    for kind in {type(cell) for cell in cells}:
        kind.judge(stage, [cell for cell in cells if type(cell) is kind])
    for cell in cells:
        for rule in cell.rules:
            stage.book.remove(rule)


def _stop(stage: Stage, cell: Cell, execution: str) -> None:
    """Stop an execution, as somebody would; that it has ended already is a miss."""
    try:
        stage.states.stop_execution(executionArn=execution, cause="somebody pressed the button")
    except ClientError as refused:
        cell.misses.append(f"it could not be stopped: {refused}")


def _is_closed(stage: Stage, cell: Cell) -> bool:
    """Whether all that is expected to come has come."""
    letters = len(stage.dead_letters[cell.subject])
    messages = len(stage.messages[cell.subject])
    return letters >= cell.expected.dead_letter and messages >= cell.expected.messages[0]


def _settle(stage: Stage, cells: Iterable[Cell]) -> None:
    """Wait until nothing of these runs moves: what comes too often comes late."""
    subjects = {cell.subject for cell in cells}

    def seen() -> int:
        return sum(request["subject"] in subjects for request in stage.book.requests())

    last, now = -1, seen()
    while now != last:
        time.sleep(3)
        last, now = now, seen()


def _judge(stage: Stage, cells: list[Cell]) -> None:
    rows, jobs, histories, faults = stage.rows(), stage.jobs(), stage.histories(), stage.faults()
    for cell in cells:
        expected, runs = cell.expected, rows[cell.subject]
        cell.statuses = [run["status"] for run in runs]
        cell.messages = len(stage.messages[cell.subject])
        misses = cell.misses
        misses += end_misses(stage, cell)
        found_a_run = cell.events > 1  # and succeeds as a duplicate, if another of the events was faster
        if cell.ended == "SUCCEEDED" and set(cell.statuses) != COMPLETED and not found_a_run:
            misses.append(f"the execution succeeded, and its run is {cell.statuses}")
        if len(runs) != expected.rows:
            misses.append(f"there are {len(runs)} rows: {cell.statuses}")
        if not set(cell.statuses) <= expected.statuses:
            misses.append(f"the run is {cell.statuses}, not {' or '.join(sorted(expected.statuses))}")
        for run in runs:
            misses += _row_misses(run, histories[run["run_id"]], cell.scenario.starved)
        misses += _job_misses(jobs[cell.subject], expected, runs, cell.scenario.starved)
        if not all(faults[cell.subject, rule.caller, rule.action] for rule in cell.rules):
            misses.append("the fault has not happened")


def end_misses(stage: Stage, cell: Cell) -> list[str]:
    """Return what was missed in how an execution ended, and in what was sent about it."""
    misses, letters, (least, greatest) = [], stage.dead_letters[cell.subject], cell.expected.messages
    if cell.ended is None:
        misses.append(f"the execution has not ended within {LIMIT_SECONDS} s")
    if not least <= cell.messages <= greatest:
        misses.append(f"{cell.messages} messages were sent, not {least} to {greatest}")
    if bool(letters) != cell.expected.dead_letter:
        misses.append(f"{len(letters)} dead letters")
    return misses


def _row_misses(run: dict, history: list[str], starved: int = 0) -> list[str]:
    misses = []
    backwards = [(before, after) for before, after in pairwise(history) if _ORDER[before] > _ORDER[after]]
    if (
        len(backwards) > starved
        or set(backwards) - {("TRAINING", "QUEUED")}
        or sum(RunStatus(status).is_final for status in history) > 1
    ):
        misses.append(f"the row moved backwards: {' → '.join(history)}")
    if run["status"] in ("FAILED", "STOPPED") and not run.get("reason"):
        misses.append(f"{run['status']} without a reason")
    has_report = "report" in run.get("artifacts", {})
    if run["status"] == "COMPLETED" and not has_report and "no report" not in str(run.get("warnings")):
        misses.append("there is no report, and the row does not say so")
    return misses


def _job_misses(jobs: dict[str, str], expected: Expected, runs: list[dict], starved: int) -> list[str]:
    misses = []
    if len(jobs) > 1 + starved:
        misses.append(f"{len(jobs)} training jobs were created")
    unfinished = [name for name, status in jobs.items() if status in ("InProgress", "Stopping")]
    if unfinished and not expected.job_may_run:
        misses.append(f"still running: {', '.join(unfinished)}")
    if (
        unfinished
        and expected.row_says_so
        and not all("could not be stopped" in run.get("reason", "") for run in runs)
    ):
        misses.append(f"still running, and the row does not say so: {', '.join(unfinished)}")
    return misses


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition, but not longer than this."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.3)
