"""A service's state as text, of which ended executions are written once: it holds what ministack's own would."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, stepfunctions

from local_cloud.emulator import snapshots


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seams, for this test alone."""
    for service in (cloudwatch, cloudwatch_logs, dynamodb, stepfunctions):
        monkeypatch.setattr(service, "copy", copy)
    for name in ("_executions", "_state_machines"):
        monkeypatch.setattr(stepfunctions, name, AccountRegionScopedDict())
    monkeypatch.setattr(snapshots, "_ended", {})
    snapshots.install()


def record(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "events": [{"id": 1}], "input": '{"é": "\\ue000"}', **more}


def put(number: int, executed: dict[str, Any]) -> None:
    stepfunctions._executions.set_scoped("000000000000", "eu-west-1", f"arn:{number}", executed)


def held() -> Any:
    text = snapshots.text_of("stepfunctions", stepfunctions.get_state)
    assert text is not None
    return json.loads(text)


def expected() -> Any:
    content = {
        "__ministack_format__": persistence._state_format_version("stepfunctions"),
        "payload": stepfunctions.get_state(),
    }
    return json.loads(json.dumps(content, default=persistence._json_default))


def test_the_text_holds_what_ministacks_own_would():
    assert held() == expected()
    stepfunctions._state_machines.set_scoped("000000000000", "eu-west-1", "m", {"definition": "{}"})
    put(1, record("RUNNING"))
    put(2, record("SUCCEEDED", stopDate="2026-11-29T10:00:00Z"))
    assert held() == expected()
    assert held() == expected()


def test_what_changes_is_written_anew_and_what_is_gone_is_not_kept():
    running = record("RUNNING")
    put(1, running)
    held()
    running["events"].append({"id": 2})
    assert held() == expected()
    running.update(status="FAILED", stopDate="2026-11-29T10:00:00Z")
    assert held() == expected()
    assert len(snapshots._ended) == 1
    stepfunctions._executions._data.clear()
    assert held() == expected()
    assert not snapshots._ended


def test_an_ended_execution_is_written_once():
    ended = record("SUCCEEDED", stopDate="2026-11-29T10:00:00Z")
    put(1, ended)
    held()
    ended["input"] = "which nothing ever changes"
    assert held() != expected()


def test_elsewhere_ministack_copies_as_before():
    put(1, record("RUNNING"))
    assert stepfunctions.get_state()["executions"] is not stepfunctions._executions


def test_a_state_that_changes_while_it_is_taken_is_taken_again():
    takes = iter([RuntimeError("dictionary changed size during iteration"), {"a": 1}])

    def state() -> object:
        if isinstance(taken := next(takes), Exception):
            raise taken
        return taken

    text = snapshots.text_of("sqs", state)
    assert text is not None
    assert json.loads(text)["payload"] == {"a": 1}
