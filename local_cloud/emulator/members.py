"""Members of ministack's answers that AWS has otherwise, or leaves out: put right.

A client that reads an answer by the service's model would stumble over an empty code, or not find what it looks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local_cloud.emulator.seams import replace

_UNKNOWN_TO_LAMBDA = {
    ("LastUpdateStatusReasonCode", ""),
    ("RuntimeVersionArn", ""),
    ("StateReasonCode", ""),
    ("StateReasonCode", "Updating"),
}
_ON_DEMAND = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html"""


def install() -> None:
    """Correct the answers of CloudFormation, DynamoDB, Glue, Lambda and Step Functions."""
    from ministack.services import dynamodb, glue, lambda_svc, stepfunctions
    from ministack.services.cloudformation import handlers

    replace(handlers, "_xml", _without_empty_descriptions)
    replace(dynamodb, "_table_description", _with_warm_throughput)
    replace(glue, "_get_job", _changing(_without_tags))
    replace(lambda_svc, "json_response", _without_unknown_codes)
    replace(stepfunctions, "_describe_state_machine", _changing(_as_the_api_spells_it))


def _changing(change: Callable[[Any], None]) -> Callable[[Any], Any]:
    """Make the replacement of an operation: `change` is given the content of its answer, to change it in place."""

    def make(original: Any) -> Any:
        def operation(request: dict[str, Any]) -> Any:
            status, headers, body = original(request)
            if status == 200:
                content = json.loads(body)
                change(content)
                body = json.dumps(content).encode()
            return status, headers, body

        return operation

    return make


def _without_empty_descriptions(original: Any) -> Any:
    def xml(status: int, root: str, inner: str, *more: Any) -> Any:
        return original(status, root, inner.replace("<Description></Description>", ""), *more)

    return xml


def _with_warm_throughput(original: Any) -> Any:
    def table_description(name: str) -> Any:
        description = original(name)
        if not description["WarmThroughput"]["ReadUnitsPerSecond"]:
            provisioned = description.get("ProvisionedThroughput", {})
            description["WarmThroughput"] = {
                "ReadUnitsPerSecond": provisioned.get("ReadCapacityUnits")
                or _ON_DEMAND["ReadUnitsPerSecond"],
                "WriteUnitsPerSecond": provisioned.get("WriteCapacityUnits")
                or _ON_DEMAND["WriteUnitsPerSecond"],
                "Status": _ON_DEMAND["Status"],
            }
        return description

    return table_description


def _without_tags(content: dict[str, Any]) -> None:
    """GetTags tells a job's tags; the job itself has none, and a security configuration only if it is named."""
    job = content["Job"]
    job.pop("Tags", None)
    if not job.get("SecurityConfiguration"):
        job.pop("SecurityConfiguration", None)


def _without_unknown_codes(original: Any) -> Any:
    def known(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: known(part)
                for key, part in value.items()
                if not isinstance(part, str) or (key, part) not in _UNKNOWN_TO_LAMBDA
            }
        return [known(part) for part in value] if isinstance(value, list) else value

    return lambda data, *more, **named: original(known(data), *more, **named)


def _as_the_api_spells_it(content: dict[str, Any]) -> None:
    """A template and the API spell the members of the logging configuration differently; ministack keeps the first."""

    def spelled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key[:1].lower() + key[1:]: spelled(part) for key, part in value.items()}
        return [spelled(part) for part in value] if isinstance(value, list) else value

    content["loggingConfiguration"] = spelled(content["loggingConfiguration"])
