"""A deployed pipeline, as its users see it: found by its stack's outputs, in an account or on this machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client_of
from wordvectors.aws.run_table import Run, RunTable
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.aws.training_log import TrainingLogs
from wordvectors.run import RunStatus

PIPELINE_STACK = "Pipeline"


class DeploymentNotFound(Exception):
    """There is no pipeline where it was looked for, or it can't be reached."""


def wordvectors_home() -> Path:
    """Return the folder that holds the local cloud's state and the caches: WORDVECTORS_HOME or ~/.wordvectors."""
    return Path(os.environ.get("WORDVECTORS_HOME") or "~/.wordvectors").expanduser()


@dataclass(frozen=True)
class Deployment:
    """One deployed pipeline.

    Attributes
    ----------
    session
        A boto3 session with the user's credentials.
    endpoint_url : str or None
        Of the local cloud; None for AWS.
    outputs : dict of str to str
        Of the pipeline's stack.
    """

    session: boto3.Session
    endpoint_url: str | None
    outputs: dict[str, str]

    @property
    def is_local(self) -> bool:
        """Whether this is the local cloud."""
        return self.endpoint_url is not None

    @property
    def default_plan(self) -> dict[str, Any]:
        """The plan that completes a user's."""
        return json.loads(self.outputs["DefaultPlan"])

    @property
    def job_name_prefix(self) -> str:
        """What the names of this deployment's runs begin with."""
        return self.outputs["JobNamePrefix"]

    def client(self, service: str) -> Any:
        """Return a boto3 client of this deployment."""
        return client_of(self.session, service, self.endpoint_url)

    @cached_property
    def s3(self) -> Any:
        """The boto3 S3 client."""
        return self.client("s3")

    @cached_property
    def bucket(self) -> Bucket:
        """The bucket."""
        return Bucket(self.s3, self.outputs["BucketName"])

    @cached_property
    def runs(self) -> RunTable:
        """The runs table."""
        return RunTable(self.client("dynamodb"), self.outputs["TableName"])

    @cached_property
    def training_jobs(self) -> TrainingJobs:
        """The training jobs."""
        return TrainingJobs(self.client("sagemaker"))

    @cached_property
    def training_logs(self) -> TrainingLogs:
        """The training jobs' logs."""
        return TrainingLogs(self.client("logs"))

    def start_again(self, key: str, etag: str) -> None:
        """Start a run of a corpus that has been trained before, under the next attempt."""
        request = {"bucket": self.bucket.name, "key": key, "etag": etag, "again": True}
        self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], input=json.dumps(request)
        )

    def stop(self, run: Run) -> str:
        """Stop a run, wherever it stands; the pipeline itself then writes its final status.

        Returns
        -------
        str
            What was stopped: `training job`, `execution`, or `nothing` for a run that had ended.
        """
        if RunStatus(run["status"]).is_final:
            return "nothing"
        if run["status"] == RunStatus.TRAINING and self.training_jobs.stop(run["run_id"]):
            return "training job"
        self.client("stepfunctions").stop_execution(
            executionArn=run["execution_arn"], cause="asked for with `wordvectors stop`"
        )
        return "execution"


def connect_aws(*, profile: str | None, region: str | None, stack: str) -> Deployment:
    """Find the pipeline that was deployed to an AWS account.

    Raises
    ------
    DeploymentNotFound
        When there is no such stack, or no way to ask: no credentials, no region, no network.
    """
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        return _deployment(session, None, stack)
    except BotoCoreError as error:
        raise DeploymentNotFound(
            f"{error}. Check --profile and --region, or run `aws sts get-caller-identity`."
        ) from error


def connect_local(home: Path, *, stack: str) -> Deployment:
    """Find the pipeline in the local cloud whose state is in `home`.

    Raises
    ------
    DeploymentNotFound
        When the local cloud is not running.
    """
    not_running = f"The local cloud in {home} is not running. Start it with `wordvectors local start`."
    try:
        connection = json.loads((home / "local" / "connection.json").read_text())
        session = boto3.Session(
            aws_access_key_id=connection["access_key_id"],
            aws_secret_access_key=connection["secret_access_key"],
            region_name=connection["region"],
        )
        return _deployment(session, connection["endpoint_url"], stack)
    except (OSError, ValueError, KeyError, BotoCoreError) as error:
        raise DeploymentNotFound(not_running) from error


def _deployment(session: boto3.Session, endpoint_url: str | None, stack: str) -> Deployment:
    name = f"{stack}-{PIPELINE_STACK}"
    try:
        stacks = client_of(session, "cloudformation", endpoint_url).describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        raise DeploymentNotFound(
            f"No stack {name} was found in {session.region_name}: {error.response['Error']['Message']}"
        ) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
    if "TableName" not in outputs:
        raise DeploymentNotFound(
            f"The stack {name} is {stacks[0]['StackStatus']}; it is not a working pipeline."
        )
    return Deployment(session, endpoint_url, outputs)
