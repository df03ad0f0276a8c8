"""What a training job runs, as CreateTrainingJob is told: an image's own algorithm, or code that is brought along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wordvectors.blazingtext.channels import SET, TRAIN
from wordvectors.blazingtext.eval_json import MEAN_RHO
from wordvectors.blazingtext.log import score_metric

CODE_FOLDER = "/opt/ml/code"
PYTHON = "python3.12"
"""The scikit-learn image's own, by the name that no other Python has."""
UNPACK_AND_TRAIN = (
    "import os, sys, zipfile; code, *archives = sys.argv[1:]; "
    "[zipfile.ZipFile(archive).extractall(code) for archive in archives]; os.environ['PYTHONPATH'] = code; "
    "os.execv(sys.executable, [sys.executable, '-m', 'wordvectors.trainer', 'train'])"
)
"""The entry point: Python can't load compiled packages out of an archive. SageMaker takes 256 characters."""


@dataclass(frozen=True)
class Algorithm:
    """An image, and what it is to run.

    Attributes
    ----------
    image : str
        Its URI.
    archives : mapping of str to str
        Zip archives of the code to be run in the place of the image's own, by the channel that each comes in, as URIs
        in S3; none if the image has an algorithm of its own.
    scores : sequence of str
        What such code scores on the way.
    sets : sequence of str
        The evaluation sets of the user's own among these, each as the prefix in S3 that only its file has.
    """

    image: str
    archives: Mapping[str, str] = field(default_factory=dict)
    scores: Sequence[str] = (MEAN_RHO,)
    sets: Sequence[str] = ()

    def specification(self) -> dict[str, Any]:
        """Return the request's AlgorithmSpecification."""
        specification: dict[str, Any] = {"TrainingImage": self.image, "TrainingInputMode": "File"}
        if not self.archives:
            return specification
        places = [
            f"/opt/ml/input/data/{channel}/{uri.rpartition('/')[2]}" for channel, uri in self.archives.items()
        ]
        return specification | {
            "ContainerEntrypoint": [PYTHON, "-c", UNPACK_AND_TRAIN],
            "ContainerArguments": [CODE_FOLDER, *places],
            "MetricDefinitions": [
                {"Name": metric, "Regex": regex} for metric, regex in map(score_metric, self.scores)
            ],
        }

    def channels(self, corpus_uri: str) -> list[dict[str, Any]]:
        """Return the request's InputDataConfig."""
        return [
            _channel(TRAIN, corpus_uri, "text/plain"),
            *(_channel(name, uri, "application/zip") for name, uri in self.archives.items()),
            *(_channel(f"{SET}{number}", uri, "text/plain") for number, uri in enumerate(self.sets, start=1)),
        ]


def _channel(name: str, uri: str, content_type: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "ContentType": content_type,
        "InputMode": "File",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": uri,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
