"""A function's settings come out of its environment typed, or every fault of them is named."""

from __future__ import annotations

import pytest
from pydantic import Json

from lambdas.environment import Environment, InvalidEnvironment
from wordvectors.lifecycle.limits import Limits


class Settings(Environment):
    table_name: str
    poll_seconds: int
    limits: Json[Limits]


def test_variables_become_what_the_fields_say(monkeypatch):
    monkeypatch.setenv("TABLE_NAME", "runs")
    monkeypatch.setenv("POLL_SECONDS", "15")
    monkeypatch.setenv("LIMITS", '{"max_volume_gb": 7}')

    assert Settings.read() == Settings.model_construct(
        table_name="runs", poll_seconds=15, limits=Limits(max_volume_gb=7)
    )


def test_all_faults_are_named_at_once(monkeypatch):
    monkeypatch.delenv("TABLE_NAME", raising=False)
    monkeypatch.setenv("POLL_SECONDS", "soon")
    monkeypatch.setenv("LIMITS", '{"max_volume_gb": 1, "colour": "red"}')

    with pytest.raises(InvalidEnvironment) as invalid:
        Settings.read()

    for told in ("TABLE_NAME: Field required", "POLL_SECONDS: ", "LIMITS.max_volume_gb: ", "LIMITS.colour: "):
        assert told in str(invalid.value)
