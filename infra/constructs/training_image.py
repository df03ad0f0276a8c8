"""TrainingImage: where BlazingText's image lies, in whatever region the template is deployed to."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from wordvectors import blazingtext


class UnsupportedRegion(ValueError):
    """SageMaker has no BlazingText in a region."""


class TrainingImage(Construct):
    """BlazingText's image and its repository, by a region → registry mapping within the template.

    Attributes
    ----------
    uri : str
        `ACCOUNT.dkr.ecr.REGION.SUFFIX/blazingtext:1`.
    repository_arn : str
        The repository within AWS's registry account of the region.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        registries = registry_accounts()
        accounts = cdk.CfnMapping(
            self,
            "Registries",
            mapping={region: {"Account": account} for region, account in registries.items()},
        )
        # Without it, CloudFormation would say that a mapping lacks a key.
        cdk.CfnRule(
            self,
            "RegionHasBlazingText",
            assertions=[
                cdk.CfnRuleAssertion(
                    assert_=cdk.Fn.condition_contains(list(registries), cdk.Aws.REGION),
                    assert_description=(
                        "SageMaker has no BlazingText image in this region; deploy to one of "
                        + ", ".join(registries)
                    ),
                )
            ],
        )
        account = accounts.find_in_map(cdk.Aws.REGION, "Account")
        self.uri = (
            f"{account}.dkr.ecr.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"
            f"/{blazingtext.REPOSITORY}:{blazingtext.IMAGE_TAG}"
        )
        self.repository_arn = (
            f"arn:{cdk.Aws.PARTITION}:ecr:{cdk.Aws.REGION}:{account}:repository/{blazingtext.REPOSITORY}"
        )


def registry_accounts() -> dict[str, str]:
    """Return the account of BlazingText's registry in each region, from the SageMaker SDK's own table.

    The table is read as the file it is: `import sagemaker.core.image_uris` brings pandas and boto3 along
    and takes seconds.
    """
    spec = importlib.util.find_spec("sagemaker.core")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    (package,) = spec.submodule_search_locations
    table = json.loads((Path(package) / "image_uri_config" / "blazingtext.json").read_text())
    return dict(sorted(table["versions"][blazingtext.IMAGE_TAG]["registries"].items()))


def check_region(region: str, registries: Mapping[str, str]) -> None:
    """Check that BlazingText's image is to be had in a region.

    Raises
    ------
    UnsupportedRegion
        Naming the region and the nearest ones that have it.
    """
    if region in registries:
        return
    area, _, _number = region.rpartition("-")
    continent = area.partition("-")[0]
    neighbours = (f"{area}-", f"{continent}-", f"{_NEXT_CONTINENT.get(continent)}-", "")
    candidates = ([name for name in registries if name.startswith(prefix)] for prefix in neighbours)
    near = next(found for found in candidates if found)
    raise UnsupportedRegion(
        f"SageMaker has no BlazingText image in {region}; it has one in {', '.join(near)}"
    )


_NEXT_CONTINENT = {"mx": "us"}
"""For areas that have no region with BlazingText at all."""
