"""CloseRun: the single way out of a run. Its job no longer runs, its row is final, its people are told; of a trial,
its tuning tells them.

The state machine ends every path here. And because an execution can also be aborted, time out, or fail
in this very step, EventBridge calls the function once more for each execution that ended badly. Closing
a closed run changes nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from lambdas.metrics import put_metrics
from wordvectors.aws.clients import client
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.notifications import Notifications, tell_once
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.lifecycle.cost import actual_cost
from wordvectors.lifecycle.ending import (
    CLAIM_WINDOW,
    SETTLING_SECONDS,
    Ending,
    ending_of,
    final_changes,
    run_without_plan,
)
from wordvectors.lifecycle.errors import UnreadableRow
from wordvectors.lifecycle.metrics import BILLED_SECONDS, COST, MEAN_RHO, RUNS_ENDED, WORDS_PER_SECOND
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import plain


class Settings(Environment):
    """Settings of this function."""

    table_name: str
    topic_arn: str
    job_name_prefix: str
    deployment: str


settings = Settings.read()
run_table = RunTable(client("dynamodb"), settings.table_name)
tuning_table = TuningTable(client("dynamodb"), settings.table_name)
training_jobs = TrainingJobs(client("sagemaker"))
notifications = Notifications(client("sns"), settings.topic_arn)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Close the run of a state machine's last state, or of an execution that EventBridge reports."""
    log_about(None, context)
    return close_run(ending_of(event))


def close_run(ending: Ending) -> dict[str, Any]:
    """Stop what still runs, write the final status unless there is one, and tell the topic once, but of no trial.

    Returns
    -------
    dict
        `run_id`, and the `status` and `reason` that the run ended with: those of the first closing.
    """
    try:
        run = _find_or_create(ending)
    except Exception:
        if ending.job_name and ending.status is not RunStatus.COMPLETED:
            _stop_job(ending.job_name)  # it must not run on for as long as the table is broken
        raise
    name = run.run_id
    logger.append_keys(run_id=name)
    if not ending.owns(run):
        logger.warning("the run is another execution's; it is left alone")
        return _answer(run)
    stop = Stop()
    if RunStatus.COMPLETED not in (ending.status, run.status):
        stop = _stop_job(run.job_name)
    if not run.status.is_final:
        status, changes = final_changes(
            run, ending, moment=datetime.now(UTC), stopped=stop.carried_out, trouble=stop.trouble
        )
        advanced = run_table.advance(name, status, changes)
        run = run_table.get(name) or run
        if advanced:
            logger.info("the run is closed", extra={"status": status, "reason": changes.reason})
            _put_metrics(run)
            if status is not RunStatus.COMPLETED and not (stop.carried_out or stop.trouble):
                # A job may have been created since: only from here on StartTraining sees that it must not.
                stop = _stop_job(run.job_name)
    if not run.notified_at and not _is_trial(run):
        _tell_once(run)
    if stop.worth_another_try:
        raise TransientServiceError(stop.trouble)
    return _answer(run)


def _is_trial(run: Run) -> bool:
    """Whether a tuning has started the run, and so tells people of it. That a request names one is not enough."""
    try:
        tuning = tuning_table.get(run.tuning) if run.tuning else None
    except UnreadableRow:
        return False
    return tuning is not None and tuning.has_started(run.execution_arn)


def _answer(run: Run) -> dict[str, Any]:
    return {"run_id": run.run_id, "status": run.status, "reason": run.reason or ""}


@dataclass(frozen=True)
class Stop:
    """What came of stopping a job: whether it ran, and what a person must know if it may still run."""

    carried_out: bool = False
    trouble: str | None = None
    worth_another_try: bool = False


def _stop_job(name: str) -> Stop:
    """Stop a run's job; the run is closed whatever comes of it."""
    try:
        stopped = training_jobs.stop(name)
    except (ClientError, TransientServiceError) as error:
        logger.exception("the training job could not be stopped")
        return Stop(
            trouble=f"its training job could not be stopped and may still run: {plain(error)}",
            worth_another_try=isinstance(error, TransientServiceError),
        )
    if stopped:
        logger.info("the training job is asked to stop")
    return Stop(carried_out=stopped)


def _tell_once(run: Run) -> None:
    """Tell the topic how the run ended, unless another closing does so at this moment."""
    name = run.run_id
    told = tell_once(
        run_table,
        name,
        lambda: bool((run_table.get(name) or run).notified_at),
        lambda: notifications.run_ended(run),
    )
    if not told:
        logger.warning("the message has been claimed twice; it is not sent again")


def _put_metrics(run: Run) -> None:
    """Count the run by its status, and measure what was trained."""
    put_metrics({RUNS_ENDED: 1}, deployment=settings.deployment, status=run.status)
    put_metrics(
        {
            WORDS_PER_SECOND: run.progress.words_per_second,
            MEAN_RHO: run.mean_rho,
            BILLED_SECONDS: run.training.billed_instance_seconds,
            COST: actual_cost(run.cost),
        },
        deployment=settings.deployment,
    )


def _find_or_create(ending: Ending) -> Run:
    named = run_table.get(ending.run_id) if ending.run_id else None
    if named is not None and ending.owns(named):
        return named
    run = _find(ending)
    if run is None:
        time.sleep(SETTLING_SECONDS)
        run = _find(ending)
    if run is None:
        created = run_without_plan(ending, settings.job_name_prefix)
        run_table.claim(created)
        run = run_table.get(created.run_id) or created
    return run


def _find(ending: Ending) -> Run | None:
    """Return the row that the execution's first step wrote; an open one before one that is final."""
    since, until = ending.started_at - timedelta(minutes=1), ending.started_at + CLAIM_WINDOW
    around = run_table.newest(since=since.isoformat(), until=until.isoformat())
    return min(filter(ending.owns, around), key=lambda run: run.status.is_final, default=None)
