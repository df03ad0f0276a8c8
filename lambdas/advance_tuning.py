"""AdvanceTuning: look at a tuning's trials, and start what comes next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.clients import client
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.trial_runs import TrialRuns
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.lifecycle.polling import next_wait
from wordvectors.lifecycle.status import Outcome
from wordvectors.plain_text import plain
from wordvectors.tuning.steps import SearchFailed, advance
from wordvectors.tuning.tuning import Trial, Tuning, TuningStatus, seconds_since


class Settings(Environment):
    """Settings of this function."""

    table_name: str
    state_machine_arn: str
    job_name_prefix: str
    poll_seconds_min: int
    poll_seconds_max: int


settings = Settings.read()
tuning_table = TuningTable(client("dynamodb"), settings.table_name)
trial_runs = TrialRuns(
    client("stepfunctions"),
    settings.state_machine_arn,
    RunTable(client("dynamodb"), settings.table_name),
    settings.job_name_prefix,
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Advance the tuning `event["tuning_id"]`."""
    log_about(None, context)
    logger.append_keys(tuning_id=event["tuning_id"])
    return advance_tuning(event["tuning_id"])


def advance_tuning(tuning_id: str) -> dict[str, Any]:
    """Look at the open trials, hand out further ones, and start them.

    What is handed out is written before it is started, over the version that was read alone: of two that do this at
    once, as when an answer was lost, one starts nothing.

    Returns
    -------
    dict
        `outcome` is IN_PROGRESS (with `wait_seconds`), COMPLETED (the trials have ended, and are to be judged) or
        FAILED (with a `reason`).
    """
    read = tuning_table.require(tuning_id)
    answer = {"tuning_id": tuning_id}
    if read.status.is_final:
        return answer | {"outcome": Outcome.STOPPED, "reason": read.reason or ""}
    tuning = _looked_at(read)
    try:
        tuning = _with_next(tuning)
    except SearchFailed as failed:
        logger.warning("the search has failed", extra={"why": str(failed)})
        tuning_table.save(tuning)
        return answer | {"outcome": Outcome.FAILED, "reason": plain(failed)}
    written = tuning_table.save(tuning.but(looks=tuning.looks + 1))
    if written is None:
        return answer | {"outcome": Outcome.IN_PROGRESS, "wait_seconds": settings.poll_seconds_min}
    if written.status is TuningStatus.JUDGING:
        return answer | {"outcome": Outcome.COMPLETED}
    _start(written, read)
    return answer | {"outcome": Outcome.IN_PROGRESS, "wait_seconds": _wait(written)}


def _looked_at(tuning: Tuning) -> Tuning:
    """Return a tuning with its open trials as they are now."""
    for trial in tuning.open_trials:
        # Its first one was handed out by PlanTuning, which starts nothing.
        found = trial if trial.execution or trial.run_id else _placed(tuning, trial)
        if found.is_open:
            found = trial_runs.looked_at(tuning, found) if found is trial else found
        tuning = tuning.with_trial(_stamped(found))
    return tuning


def _with_next(tuning: Tuning) -> Tuning:
    """Return a tuning with the trials that are to be started; those that were trained before have ended."""
    from wordvectors.tuning.search import suggest  # numpy and Optuna take a while

    while True:
        before = len(tuning.trials)
        tuning = advance(tuning, suggest, datetime.now(UTC))
        new = tuning.trials[before:]
        for trial in new:
            logger.info("a trial is handed out", extra={"trial": trial.to_json()})
            tuning = tuning.with_trial(_stamped(_placed(tuning, trial)))
        if not any(not tuning.trial(trial.number).is_open for trial in new):
            return tuning


def _placed(tuning: Tuning, trial: Trial) -> Trial:
    return trial_runs.placed(tuning, trial).but(started_at=_moment())


def _stamped(trial: Trial) -> Trial:
    return trial if trial.is_open or trial.ended_at else trial.but(ended_at=_moment())


def _start(tuning: Tuning, read: Tuning) -> None:
    """Start what has been handed out; what was stopped meanwhile is stopped."""
    known = {trial.number for trial in read.trials if trial.execution}
    new = [trial for trial in tuning.open_trials if trial.execution and trial.number not in known]
    for trial in new:
        trial_runs.looked_at(tuning, trial)
    if new and tuning_table.require(tuning.tuning_id).status.is_final:
        # It was stopped while they were being started: nobody would look after them.
        for trial in new:
            trial_runs.stop(tuning, trial, "its tuning was stopped")
        logger.warning("the tuning had ended meanwhile; its new trials are stopped")


def _wait(tuning: Tuning) -> int:
    """Return the seconds to the next look: half of the time since the last trial was handed out, within bounds."""
    now = datetime.now(UTC)
    last = max(
        (trial.started_at for trial in tuning.open_trials if trial.started_at), default=tuning.created_at
    )
    longest = tuning.required_order.max_hours * 3600 + tuning.required_plan.resources.max_runtime_seconds
    return next_wait(
        elapsed=seconds_since(last, now),
        percent=None,
        polls=tuning.looks,
        least=settings.poll_seconds_min,
        greatest=settings.poll_seconds_max,
        max_runtime=int(longest),
    )


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
