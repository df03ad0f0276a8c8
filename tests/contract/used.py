"""The operations of AWS that the product's code calls: read from the code, not recorded."""

from __future__ import annotations

import ast
from collections import defaultdict

import botocore.session
from botocore import xform_name

from tests.faults.calls import name_of, names_called, texts
from wordvectors.project import root

_PACKAGES = ("lambdas", "spark", "wordvectors")
_BY_STATES = {"glue:StartJobRun", "lambda:Invoke", "stepfunctions:StartExecution"}
"""What the state machines and their rules call, which is no Python."""
_OTHER_THINGS = {
    "cloudformation:GetTemplate": "is Jinja's",
    "lambda:ListTags": "is SageMaker's",
    "ssm:ListCommands": "is that of the command line's help",
    "sagemaker:Search": "is that of a regular expression",
}
"""What has the name of an operation, and is none."""
NOT_HERE = {
    "service-quotas:ListAWSDefaultServiceQuotas": "the doctor asks an account alone",
    "service-quotas:ListServiceQuotas": "the doctor asks an account alone",
    "ssm:GetParameter": "the doctor asks an account alone, for what `make bootstrap` has left",
}
"""What no local cloud is asked for, and why."""


def expected() -> set[str]:
    """Return the operations that a local cloud is to be asked for while all tests run."""
    return used() - NOT_HERE.keys()


def used() -> set[str]:
    """Return all operations that the code holds, as `service:Operation`, for the services it makes clients for."""
    code = [
        node
        for package in _PACKAGES
        for path in (root() / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    session = botocore.session.get_session()
    calls = [node for node in code if isinstance(node, ast.Call)]
    services = {text for call in calls if "client" in name_of(call.func) for text in texts(call)}
    operations: dict[str, set[str]] = defaultdict(set)
    for service in services & set(session.get_available_services()):
        for operation in session.get_service_model(service).operation_names:
            operations[xform_name(operation)].add(f"{service}:{operation}")
    names = {name for call in calls for name in names_called(call)} | {
        node.value for node in code if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    found = {operation for name in names for operation in operations.get(name, ())}
    return (found | _BY_STATES) - _OTHER_THINGS.keys()
