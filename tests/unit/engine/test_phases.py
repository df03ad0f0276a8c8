"""The line that says where the time went."""

from __future__ import annotations

import re
import time

from numba import njit

from wordvectors.engine.phases import START_UP, Phases


def seconds_of(summary: str, phase: str) -> float:
    found = re.search(rf"{phase} (\d+\.\d\d)", summary)
    assert found, summary
    return float(found[1])


def test_what_comes_before_the_first_phase_is_start_up_and_phases_add_up():
    phases = Phases()
    time.sleep(0.05)
    for _ in range(2):
        with phases.measure("encoding"):
            time.sleep(0.05)
    with phases.measure(START_UP):
        time.sleep(0.05)
    summary = phases.summary()
    assert seconds_of(summary, "start-up") >= 0.1
    assert seconds_of(summary, "encoding") >= 0.1
    assert seconds_of(summary, "in all") >= 0.2
    assert "compiling" not in summary


def test_compiling_is_told():
    phases = Phases()
    with phases.measure("training"):
        njit(lambda number: number + 1)(1)
    assert re.fullmatch(
        r"Seconds: start-up \S+, training \S+; in all \S+ \(of these \S+ compiling\)",
        phases.summary(),
    )
    assert phases.compiling > 0
