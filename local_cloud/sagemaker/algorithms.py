"""What SageMaker reads from the log of an algorithm: metrics, by its own definitions or those of the request.

AWS does not publish the expressions of its own algorithms; these find what BlazingText's logs have.
https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from wordvectors.blazingtext.log import MEAN_RHO_METRIC, MEAN_RHO_REGEX, TRAINING_LOG_GROUP
from wordvectors.blazingtext.regions import BLAZINGTEXT

METRICS_NAMESPACE = TRAINING_LOG_GROUP
"""Of CloudWatch: named like the log group. There a job's metrics have the one dimension `TrainingJobName`."""

_OWN = {
    BLAZINGTEXT.repository: {
        MEAN_RHO_METRIC: MEAN_RHO_REGEX,
        "train:accuracy": MEAN_RHO_REGEX.replace("mean_rho", "train_accuracy"),
        "validation:accuracy": MEAN_RHO_REGEX.replace("mean_rho", "validation_accuracy"),
    }
}
"""Of algorithms that SageMaker brings, by the repository of their image."""


def repository(image: str) -> str:
    """The repository's name in an image URI: `…amazonaws.com/blazingtext:1` -> `blazingtext`."""
    return image.rsplit("/", 1)[-1].partition(":")[0].partition("@")[0]


def own_definitions(image: str) -> list[dict[str, str]]:
    """Return the definitions of an algorithm that SageMaker brings; none for any other image."""
    return [{"Name": name, "Regex": regex} for name, regex in _OWN.get(repository(image), {}).items()]


def metric_definitions(algorithm: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the definitions that hold for an AlgorithmSpecification."""
    return own_definitions(algorithm.get("TrainingImage", "")) or algorithm.get("MetricDefinitions", [])


def metrics_in(line: str, definitions: Iterable[Mapping[str, str]]) -> dict[str, float]:
    """Return the metrics that a line of a log holds, in single precision, as SageMaker keeps them."""
    found = {definition["Name"]: re.search(definition["Regex"], line) for definition in definitions}
    return {name: _single(match[1]) for name, match in found.items() if match}


def metric_data(job: str, metrics: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a job's final metrics as PutMetricData takes them."""
    return [{**metric, "Dimensions": [{"Name": "TrainingJobName", "Value": job}]} for metric in metrics]


def _single(number: str) -> float:
    (value,) = struct.unpack("f", struct.pack("f", float(number)))
    return value
