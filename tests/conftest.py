"""What holds for all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.contract.plugin"]

# Hypothesis takes the time of a test and of making its values: a busy machine would fail a test that is right.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Parallel workers are told that they have 80 columns, which a console takes for good when it is made.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
# What a shell starts in the background ignores Ctrl-C, and all that it starts in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)


FIRST, LAST = ("docs", "workflow", "faults", "packaging", "local_cloud"), "infra"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests a folder at a time: what a folder's tests share ends with them, and its memory is free.

    First come those that wait for local clouds, the longest ahead, so that quick ones fill up the end; last those that
    load the CDK, which a process can't get rid of again.
    """
    folders = {name: place for place, name in enumerate(FIRST)} | {LAST: len(FIRST) + 1}
    here = Path(__file__).parent
    items.sort(key=lambda item: folders.get(item.path.relative_to(here).parts[0], len(FIRST)))


@pytest.fixture(autouse=True)
def ctrl_c():
    """Give Ctrl-C back to pytest: a command that a test calls takes it."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
