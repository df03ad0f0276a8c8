"""What people are told of a run's end."""

from __future__ import annotations

import pytest

from wordvectors.lifecycle.messages import ending_text
from wordvectors.lifecycle.run import Run

COST = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-20", "most": 1.0, "actual": 0.04}


@pytest.mark.parametrize(
    ("account", "told"),
    [("123456789012", "Cost: $0.0400 ("), ("000000000000", "Cost: nothing here; in AWS $0.0400 (")],
)
def test_in_the_local_cloud_nothing_is_paid(account: str, told: str):
    arn = f"arn:aws:states:us-east-1:{account}:execution:machine:one"
    run = Run.of_row({"run_id": "wv-a", "status": "FAILED", "execution_arn": arn, "cost": COST})
    assert told in ending_text(run)
