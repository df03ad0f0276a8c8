"""A tuning, with all that is known of it: what its row holds, and what a page of it is made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, PlainSerializer, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from wordvectors.evaluation.certainty import Basis, basis_of_mean
from wordvectors.lifecycle.keys import FINGERPRINT_DIGITS, MAX_JOB_NAME, is_local, slug
from wordvectors.lifecycle.part import Part, within_bounds
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Corpus
from wordvectors.lifecycle.status import FINAL, RunStatus
from wordvectors.tuning.order import TuningOrder, tuning_name
from wordvectors.tuning.space import Parameter, Value, trial_plan
from wordvectors.tuning.verdict import Verdict

TUNING_PREFIX = "tuning-"
"""What a tuning's id begins with, and so the names of the executions that it starts."""


def _space(given: object, read: ValidatorFunctionWrapHandler) -> dict[str, Parameter]:
    return within_bounds(given, read) or {}


class TuningStatus(StrEnum):
    """Where a tuning stands. The last four are final."""

    SEARCHING = "SEARCHING"
    REPEATING = "REPEATING"
    """The best are trained again."""
    JUDGING = "JUDGING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"

    @property
    def is_final(self) -> bool:
        """Whether no other status can follow."""
        return self in FINAL_TUNINGS


FINAL_TUNINGS = frozenset(TuningStatus(status) for status in FINAL)
"""Named as those of a run."""


class _Part(Part):
    """A tuning, or a part of one."""

    def but(self, **changes: Any) -> Self:
        """Return this with other facts."""
        return self.model_copy(update=changes)


class TrialKind(StrEnum):
    """Why a plan is trained."""

    DEFAULT = "default"
    """It is the plan without changes."""
    SEARCH = "search"
    REPEAT = "repeat"
    """It is one of the best, trained again."""


class Trial(_Part):
    """One training of a tuning, which is a run like any other.

    Attributes
    ----------
    number : int
        From 1, in the order in which they were handed out.
    of : int or None
        The trial that it repeats.
    values : dict
        Of the hyperparameters that are searched.
    seed : int or None
        Of a repeat, with the project's own engine.
    execution : str or None
        Name of the execution that the tuning has started, or starts; None for a run that was there before.
    status : RunStatus
        Its run's, PLANNED as long as there is no row.
    score : float or None
        By the tuning's objective.
    scores : dict
        By set, and `mean_rho`.
    basis : Basis or None
        What the score rests on.
    seconds : int or None
        Billed, of all instances together.
    cost : float or None
        In the currency of the tuning's price.
    note : str or None
        Why it has no score.
    """

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_version(cls, row: object) -> object:
        """Read what earlier versions wrote of the basis: two numbers."""
        if isinstance(row, Mapping) and {"found", "total"} <= set(row):
            rest = {name: value for name, value in row.items() if name not in ("found", "total")}
            return {"basis": {"found": row["found"], "total": row["total"]}, **rest}
        return row

    number: int
    kind: TrialKind
    of: int | None = None
    values: dict[str, Value] = Field(default_factory=dict)
    seed: int | None = None
    execution: str | None = None
    again: bool = False
    run_id: str | None = None
    status: RunStatus = RunStatus.PLANNED
    percent: float | None = None
    score: float | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    basis: Basis | None = None
    seconds: int | None = None
    cost: float | None = None
    note: str | None = None
    started_at: str | None = None
    ended_at: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether its run has not ended."""
        return not self.status.is_final

    @property
    def was_reused(self) -> bool:
        """Whether its run was there before, so that it has cost this tuning nothing."""
        return self.run_id is not None and self.execution is None


class Known(_Part):
    """An earlier run of the corpus, as the search is told of it."""

    run_id: str
    values: dict[str, Value]
    score: float
    seconds: int | None = None


class Arithmetic(_Part):
    """What a tuning is expected to take, and costs at most.

    Attributes
    ----------
    trainings : int
        Trials and repeats.
    expected_cost, expected_hours : float or None
        None where nothing is known of such trainings.
    most_of_one : float or None
        What one training may cost; None where the price is not known.
    most : float or None
        What all of it may cost: never more than the ceiling.
    ceiling : float or None
    hours : float
        After which no training starts.
    """

    trainings: int
    expected_cost: float | None = None
    expected_hours: float | None = None
    most_of_one: float | None = None
    most: float | None = None
    ceiling: float | None = None
    currency: str = "USD"
    hours: float


class Tuning(_Part):
    """One tuning.

    Attributes
    ----------
    version : int
        Counts the writes of the row: each is made only to the version that was read.
    order, space, plan, arithmetic
        As planned; of an order that was rejected the row has none of them.
    known : tuple of Known
        Earlier runs that the search was told of.
    finalists : tuple of int
        Numbers of the trials that are trained again, the plan without changes last.
    searched : str or None
        Why the search has ended.
    looks : int
        How often the tuning has been looked at.
    reasons : tuple of str
        The faults for which it is rejected.
    reason : str or None
        Why it ended as it did, if not well.
    """

    tuning_id: str
    status: TuningStatus
    name: str = ""
    version: int = 0
    kind: str | None = None
    created_at: str = ""
    updated_at: str = ""
    ended_at: str | None = None
    attempt: int = 1
    fingerprint: str = ""
    sequencer: str = ""
    execution_arn: str | None = None
    order: Annotated[TuningOrder | None, WrapValidator(within_bounds)] = None
    corpus: Corpus = Corpus()
    space: Annotated[dict[str, Parameter], WrapValidator(_space)] = Field(default_factory=dict)
    plan: Annotated[
        TrainingPlan | None,
        WrapValidator(within_bounds),
        PlainSerializer(lambda plan: plan and plan.model_dump(mode="json")),
    ] = None
    arithmetic: Arithmetic | None = None
    warnings: tuple[str, ...] = ()
    known: tuple[Known, ...] = ()
    trials: tuple[Trial, ...] = ()
    finalists: tuple[int, ...] = ()
    searched: str | None = None
    looks: int = 0
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    reason: str | None = None
    message_claimed_at: str | None = None
    message_claims: int | None = None
    notified_at: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it was made in the local cloud, where nothing is paid."""
        return is_local(self.execution_arn)

    def has_started(self, execution_arn: str | None) -> bool:
        """Whether an execution is one of this tuning's trials."""
        name = (execution_arn or "").rpartition(":")[2]
        return any(trial.execution == name for trial in self.trials)

    @property
    def required_order(self) -> TuningOrder:
        """The order of a tuning that was not rejected; LookupError if there is none."""
        if self.order is None:
            raise LookupError(f"the tuning {self.tuning_id} has no order")
        return self.order

    @property
    def required_plan(self) -> TrainingPlan:
        """The plan without changes of a tuning that was not rejected; LookupError if there is none."""
        if self.plan is None:
            raise LookupError(f"the tuning {self.tuning_id} has no plan")
        return self.plan

    @property
    def open_trials(self) -> list[Trial]:
        """The trials whose runs have not ended."""
        return [trial for trial in self.trials if trial.is_open]

    @property
    def search_trials(self) -> list[Trial]:
        """The trials that are no repeats."""
        return [trial for trial in self.trials if trial.kind is not TrialKind.REPEAT]

    @property
    def best(self) -> Trial | None:
        """The trial of the search with the best score so far."""
        scored = [trial for trial in self.search_trials if trial.score is not None]
        return max(scored, key=lambda trial: trial.score or 0.0, default=None)

    @property
    def spent(self) -> float:
        """What the trainings that have ended cost; those that were there before cost nothing."""
        return sum(trial.cost or 0.0 for trial in self.trials if not trial.was_reused)

    def trial(self, number: int) -> Trial:
        """Return a trial by its number."""
        return self.trials[number - 1]

    def judged_by(self, finalist: int) -> list[Trial]:
        """Return the repeats of a finalist that have a score; of one that has none, itself."""
        repeats = [trial for trial in self.trials if trial.of == finalist and trial.score is not None]
        return repeats or [self.trial(finalist)]

    def basis_of(self, finalist: int) -> Basis | None:
        """Return what a finalist's mean rests on; None where that is not known."""
        judged_by = self.judged_by(finalist)
        bases = {f"trial {trial.number}": trial.basis for trial in judged_by if trial.basis is not None}
        return basis_of_mean(bases) if len(bases) == len(judged_by) else None

    def plan_of(self, trial: Trial) -> TrainingPlan:
        """Return what a trial trains."""
        return trial_plan(self.required_plan, trial.values, trial.seed)

    def with_trial(self, changed: Trial) -> Self:
        """Return this with one trial as it is now."""
        trials = [changed if trial.number == changed.number else trial for trial in self.trials]
        return self.but(trials=tuple(trials))


def seconds_since(moment: str, now: datetime) -> float:
    """Return the seconds that have passed since a moment as the table writes it."""
    return (now - datetime.fromisoformat(moment)).total_seconds()


def tuning_fingerprint(*, bucket: str, key: str, order_etag: str, corpus_etag: str) -> str:
    """Return the SHA-256, in hex, of what makes a tuning: the order as uploaded, and the corpus as it was then."""
    identity = json.dumps([bucket, key, order_etag, corpus_etag], separators=(",", ":"))
    return hashlib.sha256(identity.encode()).hexdigest()


def tuning_id(key: str, fingerprint: str, attempt: int = 1) -> str:
    """Return a tuning's name: `tuning-SLUG-FINGERPRINT12[-ATTEMPT]`.

    Examples
    --------
    >>> tuning_id("tunings/My blogs.json", "0123456789abcdef", 2)
    'tuning-my-blogs-0123456789ab-2'
    """
    tail = fingerprint[:FINGERPRINT_DIGITS] + (f"-{attempt}" if attempt > 1 else "")
    room = MAX_JOB_NAME - len(TUNING_PREFIX) - len(tail) - 1
    return TUNING_PREFIX + "-".join(part for part in (slug(tuning_name(key))[:room].strip("-"), tail) if part)
