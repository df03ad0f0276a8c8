"""`python -m bench.loading`: how long vectors take to load, side by side with gensim, round by round.

Each load is timed in a process of its own, in which what it imports has been imported before; the last column
counts the whole process, imports included. "first" reads the text, "second" opens what the first kept.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.options import count_option
from wordvectors.vectors.vectors_txt import write_vectors_txt

WAYS = {
    "gensim, load_word2vec_format": (
        "from gensim.models import KeyedVectors",
        "KeyedVectors.load_word2vec_format(path).most_similar('word7')",
    ),
    "wordvectors, first": (
        "import wordvectors, wordvectors.client.models, wordvectors.vectors.readers",
        "wordvectors.load(path).most_similar('word7')",
    ),
    "wordvectors, second": (
        "import wordvectors, wordvectors.client.models",
        "wordvectors.load(path).most_similar('word7')",
    ),
}


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=count_option, default=50_000)
    parser.add_argument("--dim", type=count_option, default=100)
    parser.add_argument("--rounds", type=count_option, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wordvectors-loading-") as name:
        folder = Path(name)
        path = folder / "vectors.txt"
        matrix = np.random.default_rng(1).normal(0, 0.3, (options.words, options.dim)).astype(np.float32)
        write_vectors_txt(path, [f"word{number}" for number in range(options.words)], matrix)
        seconds: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for number in range(options.rounds):
            for way in WAYS:
                seconds[way].append(_measure(way, path, folder / f"home-{number}"))
    table = Table(
        title=f"{options.words:,} words × {options.dim}, {path.name}: medians of {options.rounds} rounds"
    )
    for column in ("", "load and first question", "× gensim", "whole process", "× gensim "):
        table.add_column(column, justify="left" if not column else "right")
    gensim = next(iter(seconds.values()))
    for way, measured in seconds.items():
        cells = []
        for part in (0, 1):
            cells.append(f"{statistics.median(one[part] for one in measured):.3f} s")
            ratios = [theirs[part] / ours[part] for theirs, ours in zip(gensim, measured, strict=True)]
            cells.append(f"{statistics.median(ratios):.1f}")
        table.add_row(way, *cells)
    Console().print(table)


def _measure(way: str, path: Path, home: Path) -> tuple[float, float]:
    """Return the seconds of a load with its first question, and of the process around it."""
    imports, load = WAYS[way]
    script = (
        f"{imports}\nimport time\npath = {str(path)!r}\nbegan = time.perf_counter()\n{load}\n"
        "print(time.perf_counter() - began)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "WORDVECTORS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout), time.perf_counter() - began


if __name__ == "__main__":
    main()
