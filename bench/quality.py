"""`python -m bench.quality`: scores over several seeds, so that a difference can be told from chance.

What was scored is kept in the results file as soon as it is known; a second call goes on where the first one
ended, with more seeds or other contenders.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.__main__ import PROJECT, WIDTH_OF_A_FILE, also_option, file_option
from bench.contenders import OURS, ContenderFailed, contenders
from bench.scores import score_file, word_pair_sets
from bench.settings import Settings
from bench.worker import TRAINERS
from wordvectors.files import written_whole

RESULTS = PROJECT / "bench" / "results" / "quality.json"
Run = dict[str, Any]
"""`contender`, `threads`, `seed`, and `scores` by set."""


def main(arguments: list[str] | None = None) -> int:
    """Score what is missing, and show all; return the exit status."""
    options = _options(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH_OF_A_FILE)
    runs = json.loads(options.results.read_text()) if options.results.is_file() else []
    known = {(run["contender"], run["threads"], run["seed"]) for run in runs}
    sets, settings = word_pair_sets(options.sets), Settings()
    wanted = [
        (contender, threads, seed)
        for seed in range(1, options.seeds + 1)
        for threads in options.threads
        for contender in contenders(dict(options.also))
        if contender.name in (*options.contenders, *dict(options.also))
        and (contender.name, threads, seed) not in known
    ]
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as folder:
        vectors = Path(folder) / "vectors.txt"
        for contender, threads, seed in track(wanted, "Training", console=console):
            try:
                contender.measure(options.corpus, 1, threads, seed - 1, settings, vectors)
            except ContenderFailed as fault:
                console.print(str(fault), style="red", markup=False)
                return 1
            scores = {name: found["score"] for name, found in score_file(vectors, sets).items()}
            runs.append({"contender": contender.name, "threads": threads, "seed": seed, "scores": scores})
            options.results.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(options.results) as file:
                file.write((json.dumps(runs, indent=1) + "\n").encode())
    console.print(quality_table(runs))
    return 0


def quality_table(runs: list[Run]) -> Table:
    """Return mean and standard deviation over the seeds, and how far ours is from each of the others.

    The distance is in standard errors of the difference of two means (Welch): beyond 2 it is hardly chance.
    """
    groups: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        groups[run["contender"], run["threads"]].append(run)
    table = Table(title="Scores over seeds: mean ± standard deviation (least – greatest)")
    table.caption = "Below each other contender: ours with as many threads, less it, in standard errors."
    names = list(dict.fromkeys(name for run in runs for name in run["scores"]))
    for heading in ("", "threads", "seeds", *names):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for (contender, threads), group in groups.items():
        cells = [_shown([run["scores"][name] for run in group]) for name in names]
        style = "bold" if contender == OURS else ""
        table.add_row(contender, str(threads), str(len(group)), *cells, style=style)
        ours = groups.get((OURS, threads), [])
        if contender != OURS and ours:
            pairs = [
                ([run["scores"][name] for run in ours], [run["scores"][name] for run in group])
                for name in names
            ]
            table.add_row("", "", "", *(f"{distance(*pair):+.1f}" for pair in pairs), style="dim")
    return table


def distance(ours: list[float], others: list[float]) -> float:
    """Return the difference of two means in its standard errors; 0 where a spread can't be known."""
    if min(len(ours), len(others)) < 2:
        return 0.0
    error = (stdev(ours) ** 2 / len(ours) + stdev(others) ** 2 / len(others)) ** 0.5
    return (mean(ours) - mean(others)) / error if error else 0.0


def _shown(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.3f}"
    return f"{mean(values):.3f} ± {stdev(values):.3f} ({min(values):.3f} – {max(values):.3f})"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.quality", description=__doc__)
    parser.add_argument("--corpus", type=file_option, required=True, help="a text, one sentence a line")
    parser.add_argument("--sets", type=Path, help="a folder with EN-MEN-TR-3k.txt and EN-MTurk-771.txt")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    parser.add_argument("--contenders", nargs="+", choices=TRAINERS, default=[OURS, "gensim corpus_file"])
    parser.add_argument("--also", type=also_option, action="append", default=[], metavar="NAME=BINARY",
                        help="another program that speaks word2vec's command line; may be repeated")  # fmt: skip
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
