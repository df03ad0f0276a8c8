"""TrainingImage: where BlazingText's image lies, in whatever region the template is deployed to."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from wordvectors.blazingtext.regions import IMAGE_TAG, REPOSITORY, registry_accounts


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
                        "wordvectors can't be deployed to this region; deploy to one of "
                        + ", ".join(registries)
                    ),
                )
            ],
        )
        account = accounts.find_in_map(cdk.Aws.REGION, "Account")
        self.uri = f"{account}.dkr.ecr.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}/{REPOSITORY}:{IMAGE_TAG}"
        self.repository_arn = (
            f"arn:{cdk.Aws.PARTITION}:ecr:{cdk.Aws.REGION}:{account}:repository/{REPOSITORY}"
        )
