"""Deploy a cloud assembly (cdk.out) into an account with boto3 alone: assets first, then stacks in order."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from local_cloud.assembly import QUALIFIER
from local_cloud.connection import Connection
from local_cloud.errors import DeploymentError

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_WAIT = {"Delay": 1, "MaxAttempts": 120}  # seconds, times
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_NO_CHANGE = "No updates are to be performed"
_UNFIT_STATES = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


def deploy(assembly: Path, connection: Connection) -> dict[str, str]:
    """Publish an assembly's file assets and create or update its stacks.

    Parameters
    ----------
    assembly : Path
        A folder with manifest.json, as `cdk synth` or `app.synth()` leaves it.
    connection : Connection
        The account.

    Returns
    -------
    dict
        The outputs of all its stacks.

    Raises
    ------
    DeploymentError
        When a stack ends in another state than CREATE_COMPLETE or UPDATE_COMPLETE.
    """
    patient = Config(
        read_timeout=_WAIT["Delay"] * _WAIT["MaxAttempts"]
    )  # it answers once a stack's work is done
    cloudformation, s3 = connection.client("cloudformation", config=patient), connection.client("s3")
    outputs: dict[str, str] = {}
    for stack in _in_order(_read(assembly / "manifest.json")["artifacts"]):
        for manifest in _asset_manifests(assembly, stack):
            _publish(s3, assembly, manifest, connection)
        template = (assembly / stack["properties"]["templateFile"]).read_text(encoding="utf-8")
        outputs |= _deploy_stack(cloudformation, s3, connection, stack["name"], template)
    return outputs


def stack_names(assembly: Path) -> list[str]:
    """The names of an assembly's stacks, each after those it depends on."""
    return [stack["name"] for stack in _in_order(_read(assembly / "manifest.json")["artifacts"])]


def asset_bucket(connection: Connection) -> str:
    """The bucket of the assets of stacks that were synthesized for this machine."""
    return f"cdk-{QUALIFIER}-assets-{connection.account_id}-{connection.region}"


def _in_order(artifacts: dict[str, Any]) -> list[dict[str, Any]]:
    """The stacks of an assembly, each after those it depends on."""
    ordered: list[dict[str, Any]] = []
    done: set[str] = set()

    def visit(name: str) -> None:
        if name in done or name not in artifacts:
            return
        done.add(name)
        artifact = artifacts[name]
        for dependency in artifact.get("dependencies", []):
            visit(dependency)
        if artifact["type"] == "aws:cloudformation:stack":
            stack_name = artifact["properties"].get("stackName", name)
            ordered.append({**artifact, "id": name, "name": stack_name, "artifacts": artifacts})

    for name in artifacts:
        visit(name)
    return ordered


def _asset_manifests(assembly: Path, stack: dict[str, Any]) -> list[dict[str, Any]]:
    names = [name for name in stack.get("dependencies", []) if name in stack["artifacts"]]
    found = [stack["artifacts"][name] for name in names]
    return [
        _read(assembly / artifact["properties"]["file"])
        for artifact in found
        if artifact["type"] == "cdk:asset-manifest"
    ]


def _publish(s3: Any, assembly: Path, manifest: dict[str, Any], connection: Connection) -> None:
    for asset in manifest.get("files", {}).values():
        source = assembly / asset["source"]["path"]
        content = _zipped(source) if asset["source"].get("packaging") == "zip" else source.read_bytes()
        for destination in asset["destinations"].values():
            bucket = _resolved(destination["bucketName"], connection)
            _ensure_bucket(s3, bucket)
            s3.put_object(Bucket=bucket, Key=_resolved(destination["objectKey"], connection), Body=content)


def _ensure_bucket(s3: Any, bucket: str) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        s3.create_bucket(Bucket=bucket)


def _deploy_stack(
    cloudformation: Any, s3: Any, connection: Connection, name: str, template: str
) -> dict[str, str]:
    """Create or update one stack, and wait; its outputs."""
    existing = stack_status(cloudformation, name)
    if existing in _UNFIT_STATES:
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=_WAIT)
        existing = None
    arguments = {
        "StackName": name,
        "TemplateURL": _upload_template(s3, connection, name, template),
        "Capabilities": _CAPABILITIES,
    }
    try:
        if existing is None:
            cloudformation.create_stack(**arguments)
            cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=_WAIT)
        else:
            cloudformation.update_stack(**arguments)
            cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=_WAIT)
    except ClientError as problem:
        if _NO_CHANGE not in str(problem):
            raise DeploymentError(f"The stack {name} was refused: {problem}") from problem
    except WaiterError as problem:
        raise DeploymentError(_why(cloudformation, name)) from problem
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _upload_template(s3: Any, connection: Connection, name: str, template: str) -> str:
    """Put the template where CloudFormation can read it: it may be larger than a request allows."""
    content = json.loads(template)
    parameters = content.get("Parameters", {})
    if "BootstrapVersion" in parameters:  # an SSM parameter of the bootstrap stack, which is not needed here
        parameters["BootstrapVersion"] = {"Type": "String", "Default": "21"}
        content.get("Rules", {}).pop("CheckBootstrapVersion", None)
    bucket, key = asset_bucket(connection), f"templates/{name}.json"
    _ensure_bucket(s3, bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(content).encode())
    return f"{connection.endpoint_url}/{bucket}/{key}"


def stack_status(cloudformation: Any, name: str) -> str | None:
    """The stack's status; None when there is no such stack."""
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError:
        return None
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack["StackStatus"]


def _why(cloudformation: Any, name: str) -> str:
    """The first resource that failed, and its reason."""
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if failed:
        first = min(failed, key=lambda event: event["Timestamp"])
        what = first.get("ResourceStatusReason", "no reason given")
    else:
        first = max(events, key=lambda event: event["Timestamp"])
        what = f"still {first['ResourceStatus']} after {_WAIT['Delay'] * _WAIT['MaxAttempts']} s"
    resource = f"{first['LogicalResourceId']} ({first['ResourceType']})"
    return f"The stack {name} could not be deployed: {resource}: {what}"


def _zipped(folder: Path) -> bytes:
    """A folder as a zip archive; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_EPOCH)
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _resolved(text: str, connection: Connection) -> str:
    known = {
        "AWS::AccountId": connection.account_id,
        "AWS::Region": connection.region,
        "AWS::Partition": "aws",
    }
    for name, value in known.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
