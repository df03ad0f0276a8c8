"""The templates as a whole: what changes here changes in the account."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.infra.conftest import Assembly
from tests.infra.templates import machine, masked, resources


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def test_storage(storage: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    assert masked(storage) == snapshot_json


def test_storage_for_development(development: Assembly, snapshot_json: SnapshotAssertion) -> None:
    assert masked(development.storage) == snapshot_json


def test_pipeline(pipeline: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    template = masked(pipeline)
    (state_machine,) = resources(template, "AWS::StepFunctions::StateMachine").values()
    state_machine["Properties"]["DefinitionString"] = "<a snapshot of its own>"
    assert template == snapshot_json


def test_state_machine(pipeline: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    assert machine(pipeline) == snapshot_json


def test_cleaning(cleaning: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    template = masked(cleaning)
    (state_machine,) = resources(template, "AWS::StepFunctions::StateMachine").values()
    state_machine["Properties"]["DefinitionString"] = "<a snapshot of its own>"
    assert template == snapshot_json


def test_cleaning_machine(cleaning: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    assert machine(cleaning) == snapshot_json


def test_tuning(tuning: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    template = masked(tuning)
    (state_machine,) = resources(template, "AWS::StepFunctions::StateMachine").values()
    state_machine["Properties"]["DefinitionString"] = "<a snapshot of its own>"
    assert template == snapshot_json


def test_tuning_machine(tuning: dict[str, Any], snapshot_json: SnapshotAssertion) -> None:
    assert machine(tuning) == snapshot_json
