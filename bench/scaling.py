"""`python -m bench.scaling`: how the engine's speed depends on its hyperparameters, the corpus and the threads.

The corpora are made up: words drawn by the law of Zipf and Mandelbrot, in sentences of twenty. One thing at a time is
changed; what is compared is trained in turn, round after round. `--large` measures vocabularies of millions instead,
each for a minute or more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median
from typing import Any

import numpy as np
from rich.progress import track
from rich.table import Table

from bench.__main__ import FIGURES, terminal_or_file, write
from bench.options import count_option, results_option
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import copies, kernel_engine
from wordvectors.engine.encoding import END, EncodedCorpus
from wordvectors.engine.vocabulary import Vocabulary

WORDS_PER_SENTENCE = 20
OFFSET = 2.7
"""Of the law of Zipf and Mandelbrot: the n-th word is as frequent as 1/(n + OFFSET)."""
LARGE_TOKENS = 30_000_000
EXPECTED = {50_000: 5e6, 1_000_000: 3e6, 3_000_000: 2.5e6}
"""Words a second of large trainings on one thread, about: so many epochs take a minute."""


@dataclass(frozen=True)
class Case:
    """One training: what of it differs from the usual one, and under which heading it is shown."""

    heading: str
    value: int
    tokens: int = 2_000_000
    words: int = 50_000
    epochs: int = 1
    threads: int = 1
    own_rows: int = copies.OWN_ROWS
    hyperparameters: dict[str, int] = field(default_factory=dict, hash=False)


def cases(tokens: int, threads: Sequence[int] = ()) -> list[Case]:
    """Return what is measured; the first one is the usual training.

    Parameters
    ----------
    threads
        Numbers of them to try besides, more than the machine has cores too: what they cost each other then shows.
    """
    return [
        Case("usual", 100, tokens),
        *(Case("vector_dim", n, tokens, hyperparameters={"vector_dim": n}) for n in (50, 200, 300, 600)),
        *(Case("window_size", n, tokens, hyperparameters={"window_size": n}) for n in (2, 10)),
        *(Case("negative_samples", n, tokens, hyperparameters={"negative_samples": n}) for n in (2, 10, 20)),
        *(Case("batch_size", n, tokens, hyperparameters={"batch_size": n}) for n in (4, 8, 16, 32)),
        *(Case("vocabulary", n, tokens, words=n) for n in (10_000, 200_000)),
        *(Case("tokens", tokens * n, tokens * n) for n in (2, 4, 8)),
        *(Case("2 threads, rows of their own", n, tokens, threads=2, own_rows=n) for n in (0, 250, 1000, 4000)),
        *(Case("threads", n, tokens * 4, threads=n) for n in threads),
    ]  # fmt: skip


def large_cases() -> list[Case]:
    """Return vocabularies of millions; the first is the usual one, in as much text."""
    return [
        Case("vocabulary", words, LARGE_TOKENS, words, -int(-60 * speed // LARGE_TOKENS))
        for words, speed in EXPECTED.items()
    ]


def large_minutes(rounds: int) -> float:
    """Return about how long they take: each beside the usual one, and half a minute to make its corpus."""
    minute = [case.tokens * case.epochs / EXPECTED[case.words] / 60 for case in large_cases()]
    return 0.5 * len(minute) + rounds * sum(minute[0] + own for own in minute)


@lru_cache(maxsize=4)
def zipf_corpus(tokens: int, words: int) -> EncodedCorpus:
    """Return a corpus in which the n-th word is as frequent as 1/(n + OFFSET)."""
    share = 1 / (np.arange(1, words + 1) + OFFSET)
    bounds = np.cumsum(share / share.sum())
    rng = np.random.default_rng(0)
    drawn = np.minimum(np.searchsorted(bounds, rng.random(tokens)), words - 1).astype(np.int32)
    counts = np.bincount(drawn, minlength=words) + 1  # a word that was not drawn is in the vocabulary too
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(words, np.int32)
    rank[order] = np.arange(words, dtype=np.int32)
    sentences = rank[drawn][: tokens - tokens % WORDS_PER_SENTENCE].reshape(-1, WORDS_PER_SENTENCE)
    ids = np.concatenate((sentences, np.full((len(sentences), 1), END, np.int32)), axis=1).ravel()
    names = [str(n) for n in range(words)]
    return EncodedCorpus(Vocabulary(names, counts[order], tokens, not_utf8=()), ids)


def measure(case: Case) -> float:
    """Train and return words per second. All rows are filled in before the clock starts."""
    encoded = zipf_corpus(case.tokens, case.words)
    given = {"mode": Mode.BATCH_SKIPGRAM, "epochs": case.epochs, "min_count": 1, **case.hyperparameters}
    copies.OWN_ROWS = case.own_rows
    trained = kernel_engine.train(
        encoded, Hyperparameters.read(given), lambda *figures: None, threads=case.threads, seed=1
    )
    return case.tokens * case.epochs / trained.seconds


def main(arguments: list[str] | None = None) -> int:
    """Measure, show and keep; return the exit status."""
    parser = argparse.ArgumentParser("python -m bench.scaling", description=__doc__)
    parser.add_argument("--rounds", type=count_option, default=3)
    parser.add_argument("--tokens", type=count_option, default=2_000_000, help="of the usual corpus")
    parser.add_argument(
        "--threads", type=count_option, nargs="+", default=[], help="also, be they more than the cores"
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="HEADING", help="such as threads")
    parser.add_argument("--large", action="store_true", help="vocabularies of 1 and 3 million instead")
    parser.add_argument(
        "--results", type=results_option, help="scaling.json or large.json in build/bench, if not given"
    )
    options = parser.parse_args(arguments)
    console = terminal_or_file()
    usual, *others = large_cases() if options.large else cases(options.tokens, options.threads)
    if unknown := sorted(set(options.only) - (headings := {case.heading for case in others})):
        parser.error(f"--only {', '.join(unknown)}: there are {', '.join(sorted(headings))}")
    if options.large:
        console.print(f"About {large_minutes(options.rounds):.0f} minutes")
    measured = [usual, *(case for case in others if not options.only or case.heading in options.only)]
    speeds, ratios = defaultdict(list), defaultdict(list)
    for _ in range(options.rounds):
        for case in track(measured, "Training", console=console):
            base, speed = measure(usual), measure(case)
            speeds[case].append(speed)
            ratios[case].append(speed / base)
    rows = [
        {
            "what": case.heading, "value": case.value,
            "words_per_second": median(speeds[case]), "ratio": median(ratios[case]),
            "least_ratio": min(ratios[case]), "greatest_ratio": max(ratios[case]),
        }
        for case in measured
    ]  # fmt: skip
    results = options.results or FIGURES / ("large.json" if options.large else "scaling.json")
    write(results, json.dumps(rows, indent=1) + "\n")
    console.print(scaling_table(rows))
    return 0


def scaling_table(rows: list[dict[str, Any]]) -> Table:
    """Return the speeds as a table."""
    table = Table(
        title="Speed when one thing is changed; ratio to the usual training, just before it: median"
    )
    for heading in ("", "value", "M words/s", "× usual", "(least – greatest)"):
        table.add_column(heading, justify="right" if heading else "left")
    for row in rows:
        table.add_row(
            row["what"], f"{row['value']:,}", f"{row['words_per_second'] / 1e6:.2f}", f"{row['ratio']:.2f}",
            f"{row['least_ratio']:.2f} – {row['greatest_ratio']:.2f}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    sys.exit(main())
