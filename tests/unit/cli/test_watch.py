"""Runs under way: a bar for each, until none is left."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from rich.console import RenderHook
from rich.progress import Progress
from rich.text import Text

from tests.unit.cli.terminal import terminal
from wordvectors.cli import main, watch
from wordvectors.cli.output import errors
from wordvectors.cli.progress import run_bars
from wordvectors.lifecycle.run import Changes
from wordvectors.lifecycle.status import RunStatus


@pytest.fixture
def claim(account):
    def write(run_id: str, status: str, **more):
        account.claim({"run_id": run_id, "status": status, "execution_arn": "x", **more})

    return write


def test_without_a_run_under_way_it_ends_at_once(run, claim):
    claim("wv-done", "COMPLETED")
    assert run("watch")[:2] == (0, "No run is under way.\n")


def test_what_is_under_way_as_json(run, claim):
    for status in RunStatus:
        claim(f"wv-{status}", str(status))
    claim("wv-long-ago", "TRAINING", created_at="2020-01-01T00:00:00.000+00:00")

    found = [one["status"] for one in json.loads(run("watch", "--json")[1])]

    assert found == ["PLANNED", "QUEUED", "TRAINING", "EVALUATING"]


def test_runs_are_shown_until_the_last_has_ended(run, claim, account, monkeypatch):
    claim("wv-first", "TRAINING", progress={"percent": 40.0, "words_per_second": 250_000.0})
    claim("wv-second", "EVALUATING")
    rounds = []

    def meanwhile(seconds):
        rounds.append(seconds)
        if len(rounds) == 1:
            account.runs.advance("wv-second", RunStatus.COMPLETED, Changes(mean_rho=0.61))
        if len(rounds) == 2:
            claim("wv-third", "PLANNED")
            account.runs.advance("wv-first", RunStatus.FAILED)
        if len(rounds) == 3:
            account.runs.advance("wv-third", RunStatus.REJECTED)

    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=meanwhile))

    status, out, _ = run("watch")

    assert (status, len(rounds)) == (0, 3)
    assert "wv-second  COMPLETED  mean_rho 0.6100" in out
    assert "wv-first  FAILED" in out
    assert "wv-third  REJECTED" in out


@pytest.mark.parametrize("columns", [50, 80, 160])
def test_the_screen_keeps_a_line_for_each_run_and_no_bar(run, claim, account, monkeypatch, columns):
    """Bars and lines share a terminal; two consoles would write over each other's."""
    names = [f"wv-run-number-{number}" for number in range(3)]
    for name in names:
        claim(name, "TRAINING", progress={"percent": 40.0})

    def meanwhile(seconds):
        time.sleep(0.3)  # bars are painted ten times in a second
        name = names.pop(0)
        account.runs.advance(name, RunStatus.EVALUATING)
        account.runs.advance(name, RunStatus.COMPLETED, Changes(mean_rho=0.61))

    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=meanwhile))
    monkeypatch.setattr(errors, "is_interactive", True)  # rich looks once, when the console is made
    monkeypatch.setattr("sys.argv", ["wordvectors", "watch"])

    with terminal(columns) as used, suppress(SystemExit):
        main()

    assert [line for line in used.screen() if line] == [
        f"wv-run-number-{number}  COMPLETED  mean_rho 0.6100" for number in range(3)
    ]


class PaintsMeanwhile(RenderHook):
    """Lets another thread paint the bars after a line's place is known and before it is written."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars

    def process_renderables(self, renderables):
        if any(isinstance(one, Text) for one in renderables):  # a line, and not the bars alone
            other = threading.Thread(target=self.bars.refresh)
            other.start()
            other.join()
        return renderables


def test_no_line_is_lost_whenever_the_bars_are_painted(run, claim, account, monkeypatch):
    names = [f"wv-{number}" for number in range(4)]
    for name in names:
        claim(name, "EVALUATING")

    @contextmanager
    def painted_at_the_worst_moment():
        with run_bars() as bars:
            errors.push_render_hook(PaintsMeanwhile(bars))
            yield bars
            errors.pop_render_hook()

    def meanwhile(seconds):
        for name in names:
            account.runs.advance(name, RunStatus.FAILED)

    monkeypatch.setattr(watch, "run_bars", painted_at_the_worst_moment)
    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=meanwhile))
    monkeypatch.setattr(errors, "is_interactive", True)
    monkeypatch.setattr("sys.argv", ["wordvectors", "watch"])

    with terminal(160) as used, suppress(SystemExit):
        main()

    assert sorted(line for line in used.screen() if line) == [f"{name}  FAILED" for name in names]
