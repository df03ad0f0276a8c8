"""`wordvectors local`: what it says and asks. The server itself is faked; tests/local_cloud has the real one."""

from __future__ import annotations

import io
from contextlib import nullcontext

import pytest
from botocore.exceptions import EndpointConnectionError

from local_cloud import account
from local_cloud.account import LocalStatus
from local_cloud.connection import Connection
from wordvectors.aws.errors import transient_errors_named
from wordvectors.cli import target

CONNECTION = Connection("http://127.0.0.1:4566", "us-east-1", "0", "a", "b", 1, "/home", "/log")


@pytest.fixture
def stopped(monkeypatch) -> list[bool]:
    """Two trainings run; what was stopped is noted."""
    noted: list[bool] = []
    monkeypatch.setattr(account, "unfinished", lambda: ["wv-one", "wv-two"])
    monkeypatch.setattr(account, "stop", lambda: noted.append(True) or True)
    return noted


@pytest.mark.parametrize(("answer", "stops"), [("y\n", True), ("n\n", False), ("", False)])
def test_stop_names_the_trainings_that_it_would_end_and_asks(run, stopped, monkeypatch, answer, stops):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    status, _, err = run("local", "stop")

    assert "wv-one, wv-two" in err
    assert (status, bool(stopped)) == (0 if stops else 1, stops)


def test_force_does_not_ask(run, stopped):
    assert run("local", "stop", "--force")[0] == 0
    assert stopped


def test_an_interrupted_first_start_is_told_as_such(run, monkeypatch):
    monkeypatch.setattr(account, "status", lambda: LocalStatus(True, CONNECTION))

    status, out, err = run("local", "status")

    assert (status, out) == (1, "")
    assert "its stacks are not deployed" in err
    assert "`wordvectors local start` deploys them" in err


@pytest.mark.parametrize("seconds", ["inf", "nan", "432001"])
def test_no_time_after_which_no_training_runs_is_taken_for_an_interruption(run, monkeypatch, seconds):
    monkeypatch.setattr(account, "start", lambda **settings: CONNECTION)

    status, _, err = run("local", "start", "--interrupt-spot", seconds)

    assert status == 2
    assert "it should be less than or equal to 432000" in err


@pytest.mark.parametrize("named", [nullcontext, transient_errors_named])
def test_a_local_cloud_that_ended_meanwhile_is_not_called_aws(run, monkeypatch, named):
    def ended(**where):
        with named():
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")

    monkeypatch.setattr(target, "connect", ended)

    status, _, err = run("runs")

    assert status == 1
    assert "The local cloud does not answer" in err
    assert "AWS" not in err
