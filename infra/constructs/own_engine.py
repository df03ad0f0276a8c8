"""OwnEngine: what a job needs that trains with the project's own engine, in an image that AWS keeps."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs.dependencies_layer import CONSTRAINTS, PackageBundling, layer_hash
from infra.constructs.pipeline_function import all_but
from wordvectors.evaluation.sets import PAIR_SETS
from wordvectors.evaluation.wordsim353 import WORDSIM353
from wordvectors.gensim_data import gensim_data
from wordvectors.project import root

TRAINING = root() / "infra" / "training"
REQUIREMENTS = TRAINING / "requirements.txt"
IMAGE_PACKAGES = TRAINING / "image.txt"
"""What the image brings, with hashes; these packages are not put into a job's channel."""
IMAGE_PLATFORM = ("--python-platform=x86_64-manylinux_2_28", "--python-version=3.12")
"""The image's Python and, at least, its system; SageMaker trains on Intel alone."""
SETS = [gensim_data(name) for name in (WORDSIM353, *PAIR_SETS.values())]
"""The word pairs on which a model is scored, on the way too."""
LIBRARY = (
    "wordvectors/*.py",
    "wordvectors/blazingtext/*.py",
    "wordvectors/corpus/*.py",
    "wordvectors/engine/*.py",
    "wordvectors/evaluation/*.py",
    "wordvectors/trainer/*.py",
    "wordvectors/vectors/*.py",
)
"""The part of the project that trains; it needs numpy, scipy and the packages of infra/training/requirements.txt."""


class OwnEngine(Construct):
    """The engine's code and its packages, each an archive that SageMaker fetches as a channel of the job.

    The job's network stays isolated: nothing is installed while it runs.

    Attributes
    ----------
    code, packages : aws_cdk.aws_s3_assets.Asset
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.code = s3_assets.Asset(
            self, "Code", path=str(root()), exclude=all_but(LIBRARY), ignore_mode=cdk.IgnoreMode.GIT
        )
        self.packages = s3_assets.Asset(
            self,
            "Packages",
            path=str(TRAINING),
            asset_hash=layer_hash(REQUIREMENTS, CONSTRAINTS, IMAGE_PACKAGES, *SETS, platform=IMAGE_PLATFORM),
            asset_hash_type=cdk.AssetHashType.CUSTOM,
            bundling=cdk.BundlingOptions(
                image=cdk.DockerImage.from_registry("never-pulled"),
                local=cast(cdk.ILocalBundling, engine_packages()),
            ),
        )


def engine_packages() -> PackageBundling:
    """Return what bundles the packages that a job brings along, and the word pairs on which its model is scored."""
    return PackageBundling(
        REQUIREMENTS,
        platform=IMAGE_PLATFORM,
        folder="",
        gensim_files=SETS,
        without=IMAGE_PACKAGES,
    )
