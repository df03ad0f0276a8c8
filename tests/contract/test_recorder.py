"""What a local cloud exchanges is kept, and judged once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract.plugin import Contract
from tests.contract.recorder import Recorder

SCOPE = {
    "type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"",
    "headers": [
        (b"Authorization", b"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/logs/aws4_request, ..."),
        (b"X-Amz-Target", b"Logs_20140328.GetLogEvents"),
    ],
}  # fmt: skip
ASKED = b'{"logStreamName": "s"}'


async def talkative(scope, receive, send):
    """Answer in two parts, with a member that CloudWatch Logs does not have."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"events": [], ', "more_body": True})
    await send({"type": "http.response.body", "body": b'"colour": "red"}'})


@pytest.fixture
def ask(tmp_path: Path):
    """Ask a service, and return what it has answered and what is broken of the contract since the last time."""
    contract = Contract(tmp_path / "contract")
    recorder = Recorder(talkative, contract.folder / "1.jsonl")

    def asked(scope: dict) -> tuple[bytes, list[str]]:
        answered = []

        async def receive():
            return {"type": "http.request", "body": ASKED}

        async def send(message):
            answered.append(message.get("body", b""))

        with ThreadPoolExecutor(1) as thread:  # the tests' own may have a loop: a browser's
            thread.submit(asyncio.run, recorder(scope, receive, send)).result()
        return b"".join(answered), contract.broken()

    asked.contract = contract
    return asked


def test_an_exchange_is_judged_once_and_its_answer_is_what_it_was(ask):
    answered, faults = ask(SCOPE)
    assert answered == b'{"events": [], "colour": "red"}'
    assert faults == ["logs:GetLogEvents: answer.colour is not in the model"]
    assert ask(SCOPE) == (answered, [])
    assert ask.contract.seen == {"logs:GetLogEvents"}


def test_half_a_line_waits_for_its_end(ask):
    ask(SCOPE)
    (path,) = ask.contract.folder.iterdir()
    (line,) = path.read_bytes().splitlines(keepends=True)
    with path.open("ab") as file:
        file.write(line[:100])
        file.flush()
        assert ask.contract.broken() == []
        file.write(line[100:])
    assert len(ask.contract.broken()) == 1
