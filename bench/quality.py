"""`python -m bench.quality`: scores over several seeds, so that a difference can be told from chance.

What was scored is kept in the results file as soon as it is known; a second call goes on where the first one
ended, with more seeds, other modes or other contenders. Modes with subwords are also scored on rare words and typos.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from rich.progress import track
from rich.table import Table

from bench.__main__ import FIGURES, terminal_or_file, write
from bench.contenders import OURS, Contender, ContenderFailed, contenders
from bench.corpora import first_words
from bench.options import SETS_HELP, also_option, count_option, file_option, folder_option, results_option
from bench.scores import RARE_WORDS, score_file, typos, word_pair_sets
from bench.settings import MODES, Settings
from bench.worker import TRAINERS, unknown_vectors
from wordvectors.blazingtext.hyperparameters import Mode
from wordvectors.engine.encoding import encode

RESULTS = FIGURES / "quality.json"
Run = dict[str, Any]
"""`corpus` (its name, words and epochs), `mode`, `contender`, `threads`, `seed`, and `scores` by set."""
KEY = ("corpus", "mode", "contender", "threads", "seed")


def main(arguments: list[str] | None = None) -> int:
    """Score what is missing, and show all; return the exit status."""
    options = _options(arguments)
    console = terminal_or_file()
    runs = json.loads(options.results.read_text()) if options.results.is_file() else []
    known = {tuple(run[name] for name in KEY) for run in runs}
    also = dict(options.also)
    taking_part = [one for one in contenders(also) if one.name in (*options.contenders, *also)]
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as name:
        folder = Path(name)
        corpus, described, vocabulary = _prepared(options, folder)
        wanted = [
            (contender, dict(zip(KEY, (described, mode, contender.name, threads, seed), strict=True)))
            for seed in range(1, options.seeds + 1)
            for mode in options.modes
            for threads in options.threads
            for contender in taking_part
        ]
        for contender, run in track(wanted, "Training", console=console):
            if tuple(run.values()) in known:
                continue
            settings = replace(MODES[run["mode"]], epochs=options.epochs)
            try:
                run["scores"] = _twin(run, runs) or _scores(
                    contender, run, corpus, settings, folder, vocabulary, options.sets
                )
            except ContenderFailed as fault:
                console.print(str(fault), style="red", markup=False)
                return 1
            runs.append(run)
            write(options.results, json.dumps(runs, indent=1) + "\n")
    for described, mode in dict.fromkeys((run["corpus"], run["mode"]) for run in runs):
        these = [run for run in runs if (run["corpus"], run["mode"]) == (described, mode)]
        console.print(quality_table(these, f"{mode}, {described}"))
    return 0


def _prepared(options: argparse.Namespace, folder: Path) -> tuple[Path, str, list[str]]:
    """Return the corpus or its first words, what it is called, and its vocabulary."""
    corpus: Path = options.corpus
    if options.words is not None:
        corpus = folder / "corpus.txt"
        first_words(options.corpus, corpus, options.words)
    vocabulary = encode(corpus, Settings().min_count, folder, lambda tokens: None, threads=1).vocabulary
    described = f"{options.corpus.name}: {vocabulary.tokens:,} words, {options.epochs} epochs"
    return corpus, described, vocabulary.words


def _twin(run: Run, runs: list[Run]) -> dict[str, float] | None:
    """Return what another program scored in the same training: to all but ours batch_skipgram is skipgram."""
    twins = {Mode.BATCH_SKIPGRAM: Mode.SKIPGRAM, Mode.SKIPGRAM: Mode.BATCH_SKIPGRAM}
    if run["contender"] == OURS or run["mode"] not in twins:
        return None
    wanted = run | {"mode": twins[run["mode"]]}
    return next((other["scores"] for other in runs if all(other[name] == wanted[name] for name in KEY)), None)


def _scores(
    contender: Contender,
    run: Run,
    corpus: Path,
    settings: Settings,
    folder: Path,
    vocabulary: list[str],
    own_sets: Path | None,
) -> dict[str, float]:
    """Train once and return the scores."""
    sets, vectors, unknown = word_pair_sets(own_sets), folder / "vectors.txt", folder / "unknown.txt"
    with_ngrams = settings.subwords and contender.binary is None
    misspelt = typos(vocabulary) if with_ngrams else {}
    if with_ngrams:
        rare = sets[RARE_WORDS].words if RARE_WORDS in sets else set()
        unknown.write_text("\n".join(sorted({*misspelt, *rare})))
    contender.measure(
        corpus, 1, run["threads"], run["seed"] - 1, settings, vectors, unknown if with_ngrams else None
    )
    of_unknown = unknown_vectors(vectors) if with_ngrams else None
    scored = score_file(vectors, sets, vocabulary, of_unknown, misspelt)
    return {name: found["score"] for name, found in scored.items()}


def quality_table(runs: list[Run], title: str) -> Table:
    """Return mean and standard deviation over the seeds, and how far ours is from each of the others.

    The distance is in standard errors of the difference of two means (Welch): beyond 2 it is hardly chance.
    """
    groups: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        groups[run["contender"], run["threads"]].append(run)
    table = Table(title=f"{title}: mean over seeds ± standard deviation")
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
    return f"{mean(values):.3f} ± {stdev(values):.3f}"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.quality", description=__doc__)
    parser.add_argument("--corpus", type=file_option, required=True, help="a text, one sentence a line")
    parser.add_argument("--sets", type=folder_option, help=SETS_HELP)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--words", type=count_option, help="of the corpus take only the first so many")
    parser.add_argument("--epochs", type=count_option, default=Settings().epochs)
    parser.add_argument("--seeds", type=count_option, default=5)
    parser.add_argument("--threads", type=count_option, nargs="+", default=[2])
    parser.add_argument("--contenders", nargs="+", choices=TRAINERS, default=[OURS, "gensim"])
    parser.add_argument("--also", type=also_option, action="append", default=[], metavar="NAME=BINARY",
                        help="another program that speaks word2vec's command line; may be repeated")  # fmt: skip
    parser.add_argument("--results", type=results_option, default=RESULTS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
