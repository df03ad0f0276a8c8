"""What of an answer the model of its operation does not have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from botocore.model import OperationModel

from local_cloud.sagemaker.validation import constraint_faults
from tests.contract import wire
from tests.contract.exchange import Exchange
from tests.contract.shapes import faults_in

COMMON_ERRORS = frozenset({
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignature", "InternalFailure",
    "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken", "OptInRequired",
    "RequestExpired", "ServiceUnavailable", "SignatureDoesNotMatch", "ThrottlingException", "UnknownOperationException",
    "UnrecognizedClientException", "ValidationError", "ValidationException",
})  # fmt: skip
"""What any operation may answer, whatever its model says; each service's reference has it as "Common Errors"."""
S3_ERRORS = frozenset({
    "AccessDenied", "BucketNotEmpty", "ConditionalRequestConflict", "EntityTooLarge", "IncompleteBody", "InternalError",
    "InvalidArgument", "InvalidPart", "InvalidRange", "InvalidRequest", "MalformedXML", "NoSuchBucket", "NoSuchKey",
    "NoSuchUpload", "PreconditionFailed", "SlowDown",
})  # fmt: skip
"""Of S3, whose model has few. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


def faults(operation: OperationModel, exchange: Exchange) -> Iterator[str]:
    """Yield what the model does not have about an answer that is no error."""
    protocol = operation.service_model.resolved_protocol
    wanted = operation.http.get("responseCode", exchange.status if protocol.startswith("rest") else 200)
    if exchange.status != wanted:
        yield f"the answer's status is {exchange.status}, not {wanted}"
    if "range" in exchange.headers and "content-range" not in exchange.answer_headers:
        yield f"a range was asked for, {exchange.headers['range']}, and the whole was answered"
    try:
        answered = _READERS[protocol](operation, exchange)
    except (ValueError, ElementTree.ParseError) as problem:
        yield f"the answer cannot be read: {problem}"
        return
    if operation.output_shape is None:
        yield from (f"answer.{name} is not in the model" for name in answered)
        return
    found = list(faults_in(operation.output_shape, answered, "answer"))
    yield from found or (f"answer: {fault}" for fault in constraint_faults(operation.output_shape, answered))


def error_faults(operation: OperationModel, exchange: Exchange) -> Iterator[str]:
    """Yield what is wrong with an error answer: one that has no code, or a code that the operation does not have."""
    code = _code(operation, exchange)
    known = {shape.metadata.get("error", {}).get("code", shape.name) for shape in operation.error_shapes}
    if exchange.service == "s3":
        known |= S3_ERRORS
    if code is None:
        if exchange.method != "HEAD":
            yield f"the error {exchange.status} has no code: {exchange.answer_body!r:.200}"
    elif code not in known | COMMON_ERRORS:
        yield f"the error {code} is not in the model"


def _code(operation: OperationModel, exchange: Exchange) -> str | None:
    if operation.service_model.resolved_protocol in ("query", "rest-xml"):
        try:
            root = ElementTree.fromstring(exchange.answer_body)
        except ElementTree.ParseError:
            return None
        return next((part.text for part in root.iter() if wire.tag(part) == "Code"), None)
    code = exchange.answer_headers.get("x-amzn-errortype", "") or _json_code(exchange.answer_body)
    return code.partition(":")[0].rpartition("#")[2] or None


def _json_code(body: bytes) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    return content.get("__type", "")


def _json(operation: OperationModel, exchange: Exchange) -> Any:
    content = json.loads(exchange.answer_body or b"{}")
    return content if operation.output_shape is None else wire.from_json(operation.output_shape, content)


def _query(operation: OperationModel, exchange: Exchange) -> Any:
    root = ElementTree.fromstring(exchange.answer_body)
    if wire.tag(root) != f"{operation.name}Response":
        raise ValueError(f"its root is {wire.tag(root)}")
    parts = {wire.tag(part): part for part in root if wire.tag(part) != "ResponseMetadata"}
    shape = operation.output_shape
    if shape is None:
        return parts
    result = parts.pop(shape.serialization["resultWrapper"], ElementTree.Element("none"))
    return {**wire.from_xml(shape, result), **{wire.UNKNOWN + name: part for name, part in parts.items()}}


def _rest(operation: OperationModel, exchange: Exchange) -> Any:
    shape, body = operation.output_shape, exchange.answer_body
    if shape is None:
        return {} if body.strip() in (b"", b"{}", b"null") else {"body": body}
    value = _from_headers(shape, exchange.answer_headers)
    payload = shape.serialization.get("payload")
    in_body = shape if payload is None else shape.members[payload]
    if in_body.type_name in ("blob", "string"):
        return value | {payload: body if in_body.type_name == "blob" else body.decode()}
    if not body:
        return value
    if operation.service_model.resolved_protocol == "rest-xml":
        content = wire.from_xml(in_body, ElementTree.fromstring(body))
    else:
        content = wire.from_json(in_body, json.loads(body))
    return value | (content if payload is None else {payload: content})


_READERS = {"json": _json, "query": _query, "rest-json": _rest, "rest-xml": _rest}


def _from_headers(shape: Any, headers: dict[str, str]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        sent_as = member.serialization.get("name", name).lower()
        if location == "header" and sent_as in headers:
            value[name] = wire.from_text(member, headers[sent_as])
        elif location == "headers":
            value[name] = {
                key.removeprefix(sent_as): text for key, text in headers.items() if key.startswith(sent_as)
            }
    return value
