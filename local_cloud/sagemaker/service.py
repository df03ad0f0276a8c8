"""The SageMaker API on this machine: training jobs and their tags, JSON 1.1 over HTTP."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from local_cloud import processes
from local_cloud.emulator.credentials import RoleRefusedError, check_trust
from local_cloud.emulator.seams import replace, require
from local_cloud.sagemaker.algorithms import repository
from local_cloud.sagemaker.container import Container
from local_cloud.sagemaker.errors import ServiceError, ValidationError
from local_cloud.sagemaker.jobs import TrainingJob
from local_cloud.sagemaker.runner import SERVICE, Host, Runner
from local_cloud.sagemaker.validation import check_request, check_training_job
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.limits import INSTANCES_QUOTA, RUN_TIME_QUOTA, VOLUME_QUOTA, AccountQuota

log = logging.getLogger("local_cloud.sagemaker")

INTERRUPTED = "InternalServerError: The local cloud ended while the training job ran. Start the run again."

INSTEAD = {
    "CreateHyperParameterTuningJob": "The pipeline does not use SageMaker's tuning: `wordvectors tune FILE` searches "
    "hyperparameters by runs of its own.",
}
"""What stands in the place of an operation that people ask for."""


class SageMaker:
    """The service's operations.

    Parameters
    ----------
    host : Host
        Jobs, commands and where the emulator answers.
    account_id : str
    quota : int
        How many jobs may run at a time, of all instance types together: the machine is one.
    """

    def __init__(self, host: Host, account_id: str, quota: int) -> None:
        self.host, self.account_id, self.quota = host, account_id, quota
        self.tags: dict[str, list[dict[str, str]]] = {}
        self._retried: list[Runner] = []
        for job in host.store.jobs.values():
            self.tags[job.arn] = job.request.get("Tags", [])
        self.operations = {
            "CreateTrainingJob": self.create_training_job,
            "DescribeTrainingJob": self.describe_training_job,
            "StopTrainingJob": self.stop_training_job,
            "ListTrainingJobs": self.list_training_jobs,
            "AddTags": self.add_tags,
            "ListTags": self.list_tags,
        }

    def install(self) -> None:
        """Route the service in the emulator and let IAM know its actions and resources."""
        from ministack import app
        from ministack.core import iam_actions, router

        require(app, "SERVICE_HANDLERS")["sagemaker"] = self.handle_request
        require(router, "SERVICE_PATTERNS")["sagemaker"] = {
            "target_prefixes": ["SageMaker."],
            "host_patterns": [r"api\.sagemaker\."],
            "credential_scope": "sagemaker",
        }
        require(iam_actions, "SERVICE_TO_IAM_NAMESPACE")["sagemaker"] = "sagemaker"
        replace(iam_actions, "extract_resource_arn", self._naming_resource)
        replace(iam_actions, "request_tag_context", self._naming_tags)

    async def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
    ) -> Any:
        """Answer one request; ministack has checked its signature and the action's permission."""
        from ministack.core.router import extract_access_key_id

        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            if operation not in self.operations:
                missing = f"The local cloud's SageMaker has no {operation}. {INSTEAD.get(operation, '')}"
                raise ServiceError("UnknownOperationException", missing.rstrip())
            request = parse_json(body or b"{}")
            check_request(operation, request)
            with self.host.store.lock:
                answer = self.operations[operation](request, extract_access_key_id(headers, query_params))
        except ServiceError as problem:
            return problem.answer()
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()

    def create_training_job(self, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """Check, record and start a job."""
        check_training_job(request)
        arn, role_arn = self._arn(request["TrainingJobName"]), request["RoleArn"]
        if request.get("Tags"):
            _require_permission(caller, "sagemaker:AddTags", arn, self.host.region)
        _require_permission(caller, "iam:PassRole", role_arn, self.host.region)
        if request["TrainingJobName"] in self.host.store.jobs:
            raise ServiceError(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a training job "
                f"with this name already exists ({arn})",
            )
        self._check_image(request["AlgorithmSpecification"])
        try:
            check_trust(role_arn, SERVICE)
        except RoleRefusedError:
            raise ValidationError(
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
                f"'{SERVICE}' to assume the role."
            ) from None
        self._check_quotas(request)
        job = TrainingJob(arn=arn, request=request)
        job.enter("Starting")
        self.host.store.save(job)
        self.tags[arn] = list(request.get("Tags", []))
        Runner(self.host, job).start()
        return {"TrainingJobArn": arn}

    def describe_training_job(self, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """The job as it stands."""
        return self._job(request).describe()

    def stop_training_job(self, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """Begin to stop a job that runs; a job that is being stopped stays so."""
        job = self._job(request)
        if not job.unfinished:
            raise ValidationError(
                f"The request was rejected because the training job is in status {job.status}."
            )
        runner = self.host.runners.get(job.name)
        if job.status == "InProgress" and runner is not None:
            runner.stop()
        return {}

    def list_training_jobs(self, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """Jobs, newest first unless SortOrder says otherwise, a page at a time."""
        jobs = [
            job for job in self.host.store.jobs.values()
            if request.get("NameContains", "") in job.name
            and request.get("StatusEquals", job.status) == job.status
            and request.get("CreationTimeAfter", job.created) <= job.created
            and request.get("CreationTimeBefore", job.created) >= job.created
        ]  # fmt: skip
        keys = {"Name": lambda job: job.name, "Status": lambda job: job.status}
        key = keys.get(request.get("SortBy", "CreationTime"), lambda job: job.created)
        jobs.sort(key=key, reverse=request.get("SortOrder", "Descending") == "Descending")
        first, size = int(request.get("NextToken", 0)), request.get("MaxResults", 10)
        answer: dict[str, Any] = {"TrainingJobSummaries": [j.summary() for j in jobs[first : first + size]]}
        if len(jobs) > first + size:
            answer["NextToken"] = str(first + size)
        return answer

    def add_tags(self, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """Add tags, or replace the values of those that exist."""
        job = self._job_of_arn(request["ResourceArn"])
        merged = {tag["Key"]: tag["Value"] for tag in [*self.tags.get(job.arn, []), *request["Tags"]]}
        self.tags[job.arn] = [{"Key": key, "Value": value} for key, value in merged.items()]
        job.request["Tags"] = self.tags[job.arn]
        self.host.store.save(job)
        return {"Tags": self.tags[job.arn]}

    def list_tags(self, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """The job's tags."""
        return {"Tags": self.tags.get(self._job_of_arn(request["ResourceArn"]).arn, [])}

    def take_up_interrupted(self) -> None:
        """After a restart: kill what still runs of unfinished jobs. Those with retries left are to go on.

        What interrupts them is an error of SageMaker's own, after which it retries a job as often as its RetryStrategy
        says: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryStrategy.html. All tries together have
        the job's MaxRuntimeInSeconds, and all are billed; the time without a server is neither's.
        """
        for job in self.host.store.unfinished():
            if job.process:
                processes.kill_group(job.process["pid"], job.process["started"])
            job.process = None
            retries = job.request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
            if job.status == "InProgress" and job.retries < retries:
                job.retries += 1
                job.enter("Starting")
                runner = self.host.runners[job.name] = Runner(self.host, job)
                self._retried.append(runner)
            else:
                job.failure = INTERRUPTED
                job.training_ended = time.time() if job.training_started else None
                job.enter("Failed", status="Failed")
                Container(self.host.store.job_folder(job.name)).discard()
            self.host.store.save(job)

    def go_on(self) -> None:
        """Run the jobs that are retried; the server must be serving."""
        for runner in self._retried:
            runner.start()

    def shut_down(self) -> None:
        """Kill every job's process; the next start takes the jobs up."""
        with self.host.store.lock:  # a runner that is found has started
            runners = list(self.host.runners.values())
        for runner in runners:
            runner.abandon()
        for runner in runners:
            runner.join(5)

    def _arn(self, name: str) -> str:
        return f"arn:aws:sagemaker:{self.host.region}:{self.account_id}:training-job/{name}"

    def _job(self, request: dict[str, Any]) -> TrainingJob:
        job = self.host.store.jobs.get(request["TrainingJobName"])
        if job is None:
            raise ValidationError("Requested resource not found.")
        return job

    def _job_of_arn(self, arn: str) -> TrainingJob:
        return self._job({"TrainingJobName": arn.rpartition("/")[2]})

    def _check_image(self, algorithm: dict[str, Any]) -> None:
        image = algorithm.get("TrainingImage", "")
        if repository(image) not in self.host.commands:
            raise ValidationError(
                f"Cannot find the training image {image!r}: the local cloud runs "
                f"{', '.join(sorted(self.host.commands))} and no other image."
            )
        if not self.host.commands[repository(image)] and not algorithm.get("ContainerEntrypoint"):
            raise ValidationError(
                f"The training image {image!r} has no algorithm of its own: the local cloud runs it with a "
                "ContainerEntrypoint only."
            )

    def _check_quotas(self, request: dict[str, Any]) -> None:
        """Refuse what an account with AWS's default quotas refuses, and more jobs than this machine may train."""
        resources = request["ResourceConfig"]
        for quota, wanted in (
            (RUN_TIME_QUOTA, request["StoppingCondition"].get("MaxRuntimeInSeconds", 0)),
            (VOLUME_QUOTA, resources.get("VolumeSizeInGB", 0)),
            (INSTANCES_QUOTA, resources.get("InstanceCount", 1)),
        ):
            if wanted > quota.default:
                raise ServiceError("ResourceLimitExceeded", _quota_refusal(quota, wanted))
        running = len(self.host.store.unfinished())
        if running >= self.quota:
            raise ServiceError(
                "ResourceLimitExceeded",
                f"The local cloud trains {self.quota} jobs at a time on this machine, and {running} are training. "
                "The run starts when one of them has ended.",
            )

    def _naming_resource(self, original: Any) -> Any:
        def extract_resource_arn(
            service: str, method: str, path: str, headers: Any, body: bytes, *more: Any
        ) -> Any:
            if service != "sagemaker":
                return original(service, method, path, headers, body, *more)
            return self._resource(body)

        return extract_resource_arn

    def _naming_tags(self, original: Any) -> Any:
        """Let policies ask for the tags of the job that a request is about; a job that is not there has none."""

        def request_tag_context(service: str, iam_action: str, body: bytes, params: Any) -> Any:
            context = original(service, iam_action, body, params)
            if service == "sagemaker":
                arn = self._resource(body)
                found = {
                    f"aws:ResourceTag/{tag['Key']}".lower(): tag["Value"] for tag in self.tags.get(arn, [])
                }
                context = {**context, **found}
            return context

        return request_tag_context

    def _resource(self, body: bytes) -> str:
        """Return the ARN of the job that a request is about; `*` if it is about none."""
        try:
            request = parse_json(body or b"{}")
        except ValueError:
            return "*"
        name = request.get("TrainingJobName")
        return self._arn(name) if name else request.get("ResourceArn", "*")


def _require_permission(access_key_id: str, action: str, resource_arn: str, region: str) -> None:
    """Raise AccessDeniedException unless the caller's policies allow a further action of its request."""
    from ministack.core.iam_evaluator import enforce

    context = {"iam:PassedToService": SERVICE} if action == "iam:PassRole" else None
    denied = enforce(access_key_id, action, "sagemaker", region, resource_arn, service_context=context)
    if denied is not None:
        raise ServiceError(
            "AccessDeniedException",
            f"User: {getattr(denied, 'principal_arn', '')} is not authorized to perform: {action} on "
            f"resource: {resource_arn} because no identity-based policy allows the {action} action",
        )


def _quota_refusal(quota: AccountQuota, wanted: int) -> str:
    """Return SageMaker's sentence: one for what jobs share, and another for what each job has for itself."""
    if quota is INSTANCES_QUOTA:
        return (
            f"The account-level service limit '{quota.name}' is {quota.default} {quota.unit}, with current utilization "
            f"of 0 {quota.unit} and a request delta of {wanted} {quota.unit}."
        )
    return (
        f"The request delta of {wanted} {quota.unit} for '{quota.name}' is greater than the account-level "
        f"service-limit of {quota.default} {quota.unit}. Please use AWS Service Quotas to request an increase for this "
        "quota."
    )
