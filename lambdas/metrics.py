"""The functions' metrics, written into their logs in CloudWatch's embedded metric format.

CloudWatch makes metrics of such lines by itself: no call that could fail, and no permission.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from wordvectors.runs.metrics import NAMESPACE, UNITS


def put_metrics(values: Mapping[str, float | None], **dimensions: str) -> None:
    """Write metrics, those that are None left out, with these dimensions.

    Parameters
    ----------
    values
        By name; see `wordvectors.runs.metrics.UNITS`.
    """
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [sorted(dimensions)],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in sorted(known)],
    }
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": metadata, **dimensions, **known}), flush=True)
