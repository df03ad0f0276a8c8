"""DeploymentSettings: every knob of a deployment, read from the CDK context, typed and checked."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from wordvectors import STACK
from wordvectors.blazingtext.hyperparameters import Mode
from wordvectors.blazingtext.instances import instance_faults
from wordvectors.cleaning.order import (
    LEAST_MINUTES,
    MOST_WORKERS,
    CleaningLimits,
    InvalidOrder,
    WorkerType,
    parse_order,
)
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.plan import InvalidPlan, TrainingPlan, resolve_plan
from wordvectors.lifecycle.tags import tag_faults, value_fault

CONTEXT_KEY = "wordvectors"
"""Key of the settings in cdk.json's context, and the prefix of a single one: `-c wordvectors.owner=nlp`."""

LOG_RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""Days that CloudWatch Logs offers (API PutRetentionPolicy)."""


_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY_ARN = re.compile(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")


class InvalidSettings(ValueError):
    """Settings that can't be deployed.

    Attributes
    ----------
    faults : tuple of str
        One sentence per fault: the setting, what it is, what is allowed.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


class CleaningSettings(BaseModel):
    """How documents uploaded under `raw/` are cleaned, on AWS Glue.

    Attributes
    ----------
    enabled
        Whether there is a cleaning at all: its stack is deployed, and costs nothing while nothing is cleaned.
    worker_type, workers
        Type and number of one cleaning's workers; its order may ask for another number.
    max_workers
        The most workers that an order may ask for.
    max_concurrent
        How many cleanings run at a time; any more wait.
    timeout_minutes
        How long a cleaning may take.
    max_dpu_hours
        The most DPU-hours (Glue's unit of billing) that one cleaning may use; more workers get less time.
    default_recipe
        Settings of a cleaning recipe, for what an order leaves out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    worker_type: WorkerType = "G.1X"
    workers: Annotated[int, Field(ge=2, le=MOST_WORKERS)] = 4
    max_workers: Annotated[int, Field(ge=2, le=MOST_WORKERS)] = 20
    max_concurrent: Annotated[int, Field(ge=1, le=50)] = 2
    timeout_minutes: Annotated[int, Field(ge=5, le=2880)] = 480
    max_dpu_hours: Annotated[float, Field(gt=0, le=1e6)] = 50
    default_recipe: dict[str, Any] = Field(default_factory=dict)

    @property
    def limits(self) -> CleaningLimits:
        """What a cleaning may use."""
        return CleaningLimits.model_validate(
            {name: getattr(self, name) for name in CleaningLimits.model_fields}
        )

    @field_validator("default_recipe")
    @classmethod
    def _is_a_recipe(cls, recipe: dict[str, Any]) -> dict[str, Any]:
        try:
            parse_order(b"", recipe)
        except InvalidOrder as invalid:
            raise _Faults(invalid.faults) from None
        return recipe

    @model_validator(mode="after")
    def _bounds_fit(self) -> Self:
        if self.workers > self.max_workers:
            raise ValueError(f"has {self.workers} workers, more than max_workers, {self.max_workers}")
        if self.limits.minutes(self.max_workers) < LEAST_MINUTES:
            raise ValueError(
                f"leaves {self.max_workers} workers less than {LEAST_MINUTES} minutes; raise max_dpu_hours or "
                "lower max_workers"
            )
        return self


def names_in(given: object) -> object:
    """Return names that the command line gives as one text, separated by commas."""
    return [name.strip() for name in given.split(",")] if isinstance(given, str) else given


class ServingSettings(BaseModel):
    """A function that answers questions about the models over HTTP, and the files that it answers from.

    Attributes
    ----------
    enabled
        Whether there is one, behind a URL that asks for IAM's signature or for a token. It costs nothing while nobody
        asks. Models of runs that are evaluated from then on are served.
    int8
        Whether its vectors are in eight bits: a quarter as much is fetched when it starts, and the neighbours are
        nearly the same. Each model's file notes how nearly.
    memory_mb
        The function's memory, which also sets its share of processors; the models that it answers from have to fit
        in three quarters of it.
    token_sha256
        The SHA-256 hashes, in hex, of tokens for people without IAM: a list; on the command line separated by commas.
        If there is any, everybody can reach the URL, and the function answers whoever shows one of these tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    int8: bool = False
    memory_mb: Annotated[int, Field(ge=512, le=10_240)] = 3_008
    token_sha256: Annotated[tuple[str, ...], Field(max_length=20)] = ()

    @field_validator("token_sha256", mode="before")
    @classmethod
    def _from_text(cls, hashes: object) -> object:
        return names_in(hashes)

    @field_validator("token_sha256")
    @classmethod
    def _are_hashes(cls, hashes: tuple[str, ...]) -> tuple[str, ...]:
        # What is none may be the token itself: it is not shown.
        if not all(_SHA256.fullmatch(one) for one in hashes):
            raise ValueError(
                "holds something other than SHA-256 hashes. Each has 64 characters, 0-9 and a-f; the token itself "
                "does not belong here"
            )
        return hashes


class DeploymentSettings(Limits):
    """The settings of one deployment.

    Attributes
    ----------
    stack_prefix
        The stacks are `PREFIX-Storage`, `PREFIX-Pipeline`, `PREFIX-Tuning` and `PREFIX-Cleaning`; another prefix is
        another deployment.
    environment
        `production` keeps bucket and table when their stack is destroyed; `development` removes them
        with what they hold.
    job_name_prefix
        Training jobs, and so runs, are named `PREFIX-…`; the functions may touch no other jobs but those that
        an earlier prefix of this deployment named. `make deploy` refuses another one while runs are open.
    owner, application, tags
        Cost-allocation tags, on every resource and on every training job: `owner`, `application` and
        whatever `tags` holds.
    default_plan
        A training plan, for what a corpus's own plan leaves out.
    allowed_instance_types, max_instance_count
        The instances that a plan may ask for, and how many; on the command line types separated by commas.
    max_volume_gb
        The largest training volume, in GB, that a plan may ask for on each instance.
    max_run_cost
        What the instances of one run may cost at most, in USD: a plan whose instances
        could cost more in its `max_runtime_seconds` is rejected. `null` means no ceiling.
    unpriced_runs
        Whether a run whose price is not known starts: yes by default, but no if you set a `max_run_cost`.
    max_runs_per_day
        How many runs and cleanings, together, start on a day (UTC); any more are rejected.
    poll_seconds_min, poll_seconds_max
        Least and greatest time between two looks at a training job.
    max_queue_hours
        About how long a run waits for a place within the account's instance quota.
    max_capacity_tries
        How many training jobs a run may have, one after the other, when SageMaker has no free instances for it.
    kms_key_arns
        KMS keys, by their ARNs, under which people may upload corpora, plans, evaluation sets and documents: the
        pipeline may then decrypt with them what lies in its bucket. A key's own policy must let the account use it. On
        the command line separated by commas.
    log_retention_days
        How long the functions' and the state machines' logs are kept.
    cleaning
        See `CleaningSettings`; on the command line `-c wordvectors.cleaning.workers=8`.
    serving
        See `ServingSettings`; on the command line `-c wordvectors.serving.enabled=true`.
    notification_email
        Gets one message per run that ends, and one per alarm; AWS asks it for a confirmation of each first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stack_prefix: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")] = STACK
    environment: Literal["production", "development"] = "production"
    job_name_prefix: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=12)] = "wv"
    owner: Annotated[str, Field(min_length=1, max_length=256)] = "wordvectors"
    application: Annotated[str, Field(min_length=1, max_length=256)] = "BlazingText"
    tags: Annotated[dict[str, str], Field(max_length=15)] = Field(default_factory=dict)
    default_plan: dict[str, Any] = Field(default_factory=dict)
    poll_seconds_min: Annotated[int, Field(ge=1, le=3600)] = 15
    poll_seconds_max: Annotated[int, Field(ge=1, le=3600)] = 300
    max_queue_hours: Annotated[int, Field(ge=1, le=168)] = 24
    max_capacity_tries: Annotated[int, Field(ge=1, le=12)] = 6
    kms_key_arns: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    log_retention_days: int = 90
    cleaning: CleaningSettings = CleaningSettings()
    serving: ServingSettings = ServingSettings()
    notification_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None

    @property
    def keeps_data(self) -> bool:
        """Whether bucket and table outlive their stack."""
        return self.environment == "production"

    @property
    def storage_stack(self) -> str:
        """Name of the stack that holds bucket and table."""
        return f"{self.stack_prefix}-Storage"

    @property
    def pipeline_stack(self) -> str:
        """Name of the stack with all that works on them; its outputs are what clients look up."""
        return f"{self.stack_prefix}-Pipeline"

    @property
    def tuning_stack(self) -> str:
        """Name of the stack that searches hyperparameters."""
        return f"{self.stack_prefix}-Tuning"

    @property
    def cleaning_stack(self) -> str:
        """Name of the stack that cleans documents, if there is one."""
        return f"{self.stack_prefix}-Cleaning"

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags of every resource and every training job."""
        return {"application": self.application, "owner": self.owner, **self.tags}

    @property
    def resolved_default_plan(self) -> TrainingPlan:
        """The plan of a corpus that has none of its own."""
        return resolve_plan({}, self.default_plan)

    @property
    def limits(self) -> Limits:
        """What a plan may ask for, and what may be spent."""
        return Limits.model_validate({name: getattr(self, name) for name in Limits.model_fields})

    @field_validator("allowed_instance_types", "kms_key_arns", mode="before")
    @classmethod
    def _from_text(cls, names: object) -> object:
        return names_in(names)

    @field_validator("kms_key_arns")
    @classmethod
    def _are_keys(cls, arns: tuple[str, ...]) -> tuple[str, ...]:
        if faulty := [arn for arn in arns if not _KEY_ARN.fullmatch(arn)]:
            raise ValueError(
                f"names {', '.join(map(repr, faulty))}; a key is named by its own ARN, "
                "arn:aws:kms:REGION:ACCOUNT:key/ID, since IAM takes no alias for a key"
            )
        return arns

    @field_validator("allowed_instance_types")
    @classmethod
    def _can_train(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        # One instance in this mode is what every kind of instance takes that BlazingText runs on at all.
        faults = [fault for name in types for fault in instance_faults(Mode.SKIPGRAM, name, 1)]
        if faults:
            raise _Faults(
                [fault.replace("resources.instance_type", "names a type that", 1) for fault in faults]
            )
        return types

    @field_validator("default_plan")
    @classmethod
    def _is_a_plan(cls, plan: dict[str, Any]) -> dict[str, Any]:
        try:
            resolve_plan({}, plan)
        except InvalidPlan as invalid:
            raise _Faults(invalid.faults) from None
        return plan

    @field_validator("owner", "application")
    @classmethod
    def _is_tag_text(cls, text: str) -> str:
        if fault := value_fault(text):
            raise ValueError(fault)
        return text

    @field_validator("tags")
    @classmethod
    def _are_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        faults = tag_faults(tags, taken=("owner", "application"))
        if faults:
            raise _Faults(faults)
        return tags

    @field_validator("log_retention_days")
    @classmethod
    def _is_offered(cls, days: int) -> int:
        if days not in LOG_RETENTION:
            raise ValueError(f"is {days}; CloudWatch Logs offers {', '.join(map(str, LOG_RETENTION))}")
        return days

    @model_validator(mode="after")
    def _interval_is_open(self) -> Self:
        if self.poll_seconds_min > self.poll_seconds_max:
            raise ValueError(
                f"poll_seconds_min is {self.poll_seconds_min}, "
                f"more than poll_seconds_max {self.poll_seconds_max}"
            )
        return self

    @model_validator(mode="after")
    def _default_plan_is_allowed(self) -> Self:
        try:
            resolve_plan({}, self.default_plan, self.limits)
        except InvalidPlan as invalid:
            raise _Faults([f"default_plan {fault}" for fault in invalid.faults]) from None
        return self

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read the settings from a CDK context.

        Parameters
        ----------
        context
            `context["wordvectors"]` holds the settings, all optional; `context["wordvectors.NAME"]`, as
            given by `cdk synth -c wordvectors.NAME=VALUE`, overrides one of them. NAME may go deeper:
            `wordvectors.tags.team`, `wordvectors.default_plan.resources.instance_type`.

        Raises
        ------
        InvalidSettings
            With every fault at once.

        Examples
        --------
        >>> DeploymentSettings.from_context({"wordvectors.environment": "development"}).keeps_data
        False
        """
        given = context.get(CONTEXT_KEY, {})
        if not isinstance(given, Mapping):
            raise InvalidSettings([f"{CONTEXT_KEY} is {given!r}; in cdk.json's context it must be an object"])
        settings: dict[str, Any] = json.loads(json.dumps(given))
        for key, value in context.items():
            if key.startswith(CONTEXT_KEY + "."):
                _override(settings, key.split(".")[1:], value)
        try:
            return cls.model_validate(settings)
        except ValidationError as invalid:
            faults = [sentence for error in invalid.errors() for sentence in _sentences(error)]
            raise InvalidSettings(faults) from None


class _Faults(ValueError):
    """Several faults within one setting."""

    def __init__(self, faults: list[str] | tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


def _override(settings: dict[str, Any], path: list[str], value: Any) -> None:
    """Set one value. From the command line it comes as text; within a plan, text and number differ."""
    *sections, name = path
    if ({"default_plan", "default_recipe"} & set(sections)) and isinstance(value, str):
        with contextlib.suppress(json.JSONDecodeError):  # a word, not a number or true or false
            value = json.loads(value)
    section = settings
    for key in sections:
        if not isinstance(section.get(key), dict):
            section[key] = {}
        section = section[key]
    section[name] = value


def _sentences(error: Any) -> list[str]:
    where = ".".join((CONTEXT_KEY, *(str(part) for part in error["loc"])))
    if error["type"] == "extra_forbidden":
        groups: dict[str, type[BaseModel]] = {"cleaning": CleaningSettings, "serving": ServingSettings}
        model = groups.get(error["loc"][0], DeploymentSettings)
        return [f"{where} is not a setting; known are {', '.join(model.model_fields)}"]
    if error["type"] == "value_error":
        cause = error["ctx"]["error"]
        faults = cause.faults if isinstance(cause, _Faults) else [str(cause)]
        return [f"{where} {fault}" if error["loc"] else f"{CONTEXT_KEY}.{fault}" for fault in faults]
    message = error["msg"].removeprefix("Input ").removeprefix("String ").removeprefix("should ")
    return [f"{where} is {error['input']!r}; it should {message}"]
