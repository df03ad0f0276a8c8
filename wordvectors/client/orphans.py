"""What nobody looks after: jobs that run without a live execution, and open runs and tunings whose execution is over.

The pipeline leaves none: CloseRun, or CloseTuning, is the end of every execution, whatever ends it. They come about
only when that could not do its work: permissions taken away, an event lost, a stack destroyed under its runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named
from wordvectors.client.deployment import Deployment
from wordvectors.client.functions import FunctionFailed, invoke
from wordvectors.lifecycle.keys import RUN_ID_TAG, TABLE_TAG, is_training_job_of
from wordvectors.lifecycle.outputs import Output
from wordvectors.lifecycle.removal import CLOSING_TIME
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import Outcome
from wordvectors.tuning.order import MOST_HOURS, order_key
from wordvectors.tuning.tuning import Tuning

LOOK_BACK = timedelta(days=40)
"""An open run is no older: the state machine ends an execution after a week in the queue, a day in which SageMaker
has no instances, 28 days of training and a day to spare. A tuning may go on for its own hours besides."""


@dataclass(frozen=True)
class Orphan:
    """A training job, an open run or an open tuning that nobody looks after.

    Attributes
    ----------
    name : str
        The run's, the tuning's, or the job's.
    row : Run, Tuning or None
        The row that is open and must be closed; None for a job that has no open run.
    """

    name: str
    what: str
    row: Run | Tuning | None


def find_orphans(deployment: Deployment) -> list[Orphan]:
    """Return this deployment's orphans: open runs and tunings without a live execution, jobs without an open run.

    Tunings come first: closing one stops its trials.

    A job is this deployment's if its tags name the deployment's table: two deployments of an account may share a
    prefix, and one may have had several.
    """
    open_runs = {run.run_id: run for run in open_runs_of(deployment)}
    orphans = []
    for tuning in _open_tunings_of(deployment):
        ended = _execution_end(deployment, tuning.execution_arn)
        if ended is not None:
            what = f"the tuning is {tuning.status}, but its execution {ended}"
            orphans.append(Orphan(tuning.tuning_id, what, tuning))
    for name, run in open_runs.items():
        ended = _execution_end(deployment, run.execution_arn)
        if ended is not None:
            orphans.append(Orphan(name, f"the run is {run.status}, but its execution {ended}", run))
    table = deployment.outputs[Output.TABLE]
    for name, tags in deployment.training_jobs.running().items():
        run_id = tags.get(RUN_ID_TAG, "")
        if tags.get(TABLE_TAG) != table or not is_training_job_of(run_id, name) or run_id in open_runs:
            continue
        row = deployment.runs.get(run_id)
        if row is None:
            orphans.append(Orphan(name, "its training job runs, but the table has no such run", None))
        elif row.status.is_final:
            orphans.append(Orphan(name, f"its training job runs, but the run is {row.status}", None))
    return orphans


def close_orphan(deployment: Deployment, orphan: Orphan, by: str) -> str:
    """Stop an orphan's job, or close its row; return what was done.

    An open run is closed by the pipeline's own CloseRun: it stops the job, makes the row final and tells the
    topic once. So is an open tuning by CloseTuning, whose name is an output of the stack of tunings.
    """
    if orphan.row is None:
        stopped = deployment.training_jobs.stop(orphan.name)
        return "its job is asked to stop" if stopped else "its job has ended meanwhile"
    key: str | None
    if isinstance(orphan.row, Tuning):
        closing, identity, key = Output.CLOSE_TUNING, "tuning_id", order_key(orphan.row.name)
        done = "its trials are stopped and the tuning is {}"
    else:
        closing, identity, key = Output.CLOSE_RUN, "run_id", orphan.row.corpus.key
        done = "its job is stopped and the run is {}"
    state = {
        identity: orphan.name,
        "outcome": Outcome.STOPPED,
        "reason": f"closed with `wordvectors doctor --fix` by {by}: {orphan.what}",
    }
    event = {
        "state": state,
        "execution_arn": orphan.row.execution_arn,
        "started_at": orphan.row.created_at,
        "input": {"bucket": orphan.row.corpus.bucket, "key": key},
    }
    try:
        payload = invoke(deployment, closing, event)
    except FunctionFailed as failed:
        return str(failed)
    return done.format(payload["status"])


def open_runs_of(deployment: Deployment) -> Iterator[Run]:
    """Yield the runs that are not final."""
    since = (datetime.now(UTC) - LOOK_BACK).isoformat()
    for run in deployment.runs.newest(since=since):
        if not run.status.is_final:
            yield run


def _open_tunings_of(deployment: Deployment) -> Iterator[Tuning]:
    since = (datetime.now(UTC) - LOOK_BACK - timedelta(hours=MOST_HOURS)).isoformat()
    for tuning in deployment.tunings.newest(since=since):
        if not tuning.status.is_final:
            yield tuning


def _execution_end(deployment: Deployment, execution_arn: str | None) -> str | None:
    """Say how an execution is over; None while it runs, or has ended so lately that its run is being closed."""
    if execution_arn is None:
        return "is named nowhere"
    try:
        with transient_errors_named():
            execution = deployment.client("stepfunctions").describe_execution(executionArn=execution_arn)
    except ClientError as error:
        if error_code(error) in ("ExecutionDoesNotExist", "InvalidArn"):
            return "does not exist any more"
        raise
    if execution["status"] == "RUNNING":
        return None
    if datetime.now(UTC) - execution["stopDate"].astimezone(UTC) < CLOSING_TIME:
        return None
    return f"is {execution['status']}"
