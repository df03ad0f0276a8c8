"""The runs that are a tuning's trials: found, started and stopped; each is an ordinary execution of the pipeline."""

from __future__ import annotations

import json
import secrets
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import TransientServiceError, error_code, transient_errors_named
from wordvectors.aws.run_table import RunTable
from wordvectors.lifecycle.errors import UnreadableRow
from wordvectors.lifecycle.keys import fingerprint, run_id
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.steps import score_of, seen
from wordvectors.tuning.tuning import Trial, Tuning

NO_RUN = "its execution ended before it had a run; its log tells why"


class TrialRuns:
    """The pipeline's runs, as a tuning uses them.

    Parameters
    ----------
    client
        A boto3 Step Functions client.
    state_machine_arn
        The pipeline's.
    job_name_prefix
        What the names of the deployment's runs begin with.
    """

    def __init__(self, client: Any, state_machine_arn: str, runs: RunTable, job_name_prefix: str) -> None:
        self._client, self._machine, self._runs = client, state_machine_arn, runs
        self._prefix = job_name_prefix

    def placed(self, tuning: Tuning, trial: Trial) -> Trial:
        """Return a new trial as it is to be carried out.

        A plan that was trained before is not trained again: its score counts. One that is being trained is waited
        for. One whose runs have all come to nothing is given another try.
        """
        if trial.again:
            return trial.but(execution=_execution(tuning, trial))
        order = tuning.required_order
        runs = self._attempts(tuning, trial)
        for run in reversed(runs):
            is_there = run.status is RunStatus.COMPLETED and run.removed_at is None
            trained = is_there and score_of(run, order) is not None
            if trained or not run.status.is_final:
                return seen(trial, run, order)
        return trial.but(execution=_execution(tuning, trial), again=bool(runs))

    def looked_at(self, tuning: Tuning, trial: Trial) -> Trial:
        """Return an open trial as its run is now; its execution is started unless it has been.

        A step that was carried out twice, or half, does no harm: the name of a trial's execution is written before it
        is started, and Step Functions starts none twice.
        """
        order = tuning.required_order
        run = self._run_of(tuning, trial)
        if run is not None:
            return seen(trial, run, order)
        if self._start(tuning, trial):
            return trial
        # It has ended without a row of its own: somebody else has begun a run of the same plan, or it failed before.
        runs = self._attempts(tuning, trial)
        if runs and not trial.again:
            return seen(trial.but(execution=None), runs[-1], order)
        return trial.but(status=RunStatus.FAILED, note=NO_RUN)

    def stop(self, tuning: Tuning, trial: Trial, cause: str) -> None:
        """Stop the execution that a tuning has started for a trial, if it runs; the pipeline closes its run.

        One whose training is done goes on to its scores: they cost no more, and if the search goes on, they count.
        """
        if trial.execution is None:
            return
        if self._is_trained(tuning, trial):
            return
        try:
            with transient_errors_named():
                self._client.stop_execution(executionArn=self._arn(trial.execution), cause=cause)
        except ClientError as error:
            if error_code(error) not in ("ExecutionDoesNotExist", "ValidationException"):  # or it has ended
                raise

    def _is_trained(self, tuning: Tuning, trial: Trial) -> bool:
        try:
            run = self._run_of(tuning, trial)
        except (LookupError, UnreadableRow):  # what can't be told is stopped
            return False
        return run is not None and run.status is RunStatus.EVALUATING

    def _start(self, tuning: Tuning, trial: Trial) -> bool:
        """Start a trial's execution unless it has been; return whether it runs."""
        assert trial.execution is not None
        try:
            with transient_errors_named():
                found = self._client.describe_execution(executionArn=self._arn(trial.execution))
            if "status" not in found:  # the AWS SDK reads a garbled answer as an empty one
                raise TransientServiceError("DescribeExecution's answer lacks the status")
            return bool(found["status"] == "RUNNING")
        except ClientError as error:
            if error_code(error) != "ExecutionDoesNotExist":
                raise
        request = {
            "bucket": tuning.corpus.bucket,
            "key": tuning.corpus.key,
            "etag": tuning.corpus.etag,
            "plan": tuning.plan_of(trial).model_dump(mode="json"),
            "tuning": tuning.tuning_id,
            **({"again": True} if trial.again else {}),
        }
        try:
            with transient_errors_named():
                self._client.start_execution(
                    stateMachineArn=self._machine, name=trial.execution, input=json.dumps(request)
                )
        except ClientError as error:
            if error_code(error) != "ExecutionAlreadyExists":  # by a call whose answer was lost
                raise
        return True

    def _run_of(self, tuning: Tuning, trial: Trial) -> Run | None:
        if trial.run_id is not None:
            return self._runs.require(trial.run_id)
        assert trial.execution is not None
        arn = self._arn(trial.execution)
        own = (run for run in self._attempts(tuning, trial) if run.execution_arn == arn)
        return next(own, None)

    def _attempts(self, tuning: Tuning, trial: Trial) -> list[Run]:
        """Return the runs that were made of the corpus with a trial's plan, in order."""
        corpus = tuning.corpus
        key = corpus.key or ""
        identity = fingerprint(
            bucket=corpus.bucket or "",
            key=key,
            etag=corpus.etag or "",
            plan_json=tuning.plan_of(trial).canonical_json(),
        )
        found, _ = self._runs.attempts(
            lambda number: run_id(prefix=self._prefix, key=key, fingerprint=identity, attempt=number)
        )
        return found

    def _arn(self, execution: str) -> str:
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{execution}"


def _execution(tuning: Tuning, trial: Trial) -> str:
    """Return a name for a trial's execution, which begins with its tuning's id.

    Its end can't be foreseen: whoever may start executions could take a name that can, and hold the search up.
    """
    return f"{tuning.tuning_id}-t{trial.number}-{secrets.token_hex(4)}"
