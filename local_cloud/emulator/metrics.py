"""Metrics and alarms, where ministack's CloudWatch falls short of AWS's.

- What a function logs in the embedded metric format becomes a metric.
- An alarm looks only at the metric with its own dimensions; ministack's looks at every metric of that name.
- It looks within a second after a function has run; ministack's looks when somebody puts a metric.
- Statistics are asked for from whole minutes to whole minutes.
- Equal values of a minute are kept as one, with their number; ministack keeps each, and goes through all of them at
  each request.
- A throttled invocation counts as a throttle alone.

Other services' own metrics are missing here: SQS, for one, has none.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
import types
from typing import Any

from local_cloud.emulator.seams import replace, require_all
from wordvectors.json_text import parse_json

log = logging.getLogger("local_cloud.metrics")

SECONDS_BETWEEN_LOOKS = 1.0
_SHARE = 20  # a look that takes long is followed by a pause of this many times its length


def install() -> None:
    """Read functions' logs for metrics, and let each alarm see its own."""
    from ministack.services import cloudwatch, lambda_svc

    require_all(
        cloudwatch,
        "record_metric",
        "_evaluate_all_alarms",
        "_metrics",
        "_dims_key",
        "_dims_from_list",
        "_parse_ts",
    )
    replace(lambda_svc, "_emit_lambda_logs", _with_embedded_metrics)
    replace(lambda_svc, "_emit_lambda_metrics", _without_throttled)
    replace(lambda_svc, "_emit_lambda_metrics", _then_alarms)  # comes last in an invocation
    replace(cloudwatch, "_metric_bucket", _counting)
    replace(cloudwatch, "_evaluate_alarm", _by_its_dimensions)
    replace(cloudwatch, "_get_metric_statistics", _in_whole_minutes)


def _with_embedded_metrics(original: Any) -> Any:
    def emit_lambda_logs(
        func: dict[str, Any], request_id: str, log_text: str, *args: Any, **kwargs: Any
    ) -> None:
        from ministack.services import cloudwatch

        original(func, request_id, log_text, *args, **kwargs)
        try:
            for line in (log_text or "").splitlines():
                for metric in _metrics_in(line):
                    cloudwatch.record_metric(*metric)
        except Exception:  # on AWS, too, a lost metric does not fail the function
            log.exception("No metrics of request %s", request_id)

    return emit_lambda_logs


def _without_throttled(original: Any) -> Any:
    """Lambda counts a throttled invocation as a throttle alone.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """

    def emit_lambda_metrics(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        from ministack.services import cloudwatch

        if throttle:
            cloudwatch.record_metric("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function_name})
        else:
            original(function_name, duration_ms, error, throttle)

    return emit_lambda_metrics


class _Points:
    """A metric's points, to which others are added."""

    def __init__(self, points: list[dict[str, Any]]) -> None:
        self._points = points

    def append(self, point: dict[str, Any]) -> None:
        """Count a value that its minute has already, or add it."""
        for known in reversed(self._points):
            if known["Timestamp"] // 60 != point["Timestamp"] // 60:
                break
            if _is_the_same(known, point):
                known["Count"] = known.get("Count", 1.0) + point.get("Count", 1.0)
                return
        self._points.append(point)


def _is_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if "_stat" in one or "_stat" in other:  # a set of statistics, in which no single value is to be seen
        return False
    return (one["Value"], one["Unit"]) == (other["Value"], other["Unit"])


def _counting(original: Any) -> Any:
    return lambda key: _Points(original(key))


def _then_alarms(original: Any) -> Any:
    """All alarms look after a run; once a second at most, and less often when a look takes long."""
    waiting = threading.Lock()
    pause = SECONDS_BETWEEN_LOOKS

    def look() -> None:
        from ministack.services import cloudwatch

        nonlocal pause
        waiting.release()
        began = time.monotonic()
        cloudwatch._evaluate_all_alarms()
        pause = max(SECONDS_BETWEEN_LOOKS, _SHARE * (time.monotonic() - began))

    def emit_lambda_metrics(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        if waiting.acquire(blocking=False):
            # The context says which account it is.
            timer = threading.Timer(pause, contextvars.copy_context().run, [look])
            timer.daemon = True
            timer.start()

    return emit_lambda_metrics


def _metrics_in(line: str) -> list[tuple[str, str, float, str, dict[str, str]]]:
    """The metrics of a line in embedded metric format: namespace, name, value, unit, dimensions."""
    if '"_aws"' not in line:
        return []
    try:
        entry: dict[str, Any] = parse_json(line)
        return [
            (
                directive["Namespace"],
                metric["Name"],
                float(value),
                metric.get("Unit", "None"),
                {name: str(entry[name]) for name in names},
            )
            for directive in entry["_aws"]["CloudWatchMetrics"]
            for names in directive["Dimensions"]
            for metric in directive["Metrics"]
            for value in _values(entry[metric["Name"]])
        ]
    except (ValueError, KeyError, TypeError):
        return []  # CloudWatch, too, leaves such a line a line


def _values(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _by_its_dimensions(original: Any) -> Any:
    """The original looks through `_metrics`; it is shown only the one that the alarm names."""

    def evaluate_alarm(alarm: dict[str, Any]) -> None:
        from ministack.services import cloudwatch

        dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
        key = (alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions))
        seen = {key: cloudwatch._metrics.get(key) or []}
        types.FunctionType(original.__code__, {**original.__globals__, "_metrics": seen})(alarm)

    return evaluate_alarm


def _in_whole_minutes(original: Any) -> Any:
    """CloudWatch rounds both ends of a span down to the minute.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
    """

    def get_metric_statistics(*request: Any, **more: Any) -> Any:
        from ministack.services import cloudwatch

        def minute(time: Any) -> float | None:
            parsed = cloudwatch._parse_ts(time)
            return None if parsed is None else parsed // 60 * 60

        rounding = {**original.__globals__, "_parse_ts": minute}
        return types.FunctionType(original.__code__, rounding, None, original.__defaults__)(*request, **more)

    return get_metric_statistics
