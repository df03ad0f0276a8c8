"""A deployed pipeline, as its users see it: found by its stack's outputs, in an account or on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, ConfigParseError, NoRegionError
from botocore.parsers import ResponseParserError

from wordvectors import __version__
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client_of, local_session, price_list_client
from wordvectors.aws.daily_starts import DailyStarts
from wordvectors.aws.errors import error_code, error_message, error_text, is_of_settings, settings_text
from wordvectors.aws.pricing import PriceList
from wordvectors.aws.promotions import PromotionEvents, Promotions
from wordvectors.aws.removals import Removals
from wordvectors.aws.run_labels import RunLabels
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.aws.training_log import TrainingLogs
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.aws.uploads import place_of
from wordvectors.client.home import connection_file
from wordvectors.client.local_server import UNKNOWN_VERSION, AnotherServer, check_server, version_fault
from wordvectors.files import resolved
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.checks import Place
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.outputs import Output
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

STORAGE_STACK, PIPELINE_STACK, TUNING_STACK, CLEANING_STACK = "Storage", "Pipeline", "Tuning", "Cleaning"
"""What follows the prefix in their names; where no cleaning is wanted, there is no Cleaning."""


class DeploymentNotFound(Exception):
    """There is no pipeline where it was looked for, or it can't be reached."""


class Stopped(StrEnum):
    """What a wish to stop a run has stopped."""

    JOB = "training job"
    EXECUTION = "execution"
    BEFORE = "stopped before"
    """Its execution has ended; the pipeline is about to write the run's final status."""
    NOTHING = "nothing"
    """The run had ended."""

    def said(self, name: str, status: str) -> str:
        """Say it of a run, or of a tuning, by its id and the status that it had."""
        if self is Stopped.NOTHING:
            return f"{name} has ended already: {status}."
        already = " already" if self is Stopped.BEFORE else ""
        return f"{name} is stopping{already}; `wordvectors show {name}` shows when it has stopped."


@dataclass(frozen=True)
class Account:
    """An AWS account in one region, or the local cloud.

    Attributes
    ----------
    session
        A boto3 session with the user's credentials.
    endpoint_url : str or None
        Of the local cloud; None for AWS.
    """

    session: boto3.Session
    endpoint_url: str | None

    @property
    def is_local(self) -> bool:
        """Whether this is the local cloud."""
        return self.endpoint_url is not None

    @property
    def region(self) -> str:
        """The region; empty if none is named."""
        return self.session.region_name or ""

    def client(self, service: str, *, waits: bool = False) -> Any:
        """Return a boto3 client of this account; see `client_of`."""
        return client_of(self.session, service, self.endpoint_url, waits=waits)

    def caller(self) -> str:
        """Return the ARN of the user or role whose credentials these are."""
        return self.client("sts").get_caller_identity()["Arn"]

    def described(self, stack: str) -> dict[str, Any] | None:
        """Return what CloudFormation says of a stack; None if there is none of this name."""
        try:
            return self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error_code(error) != "ValidationError":
                raise
            return None


@dataclass(frozen=True)
class Deployment(Account):
    """One deployed pipeline.

    Attributes
    ----------
    outputs : dict of str to str
        Of the pipeline's stack.
    """

    outputs: dict[str, str]

    @property
    def default_plan(self) -> dict[str, Any]:
        """The plan that completes a user's."""
        return parse_json(self.outputs[Output.DEFAULT_PLAN])

    @property
    def job_name_prefix(self) -> str:
        """What the names of this deployment's runs begin with."""
        return self.outputs[Output.JOB_NAME_PREFIX]

    @property
    def limits(self) -> Limits:
        """What a plan may ask for."""
        return Limits.model_validate_json(self.outputs[Output.LIMITS])

    @cached_property
    def s3(self) -> Any:
        """The boto3 S3 client."""
        return self.client("s3")

    @cached_property
    def bucket(self) -> Bucket:
        """The bucket."""
        return Bucket(self.s3, self.outputs[Output.BUCKET])

    @cached_property
    def runs(self) -> RunTable:
        """The runs table."""
        return RunTable(self.client("dynamodb"), self.outputs[Output.TABLE])

    @cached_property
    def tunings(self) -> TuningTable:
        """The tunings, in the runs table."""
        return TuningTable(self.client("dynamodb"), self.outputs[Output.TABLE])

    @cached_property
    def promotions(self) -> Promotions:
        """The names of current models."""
        return Promotions(self.client("dynamodb"), self.outputs[Output.TABLE])

    @cached_property
    def promotion_events(self) -> PromotionEvents:
        """Where changes of these names are told."""
        return PromotionEvents(self.client("events"))

    @cached_property
    def labels(self) -> RunLabels:
        """The notes and tags of runs."""
        return RunLabels(self.client("dynamodb"), self.outputs[Output.TABLE])

    @cached_property
    def removals(self) -> Removals:
        """The removal of runs."""
        return Removals(self.client("dynamodb"), self.outputs[Output.TABLE])

    @cached_property
    def starts(self) -> DailyStarts:
        """What has been started today."""
        return DailyStarts(self.client("dynamodb"), self.outputs[Output.TABLE])

    @cached_property
    def training_jobs(self) -> TrainingJobs:
        """The training jobs."""
        return TrainingJobs(self.client("sagemaker"))

    @cached_property
    def training_logs(self) -> TrainingLogs:
        """The training jobs' logs."""
        return TrainingLogs(self.client("logs"))

    @cached_property
    def price_list(self) -> PriceList:
        """The price list."""
        return PriceList(
            price_list_client(self.region, self.session, self.endpoint_url), self.bucket, self.region
        )

    @property
    def place(self) -> Place:
        """What an upload is judged by, before it is made."""
        return place_of(
            self.bucket,
            self.default_plan,
            self.limits,
            self.price_list,
            self.runs,
            price_must_be_known=False,
        )

    def start_again(self, key: str, etag: str, plan: TrainingPlan) -> None:
        """Start a run of a corpus that has been trained before with this plan, under the next attempt."""
        request = {
            "bucket": self.bucket.name,
            "key": key,
            "etag": etag,
            "plan": plan.model_dump(mode="json"),
            "again": True,
        }
        self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs[Output.STATE_MACHINE], input=json.dumps(request)
        )

    def stop(self, run: Run) -> Stopped:
        """Stop a run, wherever it stands; the pipeline itself then writes its final status and who did it.

        A job that trains is stopped itself: the pipeline then sees what it was billed.

        Returns
        -------
        Stopped
            What was stopped.
        """
        if run.status.is_final:
            return Stopped.NOTHING
        caller = self.caller()
        if run.status is RunStatus.TRAINING:
            self._note_stop(run.run_id, caller)
            if self.training_jobs.stop(run.job_name):
                return Stopped.JOB
        return self.stop_execution(run.execution_arn, caller)

    def stop_execution(self, arn: str | None, caller: str) -> Stopped:
        """Stop an execution, in somebody's name: EXECUTION, or BEFORE if it had ended."""
        if not self._execution_runs(arn):
            return Stopped.BEFORE
        try:
            self.client("stepfunctions").stop_execution(
                executionArn=arn, cause=f"`wordvectors stop` by {caller}"
            )
        except ClientError:
            if self._execution_runs(arn):
                raise
            return Stopped.BEFORE  # it ended in this moment
        return Stopped.EXECUTION

    def _execution_runs(self, arn: str | None) -> bool:
        execution = self.client("stepfunctions").describe_execution(executionArn=arn)
        return execution["status"] == "RUNNING"

    def _note_stop(self, run_id: str, caller: str) -> None:
        """Put the caller's name on the run; who may stop a job but not write the table may stop it still."""
        try:
            self.runs.note_stop(run_id, caller)
        except ClientError as error:
            if "AccessDenied" not in error_code(error):
                raise


def account_aws(*, profile: str | None, region: str | None) -> Account:
    """Return the AWS account of a profile, or of the environment's credentials.

    Raises
    ------
    DeploymentNotFound
        When there is no such profile.
    """
    with _settings_faults_named():
        return Account(boto3.Session(profile_name=profile, region_name=region), None)


def account_local(home: Path) -> Account:
    """Return the local cloud whose state is in `home`.

    Raises
    ------
    DeploymentNotFound
        When it does not run, or another program answers in its place.
    """
    try:
        connection = parse_json(connection_file(home).read_text())
        keys = connection["access_key_id"], connection["secret_access_key"]
        if connection.get("home", str(resolved(home))) != str(resolved(home)):
            raise DeploymentNotFound(_not_running(home))  # this is a copy of a home whose server may run
        if fault := version_fault(connection.get("version", UNKNOWN_VERSION)):
            raise DeploymentNotFound(fault)
        check_server(connection["endpoint_url"], connection["secret_access_key"])
        return Account(local_session(connection["region"], *keys), connection["endpoint_url"])
    except AnotherServer as error:
        raise DeploymentNotFound(f"{error} Nothing was sent to it. {_not_running(home)}") from error
    except (OSError, ValueError, KeyError) as error:
        raise DeploymentNotFound(_not_running(home)) from error


def connect_aws(*, profile: str | None, region: str | None, stack: str) -> Deployment:
    """Find the pipeline that was deployed to an AWS account.

    Raises
    ------
    DeploymentNotFound
        When there is no such stack, or no way to ask: no credentials, no region, no network.
    """
    with _settings_faults_named():
        return deployment_in(account_aws(profile=profile, region=region), stack)


def is_deployed(stack: str) -> bool:
    """Tell whether the account of the environment's credentials has a stack, as far as it can be asked."""
    try:
        with _settings_faults_named():
            return account_aws(profile=None, region=None).described(stack) is not None
    except (DeploymentNotFound, ClientError):
        return False


@contextmanager
def _settings_faults_named() -> Iterator[None]:
    """Raise DeploymentNotFound in place of what botocore raises over the user's settings."""
    try:
        yield
    except DeploymentNotFound:
        raise
    except Exception as error:
        if not is_of_settings(error):
            raise
        raise DeploymentNotFound(_why_not(error)) from error


def connect_local(home: Path, *, stack: str) -> Deployment:
    """Find the pipeline in the local cloud whose state is in `home`.

    Raises
    ------
    DeploymentNotFound
        When the local cloud is not running.
    """
    try:
        return deployment_in(account_local(home), stack)
    except BotoCoreError as error:
        raise DeploymentNotFound(f"The local cloud in {home} does not answer: {error}") from error


def deployment_in(account: Account, stack: str) -> Deployment:
    """Find the pipeline whose stacks have this prefix in an account.

    Raises
    ------
    DeploymentNotFound
        When there is no such stack, or it is not a working pipeline.
    """
    name = f"{stack}-{PIPELINE_STACK}"
    try:
        described = account.described(name)
    except ClientError as error:
        raise DeploymentNotFound(f"The stack {name} can't be looked for: {error_message(error)}") from error
    except ResponseParserError as error:
        raise DeploymentNotFound(f"The stack {name} can't be looked for: {error_text(error)}") from error
    if described is None:
        advice = "`wordvectors local start` deploys it" if account.is_local else _DEPLOY
        raise DeploymentNotFound(f"No stack {name} was found in {account.region}. {advice}.")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if Output.LIMITS not in outputs:
        raise DeploymentNotFound(
            f"The stack {name} is {described['StackStatus']}; it is not a working pipeline of this "
            f"version ({__version__}). Deploy it again with this version."
        )
    return Deployment(account.session, account.endpoint_url, outputs)


_DEPLOY = (
    "Deploy it with `make deploy`, or name its prefix with --stack or its region with --region; "
    "`wordvectors doctor --target aws` looks closer"
)


def _why_not(error: Exception) -> str:
    """Say what keeps AWS from being asked, and what to do about it."""
    if isinstance(error, NoRegionError):
        return "no region is named: give one with --region, or set AWS_REGION"
    if isinstance(error, ConfigParseError):
        return f"{error}. Mend that file, or let AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE name another."
    reason = settings_text(error).rstrip(".")
    return f"{reason}. Check --profile, --region and the variables AWS_…; `aws sts get-caller-identity` tests them."


def _not_running(home: Path) -> str:
    return f"The local cloud in {home} is not running. Start it with `wordvectors local start`."
