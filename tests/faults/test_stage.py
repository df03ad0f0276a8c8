"""The stage is the same whatever the user has set."""

from __future__ import annotations

from infra.settings import DeploymentSettings
from tests.faults.cells import INSTANCE_TYPES
from tests.faults.stage import SETTINGS


def test_the_stage_does_not_take_the_users_settings():
    users = {
        "wordvectors": {
            "max_run_cost": 5,
            "stack_prefix": "Mine",
            "allowed_instance_types": ["ml.c5.xlarge"],
            "default_plan": {"hyperparameters": {"mode": "cbow"}},
        }
    }
    assert DeploymentSettings.from_context(users).max_run_cost == 5

    found = DeploymentSettings.from_context({**users, **SETTINGS})

    assert found == DeploymentSettings(poll_seconds_min=60, poll_seconds_max=300, max_capacity_tries=3)
    assert set(INSTANCE_TYPES) <= set(found.allowed_instance_types)
