"""Is everything there that a run needs? One function per question, each with its answer in plain words.

Every check works in an account that has nothing of the pipeline yet, and a check that can't be made says so and
leaves the others alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import UNUSABLE_SETTINGS, TransientServiceError, error_code, error_message
from wordvectors.aws.quotas import ON_DEMAND, SPOT, Quota, training_quotas
from wordvectors.blazingtext.regions import UnsupportedRegion, check_region, registry_accounts
from wordvectors.client.deployment import (
    CLEANING_STACK,
    PIPELINE_STACK,
    STORAGE_STACK,
    Account,
    Deployment,
    DeploymentNotFound,
    deployment_in,
)
from wordvectors.client.orphans import Orphan, find_orphans
from wordvectors.runs.limits import (
    INSTANCES_QUOTA,
    RUN_TIME_QUOTA,
    SPOT_INSTANCES_QUOTA,
    VOLUME_QUOTA,
    AccountQuota,
)
from wordvectors.runs.plan import Resources, resolve_plan

OK, WARN, FAIL, UNKNOWN = "ok", "warn", "fail", "unknown"
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
NO_QUOTAS = "the local cloud has no Service Quotas; it trains a few jobs at a time"
LEAST_BOOTSTRAP = 6
"""The version that the synthesized templates ask for."""


@dataclass(frozen=True)
class Check:
    """One question and its answer.

    Attributes
    ----------
    status : str
        `ok`; `warn`, a run may go through; `fail`, it can't; `unknown`, the question could not be asked.
    fix : str
        What to do about it; empty if there is nothing to do.
    """

    name: str
    status: str
    text: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the check for JSON."""
        return asdict(self)


Answer = tuple[str, str, str]
Question = Callable[["Patient"], Answer]


@dataclass(frozen=True)
class Patient:
    """What is looked at: an account, the deployment in it, if there is one, and a type of instance.

    Attributes
    ----------
    instance_type_asked : str or None
        None: the one that a corpus without a plan is trained on.
    """

    account: Account
    stack: str
    instance_type_asked: str | None = None

    @functools.cached_property
    def deployment(self) -> Deployment:
        """The deployment; raises DeploymentNotFound."""
        return deployment_in(self.account, self.stack)

    def described(self, stack: str) -> dict[str, Any] | None:
        """Return what CloudFormation says of the deployment's storage, pipeline or cleaning; None: not deployed."""
        try:
            answer = self.account.client("cloudformation").describe_stacks(StackName=f"{self.stack}-{stack}")
        except ClientError as error:
            if error_code(error) != "ValidationError":
                raise
            return None
        return answer["Stacks"][0]

    @functools.cached_property
    def resources(self) -> Resources:
        """The instances that a corpus without a plan is trained on."""
        try:
            return resolve_plan({}, self.deployment.default_plan).resources
        except DeploymentNotFound:
            return Resources()

    @property
    def instance_type(self) -> str:
        """The type of instance to ask quotas for."""
        return self.instance_type_asked or self.resources.instance_type

    @functools.cached_property
    def orphans(self) -> list[Orphan]:
        """Jobs and runs that nobody looks after."""
        return find_orphans(self.deployment)

    @functools.cached_property
    def quotas(self) -> dict[str, Quota]:
        """The account's quotas for training, on the instance type and in all, by name."""
        names = {ON_DEMAND.format(self.instance_type), SPOT.format(self.instance_type)}
        names.update(quota.name for quota in self.account_quotas)
        return training_quotas(self.account.client("service-quotas"), names)

    @property
    def account_quotas(self) -> tuple[AccountQuota, ...]:
        """The quotas that hold for all instance types together, by the default plan's kind of capacity."""
        instances = SPOT_INSTANCES_QUOTA if self.resources.spot else INSTANCES_QUOTA
        return RUN_TIME_QUOTA, VOLUME_QUOTA, instances


def examine(patient: Patient) -> Iterator[Check]:
    """Ask all questions, one by one."""
    for name, question in QUESTIONS.items():
        if patient.account.is_local and name in NOT_ASKED_LOCALLY:
            continue
        try:
            yield Check(name, *question(patient))
        except DeploymentNotFound:
            yield Check(name, UNKNOWN, "there is no deployment to look at")
        except ClientError as error:
            yield Check(name, UNKNOWN, _refusal(error))
        except (*UNUSABLE_SETTINGS, TransientServiceError, KeyError) as error:
            yield Check(name, UNKNOWN, f"could not be asked: {error}")


def _refusal(error: ClientError) -> str:
    code = error_code(error)
    if "AccessDenied" in code or "NotAuthorized" in code or code == "AuthorizationError":
        return f"you may not ask: {error_message(error)}"
    return f"could not be asked: {f'{code}: ' * bool(code)}{error_message(error)}"


def credentials(patient: Patient) -> Answer:
    """Whose credentials these are."""
    try:
        return OK, f"you are {patient.account.caller()}", ""
    except ClientError as error:
        reason = error_message(error)
    except UNUSABLE_SETTINGS as error:
        reason = str(error)
    return (
        FAIL,
        f"AWS does not know you: {reason}",
        "Run `aws configure sso` or name a profile with --profile",
    )


def region(patient: Patient) -> Answer:
    """Whether SageMaker has BlazingText in the region."""
    name = patient.account.region
    if not name:
        return FAIL, "no region is named", "Name one with --region, or set AWS_REGION"
    try:
        check_region(name, registry_accounts())
    except UnsupportedRegion as unsupported:
        return FAIL, str(unsupported), "Deploy to one of these regions"
    return OK, f"SageMaker has BlazingText in {name}", ""


def bootstrap(patient: Patient) -> Answer:
    """Whether account and region are prepared for the CDK."""
    try:
        answer = patient.account.client("ssm").get_parameter(Name=BOOTSTRAP_PARAMETER)
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return FAIL, "account and region are not prepared for the CDK", "make bootstrap"
    version = int(answer["Parameter"]["Value"])
    if version < LEAST_BOOTSTRAP:
        return (
            FAIL,
            f"the CDK's bootstrap stack is version {version}; {LEAST_BOOTSTRAP} is needed",
            "make bootstrap",
        )
    return OK, f"prepared for the CDK (bootstrap version {version})", ""


def stacks(patient: Patient) -> Answer:
    """Whether the stacks are deployed, and whether the last deployment went through."""
    deploy = "wordvectors local start" if patient.account.is_local else "make deploy"
    states = {}
    for stack in (STORAGE_STACK, PIPELINE_STACK, CLEANING_STACK):
        name, found = f"{patient.stack}-{stack}", patient.described(stack)
        if found is not None:
            states[name] = found["StackStatus"]
        elif stack != CLEANING_STACK:  # that one can be switched off
            return FAIL, f"the stack {name} is not deployed", deploy
    shown = ", ".join(f"{name} is {state}" for name, state in states.items())
    if set(states.values()) <= _HEALTHY:
        return OK, shown, ""
    if set(states.values()) <= _HEALTHY | _WORKING:
        return WARN, f"{shown}: the last deployment has not ended, or did not go through", deploy
    return FAIL, shown, deploy


_HEALTHY = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
_WORKING = {"UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}


def training_quota(patient: Patient) -> Answer:
    """Whether the account may train on as many instances as the default plan asks for."""
    resources = patient.resources
    needed = 1 if patient.instance_type_asked else resources.instance_count
    return _quota(patient, ON_DEMAND, needed, FAIL)


def spot_quota(patient: Patient) -> Answer:
    """Whether the account may train on spot capacity: a quota of its own, needed by plans that ask for it."""
    resources = patient.resources
    return _quota(patient, SPOT, resources.instance_count, FAIL if resources.spot else WARN)


def account_quotas(patient: Patient) -> Answer:
    """Whether the account's quotas for all instance types together let the default plan through."""
    if patient.account.is_local:
        return UNKNOWN, NO_QUOTAS, ""
    region, resources = patient.account.region, patient.resources
    shown, short, fixes = [], False, []
    for quota in patient.account_quotas:
        found, needed = patient.quotas.get(quota.name), getattr(resources, quota.field)
        value = found.value if found else quota.default
        shown.append(
            f"{quota.name!r} is {value:,}"
            + ("" if found else " unless it was raised: Service Quotas lists none")
        )
        if value < needed:
            short = True
            shown[-1] += f", and a run needs {needed:,}"
            fixes += [found.request(needed, region)] if found else []
    return FAIL if short else OK, "; ".join(shown), "; ".join(fixes)


def _quota(patient: Patient, name: str, needed: int, when_short: str) -> Answer:
    name = name.format(patient.instance_type)
    if patient.account.is_local:
        return UNKNOWN, NO_QUOTAS, ""
    quota = patient.quotas.get(name)
    if quota is None:
        return UNKNOWN, f"Service Quotas lists no quota {name!r} in {patient.account.region}", ""
    if quota.value >= needed:
        return OK, f"{name!r} is {quota.value}", ""
    ask = quota.request(needed, patient.account.region)
    return when_short, f"{name!r} is {quota.value}, and a run needs {needed}", ask


def training_role(patient: Patient) -> Answer:
    """Whether the role that training jobs take is there."""
    name = patient.deployment.outputs["TrainingRoleArn"].rpartition("/")[2]
    try:
        patient.account.client("iam").get_role(RoleName=name)
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        return (
            FAIL,
            f"the training jobs' role {name} was deleted",
            "make destroy, then make deploy: data stay",
        )
    return OK, f"training jobs take the role {name}", ""


def upload_rule(patient: Patient) -> Answer:
    """Whether an upload starts a run."""
    name = patient.deployment.outputs["UploadRuleName"]
    state = patient.account.client("events").describe_rule(Name=name)["State"]
    if state != "ENABLED":
        return FAIL, "uploads start no runs: their rule is disabled", f"aws events enable-rule --name {name}"
    return OK, "an upload starts a run", ""


def dead_letters(patient: Patient) -> Answer:
    """Whether events of trainings or of cleanings were lost, and when the last one was."""
    urls = {"event": patient.deployment.outputs["DeadLetterQueueUrl"]}
    cleaning = (patient.described(CLEANING_STACK) or {}).get("Outputs", [])
    for output in cleaning:
        if output["OutputKey"] == "CleaningDeadLetterQueueUrl":
            urls["cleaning's event"] = output["OutputValue"]
    lost = {url: text for what, url in urls.items() if (text := _lost(patient, what, url))}
    if not lost:
        return OK, "no event was lost", ""
    purge = "; ".join(f"aws sqs purge-queue --queue-url {url}" for url in lost)
    return WARN, "; ".join(lost.values()), f"Start what they name again, then: {purge}"


def _lost(patient: Patient, what: str, url: str) -> str:
    """Say what lies in a queue of dead letters; nothing if it is empty."""
    sqs = patient.account.client("sqs")
    attribute = "ApproximateNumberOfMessages"
    count = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][attribute])
    if not count:
        return ""
    # Seen, not taken: they stay visible to whoever looks next.
    seen = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["SentTimestamp"]
    ).get("Messages", [])
    last = max(seen, key=lambda message: int(message["Attributes"]["SentTimestamp"]), default=None)
    text = f"{count} {what}{'s' * (count > 1)} could not be delivered"
    if last is not None:
        sent = datetime.fromtimestamp(int(last["Attributes"]["SentTimestamp"]) / 1000, UTC)
        text += f"; of those seen the last is of {sent:%Y-%m-%d %H:%M} UTC: {last['Body'][:300]}"
    return text


def money(patient: Patient) -> Answer:
    """What may be spent, and whether more may start today."""
    limits, started = patient.deployment.limits, patient.deployment.starts.count()
    text = f"{limits.money_text}; {started:,} have started today"
    if started >= limits.max_runs_per_day:
        return FAIL, text, "Wait until midnight UTC, or raise max_runs_per_day in cdk.json and deploy"
    if limits.max_run_cost is None:
        return WARN, text, "Set a max_run_cost in cdk.json and deploy"
    return OK, text, ""


def orphans(patient: Patient) -> Answer:
    """Whether jobs run, or runs are open, that nobody looks after."""
    found = patient.orphans
    if not found:
        return OK, "every job has its run, and every open run its execution", ""
    shown = "; ".join(f"{orphan.name}: {orphan.what}" for orphan in found)
    return FAIL, shown, "wordvectors doctor --fix stops their jobs and closes their runs"


QUESTIONS: dict[str, Question] = {
    "Credentials": credentials,
    "Region": region,
    "Bootstrap": bootstrap,
    "Stacks": stacks,
    "Training quota": training_quota,
    "Spot quota": spot_quota,
    "Account quotas": account_quotas,
    "Training role": training_role,
    "Upload rule": upload_rule,
    "Dead letters": dead_letters,
    "Money": money,
    "Orphans": orphans,
}
NOT_ASKED_LOCALLY = ("Bootstrap",)
"""The local cloud needs no preparation for the CDK."""
