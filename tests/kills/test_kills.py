"""A few of the kills, each at a point that every run passes. `make kills` plays them all."""

from __future__ import annotations

import pytest

from tests.kills.play import Chosen, Play, played

KILLS = [
    Chosen("train", "after the answer to PUT /wordvectors-storage-bucket#/corpora/NAME.txt", 1, machine=True),
    Chosen("train", "before state/stepfunctions.json", 1, machine=False),
    Chosen(
        "train",
        "after the answer to DynamoDB_#.PutItem",
        1,
        machine=True,
        again="after state/committed",
    ),
    Chosen("stop", "after a job's process", 1, machine=False),
    Chosen("objects", "after the answer to PUT /wordvectors-storage-bucket#/things/NAME", 1, machine=True),
]


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """A home in which the server is killed."""
    found = Play(tmp_path_factory.mktemp("kills"))
    yield found
    found.close()


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: f"{kill.scene}: {kill.label} {kill.nth}")
def test_nothing_that_was_acknowledged_is_lost(play, kill):
    result = played(play, kill)
    assert result.met
    assert result.faults == []
