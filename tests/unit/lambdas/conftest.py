"""Runs and training jobs for the functions to work on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.unit.conftest import BUCKET, CORPUS_KEY, Account
from wordvectors.aws.training_jobs import JobState
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.status import RunStatus

RUN_ID = "wv-blogs-0123456789ab"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:machine:one"


@pytest.fixture
def run_in(account: Account):
    """Write a run that has come as far as a status: `run_in("TRAINING")`."""

    def write(status: str, plan: dict[str, Any] | None = None, **more: Any) -> str:
        account.claim(
            {
                "run_id": RUN_ID,
                "status": status,
                "execution_arn": EXECUTION,
                "corpus_key": CORPUS_KEY,
                "corpus": {"bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "etag": "e", "bytes": 10},
                "plan": resolve_plan(plan or {}).model_dump(mode="json"),
                "attempt": 1,
                **more,
            }
        )
        return RUN_ID

    return write


def measurements(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was printed in CloudWatch's embedded metric format, each metric's one value out of its list."""
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    for entry in entries:
        for metric in entry["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            (entry[metric["Name"]],) = entry[metric["Name"]]
    return entries


def before_read(module: ModuleType, number: int, act: Callable[[], object]) -> None:
    """Do something just before a function's module reads from its bucket for the n-th time."""
    calls = itertools.count(1)

    def called(**_: Any) -> None:
        if next(calls) == number:
            act()

    module.bucket._client.meta.events.register("before-call.s3.GetObject", called)


def status_of(account: Account) -> RunStatus:
    """Return the status in which the run's row stands."""
    run = account.row(RUN_ID)
    assert run is not None
    return RunStatus(run["status"])


def job(status: str = "InProgress", secondary: str = "Training", **more: Any) -> JobState:
    """Return a training job's state, created 100 seconds ago and in training for 60."""
    now = datetime.now(UTC)
    facts = {
        "reason": None,
        "created_at": now - timedelta(seconds=100),
        "started_at": now - timedelta(seconds=60),
        "ended_at": None,
        "billable_seconds": None,
        "training_seconds": None,
        "model_uri": None,
        **more,
    }
    return JobState(status=status, secondary_status=secondary, **facts)
