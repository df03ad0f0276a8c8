"""The one place every HTTP request to the local cloud passes."""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from local_cloud.emulator import function_urls
from local_cloud.emulator.answers import send_error
from local_cloud.emulator.asgi import Application, Message, Receive, Scope, Send
from local_cloud.emulator.credentials import is_known
from local_cloud.emulator.seams import replace
from wordvectors.client.local_server import PROOF_PATH

log = logging.getLogger("local_cloud.requests")

SERVICES = (
    "cloudformation", "dynamodb", "dynamodbstreams", "events", "glue", "iam", "lambda", "logs", "monitoring", "s3",
    "sns", "sqs", "ssm", "states", "sts",
)  # fmt: skip
"""What the pipeline and its tools use of ministack; the rest of its services are not served."""
_SIGNED_FOR = frozenset({*SERVICES, "sagemaker", "pricing"})
MOST_BODY_BYTES = 256 << 20
"""Of one request, which is held in memory; AWS's clients send larger objects in parts of 8 MB."""
MOST_UNKNOWN_BYTES = 1 << 20
"""Of a request under a key that nobody was given: ministack reads it whole before it refuses it as AWS does."""
_LONGEST_NONCE = 64
_FORM = b"application/x-www-form-urlencoded"


def install() -> None:
    """Serve signed requests only: switch off routes that ministack answers before it checks a signature."""
    from hypercorn.asyncio.tcp_server import TCPServer
    from ministack import app

    replace(TCPServer, "_read_data", _letting_go)

    for name in ("_handle_pre_body_request", "_handle_post_body_shortcuts"):
        replace(app, name, lambda original: _unhandled)


def _letting_go(original: Any) -> Any:
    """Hypercorn keeps a connection that its client has closed for as long as one that may be used again."""

    async def read_data(connection: Any) -> None:
        await original(connection)
        await connection.idle_task.stop()

    return read_data


async def _unhandled(*args: object, **more: object) -> None:
    return None


class Gateway:
    """An ASGI application in front of ministack's, which judges a request by its headers alone.

    - answers a nonce with the proof that it is the local cloud, and nothing else without a signature but at the
      URL of a function that all may invoke;
    - refuses web pages (a foreign Host, any Origin but that of a function's URL that all may invoke, a WebSocket), and
      requests that are unsigned or too large, or large and under a key that nobody was given;
    - gives every answer the request id that AWS's answers have, and takes out what would let a page read it.

    Parameters
    ----------
    application
        ministack's, or what stands before it.
    port : int
        Where this server answers.
    proof : callable
        Returns the keyed answer to a nonce (`wordvectors.client.local_server.proof`).
    """

    def __init__(self, application: Application, port: int, proof: Callable[[str], str]) -> None:
        self.application, self.proof = application, proof
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif refusal := self._refusal(scope):
            await _answer(send, *refusal)
        elif scope["path"] == PROOF_PATH:
            nonce = parse_qs(scope["query_string"].decode("latin-1")).get("nonce", [""])[0]
            await _answer(send, 200, {"proof": self.proof(nonce[:_LONGEST_NONCE])})
        elif (service := _service(scope)) not in _SIGNED_FOR:
            form = dict(scope["headers"]).get(b"content-type", b"").startswith(_FORM)
            message = f"The local cloud has no {service}."
            await send_error(_as_aws_answers(send), service, 400, "UnsupportedService", message, query=form)
        else:
            await self.application(scope, receive, _as_aws_answers(send))

    def _refusal(self, scope: Scope) -> tuple[int, dict[str, str]] | None:
        """Return status and content of the answer to a request that is not served."""
        if scope["http_version"] not in ("1.0", "1.1"):  # a request of HTTP/2 need not say how long it is
            return 505, {"message": "The local cloud speaks HTTP/1.1."}
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"")
        if host not in self._hosts or _is_of_a_page(scope, host):
            return 403, {"message": "The local cloud answers programs on this machine, and no web page."}
        if scope["path"] == PROOF_PATH:
            return None
        signed = (
            headers.get(b"authorization", b"").startswith(b"AWS4-")
            or b"X-Amz-Signature=" in scope["query_string"]
        )
        inside = scope["path"].startswith("/_") and not scope["path"].startswith(function_urls.PATH)
        if not (signed or function_urls.open_to_all(scope["path"])) or inside:
            return 403, {"message": "Only signed requests are served."}
        if b"transfer-encoding" in headers:
            return 411, {"message": "A request must say how long it is."}
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES:
            return 413, {"message": f"The local cloud takes at most {MOST_BODY_BYTES} bytes in one request."}
        if int(length) > MOST_UNKNOWN_BYTES and not is_known(_access_key_id(scope)):
            return 403, {"message": "Nobody was given this request's access key."}
        return None

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and stop ministack; the server would serve on, without the saved state, if it failed."""
        try:
            await self.application(scope, receive, send)
        except Exception:
            log.exception("ministack could not be started or stopped")
            logging.shutdown()
            os._exit(1)


def _is_of_a_page(scope: Scope, host: bytes) -> bool:
    """Whether a web page asks; but what a function's URL shows to all may ask this URL, which is its own origin."""
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    is_own = origins == [b"http://" + host] and function_urls.open_to_all(scope["path"])
    return bool(origins) and not is_own


def _service(scope: Scope) -> str:
    """Return the service that a request is signed for, by its name in signatures; s3 where none is named."""
    signature = dict(scope["headers"]).get(b"authorization", b"") or scope["query_string"]
    told = unquote(signature.decode("latin-1")).partition("Credential=")[2]
    parts = told.partition(",")[0].partition("&")[0].split("/")
    return parts[-2] if parts[-1] == "aws4_request" and len(parts) > 2 else "s3"


def _access_key_id(scope: Scope) -> str:
    from ministack.core.router import extract_access_key_id

    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return extract_access_key_id(headers, parse_qs(scope["query_string"].decode("latin-1")))


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _as_aws_answers(send: Send) -> Send:
    async def send_with_id(message: Message) -> Any:
        if message["type"] == "http.response.start":
            headers = [
                (name, value)
                for name, value in message.get("headers", [])
                if not name.lower().startswith(b"access-control-")
            ]
            if not any(name.lower() == b"x-amzn-requestid" for name, _ in headers):
                headers.append((b"x-amzn-requestid", str(uuid.uuid4()).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return send_with_id


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
