"""What the command line prints of a run obeys nobody: no escape sequences, no markup."""

from __future__ import annotations

import json

import pytest

from wordvectors.cli import output, progress, run_tables
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

EVIL = "\x1b[2J\x1b]0;owned\x07[bold red]x[/] [link=http://evil]y[/link] \x9b31m \u061c\u200e\u200f\u202e"
OBEYED = set("\x1b\x07\x9b\u061c\u200e\u200f\u202e")


def evil_run() -> Run:
    return Run.of_row(
        {
            "run_id": f"wv-{EVIL}",
            "status": "FAILED",
            "reason": EVIL,
            "waiting_for": EVIL,
            "warnings": [EVIL],
            "reasons": [EVIL],
            "created_at": f"2026-11-23T09:00:00{EVIL}",
            "corpus": {"bucket": EVIL, "key": EVIL, "bytes": 1},
            "corpus_key": EVIL,
            "plan": {
                "hyperparameters": {EVIL: EVIL},
                "resources": {"instance_type": EVIL, "instance_count": 1},
            },
            "training": {"secondary_status": EVIL},
            "progress": {},
            "evaluation": {
                "note": EVIL,
                "sets": {EVIL: {"spearmans_rho": 0.1, "not_found": 0, "total_pairs": 1, "coverage": 1.0}},
            },
            "artifacts": {"model": EVIL},
        }
    )


@pytest.mark.parametrize("show", [lambda run: run_tables.show_runs([run]), run_tables.show_run])
def test_tables_show_what_a_run_holds_as_text(show, capsys: pytest.CaptureFixture):
    show(evil_run())

    text = capsys.readouterr().out
    assert not OBEYED & set(text)
    assert "[bold red]x[/]" in text


def test_a_bar_shows_what_a_run_holds_as_text():
    with progress.run_bars() as bars:
        task = progress.add_run(bars)
        run = evil_run().model_copy(update={"status": RunStatus.TRAINING})
        progress.show_progress(bars, task, run, name=EVIL)

    assert not OBEYED & set(bars.tasks[0].description)


def test_errors_are_shown_as_text(capsys: pytest.CaptureFixture):
    output.report(output.CommandError(EVIL, [EVIL], EVIL))

    text = capsys.readouterr().err
    assert not OBEYED & set(text)
    assert "[bold red]x[/]" in text.replace("\n", "")


def test_a_word_between_colons_is_shown_as_it_is(capsys: pytest.CaptureFixture):
    output.report(output.CommandError("no :dog: here", ["a:b:c and :+1:"], "try :heart:"))

    text = capsys.readouterr().err
    assert ":dog:" in text
    assert "a:b:c and :+1:" in text
    assert ":heart:" in text


def test_json_holds_what_a_terminal_obeys_as_escapes(capsys: pytest.CaptureFixture):
    output.print_json({"name": EVIL})

    printed = capsys.readouterr().out
    assert not OBEYED & set(printed)
    assert json.loads(printed) == {"name": EVIL}
