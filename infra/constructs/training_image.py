"""TrainingImages: where the images lie that train, in whatever region the template is deployed to."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from wordvectors.blazingtext.regions import BLAZINGTEXT, SCIKIT_LEARN, Image, registry_accounts


@dataclass(frozen=True)
class TrainingImage:
    """An image that AWS keeps.

    Attributes
    ----------
    uri : str
        `ACCOUNT.dkr.ecr.REGION.SUFFIX/REPOSITORY:TAG`.
    repository_arn : str
        Its repository within AWS's registry account of the region.
    """

    uri: str
    repository_arn: str


class TrainingImages(Construct):
    """BlazingText's image and scikit-learn's, by a region → registries mapping within the template.

    Attributes
    ----------
    blazingtext, scikit_learn : TrainingImage
        The second is the project's own engine's.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        blazingtext, scikit_learn = registry_accounts(BLAZINGTEXT), registry_accounts(SCIKIT_LEARN)
        self._accounts = cdk.CfnMapping(
            self,
            "Registries",
            mapping={
                region: {"Account": account, "ScikitLearnAccount": scikit_learn[region]}
                for region, account in blazingtext.items()
            },
        )
        # Without it, CloudFormation would say that a mapping lacks a key.
        cdk.CfnRule(
            self,
            "RegionHasBlazingText",
            assertions=[
                cdk.CfnRuleAssertion(
                    assert_=cdk.Fn.condition_contains(list(blazingtext), cdk.Aws.REGION),
                    assert_description=(
                        "wordvectors can't be deployed to this region; deploy to one of "
                        + ", ".join(blazingtext)
                    ),
                )
            ],
        )
        self.blazingtext = self._image(BLAZINGTEXT, "Account")
        self.scikit_learn = self._image(SCIKIT_LEARN, "ScikitLearnAccount")

    def _image(self, image: Image, key: str) -> TrainingImage:
        account = self._accounts.find_in_map(cdk.Aws.REGION, key)
        return TrainingImage(
            uri=f"{account}.dkr.ecr.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}/{image.repository}:{image.tag}",
            repository_arn=(
                f"arn:{cdk.Aws.PARTITION}:ecr:{cdk.Aws.REGION}:{account}:repository/{image.repository}"
            ),
        )
