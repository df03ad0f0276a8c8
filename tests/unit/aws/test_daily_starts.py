"""How many may start on a day: never more, and each counted once; for a crowd see `tests/local_cloud`."""

from __future__ import annotations

import boto3

from tests.unit.conftest import TABLE
from wordvectors.aws.daily_starts import DailyStarts
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus


def test_no_more_than_so_many_are_admitted_and_each_counts_once(account):
    starts = DailyStarts(boto3.client("dynamodb"), TABLE)

    assert [starts.admit(name, 2) for name in ("a", "b", "a", "c", "b")] == [True, True, True, False, True]
    assert starts.count() == 2


def test_the_count_is_no_run(account):
    DailyStarts(boto3.client("dynamodb"), TABLE).admit("a", 2)
    account.runs.claim(Run(run_id="wv-a", status=RunStatus.PLANNED))

    assert [run.run_id for run in account.runs.newest()] == ["wv-a"]
