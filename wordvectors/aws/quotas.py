"""The account's quotas for training, in Service Quotas.

What is relied on, and how far it is known: the quotas' names are those that CreateTrainingJob's own refusal
gives ("ml.c5.xlarge for training job usage"), and public lists of quotas have them for spot capacity too. Their
codes differ from type to type and are not documented, so a quota is looked for by its name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from wordvectors.aws.errors import transient_errors_named

ON_DEMAND, SPOT = "{} for training job usage", "{} for spot training job usage"
"""How many instances of a type may train at the same time."""


@dataclass(frozen=True)
class Quota:
    """One quota of the account."""

    code: str
    value: int

    def request(self, value: int, region: str) -> str:
        """Return the command that asks AWS for more."""
        return (
            "aws service-quotas request-service-quota-increase --service-code sagemaker "
            f"--quota-code {self.code} --desired-value {value} --region {region}"
        )


def training_quotas(client: Any, names: Collection[str]) -> dict[str, Quota]:
    """Return the quotas of these names, as far as there are any: as applied to the account, else AWS's default.

    The first list leaves out quotas that only have a default (API reference, ListServiceQuotas).

    Parameters
    ----------
    client
        A boto3 Service Quotas client.
    """
    found: dict[str, Quota] = {}
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        pages = client.get_paginator(operation).paginate(
            ServiceCode="sagemaker", PaginationConfig={"PageSize": 100}
        )
        with transient_errors_named():
            for quota in (quota for page in pages for quota in page["Quotas"]):
                if quota["QuotaName"] in names:
                    found.setdefault(quota["QuotaName"], Quota(quota["QuotaCode"], int(quota["Value"])))
                if len(found) == len(names):
                    return found
    return found
