"""HTTP requests as a Lambda function's URL hands them to the function, and the answers that it takes.

Payload format 2.0: developer guide, "Invoking Lambda function URLs".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
"""Takes a request as an event, and Lambda's context, and returns the response."""


class HttpAnswer(NamedTuple):
    """A response: status, headers, content."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def url_event(method: str, target: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the event of a request.

    Parameters
    ----------
    target
        Path and query, whatever they are.
    headers
        With names in lower case.
    """
    path, _, query = target.partition("?")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers),
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"},
        },
        "isBase64Encoded": bool(body),
    }
    if query:
        event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
    if body:
        event["body"] = base64.b64encode(body).decode()
    return event


def http_answer(returned: Any) -> HttpAnswer:
    """Return the response that a function's answer stands for: what is none itself is JSON of status 200."""
    if not isinstance(returned, dict) or "statusCode" not in returned:
        return HttpAnswer(200, {"content-type": "application/json"}, json.dumps(returned).encode())
    body = returned.get("body") or ""
    content = base64.b64decode(body) if returned.get("isBase64Encoded") else body.encode()
    headers = {"content-type": "application/json"} | {
        name.lower(): str(value) for name, value in (returned.get("headers") or {}).items()
    }
    return HttpAnswer(int(returned["statusCode"]), headers, content)
