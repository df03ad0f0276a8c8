"""`wordvectors doctor`: what it prints, with which status it ends, and that only --fix changes anything."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from wordvectors.cli import target
from wordvectors.cli.app import app
from wordvectors.client import orphans, preflight
from wordvectors.client.deployment import Account
from wordvectors.client.orphans import Orphan
from wordvectors.client.patient import Check, Patient

HEALTHY = [Check("Credentials", "ok", "you are ann"), Check("Spot quota", "warn", "is 0", "ask for more")]
SICK = Check("Training quota", "fail", "'ml.c5.xlarge for training job usage' is 0", "aws service-quotas …")
LOST = Check("Orphans", "fail", "wv-a: its training job runs", "wordvectors doctor --fix")
UNASKED = Check("Dead letters", "unknown", "you may not ask")


@pytest.fixture
def doctor(monkeypatch, session):
    """Run the command with these answers; returns its result and the orphans that were closed."""
    closed: list[str] = []

    def call(checks, *arguments: str):
        monkeypatch.setattr(target, "find_account", lambda **where: Account(session, None))
        monkeypatch.setattr(preflight, "examine", lambda patient: iter(checks))
        monkeypatch.setattr(Patient, "orphans", [Orphan("wv-a", "its training job runs", None)])
        monkeypatch.setattr(Patient, "with_tunings", None)
        monkeypatch.setattr(Account, "caller", lambda self: "arn:ann")

        def close(deployment, orphan, by):
            closed.append(f"{orphan.name} by {by}")
            return "its job is asked to stop"

        monkeypatch.setattr(orphans, "close_orphan", close)
        return CliRunner().invoke(app, ["doctor", *arguments])

    return call, closed


def test_a_tick_or_a_cross_a_line_and_under_it_the_fix(doctor):
    call, _ = doctor

    result = call([*HEALTHY, SICK, UNASKED])

    assert result.stdout.splitlines() == [
        "✓ Credentials: you are ann",
        "! Spot quota: is 0",
        "  → ask for more",
        "✗ Training quota: 'ml.c5.xlarge for training job usage' is 0",
        "  → aws service-quotas …",
        "? Dead letters: you may not ask",
    ]
    assert str(result.exception) == "A run would not go through: training quota"


def test_warnings_and_what_could_not_be_asked_are_no_failure(doctor):
    call, _ = doctor
    assert call([*HEALTHY, UNASKED]).exit_code == 0


def test_without_fix_nothing_is_changed(doctor):
    call, closed = doctor

    result = call([*HEALTHY, LOST])

    assert closed == []
    assert result.exit_code == 1


def test_with_fix_orphans_are_closed_in_the_callers_name(doctor):
    call, closed = doctor

    result = call([*HEALTHY, LOST], "--fix")

    assert closed == ["wv-a by arn:ann"]
    assert "wv-a: its job is asked to stop" in result.output
    assert result.exit_code == 0


def test_what_fix_cannot_mend_is_left_to_do(doctor):
    call, _ = doctor
    assert str(call([SICK, LOST], "--fix").exception) == "Left to do: training quota"


def test_json(doctor):
    call, _ = doctor

    found = json.loads(call([*HEALTHY, LOST], "--fix", "--json").stdout)

    assert [check["status"] for check in found["checks"]] == ["ok", "warn", "fail"]
    assert found["fixed"] == {"wv-a": "its job is asked to stop"}


def test_a_local_cloud_that_was_never_started(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path))
    assert "wordvectors local start" in str(CliRunner().invoke(app, ["doctor"]).exception.faults)
