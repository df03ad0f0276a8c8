"""`python -m bench.in_step`: what many threads learn, each as if on a core of its own; one core is enough to see it.

Threads that take turns on a few cores see what the others have learned much sooner than threads that all run at once.
So here one thread plays them all: each in turn trains on as much as it would between two merges, in its own copies of
the frequent rows, which hold what all had learned a round ago.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.progress import track

from bench.__main__ import FIGURES, terminal_or_file, write
from bench.contenders import OURS
from bench.corpora import first_words
from bench.options import SETS_HELP, count_option, file_option, folder_option, results_option
from bench.quality import Run, quality_table
from bench.scores import score_file, word_pair_sets
from bench.settings import MODES
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine.draws import cut
from wordvectors.engine.encoding import EncodedCorpus, encode
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.kernel_engine import Training
from wordvectors.engine.worker import Worker
from wordvectors.vectors.vectors_txt import write_vectors_txt

RESULTS = FIGURES / "in_step.json"
THREADS = [1, 2, 4, 8, 16, 36]


def train_in_step(corpus: EncodedCorpus, given: Hyperparameters, threads: int, seed: int) -> TrainedVectors:
    """Train as `kernel_engine.train` would on a machine where all threads run at once, and equally fast."""
    training = Training(corpus, given, threads, seed)
    playing = [_turns(training, Worker(training)) for _ in range(threads)]
    while playing:
        playing = [turns for turns in playing if next(turns, None) is not None]
    return training.trained()


def _turns(training: Training, worker: Worker) -> Iterator[int]:
    """Train on what one thread takes, a turn at a time; yield where each turn ends, and the thread merges."""
    schedule = training.schedule
    while (stretch := schedule.take()) is not None:
        start, end = schedule.bounds(stretch)
        rng = np.random.default_rng([training.seed, stretch])
        while start < end:
            stop = cut(training.ids, start, end, worker.most)
            worker.train(start, stop, schedule.rate(stretch + 0.5), rng.integers(2**64, dtype=np.uint64))
            yield stop
            start = stop
        schedule.finish()


def main(arguments: list[str] | None = None) -> int:
    """Train, score and keep; return the exit status."""
    options = _options(arguments)
    console = terminal_or_file()
    sets, runs = word_pair_sets(options.sets), list[Run]()
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as name:
        corpus, vectors = Path(name) / "corpus.txt", Path(name) / "vectors.txt"
        first_words(options.corpus, corpus, options.words)
        encoded = encode(corpus, Hyperparameters().min_count, Path(name), lambda tokens: None, threads=1)
        words, tokens = encoded.vocabulary.words, encoded.vocabulary.tokens
        described = f"{options.corpus.name}: {tokens:,} words, {options.epochs} epochs, in step"
        wanted = [
            (mode, threads, seed)
            for mode in options.modes
            for threads in options.threads
            for seed in range(options.seeds)
        ]
        for mode, threads, seed in track(wanted, "Training", console=console):
            given = Hyperparameters.read(replace(MODES[mode], epochs=options.epochs).as_dict())
            trained = train_in_step(encoded, given, threads, seed)
            write_vectors_txt(vectors, words, trained.vectors)
            scores = {name: found["score"] for name, found in score_file(vectors, sets, words).items()}
            run = {"corpus": described, "mode": mode, "contender": OURS, "threads": threads, "seed": seed + 1}
            runs.append(run | {"scores": scores})
    write(options.results, json.dumps(runs, indent=1) + "\n")
    for mode in options.modes:
        console.print(quality_table([run for run in runs if run["mode"] == mode], f"{mode}, {described}"))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.in_step", description=__doc__)
    parser.add_argument("--corpus", type=file_option, required=True, help="a text, one sentence a line")
    parser.add_argument("--sets", type=folder_option, help=SETS_HELP)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=["batch_skipgram", "skipgram", "cbow"])
    parser.add_argument(
        "--words", type=count_option, default=3_400_000, help="of the corpus, the first so many"
    )
    parser.add_argument("--epochs", type=count_option, default=3)
    parser.add_argument("--seeds", type=count_option, default=5)
    parser.add_argument("--threads", type=count_option, nargs="+", default=THREADS)
    parser.add_argument("--results", type=results_option, default=RESULTS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
