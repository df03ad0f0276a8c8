"""`python -m bench.sharing`: in what threads come into each other's way, counted: no machine with many is needed.

Cache lines that hold parts of two rows (false sharing), rows that two threads train at the same moment, and how long
threads take to merge their copies of the most frequent rows.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.options import file_option
from bench.scaling import Case, measure, zipf_corpus
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine.copies import UNMERGED_IDS, merge_copies, own_rows
from wordvectors.engine.encoding import encode
from wordvectors.engine.rows import aligned_rows
from wordvectors.engine.sampling import keep_thresholds, kept_counts, negative_shares
from wordvectors.engine.worker import shared_count

CACHE_LINE = 64
THREADS = (2, 4, 8, 16, 36, 96)


def lines_of_two_rows(matrix: NDArray[np.float32]) -> int:
    """Return how many cache lines hold parts of two rows: threads that write to different rows would share them."""
    start, width, step = matrix.ctypes.data, matrix.shape[1] * matrix.itemsize, matrix.strides[0]
    begins = start + step * np.arange(len(matrix), dtype=np.int64)
    return int(((begins[:-1] + width - 1) // CACHE_LINE == begins[1:] // CACHE_LINE).sum())


def rows_in_common(counts: NDArray[np.int64], given: Hyperparameters, copied: int) -> float:
    """Return how many rows two threads are expected to train at the same moment, each at a block of tokens.

    The first rows are copied: each thread has its own. In `batch_skipgram` a block has `batch_size` tokens, which are
    input rows and output rows, and the negatives that they share.
    """
    kept = kept_counts(counts, keep_thresholds(counts, given.sampling_threshold))
    tokens, negatives = kept / kept.sum(), negative_shares(counts)
    inputs = given.batch_size * tokens
    outputs = inputs + shared_count(given.window_size, given.negative_samples) * negatives
    return float((inputs[copied:] ** 2).sum() + (outputs[copied:] ** 2).sum())


def merge_seconds(dim: int, copied: int, repeats: int = 200) -> float:
    """Return the least time that a thread takes to merge its copies of both matrices' most frequent rows."""
    shared, own, seen = (aligned_rows(rows, dim) for rows in (50_000, copied, copied))
    shares, least = np.ones(copied, np.float32), np.inf
    for _ in range(repeats):
        started = time.perf_counter()
        merge_copies(shared, own, seen, shares)
        least = min(least, time.perf_counter() - started)
    return 2 * float(least)


def main(arguments: list[str] | None = None) -> int:
    """Count and show; return the exit status."""
    parser = argparse.ArgumentParser("python -m bench.sharing", description=__doc__)
    parser.add_argument(
        "--corpus", type=file_option, help="a text, one sentence a line; else words by Zipf's law"
    )
    options = parser.parse_args(arguments)
    given, console = Hyperparameters(), Console()
    if options.corpus is not None:
        encoded = encode(options.corpus, given.min_count, Path("/tmp"), lambda tokens: None, threads=2)
    else:
        encoded = zipf_corpus(2_000_000, 50_000)
    counts, dim = encoded.vocabulary.counts, given.vector_dim
    rows = len(counts)
    padded, packed = aligned_rows(rows, dim), np.zeros((rows, dim), np.float32)
    console.print(
        f"{rows:,} rows of {dim}: {lines_of_two_rows(padded):,} cache lines hold parts of two rows; without padding "
        f"{lines_of_two_rows(packed):,}"
    )
    speed = measure(Case("usual", dim))
    table = Table(
        title="Of a thread's block, the rows that another thread trains at the same moment; and merging"
    )
    for heading in (
        "threads",
        "rows copied",
        "with copies",
        "without",
        "ids between merges",
        "time of merging",
    ):
        table.add_column(heading, justify="right")
    for threads in THREADS:
        copied, ids = own_rows(threads), UNMERGED_IDS // threads
        common, without = (rows_in_common(counts, given, rows) for rows in (copied, 0))
        merging = merge_seconds(dim, copied)
        table.add_row(
            str(threads), f"{copied:,}", f"{(threads - 1) * common:.2f}", f"{(threads - 1) * without:.1f}",
            f"{ids:,}", f"{merging / (merging + ids / speed):.1%}",
        )  # fmt: skip
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
