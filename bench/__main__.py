"""`python -m bench`: all modes and contenders in one run, interleaved, so that what slows the machine slows all.

Everyone trains on the same words, for as many epochs. Training seconds are those without counting words and writing
vectors, so that one epoch is enough. fastText takes part in the first round only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.contenders import OURS, ContenderFailed, Measurement, contenders
from bench.corpora import first_words, repeated_sample
from bench.machine import kernel_cost, measure_limits
from bench.options import SETS_HELP, also_option, count_option, file_option, folder_option, results_option
from bench.report import bar_chart, limit_table, score_table, speed_table, summarize
from bench.rounds import Training, trainings
from bench.scores import score_file, word_pair_sets
from bench.settings import MODES, Settings
from bench.worker import FASTTEXT, TRAINERS
from wordvectors.blazingtext.hyperparameters import Mode
from wordvectors.engine.encoding import encode
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.vocabulary import Vocabulary
from wordvectors.figures import duration
from wordvectors.files import written_whole

PROJECT = Path(__file__).parents[1]
FIGURES = PROJECT / "build" / "bench"
"""Where figures go by default. Those that the documentation quotes are in `bench/results`, and `docs/bench.svg`."""
RESULTS, PICTURE = FIGURES / "latest.json", FIGURES / "bench.svg"
SAMPLE_REPEATS = 8
WIDTH_OF_A_FILE = 150
WORDS, QUICK_WORDS = 6_000_000, 500_000
"""Of a given corpus; with so many, all modes and contenders take half an hour."""
Scores = dict[str, dict[str, list[dict[str, dict[str, float]]]]]
"""By mode and contender, then run after run, by set."""


def terminal_or_file() -> Console:
    """Return where tables are shown: as wide as the terminal, or wide enough for a file."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH_OF_A_FILE)


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; return the exit status."""
    options = _options(arguments)
    console = terminal_or_file()
    epochs = 1 if options.quick else options.epochs
    modes = {name: replace(MODES[name], epochs=epochs) for name in options.modes}
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as name:
        folder = Path(name)
        corpus, described = _corpus(options, folder)
        try:
            encoded = encode(corpus, Settings().min_count, folder, lambda tokens: None, threads=2)
        except TrainingError as fault:
            console.print(str(fault), style="red", markup=False)
            return 1
        tokens, counts = encoded.vocabulary.tokens, encoded.vocabulary.counts
        described = f"{described}: {tokens:,} tokens, {len(counts):,} words; epochs: {epochs}"
        also = dict(options.also)
        taking_part = [one for one in contenders(also) if one.name in (*options.contenders, *also)]
        rounds = 1 if options.quick else options.rounds
        planned = list(trainings(taking_part, modes, options.threads, rounds))
        expected = sum(training.seconds(tokens) for training in planned)
        console.print(f"{described}\n{len(planned)} trainings, about {duration(60 * round(expected / 60))}")
        limits = measure_limits(options.threads)
        try:
            measurements, scores = _measure(
                planned, console, corpus, encoded.vocabulary, folder, options.sets
            )
        except ContenderFailed as fault:
            console.print(str(fault), style="red", markup=False)
            return 1
    rows = summarize(measurements)
    shared = max(measurement.shared_negatives for measurement in measurements)
    cost = kernel_cost(counts, tokens, Settings(), shared)
    for mode in modes:
        of_mode = [row for row in rows if row["mode"] == mode]
        console.print(speed_table(of_mode, mode))
        console.print(score_table(scores[mode], mode))
        if mode == Mode.BATCH_SKIPGRAM:
            console.print(limit_table(of_mode, limits.as_dict(), asdict(cost)))
    results = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpus": described,
        "settings": {mode: settings.as_dict() for mode, settings in modes.items()},
        "summary": rows,
        "scores": scores,
        "limits": limits.as_dict(),
        "cost_per_word": asdict(cost),
        "measurements": [measurement.as_dict() for measurement in measurements],
    }
    write(options.results, json.dumps(results, indent=2) + "\n")
    write(options.picture, bar_chart(rows, "Words per second"))
    console.print(f"Written: {options.results} and {options.picture}")
    return 0


def _measure(
    planned: list[Training],
    console: Console,
    corpus: Path,
    vocabulary: Vocabulary,
    folder: Path,
    own_sets: Path | None,
) -> tuple[list[Measurement], Scores]:
    """Train all that is planned, in turn, and score the vectors."""
    sets, vectors, tokens = word_pair_sets(own_sets), folder / "vectors.txt", vocabulary.tokens
    measurements: list[Measurement] = []
    scores: Scores = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(planned))
        for mode, settings in {mode: one.settings for one in planned for mode in one.modes}.items():
            if planned[0].contender.name == OURS:  # compiles: first runs are not compared
                progress.update(task, description=f"{mode}, compiling")
                planned[0].contender.measure(corpus, tokens, 1, 0, replace(settings, epochs=1), vectors)
        for training in planned:
            name, threads = training.contender.name, training.threads
            progress.update(task, description=f"{training.modes[0]}, {name}, {threads} threads")
            done = training.contender.measure(
                corpus, tokens, threads, training.round, training.settings, vectors
            )
            scored = score_file(vectors, sets, vocabulary.words)
            for mode in training.modes:
                measurements.append(replace(done, mode=mode))
                scores.setdefault(mode, {}).setdefault(name, []).append(scored)
            progress.advance(task)
    return measurements, scores


def _corpus(options: argparse.Namespace, folder: Path) -> tuple[Path, str]:
    """Return the corpus and what it is."""
    corpus = folder / "corpus.txt"
    if options.corpus is not None:
        first_words(options.corpus, corpus, QUICK_WORDS if options.quick else options.words)
        return corpus, f"the first words of {options.corpus.name}"
    repeats = 1 if options.quick else SAMPLE_REPEATS
    repeated_sample(corpus, repeats)
    note = "the sample of Wikipedia in gensim's wheel"
    return corpus, f"{note}, {repeats} times over (speeds compare, scores do not)" if repeats > 1 else note


def write(path: Path, text: str) -> None:
    """Write a file of results, whole, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(text.encode())


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--corpus", type=file_option, help="a text, one sentence a line")
    parser.add_argument("--sets", type=folder_option, help=SETS_HELP)
    parser.add_argument("--also", type=also_option, action="append", default=[], metavar="NAME=BINARY",
                        help="another program that speaks word2vec's command line; may be repeated")  # fmt: skip
    parser.add_argument("--contenders", nargs="+", choices=TRAINERS, default=list(TRAINERS))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument(
        "--words", type=count_option, default=WORDS, help="take the first so many of the corpus"
    )
    parser.add_argument("--rounds", type=count_option, default=3)
    parser.add_argument("--epochs", type=count_option, default=1)
    parser.add_argument("--threads", type=count_option, nargs="+", default=[1, 2])
    parser.add_argument("--quick", action="store_true", help="one round of one epoch on a small corpus")
    parser.add_argument(
        "--results", type=results_option, default=RESULTS, help="where the figures go, as JSON"
    )
    parser.add_argument(
        "--picture", type=results_option, default=PICTURE, help="where the picture goes, as SVG"
    )
    options = parser.parse_args(arguments)
    if FASTTEXT in options.contenders and find_spec("fasttext") is None:
        parser.error(
            f"{FASTTEXT} is not installed; `make bench` installs it, or leave it out of --contenders"
        )
    return options


if __name__ == "__main__":
    sys.exit(main())
