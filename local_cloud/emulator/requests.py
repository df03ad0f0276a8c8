"""The one place every HTTP request to the local cloud passes."""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import uuid

log = logging.getLogger("local_cloud.requests")

_PUBLIC_PATHS = ("/_ministack/health", "/_ministack/ready")
_ADMIN_PREFIXES = ("/_ministack/", "/_localstack/")
IDENTITY_PATH = "/_wordvectors/server"


class Gateway:
    """An ASGI application in front of ministack's.

    - says which process answers: another local cloud may have taken the port first;
    - refuses ministack's own administration paths, which know no credentials: anyone could wipe the account;
    - gives every answer the request id that AWS's answers have: ministack's denials lack it.
    """

    def __init__(self, application) -> None:
        self.application = application

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if path == IDENTITY_PATH:
                await _answer(send, 200, {"pid": os.getpid()})
                return
            if path.startswith(_ADMIN_PREFIXES) and path not in _PUBLIC_PATHS:
                await _answer(send, 403, {"message": "not served by the local cloud"})
                return
            send = _with_request_id(send)
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self.application(scope, receive, send)

    async def _live(self, scope, receive, send) -> None:
        """Start and stop ministack; the server would serve on, without the saved state, if it failed."""
        try:
            await self.application(scope, receive, send)
        except Exception:
            log.exception("ministack could not be started or stopped")
            logging.shutdown()
            os._exit(1)


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _with_request_id(send):
    async def send_with_id(message):
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            if not any(name.lower() == b"x-amzn-requestid" for name, _ in headers):
                headers.append((b"x-amzn-requestid", str(uuid.uuid4()).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return send_with_id


async def _answer(send, status: int, content: dict) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
