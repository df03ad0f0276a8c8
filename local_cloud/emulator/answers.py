"""A service's error answers, in its protocol's own shape and with its own error codes."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from local_cloud.faults import Fault

_JSON = {"dynamodb": "application/x-amz-json-1.0", "sagemaker": "application/x-amz-json-1.1"}

_QUERY_PROTOCOL = ("cloudformation", "iam", "sns")

# (status, code) by fault and service; the second table is for services that are not in the first.
_ERRORS = {
    Fault.THROTTLED: {
        "s3": (503, "SlowDown"), "sns": (400, "Throttling"), "lambda": (429, "TooManyRequestsException"),
    },
    Fault.FAILING: {
        "s3": (500, "InternalError"), "dynamodb": (500, "InternalServerError"),
        "sagemaker": (500, "InternalFailure"), "logs": (500, "ServiceUnavailableException"),
        "sns": (500, "InternalError"), "lambda": (500, "ServiceException"),
    },
    Fault.DENIED: {"s3": (403, "AccessDenied"), "sns": (403, "AuthorizationError"),
                   "lambda": (403, "AccessDeniedException")},
    Fault.MISSING: {
        "s3": (404, "NoSuchBucket"), "sns": (404, "NotFound"),
        "sagemaker": (400, "ValidationException"), "lambda": (404, "ResourceNotFoundException"),
    },
    Fault.QUOTA: {},
}  # fmt: skip
_OTHERS = {
    Fault.THROTTLED: (400, "ThrottlingException"),
    Fault.FAILING: (500, "InternalServerError"),
    Fault.DENIED: (400, "AccessDeniedException"),
    Fault.MISSING: (400, "ResourceNotFoundException"),
    Fault.QUOTA: (400, "ResourceLimitExceeded"),
}
_MESSAGES = {
    Fault.THROTTLED: "Rate exceeded",
    Fault.FAILING: "We encountered an internal error. Please try again.",
    Fault.DENIED: "User is not authorized to perform this operation",
    Fault.MISSING: "Requested resource not found.",
    Fault.QUOTA: (
        "The account-level service limit 'ml.c5.xlarge for training job usage' is 4 Instances, with current "
        "utilization of 4 Instances and a request delta of 1 Instances."
    ),
}


async def error_answer(send, service: str, fault: Fault) -> None:
    """Answer a request as the service does that is throttled, fails, denies, or lacks the resource."""
    status, code = _ERRORS[fault].get(service, _OTHERS[fault])
    await send_error(send, service, status, code, _MESSAGES[fault])


async def send_error(send, service: str, status: int, code: str, message: str) -> None:
    """Answer a request with an error in the shape of its service."""
    content_type, body = _body(service, code, message)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", code.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _body(service: str, code: str, message: str) -> tuple[str, bytes]:
    code, text = escape(code), escape(message)
    if service == "s3":
        xml = f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>{text}</Message></Error>"
        return "application/xml", xml.encode()
    if service in _QUERY_PROTOCOL:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
        return "text/xml", f"<ErrorResponse>{error}<RequestId>fault</RequestId></ErrorResponse>".encode()
    if service == "lambda":
        return "application/json", json.dumps({"Type": "User", "Message": message}).encode()
    return _JSON.get(service, _JSON["sagemaker"]), json.dumps({"__type": code, "message": message}).encode()
