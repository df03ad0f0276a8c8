"""StartTraining: create the SageMaker training job of a planned run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from lambdas.metrics import put_metrics
from wordvectors.aws.algorithms import Algorithm
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.evaluation_sets import set_prefix
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_corpus import require_sets, require_unchanged
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.blazingtext.channels import CODE, PACKAGES
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import own_sets
from wordvectors.lifecycle.engines import Engine, writes_checkpoints
from wordvectors.lifecycle.errors import QueueOver, QuotaReached, RunHasEnded
from wordvectors.lifecycle.keys import MODELS, RUN_ID_TAG, TABLE_TAG, checkpoints_prefix
from wordvectors.lifecycle.metrics import QUEUED_SECONDS
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Changes, Run, Training
from wordvectors.lifecycle.status import RunStatus
from wordvectors.lifecycle.tags import job_tags


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str
    training_image: str
    engine_image: str
    engine_code_uri: str
    engine_packages_uri: str
    training_role_arn: str
    training_tags: Json[dict[str, str]]
    deployment: str
    max_queue_hours: int
    poll_seconds_min: int


settings = Settings.read()
bucket = Bucket(client("s3"), settings.bucket_name)
run_table = RunTable(client("dynamodb"), settings.table_name)
training_jobs = TrainingJobs(client("sagemaker"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Start the training of `event["run_id"]`."""
    log_about(event["run_id"], context)
    return start_training(event["run_id"])


def start_training(run_id: str) -> dict[str, Any]:
    """Create the run's job; a job of its name is this run's, from an earlier try of this step.

    Returns
    -------
    dict
        `run_id`, `job_name`, and `wait_seconds` until the first look at the job.

    Raises
    ------
    QuotaReached
        The account's instances are in use; the run waits as QUEUED and this step is tried again.
    QueueOver
        As before, but the run has waited long enough. The state machine bounds the waits for a run's first job only.
    QuotaTooSmall
        The account's quota will never allow this job.
    CorpusChanged
        The corpus is no longer what the run was planned for.
    SetChanged
        A set of the user's own that the job is to score on the way is no longer there.
    RunHasEnded
        The run is final, as after a redrive of an execution that was stopped.
    """
    run = run_table.require(run_id)
    if run.status.is_final:
        raise RunHasEnded(f"the run is {run.status}: no training job is created for it")
    plan, job = run.resolved_plan, run.job_name
    # SageMaker takes a key and no version of it, and a run may have waited for a day.
    require_unchanged(bucket, run.corpus_key, run.corpus.etag or "")
    require_sets(bucket, own_sets(plan.scored_on_the_way))
    try:
        created = training_jobs.start(
            job,
            plan=plan,
            corpus_uri=bucket.uri(run.corpus_key),
            models_uri=bucket.uri(MODELS),
            checkpoints_uri=_checkpoints_uri(run),
            algorithm=_algorithm(plan),
            role_arn=settings.training_role_arn,
            tags=job_tags(
                plan.tags, {**settings.training_tags, RUN_ID_TAG: run_id, TABLE_TAG: settings.table_name}
            ),
        )
    except QuotaReached as reached:
        waiting = Changes(waiting_for=str(reached))
        run_table.advance(run_id, RunStatus.QUEUED, waiting, job_number=run.job_number)
        waited = datetime.now(UTC) - datetime.fromisoformat(run.created_at)
        put_metrics({QUEUED_SECONDS: waited.total_seconds()}, deployment=settings.deployment)
        logger.info("the run waits for a place", extra={"waiting_for": str(reached)})
        if run.job_number > 1 and waited > timedelta(hours=settings.max_queue_hours):
            raise QueueOver(
                f"{reached} The run has waited for {settings.max_queue_hours} hours (max_queue_hours)."
            ) from reached
        raise
    training = Training(
        job_name=job,
        instance_type=plan.resources.instance_type,
        instance_count=plan.resources.instance_count,
    )
    changes = Changes(training=training, waiting_for=None)
    advanced = run_table.advance(run_id, RunStatus.TRAINING, changes, job_number=run.job_number)
    if not advanced and _has_ended(run_id):
        # The run was stopped while its job was being created: nobody would look after the job.
        training_jobs.stop(job)
        logger.warning("the run had ended meanwhile; its job is stopped")
    logger.info("the training job is started" if created else "the training job was there already")
    return {"run_id": run_id, "job_name": job, "wait_seconds": settings.poll_seconds_min}


def _checkpoints_uri(run: Run) -> str | None:
    if run.fingerprint is None or not writes_checkpoints(run.resolved_plan.engine):
        return None
    return bucket.uri(checkpoints_prefix(run.fingerprint))


def _algorithm(plan: TrainingPlan) -> Algorithm:
    if plan.engine is Engine.BLAZINGTEXT:
        return Algorithm(settings.training_image)
    archives = {CODE: settings.engine_code_uri, PACKAGES: settings.engine_packages_uri}
    scored = plan.scored_on_the_way
    sets = [bucket.uri(set_prefix(name)) for name in own_sets(scored)]
    return Algorithm(settings.engine_image, archives, (MEAN_RHO, *scored), sets)


def _has_ended(run_id: str) -> bool:
    run = run_table.get(run_id)
    return run is None or run.status.is_final
