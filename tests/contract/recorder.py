"""An extension of the local cloud's server (`local_cloud.extension`) that keeps every request and its answer.

It stands right in front of ministack, so that what Lambda functions, jobs and state machines ask counts as well. The
tests' process judges what it keeps (`tests.contract.plugin`). A local cloud whose home lies in no folder of a test
session records nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from local_cloud.connection import Files
from local_cloud.emulator import function_urls
from local_cloud.emulator.asgi import Application, Message, Receive, Scope, Send
from local_cloud.emulator.seams import replace
from tests.contract.exchange import Exchange

FOLDER = "contract"
"""The folder beside the homes of a session's local clouds, in which each server has a file."""

_CONTENT_BYTES = 1 << 16


def install(files: Files) -> None:
    """Put the recorder in front of ministack."""
    from ministack import app

    for folder in files.home.parents:
        if (kept := folder / FOLDER).is_dir():
            replace(app, "app", lambda original: Recorder(original, kept / f"{os.getpid()}.jsonl"))
            return


def install_interpreter(files: Files) -> None:
    """It asks over HTTP, as everybody does."""


class Recorder:
    """An ASGI application in front of another; an exchange is in the file before the answer's end goes out."""

    def __init__(self, application: Application, path: Path) -> None:
        self._application, self._path = application, path
        self._seen: set[int] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(function_urls.PATH):  # no API of a service
            await self._application(scope, receive, send)
            return
        asked, answered = bytearray(), bytearray()
        head: Message = {}

        async def receive_noting() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def send_noting(message: Message) -> Any:
            if message["type"] == "http.response.start":
                head.update(message)
            elif message["type"] == "http.response.body":
                answered.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self._keep(scope, bytes(asked), head, bytes(answered))
            await send(message)

        await self._application(scope, receive_noting, send_noting)

    def _keep(self, scope: Scope, asked: bytes, head: Message, answered: bytes) -> None:
        path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
        headers = text(scope["headers"])
        asked, answered = without_content(headers, asked), without_content(headers, answered)
        once = hash((scope["method"], path, query, asked, head["status"], answered))
        if once in self._seen:
            return
        self._seen.add(once)
        exchange = Exchange(
            method=scope["method"],
            path=path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else ""),
            headers=headers,
            body=asked,
            status=head["status"],
            answer_headers=text(head.get("headers", [])),
            answer_body=answered,
        )
        with self._path.open("ab") as file:
            file.write(exchange.model_dump_json().encode() + b"\n")


def without_content(headers: dict[str, str], body: bytes) -> bytes:
    """Return a body, or nothing for a large one of S3 that is no XML: the content of an object."""
    is_s3 = "/s3/aws4_request" in headers.get("authorization", "")
    return b"" if is_s3 and len(body) > _CONTENT_BYTES and not body.startswith(b"<") else body


def text(headers: Any) -> dict[str, str]:
    """Return the headers of an ASGI message, by their names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
