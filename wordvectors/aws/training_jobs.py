"""SageMaker training jobs: start, look, stop. And the quota that stands in the way of the first one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.algorithms import Algorithm
from wordvectors.aws.errors import (
    TransientServiceError,
    error_code,
    error_message,
    transient_errors_named,
)
from wordvectors.lifecycle.errors import QuotaReached, QuotaTooSmall
from wordvectors.lifecycle.plan import TrainingPlan

ASK_THE_DOCTOR = "`wordvectors doctor` shows the account's quotas, and how to ask for more."
RETRIES = 2
"""How often SageMaker begins a job anew after an error of its own, within the time that the job has in all (API
reference, "RetryStrategy")."""
_DESCRIBED = {"TrainingJobStatus", "SecondaryStatus", "CreationTime"}
"""What every answer of DescribeTrainingJob holds; the AWS SDK reads a garbled one as an empty one."""
_CAPACITY_ERROR = "CapacityError"
_LIMIT = re.compile(r"service[- ]limit\b.*?\b(?:is|of) (\d[\d,]*)")
_DELTA = re.compile(r"request delta of (\d[\d,]*)")
_QUOTA_NAME = re.compile(r"'([^']+)'|service limit for (\S+)")
"""CreateTrainingJob's refusals: "The account-level service limit 'NAME' is L UNIT, with current utilization of U UNIT
and a request delta of D UNIT", and "The request delta of D UNIT for 'NAME' is greater than the account-level
service-limit of L UNIT" (aws/sagemaker-python-sdk, issues 35 and 4939)."""


@dataclass(frozen=True)
class JobState:
    """A training job as DescribeTrainingJob tells it; times are aware, seconds are of wall-clock time."""

    status: str
    secondary_status: str
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    billable_seconds: int | None
    training_seconds: int | None
    model_uri: str | None

    @property
    def lacks_capacity(self) -> bool:
        """Whether it failed because SageMaker had no instances of its type: CreateTrainingJob takes such a job."""
        return self.status == "Failed" and (self.reason or "").startswith(_CAPACITY_ERROR)


class TrainingJobs:
    """The account's training jobs, through a boto3 SageMaker client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def start(
        self,
        name: str,
        *,
        plan: TrainingPlan,
        corpus_uri: str,
        models_uri: str,
        checkpoints_uri: str | None,
        algorithm: Algorithm,
        role_arn: str,
        tags: dict[str, str],
    ) -> bool:
        """Start a job. Return False if a job of that name is there already.

        SageMaker has no idempotency token: a name is unique per account and region, so a name that is
        derived from the run makes the call safe to repeat. The training volume is encrypted with a key
        that SageMaker makes for it and throws away (developer guide, "Protect Data at Rest").

        Parameters
        ----------
        checkpoints_uri
            Where checkpoints are kept; None for an algorithm that writes none.

        Raises
        ------
        QuotaReached, QuotaTooSmall
            When the account's quota does not allow the job.
        """
        resources = plan.resources
        stopping = {"MaxRuntimeInSeconds": resources.max_runtime_seconds}
        if resources.spot:
            stopping["MaxWaitTimeInSeconds"] = plan.longest_seconds
        kept = {"CheckpointConfig": {"S3Uri": checkpoints_uri}} if checkpoints_uri else {}
        request = kept | {
            "TrainingJobName": name,
            "AlgorithmSpecification": algorithm.specification(),
            "RoleArn": role_arn,
            "HyperParameters": plan.job_hyperparameters(),
            "InputDataConfig": algorithm.channels(corpus_uri),
            "OutputDataConfig": {"S3OutputPath": models_uri},
            "ResourceConfig": {
                "InstanceType": resources.instance_type,
                "InstanceCount": resources.instance_count,
                "VolumeSizeInGB": resources.volume_gb,
            },
            "StoppingCondition": stopping,
            "RetryStrategy": {"MaximumRetryAttempts": RETRIES},
            "EnableManagedSpotTraining": resources.spot,
            "EnableNetworkIsolation": True,
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
        }
        try:
            with transient_errors_named():
                self._client.create_training_job(**request)
        except ClientError as error:
            code, message = error_code(error), error_message(error)
            if code == "ResourceInUse":
                return False
            if code == "ResourceLimitExceeded":
                raise _quota_error(message) from error
            raise
        return True

    def describe(self, name: str) -> JobState | None:
        """Return a job's state, or None if there is no such job."""
        try:
            with transient_errors_named():
                job = self._client.describe_training_job(TrainingJobName=name)
        except ClientError as error:
            if _is_unknown(error):
                return None
            raise
        if missing := _DESCRIBED - job.keys():
            raise TransientServiceError(f"DescribeTrainingJob's answer lacks {', '.join(sorted(missing))}")
        return JobState(
            status=job["TrainingJobStatus"],
            secondary_status=job["SecondaryStatus"],
            reason=job.get("FailureReason"),
            created_at=job["CreationTime"],
            started_at=job.get("TrainingStartTime"),
            ended_at=job.get("TrainingEndTime"),
            billable_seconds=job.get("BillableTimeInSeconds"),
            training_seconds=job.get("TrainingTimeInSeconds"),
            model_uri=job.get("ModelArtifacts", {}).get("S3ModelArtifacts"),
        )

    def stop(self, name: str) -> bool:
        """Ask a job to stop. Return False if there is none that runs: that is no error."""
        try:
            with transient_errors_named():
                self._client.stop_training_job(TrainingJobName=name)
        except ClientError as error:
            if _is_unknown(error) or error_code(error) == "ValidationException":
                return False
            raise
        return True

    def running(self) -> dict[str, dict[str, str]]:
        """Return all jobs of the account that are in progress, each with its tags; none where they may not be read."""
        wanted: dict[str, Any] = {"StatusEquals": "InProgress", "MaxResults": 100}
        jobs: dict[str, dict[str, str]] = {}
        while True:
            with transient_errors_named():
                page = self._client.list_training_jobs(**wanted)
            for job in page["TrainingJobSummaries"]:
                jobs[job["TrainingJobName"]] = self._tags(job["TrainingJobArn"])
            if not page.get("NextToken"):
                return jobs
            wanted["NextToken"] = page["NextToken"]

    def _tags(self, arn: str) -> dict[str, str]:
        try:
            with transient_errors_named():
                tags = self._client.list_tags(ResourceArn=arn)["Tags"]
        except ClientError as refused:
            if "AccessDenied" in error_code(refused) or _is_unknown(refused):
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in tags}


def _is_unknown(error: ClientError) -> bool:
    return error_code(error) == "ResourceNotFound" or (
        error_code(error) == "ValidationException" and "not found" in error_message(error).lower()
    )


def _quota_error(message: str) -> Exception:
    """Tell a quota that is used up now from one that the request alone exceeds: waiting helps the first only."""
    limit, delta, name = (pattern.search(message) for pattern in (_LIMIT, _DELTA, _QUOTA_NAME))
    if limit is None:
        return QuotaReached(message)  # the local cloud, whose limit is this machine's
    if delta is None or _number(limit[1]) >= _number(delta[1]):
        return QuotaReached(f"{message} {ASK_THE_DOCTOR}")
    quota = f" '{name[1] or name[2]}'" if name else ""
    return QuotaTooSmall(
        f"This account's quota{quota} is {limit[1]}, and the run needs {delta[1]}. "
        "Ask for more in the Service Quotas console (service: Amazon SageMaker), or lower it in the plan's "
        f"resources. {ASK_THE_DOCTOR}"
    )


def _number(text: str) -> int:
    return int(text.replace(",", ""))
