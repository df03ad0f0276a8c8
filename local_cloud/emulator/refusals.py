"""What AWS refuses and ministack takes, so that a deployment fails here first.

- A role's tag whose key or value begins with `aws:` (IAM user guide, "Tags for IAM resources").
- A function's environment of more than 4 KB, measured as JSON (Lambda developer guide, "Lambda quotas").
- A message to a topic under a key of AWS's that is named by an alias's ARN: only the bare alias makes the key
  (aws/aws-cdk#22605).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_cloud.emulator.seams import replace, require, require_all

_MOST_ENVIRONMENT_BYTES = 4_096
_KEY = "KmsMasterKeyId"
_RESERVED_TAG = "Tag keys and values that begin with aws: are reserved for AWS."


def install() -> None:
    """Ask before ministack carries these requests out, whether they come by themselves or with a stack."""
    from ministack.services import iam, lambda_svc, sns
    from ministack.services.cloudformation import provisioners

    require_all(iam, "_error", "_extract_tags")
    require_all(sns, "_error", "_p", "_topics")
    handlers = require(iam, "_IAM_HANDLERS")
    for operation in ("CreateRole", "CreateUser", "TagRole", "TagUser"):
        handlers[operation] = _without_reserved_tags(handlers[operation])
    replace(provisioners, "_validate_iam_identity_tag_keys", _without_reserved_tags_in_stacks)

    replace(lambda_svc, "_create_function", lambda original: _with_room(original, lambda data: data))
    replace(lambda_svc, "_update_config", lambda original: _with_room(original, lambda _, data: data))
    resources = require(provisioners, "_RESOURCE_HANDLERS")
    functions, topics = resources["AWS::Lambda::Function"], resources["AWS::SNS::Topic"]
    functions["create"] = _with_room_in_stacks(functions["create"])

    topics["create"] = _with_its_key(topics["create"], properties_at=1)
    topics["update"] = _with_its_key(topics["update"], properties_at=2)
    replace(sns, "_publish", _under_a_key_that_is_there)


def _has_reserved(tags: Sequence[Mapping[str, str]]) -> bool:
    return any(text.lower().startswith("aws:") for tag in tags for text in (tag["Key"], tag["Value"]))


def _without_reserved_tags(original: Any) -> Any:
    def operation(params: dict[str, Any]) -> Any:
        from ministack.services import iam

        if _has_reserved(iam._extract_tags(params)):
            return iam._error(400, "InvalidInput", _RESERVED_TAG, ns="iam")
        return original(params)

    return operation


def _without_reserved_tags_in_stacks(original: Any) -> Any:
    def validate(resource_type: str, tags: Sequence[Mapping[str, str]]) -> None:
        original(resource_type, tags)
        if _has_reserved([tag for tag in tags if not tag["Key"].startswith("aws:cloudformation:")]):
            raise ValueError(_RESERVED_TAG)

    return validate


def _environment_fault(properties: Mapping[str, Any]) -> str:
    """Return Lambda's refusal of an environment, which quotes what was measured; nothing if it has room."""
    variables = properties.get("Environment", {}).get("Variables", {})
    measured = json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    if len(measured.encode()) <= _MOST_ENVIRONMENT_BYTES:
        return ""
    return (
        "Lambda was unable to configure your environment variables because the environment variables you have "
        f"provided exceeded the 4KB limit. String measured: {measured}"
    )


def _with_room(original: Any, data_of: Callable[..., Mapping[str, Any]]) -> Any:
    def operation(*arguments: Any) -> Any:
        from ministack.services import lambda_svc

        if fault := _environment_fault(data_of(*arguments)):
            return lambda_svc.error_response_json("InvalidParameterValueException", fault, 400)
        return original(*arguments)

    return operation


def _with_room_in_stacks(original: Any) -> Any:
    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if fault := _environment_fault(properties):
            raise ValueError(fault)
        return original(logical_id, properties, stack)

    return create


def _with_its_key(original: Any, properties_at: int) -> Any:
    """ministack leaves the key of a stack's topic out."""

    def create_or_update(*arguments: Any, **more: Any) -> tuple[str, dict[str, Any]]:
        """(ARN, attributes) is returned."""
        from ministack.services import sns

        arn, attributes = original(*arguments, **more)
        kept = sns._topics[arn]["attributes"]
        kept.pop(_KEY, None)
        if key := arguments[properties_at].get(_KEY):
            kept[_KEY] = key
        return arn, attributes

    return create_or_update


def _under_a_key_that_is_there(original: Any) -> Any:
    def publish(params: dict[str, Any]) -> Any:
        from ministack.services import sns

        topic = sns._topics.get(sns._p(params, "TopicArn")) or {}
        key = topic.get("attributes", {}).get(_KEY, "")
        if key.startswith("arn:") and ":alias/aws/" in key:
            return sns._error("KMSNotFound", f"Alias {key} is not found.", 400)
        return original(params)

    return publish
