"""What a check-up looks at, and what it says."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from wordvectors.aws.quotas import ON_DEMAND, SPOT, Quota, training_quotas
from wordvectors.client.deployment import TUNING_STACK, Account, Deployment, DeploymentNotFound, deployment_in
from wordvectors.client.orphans import Orphan, find_orphans
from wordvectors.lifecycle.limits import AccountQuota, account_quotas
from wordvectors.lifecycle.plan import Resources, resolve_plan

OK, WARN, FAIL, UNKNOWN = "ok", "warn", "fail", "unknown"


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
        """Return what CloudFormation says of one of the deployment's stacks; None: not deployed."""
        return self.account.described(f"{self.stack}-{stack}")

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of one of the deployment's stacks; none of one that is not deployed."""
        found = (self.described(stack) or {}).get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in found}

    @property
    def with_tunings(self) -> Deployment:
        """The deployment with the outputs of its stack of tunings, too."""
        return replace(self.deployment, outputs={**self.outputs(TUNING_STACK), **self.deployment.outputs})

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
        """Jobs, runs and tunings that nobody looks after."""
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
        return account_quotas(spot=self.resources.spot)
