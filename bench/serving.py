"""`python -m bench.serving`: how fast models answer, beside gensim, FAISS and usearch, in one process on one core.

Models of 50,000, 1 and 3 million words are made up, of words in groups that lie together, so that neighbours are worth
finding; and the demo's is trained. Each question goes to every contender in turn, and what counts is processor time of
the one thread: so what else the machine does slows all of them alike, and little. Tables show medians over all
questions, and the median of each one's ratio to gensim. Starts and memory are of processes of their own, two at a time.
Then the request handler is asked over HTTP by another process, by several askers at a time, by the clock.

It takes some 10 minutes, 6 GB of memory and 3 GB of disk. `--quick` takes a small model and a few questions, in half a
minute, and keeps nothing; `--load 60` has 32 askers ask for a minute, and fails if one gets no answer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bench.__main__ import FIGURES, write
from bench.options import count_option
from bench.serving_contenders import GRAPH, GRAPH_WORDS, MAKERS, OURS, REFERENCE, TEN, keyed_vectors
from wordvectors.serving.handler import request_handler
from wordvectors.serving.local_server import server
from wordvectors.serving.models import OneModel
from wordvectors.vectors.model_file import write_model
from wordvectors.vectors.word_vectors import WordVectors

RESULTS = FIGURES / "serving.json"
DEMO = "the demo's"
BATCH, ASKERS, ASKED_FOR = 64, (1, 8, 32), 1000
_PROCESS = [sys.executable, "-m", "bench.serving_process"]
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass
class Contender:
    """What was measured: processor seconds to open the model, per question, per batch of 64; and the answers."""

    open_seconds: float
    first_seconds: float
    single: list[float] = field(default_factory=list)
    batch: list[float] = field(default_factory=list)
    same_as_gensim: float = 0.0


def main() -> int:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=count_option, nargs="*", default=[50_000, 1_000_000, 3_000_000])
    parser.add_argument("--dim", type=count_option, default=100)
    parser.add_argument("--rounds", type=count_option, default=5)
    parser.add_argument("--questions", type=count_option, default=40, help="of each round")
    parser.add_argument(
        "--seconds", type=float, default=20, help="of asking over HTTP, for each number of askers"
    )
    parser.add_argument("--load", type=float, metavar="SECONDS", help="only have 32 askers ask for so long")
    parser.add_argument(
        "--quick", action="store_true", help="20,000 words, and a few questions; nothing is kept"
    )
    given = parser.parse_args()
    began = time.perf_counter()
    if given.quick:
        given.words, given.rounds, given.questions, given.seconds = [20_000], 2, 10, 1.0
    with threadpool_limits(1), tempfile.TemporaryDirectory(prefix="wordvectors-serving-") as place:
        folder = Path(place)
        if given.load:
            return load(folder, *made_up(given.words[0], given.dim), given.load)
        found = {}
        for words in given.words:
            asked = (given.rounds, given.questions, given.seconds)
            found[f"{words:,}"] = measure(folder, *made_up(words, given.dim), *asked)
            show(f"{words:,} words × {given.dim}", found[f"{words:,}"])
        if not given.quick:
            found[DEMO] = measure(folder, *demo(folder), *asked)
            show(f"{DEMO} model", found[DEMO])
            machine = f"{platform.machine()}, {os.cpu_count()} processors"
            write(RESULTS, json.dumps({"machine": machine, "models": found}, indent=1) + "\n")
    print(f"This took {(time.perf_counter() - began) / 60:.1f} minutes.")
    return 0


def made_up(words: int, dim: int) -> tuple[list[str], np.ndarray]:
    """Return words, and vectors (words, dim) that lie in groups."""
    random = np.random.default_rng(words)
    centres = random.standard_normal((max(words // 50, 1), dim), dtype=np.float32)
    matrix = centres[random.integers(0, len(centres), words)]
    for rows in np.array_split(matrix, max(words // 100_000, 1)):
        rows += 0.7 * random.standard_normal(rows.shape, dtype=np.float32)
    return [f"word{number}" for number in range(words)], matrix


def demo(folder: Path) -> tuple[list[str], np.ndarray]:
    """Return the words and vectors of the demo's model, trained on one thread."""
    from wordvectors.blazingtext.hyperparameters import Hyperparameters
    from wordvectors.cleaning.sample import write_sample_corpus
    from wordvectors.cli.demo import PLAN
    from wordvectors.engine import kernel_engine
    from wordvectors.engine.encoding import encode

    hyperparameters = Hyperparameters.read(PLAN["hyperparameters"])
    write_sample_corpus(folder / "demo.txt")
    encoded = encode(folder / "demo.txt", hyperparameters.min_count, folder, lambda tokens: None, threads=1)
    trained = kernel_engine.train(encoded, hyperparameters, lambda *figures: None, threads=1, seed=1)
    return encoded.vocabulary.words, trained.vectors


def measure(
    folder: Path, names: list[str], matrix: np.ndarray, rounds: int, questions: int, seconds: float
) -> dict:
    """Return the figures of one model, as JSON."""
    file, words = folder / "model.safetensors", len(names)
    write_model(file, names, matrix)
    random = np.random.default_rng(words)
    asked = [names[place] for place in random.integers(0, words, rounds * (questions + BATCH))]
    starts = {OURS: started(OURS, file, asked[0])}
    keyed_vectors(names, matrix).save(str(folder / "gensim.kv"), separately=["vectors"], sep_limit=0)
    starts[REFERENCE] = started(REFERENCE, folder / "gensim.kv", asked[0])
    makers = {name: make for name, make in MAKERS.items() if name != GRAPH or words <= GRAPH_WORDS}
    contenders, asks, answers = {}, {}, {name: [] for name in makers}
    for name, make in makers.items():
        began = time.process_time()
        asks[name] = make(file, names, matrix)
        opened = time.process_time()
        asks[name]([names[0]])
        contenders[name] = Contender(opened - began, time.process_time() - opened)
    for number in range(rounds):
        some = asked[number * (questions + BATCH) : (number + 1) * (questions + BATCH)]
        for word in some[:questions]:
            for name, ask in asks.items():
                with _timed(contenders[name].single):
                    answers[name] += ask([word])
        for name, ask in asks.items():
            with _timed(contenders[name].batch):
                answers[name] += ask(some[questions:])
    for name, contender in contenders.items():
        pairs = zip(answers[REFERENCE], answers[name], strict=True)
        contender.same_as_gensim = statistics.mean(len({*one} & {*two}) / TEN for one, two in pairs)
    asks.clear()
    served = {str(askers): over_http(file, asked[:ASKED_FOR], askers, seconds) for askers in ASKERS}
    return {
        "starts": starts,
        "contenders": {name: asdict(one) for name, one in contenders.items()},
        "over_http": served,
    }


def started(name: str, file: Path, word: str) -> dict[str, float]:
    """Return what a start takes, to the first answer; and what each of two processes then holds."""
    command = [*_PROCESS, "start", name, str(file), word]
    both, told, walls = [], [], []
    try:
        for _ in range(2):
            began = time.perf_counter()
            process = subprocess.Popen(
                command,
                env=os.environ | _ONE_THREAD,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            both.append(process)
            told.append(json.loads(process.stdout.readline()))
            walls.append(time.perf_counter() - began)
        both[0].stdin.write("memory\n")
        both[0].stdin.flush()
        held = json.loads(both[0].stdout.readline())
    finally:
        for process in both:
            process.communicate()
    return {"wall_seconds": min(walls), "cpu_seconds": min(one["cpu_seconds"] for one in told), **held}


def over_http(file: Path, words: list[str], askers: int, seconds: float) -> dict:
    """Return how long a question takes when so many askers ask at a time, and how many are answered a second."""
    listed = file.with_name("asked.json")
    listed.write_text(json.dumps(words))
    with server(request_handler(OneModel("made-up", WordVectors.open(file))), 0) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=[0.05])
        thread.start()
        url, used = f"http://127.0.0.1:{listening.server_port}", time.process_time()
        command = [*_PROCESS, "ask", url, str(askers), str(seconds), str(listed)]
        try:
            answered = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        finally:
            used = time.process_time() - used
            listening.shutdown()
            thread.join()
    took, errors = answered["took"] or [float("inf")], answered["errors"]
    return {
        "median": statistics.median(took), "p95": _p95(took), "answers": len(took),
        "answers_per_second": len(took) / seconds, "answers_per_core_second": len(took) / used,
        "errors": len(errors), "faults": errors[:3],
    }  # fmt: skip


def load(folder: Path, names: list[str], matrix: np.ndarray, seconds: float) -> int:
    """Have 32 askers ask, and return 1 if one of them got no answer."""
    write_model(folder / "model.safetensors", names, matrix)
    found = over_http(folder / "model.safetensors", names[:: max(len(names) // ASKED_FOR, 1)], 32, seconds)
    print(f"{len(names):,} words: {_http_line('32', found)}", *found["faults"], sep="\n")
    return int(found["errors"] > 0)


def show(title: str, found: dict) -> None:
    """Print one model's figures."""
    console, contenders = Console(width=110), found["contenders"]
    table = Table(title=f"{title}, one core: milliseconds of processor time")
    for column in (
        "", "open", "first answer", "median", "p95", "× gensim's", "64 at once", "64 : 1", "same ten",
    ):  # fmt: skip
        table.add_column(column, justify="left" if not column else "right")
    for name, one in contenders.items():
        single, batch = statistics.median(one["single"]), statistics.median(one["batch"])
        theirs = contenders[REFERENCE]["single"]
        ratio = statistics.median(a / b for a, b in zip(theirs, one["single"], strict=True))
        cells = [one["open_seconds"], one["first_seconds"], single, _p95(one["single"])]
        table.add_row(
            name, *(f"{1000 * value:.1f}" for value in cells), f"{ratio:.1f}",
            f"{1000 * batch:.0f}", f"{batch / single:.1f}", f"{one['same_as_gensim']:.1%}",
        )  # fmt: skip
    console.print(table)
    for name, one in found["starts"].items():
        console.print(
            f"{name}: from the start of Python to the first answer {one['cpu_seconds']:.2f} s of processor time, "
            f"{one['wall_seconds']:.2f} s by the clock; memory of its own {one['private_bytes'] / 1e6:,.0f} MB, "
            f"shared {one['shared_bytes'] / 1e6:,.0f} MB"
        )
    for askers, one in found["over_http"].items():
        console.print(_http_line(askers, one))


def _http_line(askers: str, one: dict) -> str:
    return (
        f"{askers} over HTTP: median {1000 * one['median']:.0f} ms, p95 {1000 * one['p95']:.0f} ms, "
        f"{one['answers_per_second']:.0f} answers/s, {one['answers_per_core_second']:.0f} per core; "
        f"{one['answers']} answers, {one['errors']} errors"
    )


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    began = time.process_time()
    yield
    into.append(time.process_time() - began)


def _p95(seconds: list[float]) -> float:
    return float(np.quantile(seconds, 0.95))


if __name__ == "__main__":
    sys.exit(main())
