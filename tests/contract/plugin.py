"""Judges every call that a test session makes: what local clouds answer over HTTP, and what moto answers in-process.

A test fails during which a service was asked, or has answered, what its model does not have. With `--all-operations`
the session fails unless a local cloud has carried out each operation that the product calls.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.handlers
import pytest

from local_cloud.connection import EXTENSION_VARIABLE
from tests.contract import recorder
from tests.contract.exchange import Exchange
from tests.contract.excuses import without_excuse
from tests.contract.judge import judge
from tests.contract.used import expected


class Contract:
    """What the local clouds of this process have exchanged.

    Parameters
    ----------
    folder : Path
        Where they write it down; it is made.

    Attributes
    ----------
    seen : set of str
        The operations that were carried out, as `service:Operation`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[str] = set()
        self._read: dict[Path, int] = {}
        folder.mkdir()

    def broken(self) -> list[str]:
        """Return the faults of what has been exchanged since the last look, each once."""
        faults: dict[str, None] = {}
        for path in sorted(self.folder.iterdir()):
            for line in self._new_lines(path):
                exchange = Exchange.model_validate_json(line)
                verdict = judge(exchange)
                if not exchange.refused:
                    self.seen.add(verdict.operation)
                faults |= dict.fromkeys(without_excuse(verdict.faults, exchange))
        return list(faults)

    def _new_lines(self, path: Path) -> list[bytes]:
        start = self._read.get(path, 0)
        if path.stat().st_size == start:
            return []
        with path.open("rb") as file:
            file.seek(start)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]  # a server that was killed leaves half a line
        self._read[path] = start + len(whole)
        return whole.splitlines()


class InProcess:
    """Judges what moto answers to clients of this process; what a local cloud answers is in its file."""

    def __init__(self) -> None:
        self._asked = threading.local()

    def sent(self, request: Any, **more: object) -> None:
        """Note a request; a handler of botocore's event before-send."""
        self._asked.request = request

    def answered(self, response_dict: dict[str, Any], **more: object) -> None:
        """Judge its answer; a handler of botocore's event before-parse."""
        request, url = self._asked.request, urlsplit(self._asked.request.url)
        if url.hostname in ("127.0.0.1", "localhost"):
            return
        headers = {"host": url.netloc, **_text(request.headers)}
        body, answered = request.body, response_dict["body"]
        body = body.encode() if isinstance(body, str) else body
        exchange = Exchange(
            method=request.method,
            path=url.path + (f"?{url.query}" if url.query else ""),
            headers=headers,
            body=recorder.without_content(headers, body) if isinstance(body, bytes) else b"",
            status=response_dict["status_code"],
            answer_headers=_text(response_dict["headers"]),
            answer_body=answered if isinstance(answered, bytes) else b"",  # else it streams
        )
        _assert_kept(without_excuse(judge(exchange).faults, exchange))


_in_process = InProcess()
_handlers: list[Any] = botocore.handlers.BUILTIN_HANDLERS
_handlers += [("before-send", _in_process.sent), ("before-parse", _in_process.answered)]
_seen: set[str] = set()


@pytest.fixture(scope="session", autouse=True)
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """Let the session's local clouds write down what they exchange; the last look is when all of them have ended."""
    contract = Contract(tmp_path_factory.getbasetemp() / recorder.FOLDER)
    os.environ[EXTENSION_VARIABLE] = recorder.__name__
    yield contract
    del os.environ[EXTENSION_VARIABLE]
    faults = contract.broken()
    _seen.update(contract.seen)
    _assert_kept(faults)


@pytest.fixture(autouse=True)
def contract_kept(contract: Contract) -> Iterator[None]:
    """Fail the test during which the contract was broken."""
    yield
    _assert_kept(contract.broken())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--all-operations", action="store_true",
        help="fail unless a local cloud has carried out each operation of AWS that the product calls",
    )  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a parallel worker has seen."""
    _seen.update(getattr(node, "workeroutput", {}).get("operations", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what has been seen, or hold it against what is expected."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["operations"] = sorted(_seen)
    elif session.config.option.all_operations and (unseen := sorted(expected() - _seen)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        told = f"No local cloud was asked for {', '.join(unseen)} (tests/contract/used.py)"
        if reporter := session.config.pluginmanager.get_plugin("terminalreporter"):
            reporter.write_line(f"\n{told}", red=True)


def _assert_kept(faults: list[str]) -> None:
    assert not faults, "\n".join(["not as the services' models have it (tests/contract):", *faults])


def _text(headers: Any) -> dict[str, str]:
    return {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }
