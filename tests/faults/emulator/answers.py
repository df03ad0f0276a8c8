"""What goes out in the place of a service's answer: an error of its own, half of it, garbage, or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from local_cloud.emulator.answers import send_error
from local_cloud.emulator.asgi import Message, Receive, Send
from tests.faults.book import Fault

_SILENT_SECONDS = 1000
_GARBAGE = b"\x00this is not an answer"

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


NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML "
    "instance type."
)
"""FailureReason of a training job."""
ANSWERED_INSTEAD = frozenset(_MESSAGES)
"""The faults of which the service never sees the request."""


async def error_answer(send: Send, service: str, fault: Fault) -> None:
    """Answer a request as the service does that is throttled, fails, denies, or lacks the resource."""
    status, code = _ERRORS[fault].get(service, _OTHERS[fault])
    await send_error(send, service, status, code, _MESSAGES[fault])


class ConnectionDroppedError(Exception):
    """Ends an answer in its middle: the server closes the connection."""


async def swallow(message: Message) -> None:
    """Send nothing."""


async def until_gone(receive: Receive) -> None:
    """Wait for the caller to give up."""
    try:
        async with asyncio.timeout(_SILENT_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass
    raise ConnectionDroppedError("a fault that was asked for")


def cut_in_half(send: Send) -> Send:
    """Send half of an answer, and close the connection."""

    async def send_half(message: Message) -> Any:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            length = {name.lower(): value for name, value in message["headers"]}.get(b"content-length", b"0")
            headers.append((b"content-length", str(int(length) + 1).encode()))
            await send({**message, "headers": headers})
            return
        body = message.get("body", b"")
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionDroppedError("a fault that was asked for")

    return send_half


def garbled(send: Send) -> Send:
    """Send garbage in the place of an answer's body."""

    async def send_garbage(message: Message) -> Any:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            headers.append((b"content-length", str(len(_GARBAGE)).encode()))
            await send({**message, "headers": headers})
        elif not message.get("more_body"):
            await send({"type": "http.response.body", "body": _GARBAGE})

    return send_garbage
