"""`python -m bench`: all contenders in one run, interleaved, so that what slows the machine slows all."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.contenders import ContenderFailed, Measurement, contenders
from bench.machine import kernel_cost, measure_limits
from bench.report import bar_chart, limit_table, score_table, speed_table, summarize
from bench.scores import score_file, word_pair_sets
from bench.settings import Settings
from bench.worker import TRAINERS
from wordvectors.blazingtext.hyperparameters import Mode
from wordvectors.cleaning.sample import write_sample_corpus
from wordvectors.engine.encoding import encode
from wordvectors.files import written_whole

PROJECT = Path(__file__).parents[1]
RESULTS, PICTURE = PROJECT / "bench" / "results" / "latest.json", PROJECT / "docs" / "bench.svg"
SAMPLE_REPEATS = 8
WIDTH_OF_A_FILE = 150
Scores = dict[str, list[dict[str, dict[str, float]]]]


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; return the exit status."""
    options = _options(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH_OF_A_FILE)
    epochs = 1 if options.quick else options.epochs
    settings = Settings(mode=options.mode, subwords=options.subwords, epochs=epochs)
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as name:
        folder = Path(name)
        corpus, described = _corpus(options, folder)
        encoded = encode(corpus, settings.min_count, folder, lambda tokens: None, threads=2)
        tokens, counts = encoded.vocabulary.tokens, encoded.vocabulary.counts
        described = f"{described}: {tokens:,} tokens, {len(counts):,} words; {settings.epochs} epochs; {settings.title}"
        console.print(described)
        limits = measure_limits(options.threads)
        try:
            measurements, scores = _measure(options, console, corpus, tokens, settings, folder)
        except ContenderFailed as fault:
            console.print(str(fault), style="red", markup=False)
            return 1
    rows = summarize(measurements)
    shared = max(measurement.shared_negatives for measurement in measurements)
    cost = kernel_cost(counts, tokens, settings, shared)
    tables = [speed_table(rows), score_table(scores)]
    if settings.mode == Mode.BATCH_SKIPGRAM:
        tables.append(limit_table(rows, limits.as_dict(), asdict(cost)))
    for table in tables:
        console.print(table)
    results = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpus": described,
        "settings": settings.as_dict(),
        "summary": rows,
        "scores": scores,
        "limits": limits.as_dict(),
        "cost_per_word": asdict(cost),
        "measurements": [measurement.as_dict() for measurement in measurements],
    }
    _write(options.results, json.dumps(results, indent=2) + "\n")
    _write(options.picture, bar_chart(rows, f"Words per second, {settings.title}"))
    console.print(f"Written: {options.results} and {options.picture}")
    return 0


def _measure(
    options: argparse.Namespace, console: Console, corpus: Path, tokens: int, settings: Settings, folder: Path
) -> tuple[list[Measurement], Scores]:
    """Train with each contender and number of threads in turn, round after round, and score the vectors."""
    also = dict(options.also)
    taking_part = [one for one in contenders(also) if one.name in (*options.contenders, *also)]
    rounds = 1 if options.quick else options.rounds
    sets = word_pair_sets(options.sets)
    vectors = folder / "vectors.txt"
    measurements: list[Measurement] = []
    scores: Scores = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=rounds * len(options.threads) * len(taking_part))
        warm = replace(settings, epochs=1)
        taking_part[0].measure(corpus, tokens, 1, 0, warm, vectors)  # compiles: first runs are not compared
        for number in range(rounds):
            for threads in options.threads:
                for contender in taking_part:
                    progress.update(task, description=f"{contender.name}, {threads} threads")
                    done = contender.measure(corpus, tokens, threads, number, settings, vectors)
                    measurements.append(done)
                    scores.setdefault(contender.name, []).append(score_file(vectors, sets))
                    progress.advance(task)
    return measurements, scores


def _corpus(options: argparse.Namespace, folder: Path) -> tuple[Path, str]:
    """Return the corpus and what it is."""
    if options.corpus is not None:
        return options.corpus, options.corpus.name
    sample, corpus = folder / "sample.txt", folder / "corpus.txt"
    write_sample_corpus(sample)
    repeats = 1 if options.quick else SAMPLE_REPEATS
    corpus.write_bytes(sample.read_bytes() * repeats)
    note = "the sample of Wikipedia in gensim's wheel"
    return corpus, f"{note}, {repeats} times over (speeds compare, scores do not)" if repeats > 1 else note


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(text.encode())


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--corpus", type=file_option, help="a text, one sentence a line")
    parser.add_argument("--sets", type=Path, help="a folder with EN-MEN-TR-3k.txt and EN-MTurk-771.txt")
    parser.add_argument("--also", type=also_option, action="append", default=[], metavar="NAME=BINARY",
                        help="another program that speaks word2vec's command line; may be repeated")  # fmt: skip
    parser.add_argument("--contenders", nargs="+", choices=TRAINERS, default=list(TRAINERS))
    parser.add_argument("--mode", choices=list(Mode), default=Mode.BATCH_SKIPGRAM)
    parser.add_argument("--subwords", action="store_true", help="with n-grams of 3 to 6 characters")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--quick", action="store_true", help="one round of one epoch on a small corpus")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go, as JSON")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where the picture goes, as SVG")
    return parser.parse_args(arguments)


def file_option(given: str) -> Path:
    path = Path(given)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{given} is not a file")
    return path.resolve()


def also_option(given: str) -> tuple[str, str]:
    name, _, binary = given.partition("=")
    if not name or not Path(binary).is_file():
        raise argparse.ArgumentTypeError(f"{given}: give NAME=BINARY, and the path of a program that exists")
    return name, str(Path(binary).resolve())


if __name__ == "__main__":
    sys.exit(main())
