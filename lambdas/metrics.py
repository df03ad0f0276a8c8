"""The functions' metrics, written into their logs: CloudWatch makes metrics of them by itself."""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics

from wordvectors.lifecycle.metrics import NAMESPACE, UNITS


def put_metrics(values: Mapping[str, float | None], **dimensions: str) -> None:
    """Write metrics, those that are None left out, with these dimensions.

    Parameters
    ----------
    values
        By name; see `wordvectors.lifecycle.metrics.UNITS`.
    """
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    for dimension, text in sorted(dimensions.items()):
        metrics.add_dimension(name=dimension, value=text)
    known = {name: value for name, value in values.items() if value is not None}
    for name, value in known.items():
        metrics.add_metric(name=name, unit=UNITS[name], value=value)
    if known:
        metrics.flush_metrics()
