"""PollTraining: look at a training job, keep what it says, and say when to look again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.clients import client
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_jobs import JobState, TrainingJobs
from wordvectors.aws.training_log import TrainingLogs
from wordvectors.blazingtext.log import TrainingLog, parse_log
from wordvectors.lifecycle.capacity import failed_text, pause_seconds, waiting_text
from wordvectors.lifecycle.cost import billed_cost
from wordvectors.lifecycle.engines import scores_on_the_way
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.polling import next_wait
from wordvectors.lifecycle.run import Changes, EpochScores, Run
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.plain_text import plain

DELETED = "the training job no longer exists; it was deleted from outside the pipeline"


class Settings(Environment):
    """Settings of this function."""

    table_name: str
    limits: Json[Limits]
    max_capacity_tries: int
    poll_seconds_min: int
    poll_seconds_max: int


settings = Settings.read()
run_table = RunTable(client("dynamodb"), settings.table_name)
training_jobs = TrainingJobs(client("sagemaker"))
training_logs = TrainingLogs(client("logs"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look at the training job of `event["run_id"]`."""
    log_about(event["run_id"], context)
    return poll_training(event["run_id"])


def poll_training(run_id: str) -> dict[str, Any]:
    """Store the job's state and progress in the run.

    Returns
    -------
    dict
        `run_id`, `job_name`, `outcome` (IN_PROGRESS, COMPLETED, NO_CAPACITY, FAILED or STOPPED), `reason` of the last
        three, and `wait_seconds` until the next look, or until another job is to be created.
    """
    run = run_table.require(run_id)
    if run.status is RunStatus.QUEUED:  # this step was carried out before, and its answer was lost
        return _answer(run, Outcome.NO_CAPACITY, run.waiting_for, pause_seconds(run.job_number - 1))
    job = training_jobs.describe(run.job_name)
    if job is None:
        return _answer(run, Outcome.FAILED, DELETED)
    if job.lacks_capacity:  # it never had an instance that could be billed
        job = replace(job, billable_seconds=job.billable_seconds or 0)

    resources = run.resolved_plan.resources
    outcome, reason = outcome_of(job, resources.max_runtime_seconds, run.stop_requested_by)
    if outcome is Outcome.NO_CAPACITY:
        why, limits, tries = plain(job.reason), settings.limits, settings.max_capacity_tries
        if run.job_number < tries:
            return _queued_again(run, waiting_text(run, why, limits, tries))
        outcome, reason = Outcome.FAILED, failed_text(run, why, limits, tries)
    log = _read_log(
        run.job_name,
        ended=outcome is not Outcome.IN_PROGRESS,
        scored=scores_on_the_way(run.resolved_plan.engine),
    )
    training = run.training.with_known(**_training_facts(job, log, resources.instance_count))
    progress = run.progress.with_known(
        percent=log.percent,
        alpha=log.alpha,
        words_per_second=log.words_per_second,
        ended_early_after=log.ended_early_after,
    )
    # EVALUATING begins when the job is done; a job that ended otherwise is closed by the next state.
    status = RunStatus.EVALUATING if outcome is Outcome.COMPLETED else RunStatus.TRAINING
    polls = run.polls + 1
    changes = Changes(training=training, progress=progress, polls=polls)
    if log.epoch_scores:
        changes = changes.with_known(epoch_scores=_epoch_scores(run, log))
    if outcome is not Outcome.IN_PROGRESS and job.billable_seconds is not None and run.cost is not None:
        cost = billed_cost(
            run.cost,
            instances=resources.instance_count,
            billable_seconds=job.billable_seconds,
            training_seconds=job.training_seconds if resources.spot else None,
        )
        changes = changes.with_known(cost=cost)
    run_table.advance(run_id, status, changes, job_number=run.job_number)

    wait = next_wait(
        elapsed=(datetime.now(UTC) - (job.started_at or job.created_at)).total_seconds(),
        percent=progress.percent,
        polls=polls,
        least=settings.poll_seconds_min,
        greatest=settings.poll_seconds_max,
        max_runtime=run.resolved_plan.longest_seconds,
    )
    logger.info(
        "looked at the training job",
        extra={
            "job_status": job.status,
            "secondary_status": job.secondary_status,
            "progress": progress.to_json(),
            "wait": wait,
        },
    )
    return _answer(run, outcome, reason, wait)


def _queued_again(run: Run, waiting_for: str) -> dict[str, Any]:
    """Put a run whose job has found no instances back into the queue, for another job after a pause."""
    if not run_table.queue_again(run, waiting_for):
        logger.warning("the run has ended or moved on meanwhile; it is left as it is")
    logger.info("SageMaker has no instances for the run", extra={"waiting_for": waiting_for})
    following = run.model_copy(update={"job_number": run.job_number + 1})
    return _answer(following, Outcome.NO_CAPACITY, waiting_for, pause_seconds(run.job_number))


def outcome_of(
    job: JobState, max_runtime_seconds: int, stop_requested_by: str | None
) -> tuple[Outcome, str | None]:
    """Say how a job stands, and why, if it ended without a model.

    A job that ran into its time limit is `Stopped` to SageMaker, with a secondary status of its own;
    `Stopping` is not an end yet. When somebody has asked for the run's stop, a job that found no instances is the last.
    """
    if job.status == "Completed":
        return Outcome.COMPLETED, None
    by = (
        f"`wordvectors stop` by {stop_requested_by}"
        if stop_requested_by
        else "StopTrainingJob from outside the pipeline; CloudTrail knows who called it"
    )
    stopped = f"the training job was stopped: {by}"
    if job.lacks_capacity:
        return (Outcome.STOPPED, stopped) if stop_requested_by else (Outcome.NO_CAPACITY, job.reason)
    if job.status == "Failed":
        return Outcome.FAILED, job.reason or "SageMaker gave no reason; see the job's log"
    if job.status == "Stopped":
        reasons = {
            "MaxRuntimeExceeded": f"training was stopped at its limit, max_runtime_seconds = {max_runtime_seconds}",
            "MaxWaitTimeExceeded": "no spot capacity was found in the time allowed for waiting and training",
        }
        return Outcome.STOPPED, reasons.get(job.secondary_status, stopped)
    if job.status in ("InProgress", "Stopping"):
        return Outcome.IN_PROGRESS, None
    if job.status == "Deleting":
        return Outcome.FAILED, DELETED
    return Outcome.FAILED, f"the training job is in an unexpected status: {job.status}"


def _epoch_scores(run: Run, log: TrainingLog) -> tuple[EpochScores, ...]:
    """Return the scores of all epochs that are known: an earlier look may have seen those that this one did not."""
    known = {one.epoch: one for one in run.epoch_scores}
    told = {
        epoch: EpochScores(epoch=epoch, scores=dict(scores)) for epoch, scores in log.epoch_scores.items()
    }
    return tuple(one for _, one in sorted((known | told).items()))


def _read_log(job: str, *, ended: bool, scored: bool) -> TrainingLog:
    """Read the end of the log, and once training is over its beginning too, where the vocabulary is told.

    Of a training that is scored on its way all is read then, for the scores of its epochs.

    A log that cannot be read is no reason to give up a training that is paid for.
    """
    try:
        if ended and scored:
            return parse_log(line for _, line in training_logs.timed(job))
        lines = training_logs.tail(job)
        if ended:
            lines = training_logs.head(job) + lines
    except (ClientError, TransientServiceError, KeyError) as error:
        logger.warning("the training log could not be read", extra={"why": str(error)})
        lines = []
    return parse_log(lines)


def _training_facts(job: JobState, log: TrainingLog, instances: int) -> dict[str, Any]:
    return {
        "job_status": job.status,
        "secondary_status": job.secondary_status,
        "created_at": _iso(job.created_at),
        "started_at": _iso(job.started_at),
        "ended_at": _iso(job.ended_at),
        "job_seconds": job.training_seconds,
        "billable_seconds": job.billable_seconds,
        "billed_instance_seconds": None if job.billable_seconds is None else job.billable_seconds * instances,
        "training_seconds": log.training_seconds,
        "vocabulary": log.vocabulary,
        "model_uri": job.model_uri,
    }


def _answer(run: Run, outcome: Outcome, reason: str | None, wait: int = 0) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "job_name": run.job_name,
        "outcome": outcome,
        "reason": reason or "",
        "wait_seconds": wait,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
