"""Requests checked as the service checks them: botocore's model first, then the rules between fields."""

from __future__ import annotations

import functools
import re
from pathlib import PurePosixPath
from typing import Any

from local_cloud.sagemaker.algorithms import own_definitions
from local_cloud.sagemaker.checkpoints import LOCAL_PATH
from local_cloud.sagemaker.errors import ValidationError

_SPOT_LIMIT_SECONDS = 3600
_JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",  # no tab, no line feed
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",  # in UTF-16
}


@functools.cache
def service_model() -> Any:
    """botocore's model of SageMaker."""
    import botocore.session

    return botocore.session.get_session().get_service_model("sagemaker")


def check_request(operation: str, request: dict[str, Any]) -> None:
    """Raise ValidationError with every fault of `request` against the model's shape.

    Required members, string patterns, lengths, enumerations, ranges of numbers and sizes of lists; the
    sentences are the service's.
    """
    faults = constraint_faults(service_model().operation_model(operation).input_shape, request)
    if faults:
        plural = "s" if len(faults) > 1 else ""
        raise ValidationError(f"{len(faults)} validation error{plural} detected: {'; '.join(faults)}")


def constraint_faults(shape: Any, value: dict[str, Any]) -> list[str]:
    """Return a sentence for each constraint of a model's shape that a value, of the right types, does not keep."""
    faults: list[str] = []
    _check(shape, value, "", faults)
    return faults


def check_training_job(request: dict[str, Any]) -> None:
    """Raise ValidationError for fields, or a combination of them, that SageMaker refuses."""
    for name in ("ResourceConfig", "StoppingCondition"):  # the model leaves them out, for serverless jobs
        if name not in request:
            raise ValidationError(f"{name} must be specified.")
    algorithm = request["AlgorithmSpecification"]
    if algorithm.get("MetricDefinitions") and own_definitions(algorithm.get("TrainingImage", "")):
        raise ValidationError(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions."
        )
    stopping = request["StoppingCondition"]
    longest, wait = stopping.get("MaxRuntimeInSeconds", 86400), stopping.get("MaxWaitTimeInSeconds")
    if request.get("EnableManagedSpotTraining"):
        if wait is None or wait < longest:
            raise ValidationError(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
                "MaxRuntimeInSeconds"
            )
        if wait > _SPOT_LIMIT_SECONDS and not request.get("CheckpointConfig"):
            raise ValidationError("MaxWaitTimeInSeconds above 3600 is not supported for the given algorithm.")
    elif wait:
        raise ValidationError(
            "MaxWaitTimeInSeconds above 0 is supported only when EnableManagedSpotTraining is true."
        )
    path = request.get("CheckpointConfig", {}).get("LocalPath", LOCAL_PATH)
    if PurePosixPath("/opt/ml") not in PurePosixPath(path).parents or ".." in PurePosixPath(path).parts:
        raise ValidationError(
            f"The local cloud has checkpoints in a folder under /opt/ml only, not in {path!r}."
        )
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if len(names) != len(set(names)):
        raise ValidationError("Duplicate channel names are not allowed in InputDataConfig.")
    if {".", ".."} & set(names):  # which the model's pattern lets pass, and which are no names of folders
        raise ValidationError("A channel in InputDataConfig may not be called . or ..")


def _check(shape: Any, value: Any, path: str, faults: list[str]) -> None:
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                faults.append(_fault(None, _join(path, name), "Member must not be null"))
        for name, member in shape.members.items():
            if value.get(name) is not None:
                _check(member, value[name], _join(path, name), faults)
    elif shape.type_name == "list":
        _check_size(shape, len(value), value, path, "length", faults)
        for number, item in enumerate(value, start=1):
            _check(shape.member, item, f"{path}.{number}.member", faults)
    elif shape.type_name == "map":
        _check_size(shape, len(value), value, path, "length", faults)
        for key, item in value.items():
            _check(shape.key, key, f"{path}.{key}.key", faults)
            _check(shape.value, item, f"{path}.{key}.value", faults)
    elif shape.type_name == "string":
        _check_string(shape, value, path, faults)
    elif shape.type_name in ("integer", "long", "float", "double"):
        _check_size(shape, value, value, path, "value", faults)


def _check_string(shape: Any, value: str, path: str, faults: list[str]) -> None:
    if shape.enum and value not in shape.enum:
        choices = ", ".join(shape.enum)
        faults.append(_fault(value, path, f"Member must satisfy enum value set: [{choices}]"))
        return
    _check_size(shape, len(value), value, path, "length", faults)
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(_python_pattern(pattern), value, re.DOTALL):
        faults.append(_fault(value, path, f"Member must satisfy regular expression pattern: {pattern}"))


def _check_size(shape: Any, size: float, value: Any, path: str, what: str, faults: list[str]) -> None:
    least, greatest = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        faults.append(_fault(value, path, f"Member must have {what} greater than or equal to {least}"))
    if greatest is not None and size > greatest:
        faults.append(_fault(value, path, f"Member must have {what} less than or equal to {greatest}"))


@functools.cache
def _python_pattern(pattern: str) -> str:
    """A Java pattern for Python, whose re module has no Unicode classes by name."""
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return pattern


def _fault(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member
