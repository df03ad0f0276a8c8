"""A service's error answers, in its protocol's own shape and with its own error codes."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from local_cloud.emulator.asgi import Send

QUERY_PROTOCOL = ("cloudformation", "iam", "sns")


async def send_error(
    send: Send, service: str, status: int, code: str, message: str, *, query: bool = False
) -> None:
    """Answer a request with an error in the shape of its service.

    Parameters
    ----------
    query
        Whether the request is of the query protocol, as that of a service may be that is not known here.
    """
    content_type, body = _body(service, code, message, query or service in QUERY_PROTOCOL)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", code.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _body(service: str, code: str, message: str, query: bool) -> tuple[str, bytes]:
    told, text = escape(code), escape(message)
    if service == "s3":
        xml = f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{told}</Code><Message>{text}</Message></Error>"
        return "application/xml", xml.encode()
    if service == "ec2":
        error = f"<Errors><Error><Code>{told}</Code><Message>{text}</Message></Error></Errors>"
        return "text/xml", f"<Response>{error}<RequestID>fault</RequestID></Response>".encode()
    if query:
        error = f"<Error><Type>Sender</Type><Code>{told}</Code><Message>{text}</Message></Error>"
        return "text/xml", f"<ErrorResponse>{error}<RequestId>fault</RequestId></ErrorResponse>".encode()
    if service == "lambda":
        return "application/json", json.dumps({"Type": "User", "Message": message}).encode()
    version = "1.0" if service == "dynamodb" else "1.1"
    return f"application/x-amz-json-{version}", json.dumps({"__type": code, "message": message}).encode()
