"""The calls of AWS that a Lambda function's code holds, on whatever path: read from the code, not recorded."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.infra.imports import files_of
from wordvectors.project import root

PROJECT = root()

PACKAGES = ("lambdas", "wordvectors")
NAMED_OTHERWISE = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
}
"""Operations that IAM has another name for."""
OF_A_VERSION = {"s3:GetObjectVersion": "s3:GetObject"}
"""IAM's names for operations that name a version, which an argument decides."""
BEYOND_OPERATIONS = {
    "s3": {
        **dict.fromkeys(("upload_file", "upload_fileobj", "copy"), "s3:PutObject"),
        **dict.fromkeys(("download_file", "download_fileobj"), "s3:GetObject"),
    }
}
"""Methods that boto3 adds to a service's client, and what they ask for."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def calls(handler: str, project: Path = PROJECT) -> set[str]:
    """Return the actions of all calls in the code that a handler's module may reach, as IAM names them.

    All of the handler's own module is reached; of what it imports, directly or not, the statements outside of
    functions, and each function and method whose name occurs in what is reached. A call is an attribute that is
    called or is an argument (`retry(call=client.put_item)`), or the text that a client's method is given
    (`get_paginator("list_objects_v2")`), if it is the name of a method that the client of one of the services has;
    these are those for which a client is made.

    Parameters
    ----------
    handler : str
        The module's name within `lambdas`.
    project : Path
        The folder that holds the packages.
    """
    code = list(_reached(f"lambdas.{handler}", project))
    services = {
        text
        for node in code
        if isinstance(node, ast.Call) and "client" in name_of(node.func)
        for text in texts(node)
    }
    methods: dict[str, set[str]] = defaultdict(set)
    for service in services:
        for method, action in _methods(service).items():
            methods[method].add(action)
    called = {name for node in code if isinstance(node, ast.Call) for name in names_called(node)}
    return {action for name in called for action in methods.get(name, ())}


def _reached(handler: str, project: Path) -> Iterator[ast.AST]:
    """Yield each node of the code that is reached."""
    waiting: list[ast.AST] = []
    functions: dict[str, list[ast.AST]] = defaultdict(list)
    for module, file in files_of(project, [handler], PACKAGES).items():
        for node, name in _statements(ast.parse(file.read_text())):
            if name is None or module == handler or name.startswith(".__"):
                waiting.append(node)
            else:
                functions[name].append(node)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Attribute):
            waiting += functions.pop(f".{node.attr}", [])
        waiting += functions.pop(name_of(node), [])


def _statements(tree: ast.Module | ast.ClassDef) -> Iterator[tuple[ast.AST, str | None]]:
    """Yield the statements of a module and of its classes; with functions their names, with methods `.name`."""
    for node in tree.body:
        if isinstance(node, _FUNCTIONS):
            yield node, f".{node.name}" if isinstance(tree, ast.ClassDef) else node.name
        elif isinstance(node, ast.ClassDef):
            yield from _statements(node)
        else:
            yield node, None


def name_of(node: ast.AST) -> str:
    """Return the name of an attribute or a variable; else nothing."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def names_called(call: ast.Call) -> Iterator[str]:
    """Yield what a call may have called: its method, and methods that it is given by themselves or by their name."""
    if isinstance(call.func, ast.Attribute):
        yield call.func.attr
        yield from texts(call)
    for given in _given(call):
        if isinstance(given, ast.Attribute):  # a method that another calls: `self._write(client.put_item, …)`
            yield given.attr


def texts(call: ast.Call) -> Iterator[str]:
    """Yield the texts that a call is given."""
    for given in _given(call):
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


@cache
def _methods(service: str) -> dict[str, str]:
    """Return the methods of a service's client, and what they ask for; none if there is no such service."""
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return {}
    model = session.get_service_model(service)
    operations = {
        xform_name(name): f"{model.signing_name}:{name}" for name in model.operation_names
    } | BEYOND_OPERATIONS.get(service, {})
    return {method: NAMED_OTHERWISE.get(action, action) for method, action in operations.items()}
