"""Where ministack asks IAM something other than AWS does: put right."""

from __future__ import annotations

from typing import Any

from local_cloud.emulator.requests import is_loopback
from local_cloud.emulator.seams import replace
from wordvectors.json_text import parse_json

_ON_THE_GROUP_ITSELF = ("CreateLogGroup", "TagResource", "UntagResource", "ListTagsForResource")


def install() -> None:
    """Correct what CloudWatch and its logs ask about, and whether a request over loopback is secure."""
    from ministack import app
    from ministack.core import iam_actions

    replace(app, "pin_request_origin", _secure_over_loopback)
    replace(iam_actions, "extract_resource_arn", _naming_log_streams)
    replace(iam_actions, "request_tag_context", _naming_the_namespace)


def _secure_over_loopback(original: Any) -> Any:
    """aws:SecureTransport is true for what never leaves the machine, or a policy that requires TLS denies all."""
    return lambda source_ip, secure: original(source_ip, secure or is_loopback(source_ip))


def _naming_log_streams(original: Any) -> Any:
    """AWS asks about `log-group:NAME:log-stream:`, which policies allow as `log-group:NAME:*`.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html, member arn
    """

    def extract_resource_arn(service: str, method: str, path: str, headers: Any, *more: Any) -> Any:
        arn = original(service, method, path, headers, *more)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        names_group_only = service == "logs" and ":log-group:" in arn and arn.count(":") == 6
        if names_group_only and action not in _ON_THE_GROUP_ITSELF:
            return f"{arn}:log-stream:"
        return arn

    return extract_resource_arn


def _naming_the_namespace(original: Any) -> Any:
    """Policies may ask for the namespace of CloudWatch that metrics are put into."""

    def request_tag_context(service: str, iam_action: str, body: bytes, params: Any) -> Any:
        context = original(service, iam_action, body, params)
        if iam_action == "cloudwatch:PutMetricData":
            context = {**context, "cloudwatch:namespace": _namespace(body)}
        return context

    return request_tag_context


def _namespace(body: bytes) -> str:
    """Return what a request names; nothing if it is not in JSON, as boto3's is."""
    try:
        return parse_json(body).get("Namespace", "")
    except ValueError:
        return ""
