"""`python -m bench.cleaning`: our clean against the same recipe written as people write it, interleaved.

All contenders read JSON Lines and write a corpus; the slow ones read a tenth of what the fast ones do. Each
measurement is a process of its own, start and imports included, and all of a round come one after another, so
that what slows the machine slows all.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.table import Table

from bench.__main__ import FIGURES, PROJECT, terminal_or_file, write
from bench.options import count_option, results_option
from wordvectors.cleaning.reading import open_documents
from wordvectors.cleaning.sample import EXTRACT
from wordvectors.gensim_data import gensim_data

RESULTS = FIGURES / "cleaning.json"
LIMIT = "wc -w"
OURS, PLAIN, PANDAS = "wordvectors clean", "a straightforward script", "pandas and NLTK"
SLOWER = 10
CHARACTERS_PER_DOCUMENT = 2000
"""Of the articles' paragraphs put together: about a blog post."""


def contenders(raw: Path, part: Path, folder: Path) -> dict[tuple[str, int], tuple[list[str], Path]]:
    """Return, by name and number of workers, the command and the file it reads."""
    ours = [sys.executable, "-m", "wordvectors.cli", "clean", str(raw), "--to"]
    scripts = [sys.executable, "-m", "bench.cleaning_scripts"]
    return {
        (LIMIT, 1): (["wc", "-w", str(raw)], raw),
        **{(OURS, n): ([*ours, str(folder / f"ours{n}.txt"), "--workers", str(n)], raw) for n in (1, 2)},
        **{
            (PLAIN, n): ([*scripts, "plain", str(part), str(folder / "plain.txt"), str(n)], part)
            for n in (1, 2)
        },
        (PANDAS, 1): ([*scripts, "pandas", str(part), str(folder / "pandas.txt")], part),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; return the exit status."""
    parser = argparse.ArgumentParser("python -m bench.cleaning", description=__doc__)
    parser.add_argument("--rounds", type=count_option, default=3)
    parser.add_argument("--megabytes", type=count_option, default=150, help="of raw documents")
    parser.add_argument("--ascii", action="store_true", help="documents in ASCII alone")
    parser.add_argument(
        "--results", type=results_option, default=RESULTS, help="where the figures go, as JSON"
    )
    options = parser.parse_args(arguments)
    console = terminal_or_file()
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as name:
        folder = Path(name)
        raw, part = folder / "raw.jsonl", folder / "part.jsonl"
        for path, size in ((raw, options.megabytes), (part, options.megabytes // SLOWER)):
            write_documents(path, size * 1_000_000, ascii_only=options.ascii)
        taking_part = contenders(raw, part, folder)
        measured: dict[tuple[str, int], list[float]] = {contender: [] for contender in taking_part}
        by_cpu: dict[tuple[str, int], list[float]] = {contender: [] for contender in taking_part}
        for _ in range(options.rounds):
            for contender, (command, read) in taking_part.items():
                seconds, cpu_seconds = _seconds(command)
                measured[contender].append(read.stat().st_size / 1e6 / seconds)
                by_cpu[contender].append(read.stat().st_size / 1e6 / cpu_seconds)
        agreement = _agreement(folder)
    rows = [
        {
            "contender": contender,
            "workers": workers,
            "mb_per_second": median(speeds),
            "least": min(speeds),
            "most": max(speeds),
            "mb_per_cpu_second": median(by_cpu[contender, workers]),
            "ratio": median(speed / other for speed, other in zip(speeds, measured[PLAIN, 1], strict=True)),
        }
        for (contender, workers), speeds in measured.items()
    ]
    console.print(_table(rows))
    console.print(f"Of the script's sentences {agreement:.1%} are ours, too.")
    results = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "megabytes": options.megabytes,
        "ascii": options.ascii,
        "rounds": options.rounds,
        "agreement": agreement,
        "rows": rows,
    }
    write(options.results, json.dumps(results, indent=2) + "\n")
    console.print(f"Written: {options.results}")
    return 0


def write_documents(path: Path, size: int, *, ascii_only: bool) -> None:
    """Write documents, about as long as blog posts, of gensim's extract of Wikipedia, over and over."""
    documents: list[str] = []
    for article in open_documents(gensim_data(EXTRACT)):
        begun = ""
        for paragraph in article.text.splitlines():
            begun += paragraph + "\n" if paragraph.strip() else ""
            if len(begun) >= CHARACTERS_PER_DOCUMENT:
                documents.append(begun)
                begun = ""
        documents.append(begun)
    if ascii_only:
        documents = [document.encode("ascii", "ignore").decode() for document in documents]
    lines = "".join(json.dumps({"text": document}, ensure_ascii=False) + "\n" for document in documents)
    data = lines.encode()
    with path.open("wb") as file:
        for _ in range(max(1, round(size / len(data)))):
            file.write(data)


def _seconds(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds, and those of the processors."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=PROJECT)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _agreement(folder: Path) -> float:
    """Return the share of the straightforward script's sentences that our corpus has, too."""
    ours = set((folder / "ours1.txt").read_text().splitlines())
    theirs = (folder / "plain.txt").read_text().splitlines()
    return sum(sentence in ours for sentence in theirs) / len(theirs)


def _table(rows: list[dict[str, object]]) -> Table:
    table = Table(title="Cleaning: MB/s of raw JSON Lines; median (least – greatest)")
    for heading in ("", "workers", "MB/s", "× the script", "MB/CPU s"):
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for row in rows:
        bold = "bold" if row["contender"] == OURS else ""
        table.add_row(
            str(row["contender"]),
            str(row["workers"]),
            f"{row['mb_per_second']:.1f} ({row['least']:.1f} – {row['most']:.1f})",
            f"{row['ratio']:.1f}",
            f"{row['mb_per_cpu_second']:.1f}",
            style=bold,
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
