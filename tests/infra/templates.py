"""Reading synthesized templates."""

from __future__ import annotations

import json
import re
from typing import Any

ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def resources(template: dict[str, Any], type_name: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a type, by logical id."""
    return {id: found for id, found in template["Resources"].items() if found["Type"] == type_name}


def only(template: dict[str, Any], type_name: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    (found,) = resources(template, type_name).values()
    return found["Properties"]


def text(value: Any) -> str:
    """Return a value as one line: references as `${Name}`, without CDK's hashes in the names."""
    match value:
        case str():
            return value
        case {"Fn::Join": ["", parts]}:
            return "".join(text(part) for part in parts)
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"${{{_without_hash(logical_id)}.{attribute}}}"
        case {"Ref": name}:
            return f"${{{_without_hash(name)}}}"
        case {"Fn::ImportValue": export}:
            kind, name, attribute = re.fullmatch(
                r"ExportsOutput(Ref|FnGetAtt)(\w+?)(?:[0-9A-F]{8})?(Arn|Name)?[0-9A-F]{8}",
                export.partition(":")[2],
            ).groups()
            return f"${{{name}}}" if kind == "Ref" else f"${{{name}.{attribute}}}"
        case {"Fn::FindInMap": [_, _, key]}:
            return f"${{Registries.{key}}}"
    return json.dumps(value, sort_keys=True)


def statements(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """Return the statements of all policies of a role, given its logical id without the hash."""
    found = []
    for policy in resources(template, "AWS::IAM::Policy").values():
        if role in [_without_hash(attached["Ref"]) for attached in policy["Properties"]["Roles"]]:
            found += policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def machine(template: dict[str, Any]) -> dict[str, Any]:
    """Return the state machine's definition, its references as `${Name}`."""
    return json.loads(text(only(template, "AWS::StepFunctions::StateMachine")["DefinitionString"]))


def masked(template: dict[str, Any]) -> dict[str, Any]:
    """Return a template that is the same whatever the assets hold."""
    named = ASSET_HASH.sub("<asset>", json.dumps(template))
    # CDK sorts a policy's resources, by their hashes: which of them is the script must not be told.
    return json.loads(re.sub(r'"/<asset>\.\w+"', '"/<asset>"', named))


def _without_hash(logical_id: str) -> str:
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)
