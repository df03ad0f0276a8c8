"""A service's state as text, of which much is kept from one save to the next: it holds what ministack's own would."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, stepfunctions

from local_cloud.emulator import snapshots
from local_cloud.emulator.persistence import replace_together


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> snapshots.Snapshots:
    """What makes the texts, of an account without tables and executions."""
    for service in (cloudwatch, cloudwatch_logs, dynamodb, stepfunctions):
        monkeypatch.setattr(service, "copy", copy)
    for service, name in (
        (stepfunctions, "_executions"),
        (stepfunctions, "_state_machines"),
        (dynamodb, "_tables"),
    ):
        monkeypatch.setattr(service, name, AccountRegionScopedDict())
    snapshots.install()
    return snapshots.Snapshots()


def add(scoped: AccountRegionScopedDict, name: str, value: Any) -> None:
    scoped.set_scoped("000000000000", "eu-west-1", name, value)


def execution(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "events": [{"id": 1}], "input": '{"é": "\\ue000"}', **more}


def same(texts: snapshots.Snapshots, name: str, service: Any) -> bool:
    """Whether the texts hold what ministack would write, executions in files of their own."""
    files = {file: json.loads(text) for file, text in texts.texts_of(name, service.get_state).items()}
    read = files.pop(name)
    executions = read["payload"].get("executions", {"data": {}})["data"]
    for key, place in executions.items():
        executions[key] = files.pop(place["file"])
    content = {
        "__ministack_format__": persistence._state_format_version(name),
        "payload": service.get_state(),
    }
    return not files and read == json.loads(json.dumps(content, default=persistence._json_default))


def test_executions_are_written_as_they_are(texts: snapshots.Snapshots):
    assert same(texts, "stepfunctions", stepfunctions)
    add(stepfunctions._state_machines, "m", {"definition": "{}"})
    running = execution("RUNNING")
    add(stepfunctions._executions, "arn:1", running)
    add(stepfunctions._executions, "arn:2", execution("SUCCEEDED", stopDate="2026-11-29T10:00:00Z"))
    assert same(texts, "stepfunctions", stepfunctions)
    running["events"].append({"id": 2})
    assert same(texts, "stepfunctions", stepfunctions)
    running.update(status="FAILED")
    assert same(texts, "stepfunctions", stepfunctions)
    running.update(stopDate="2026-11-29T10:00:00Z")
    assert same(texts, "stepfunctions", stepfunctions)
    stepfunctions._executions._data.clear()
    assert same(texts, "stepfunctions", stepfunctions)


def test_events_of_an_execution_that_runs_may_be_late_its_states_and_its_end_may_not(
    texts: snapshots.Snapshots,
):
    running = execution("RUNNING")
    add(stepfunctions._executions, "arn:1", running)

    def written(**how: bool) -> dict[str, Any]:
        files = texts.texts_of("stepfunctions", stepfunctions.get_state, **how)
        (text,) = (text for file, text in files.items() if file.startswith("executions/"))
        return json.loads(text)

    assert written(histories=False) == running
    running["events"].append({"id": 2})
    assert [event["id"] for event in written(histories=False)["events"]] == [1]
    running["statesEntered"] = 1
    assert written(histories=False) == running
    running["events"].append({"id": 3})
    assert written() == running
    running["events"].append({"id": 4})
    running.update(status="SUCCEEDED", stopDate="2026-11-29T10:00:00Z")
    assert written(histories=False) == running


def test_rows_are_written_as_they_are(texts: snapshots.Snapshots):
    row = {"run_id": {"S": "a"}, "mean_rho": {"N": "0.5"}}
    table: dict[str, Any] = {"pk_name": "run_id", "items": {"a": {"__no_sort__": row}}, "ItemCount": 1}
    add(dynamodb._tables, "runs", table)
    assert same(texts, "dynamodb", dynamodb)
    assert same(texts, "dynamodb", dynamodb)
    table["items"]["a"]["__no_sort__"] = {**row, "mean_rho": {"N": "0.6"}}
    table["items"]["b"] = {"__no_sort__": {"run_id": {"S": "b"}}}
    assert same(texts, "dynamodb", dynamodb)
    del table["items"]["a"]
    assert same(texts, "dynamodb", dynamodb)


def test_what_does_not_change_is_made_into_text_once(
    texts: snapshots.Snapshots, monkeypatch: pytest.MonkeyPatch
):
    ended = execution("SUCCEEDED", stopDate="2026-11-29T10:00:00Z")
    add(stepfunctions._executions, "arn:1", ended)
    made: list[object] = []
    dumped = snapshots._dumped
    monkeypatch.setattr(snapshots, "_dumped", lambda value: made.append(value) or dumped(value))
    for _ in range(3):
        texts.texts_of("stepfunctions", stepfunctions.get_state)
    assert sum(value is ended for value in made) == 1


def test_elsewhere_ministack_copies_as_before(texts: snapshots.Snapshots):
    add(stepfunctions._executions, "arn:1", execution("RUNNING"))
    assert stepfunctions.get_state()["executions"] is not stepfunctions._executions


def test_a_state_that_changes_while_it_is_taken_is_taken_again(texts: snapshots.Snapshots):
    takes = iter([RuntimeError("dictionary changed size during iteration"), {"a": 1}])

    def state() -> object:
        if isinstance(taken := next(takes), Exception):
            raise taken
        return taken

    assert json.loads(texts.texts_of("sqs", state)["sqs"])["payload"] == {"a": 1}


def test_executions_are_read_from_their_files(
    texts: snapshots.Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    for name in ("arn:1", "arn:2"):
        add(stepfunctions._executions, name, execution("SUCCEEDED", name=name))
    replace_together(tmp_path, texts.texts_of("stepfunctions", stepfunctions.get_state))
    add(stepfunctions._executions, "arn:3", execution("FAILED", name="arn:3"))
    (lost,) = texts.texts_of("stepfunctions", stepfunctions.get_state).keys() - {
        "stepfunctions",
        *(f"executions/{path.stem}" for path in (tmp_path / "executions").iterdir()),
    }
    replace_together(tmp_path, {lost: "{}"})  # of an execution that the state does not have

    loaded = persistence.load_state("stepfunctions")
    assert loaded is not None
    whole = execution("ABORTED", name="arn:0")
    add(loaded["executions"], "arn:0", whole)  # as it was written before executions had files
    snapshots.read_executions(loaded["executions"], tmp_path)
    assert sorted(record["name"] for record in loaded["executions"]._data.values()) == [
        "arn:0",
        "arn:1",
        "arn:2",
    ]
    assert not (tmp_path / f"{lost}.json").exists()


def test_an_execution_whose_file_is_gone_is_left_out(
    texts: snapshots.Snapshots,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    add(stepfunctions._executions, "arn:1", execution("SUCCEEDED"))
    replace_together(tmp_path, texts.texts_of("stepfunctions", stepfunctions.get_state))
    (file,) = (tmp_path / "executions").iterdir()
    file.unlink()
    loaded = persistence.load_state("stepfunctions")
    assert loaded is not None
    snapshots.read_executions(loaded["executions"], tmp_path)
    assert not loaded["executions"]._data
    assert "arn:1" in caplog.text
