"""What a deployment lets a plan ask for, what a run may cost, and how many may start on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wordvectors.lifecycle.cost import Cost, UnknownCost, money

INSTANCE_TYPES = (
    *(f"ml.c5.{size}" for size in ("xlarge", "2xlarge", "4xlarge", "9xlarge")),
    *(f"ml.m5.{size}" for size in ("large", "xlarge", "2xlarge", "4xlarge")),
    *(f"ml.c6i.{size}" for size in ("xlarge", "2xlarge", "4xlarge", "8xlarge")),
    *(f"ml.m6i.{size}" for size in ("xlarge", "2xlarge", "4xlarge")),
    *(f"ml.c7i.{size}" for size in ("xlarge", "2xlarge", "4xlarge", "8xlarge")),
    *(f"ml.m7i.{size}" for size in ("xlarge", "2xlarge", "4xlarge")),
    *(f"ml.g4dn.{size}" for size in ("xlarge", "2xlarge", "4xlarge")),
    *(f"ml.g5.{size}" for size in ("xlarge", "2xlarge", "4xlarge")),
)
"""CPU instances of moderate size, and the smaller ones with a single GPU."""

LARGEST_VOLUME_GB = 16_384
"""SageMaker's largest training volume."""


@dataclass(frozen=True)
class AccountQuota:
    """A quota of the account for training jobs of every instance type.

    Attributes
    ----------
    name : str
        As Service Quotas calls it.
    default : int
        What an account has that never asked for more (general reference, "SageMaker AI endpoints and quotas").
    unit, field : str
        What it counts; the part of a plan's resources that it bounds.
    """

    name: str
    default: int
    unit: str
    field: str


RUN_TIME_QUOTA = AccountQuota(
    "Longest run time for a training job", 432_000, "Seconds", "max_runtime_seconds"
)
VOLUME_QUOTA = AccountQuota("Size of EBS volume for a training job instance", 1_024, "Gigabytes", "volume_gb")
INSTANCES_QUOTA = AccountQuota("Number of instances across training jobs", 4, "Instances", "instance_count")
SPOT_INSTANCES_QUOTA = replace(INSTANCES_QUOTA, name="Number of instances across spot training jobs")


def account_quotas(*, spot: bool) -> tuple[AccountQuota, ...]:
    """Return the quotas for all instance types together that hold for a kind of capacity."""
    return RUN_TIME_QUOTA, VOLUME_QUOTA, SPOT_INSTANCES_QUOTA if spot else INSTANCES_QUOTA


def quota_warnings(resources: Mapping[str, Any]) -> list[str]:
    """Return which of a plan's resources an account is refused unless its quotas were raised."""
    return [
        f"resources.{quota.field} is {resources[quota.field]:,}, and AWS gives an account {quota.default:,} "
        f"{quota.unit.lower()} unless it asked for more (quota '{quota.name}'; `wordvectors doctor` shows yours)"
        for quota in account_quotas(spot=resources["spot"])
        if resources[quota.field] > quota.default
    ]


class Limits(BaseModel):
    """The limits of a deployment.

    Attributes
    ----------
    allowed_instance_types
        Instance types that a plan may name.
    max_instance_count
        Instances that a plan may ask for.
    max_volume_gb
        Gigabytes that a plan may ask for as the training volume of each instance.
    max_run_cost
        What a run's instances may cost at most, in the currency of AWS's prices: USD, in China CNY. None: no ceiling.
    unpriced_runs
        Whether a run starts whose price is unknown; False if only a ceiling is given.
    max_runs_per_day
        Runs, and cleanings with them, that start on a day (UTC).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed_instance_types: Annotated[tuple[str, ...], Field(min_length=1, max_length=40)] = INSTANCE_TYPES
    max_instance_count: Annotated[int, Field(ge=1, le=20)] = 4
    max_volume_gb: Annotated[int, Field(ge=2, le=LARGEST_VOLUME_GB)] = 100
    max_run_cost: Annotated[float, Field(gt=0, le=1e9)] | None = 100
    unpriced_runs: bool = True
    max_runs_per_day: Annotated[int, Field(ge=1, le=5000)] = 100

    @model_validator(mode="before")
    @classmethod
    def _own_ceiling_holds(cls, given: Any) -> Any:
        has_ceiling = isinstance(given, Mapping) and given.get("max_run_cost") is not None
        return {"unpriced_runs": False, **given} if has_ceiling else given

    @property
    def money_text(self) -> str:
        """What a run, and a day, may cost, in a sentence."""
        ceiling = (
            "any amount" if self.max_run_cost is None else f"{self.max_run_cost:g} USD (in China CNY) at most"
        )
        return (
            f"A run's instances may cost {ceiling} (max_run_cost), and {self.max_runs_per_day:,} runs and cleanings "
            "may start on a day (max_runs_per_day)"
        )

    @property
    def day_fault(self) -> str:
        """Why nothing more starts today."""
        return (
            f"this deployment starts {self.max_runs_per_day:,} runs and cleanings a day at most, and has started them "
            "today: upload it again after midnight UTC, or raise max_runs_per_day in cdk.json and deploy"
        )

    def resource_faults(self, instance_type: str, instance_count: int, volume_gb: int) -> list[str]:
        """Return what this deployment does not allow about these instances and their volumes.

        Examples
        --------
        >>> Limits(allowed_instance_types=("ml.c5.xlarge",)).resource_faults("ml.m5.large", 1, 30)
        ["resources.instance_type is 'ml.m5.large'; this deployment allows ml.c5.xlarge"]
        """
        faults = []
        if instance_type not in self.allowed_instance_types:
            allowed = ", ".join(self.allowed_instance_types)
            faults.append(f"resources.instance_type is {instance_type!r}; this deployment allows {allowed}")
        if instance_count > self.max_instance_count:
            faults.append(
                f"resources.instance_count is {instance_count}; this deployment allows at most "
                f"{self.max_instance_count}"
            )
        if volume_gb > self.max_volume_gb:
            faults.append(
                f"resources.volume_gb is {volume_gb}; this deployment allows at most {self.max_volume_gb} "
                "per instance (max_volume_gb in cdk.json)"
            )
        return faults

    def cost_faults(self, cost: Cost) -> list[str]:
        """Return why a run of this planned cost (see `cost.planned_cost`) may not start.

        What can't be priced starts under the default ceiling: a price list that does not answer is no reason to train
        nothing. Under a ceiling that somebody has set it does not: one that gives way then is none.
        """
        if isinstance(cost, UnknownCost):
            if self.unpriced_runs:
                return []
            return [
                f"this deployment starts no run without a price, and its price is unknown: {cost.reason}. Try again "
                "later with `wordvectors train --again`, or set unpriced_runs beside max_run_cost in cdk.json to true "
                "and deploy"
            ]
        if self.max_run_cost is None or cost.most <= self.max_run_cost:
            return []
        ceiling = money(self.max_run_cost, cost.currency)
        return [
            f"the run may cost {money(cost.most, cost.currency)}, and this deployment allows {ceiling} per "
            "run; lower resources.max_runtime_seconds or instance_count, or choose a cheaper instance_type"
        ]
