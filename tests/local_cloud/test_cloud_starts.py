"""How many may start on a day, whoever asks at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.local_cloud.conftest import create_table
from wordvectors.aws.daily_starts import DailyStarts


def test_a_crowd_does_not_pass_the_bound_of_a_day(cloud):
    table = cloud.name("starts")
    create_table(cloud.dynamodb, table, "run_id")
    starts = DailyStarts(cloud.dynamodb, table)

    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(lambda number: starts.admit(f"run-{number % 40}", 10), range(60)))

    assert starts.count() == 10
    assert 10 <= sum(admitted) <= 20
