"""`python -m tests.faults`: the whole matrix, or a crowd; exit status 1 on any miss."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults import cells, cleanings, runs, tunings
from tests.faults.cells import Cell, play_all
from tests.faults.crowd import Crowd, play_crowd, time_scale
from tests.faults.emulator.pace import Pace
from tests.faults.rows import VARIANTS, Row, Variant
from tests.faults.stage import Stage, stage

console = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Half:
    """One of the matrices: how its calls are recorded, what is said of them, and how they are put together."""

    name: str
    record: Callable[[Stage], dict]
    rows: Callable[[dict], list[Row]]
    unknown: Callable[[list[Row]], list[str]]
    unplayed: Callable[[list[Row]], list[str]]
    matrix: Callable[[dict, Callable[[Row, Variant], bool]], list[Cell]]


HALVES = (
    Half("runs", cells.record, runs.rows, runs.unknown, runs.unplayed, cells.matrix),
    Half(
        "cleanings",
        cleanings.record,
        cleanings.rows,
        cleanings.unknown,
        cleanings.unplayed,
        cleanings.matrix,
    ),
    Half("tunings", tunings.record, tunings.rows, tunings.unknown, tunings.unplayed, tunings.matrix),
)


def main(arguments: list[str]) -> int:
    """Play what is asked for, print it, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    parser.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help="cells whose call or fault matches, as a regular expression",
    )
    parser.add_argument("--at-once", type=int, default=12, metavar="N", help="runs at a time (default: 12)")
    parser.add_argument("--crowd", type=int, metavar="N", help="N uploads at once, in place of the matrix")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the local cloud is stopped
    with tempfile.TemporaryDirectory(prefix="wordvectors-faults-") as folder:
        if chosen.crowd:
            return _crowd(Path(folder), chosen.crowd, chosen.json)
        return _matrix(Path(folder), chosen.only, chosen.at_once, chosen.json)


def _matrix(home: Path, only: str, at_once: int, as_json: bool) -> int:
    began = time.monotonic()
    found: list[Cell] = []
    unspoken: list[str] = []
    for half in HALVES:
        played, without_a_row = _played(home / half.name, half, only, at_once)
        found += played
        unspoken += without_a_row
        _print_misses(console, played, half.name)
    seconds = time.monotonic() - began
    if as_json:
        json.dump({"seconds": round(seconds, 1), "without_a_row": unspoken,
                   "cells": [_summary(cell) for cell in found]}, sys.stdout, indent=1)  # fmt: skip
    else:
        _print_matrix(found, unspoken, seconds)
    return 1 if unspoken or any(cell.misses for cell in found) else 0


def _played(home: Path, half: Half, only: str, at_once: int) -> tuple[list[Cell], list[str]]:
    """Play a half of the matrix; return its cells, and sentences about calls of which it says nothing."""
    wanted = re.compile(only)
    home.mkdir()
    with stage(home, cleaning=half.name == "cleanings") as found:
        found.listen_to_uploads(False)
        recorded = half.record(found)
        played = half.matrix(
            recorded,
            lambda row, variant: bool(wanted.search(f"{row.name}, {variant.name}")),
        )
        with _progress() as progress:
            task = progress.add_task(f"{half.name.title()} with a fault", total=len(played))
            play_all(found, played, at_once=at_once, done=lambda cell: progress.advance(task))
    found_rows = half.rows(recorded)
    return played, half.unknown(found_rows) + half.unplayed(found_rows)


def _crowd(home: Path, uploads: int, as_json: bool) -> int:
    with (
        stage(
            home,
            training_jobs=Crowd.QUOTA,
            pace=Pace(time_scale(uploads), Crowd.FUNCTIONS),
        ) as found,
        _progress() as progress,
    ):
        task = progress.add_task("Runs that have ended", total=uploads)
        crowd = play_crowd(found, uploads, lambda ended: progress.update(task, completed=ended))
    if as_json:
        json.dump(asdict(crowd), sys.stdout, indent=1)
    else:
        Console().print(_crowd_table(crowd))
    return 1 if crowd.misses else 0


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _print_matrix(played: list[Cell], unspoken: list[str], seconds: float) -> None:
    out = Console(highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("CALL", no_wrap=True)
    for number in range(1, len(VARIANTS) + 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    names = (f"[bold]{number}[/] {variant.name}" for number, variant in enumerate(VARIANTS, 1))
    out.print(f"{', '.join(names)}. ✓ as promised, · less is promised and held, ✗ missed.\n")
    lines: dict[str, dict[str, Cell]] = defaultdict(dict)
    for cell in played:
        if cell.row is not None and cell.variant is not None:
            lines[cell.row.name][cell.variant.name] = cell
    for name, found in sorted(lines.items()):
        table.add_row(name, *(_mark(found.get(variant.name)) for variant in VARIANTS))
    out.print(table)
    for cell in (cell for cell in played if cell.row is None):
        out.print(f"{escape(_name(cell))}: {_mark(cell)}")
    missed = _print_misses(out, played, "in all")
    for sentence in unspoken:
        out.print(f"[red]✗[/] {escape(sentence)}")
    slowest = max(played, key=lambda cell: cell.seconds)
    out.print(
        f"{len(played)} runs, {len(played) - missed} as promised, {missed} missed, in {seconds:.0f} s; "
        f"the slowest took {slowest.seconds:.0f} s ({escape(_name(slowest))})"
    )


def _print_misses(out: Console, played: list[Cell], name: str) -> int:
    """Print what was missed, how much of all that is, and return that number."""
    missed = [cell for cell in played if cell.misses]
    for cell in missed:
        out.print(f"[red]✗[/] {escape(_name(cell))} ({cell.subject}): {escape('; '.join(cell.misses))}")
    out.print(f"{name}: {len(played):,} cells, {len(missed):,} missed")
    return len(missed)


def _mark(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.misses:
        return "[red]✗[/]"
    return "·" if cell.expected.why else "[green]✓[/]"


def _name(cell: Cell) -> str:
    if cell.row is None or cell.variant is None:
        return f"the same event four times, {cell.scenario.name}"
    return f"{cell.row.name}, {cell.variant.name}"


def _summary(cell: Cell) -> dict:
    return {
        "cell": _name(cell), "scenario": cell.scenario.name, "seconds": round(cell.seconds, 1),
        "statuses": cell.statuses, "messages": cell.messages, "misses": cell.misses, "less": cell.expected.why,
    }  # fmt: skip


def _crowd_table(crowd: Crowd) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in asdict(crowd).items():
        table.add_row(
            name.replace("_", " "), "; ".join(value) or "none" if isinstance(value, list) else str(value)
        )
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
