"""`python -m bench.serving`: how fast models answer, beside gensim, FAISS and usearch, in one process on one core.

Models are made up: words in groups that lie together, so that neighbours are worth finding. Each question goes to
every contender in turn, and what counts is processor time of the one thread: so what else the machine does slows all
of them alike, and little. Tables show medians over all questions, and the median of each one's ratio to gensim. Then
the request handler is asked over HTTP by several askers at a time, by the clock. `--quick` takes a small model, and a
few questions.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from wordvectors.serving.handler import request_handler
from wordvectors.serving.local_server import server
from wordvectors.serving.models import OneModel
from wordvectors.vectors.model_file import write_model
from wordvectors.vectors.word_vectors import WordVectors

RESULTS = Path(__file__).parent / "results" / "serving.json"
GRAPH_WORDS = 200_000
"""Of a larger model usearch's graph takes too long to build here."""
TEN, BATCH = 10, 64

Ask = Callable[[list[str]], list[list[str]]]
"""Takes words, and returns the ten nearest of each."""


@dataclass
class Contender:
    """What was measured: processor seconds to open the model, per question, per batch of 64; and the answers."""

    open_seconds: float
    first_seconds: float
    single: list[float] = field(default_factory=list)
    batch: list[float] = field(default_factory=list)
    same_as_gensim: float = 0.0


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, nargs="+", default=[50_000, 1_000_000])
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=40, help="of each round")
    parser.add_argument(
        "--seconds", type=float, default=20, help="of asking over HTTP, for each number of askers"
    )
    parser.add_argument(
        "--quick", action="store_true", help="20,000 words, and a few questions; nothing is kept"
    )
    given = parser.parse_args()
    if given.quick:
        given.words, given.rounds, given.questions, given.seconds = [20_000], 2, 10, 1.0
    found = {}
    with threadpool_limits(1), tempfile.TemporaryDirectory(prefix="wordvectors-serving-") as folder:
        for words in given.words:
            found[str(words)] = measure(
                Path(folder), words, given.dim, given.rounds, given.questions, given.seconds
            )
            show(words, given.dim, found[str(words)])
    if not given.quick:
        RESULTS.write_text(
            json.dumps(
                {"machine": f"{platform.machine()}, {os.cpu_count()} processors", "models": found}, indent=1
            )
            + "\n"
        )


def measure(folder: Path, words: int, dim: int, rounds: int, questions: int, seconds: float) -> dict:
    """Return the figures of one model, as JSON."""
    random = np.random.default_rng(words)
    centres = random.standard_normal((max(words // 50, 1), dim), dtype=np.float32)
    matrix = centres[random.integers(0, len(centres), words)]
    matrix += 0.7 * random.standard_normal(matrix.shape, dtype=np.float32)
    names = [f"word{number}" for number in range(words)]
    write_model(folder / "model.safetensors", names, matrix)
    makers = {name: make for name, make in MAKERS.items() if make is not _usearch or words <= GRAPH_WORDS}
    asked = [names[place] for place in random.integers(0, words, rounds * (questions + BATCH))]
    contenders, asks, answers = {}, {}, {name: [] for name in makers}
    for name, make in makers.items():
        began = time.process_time()
        asks[name] = make(folder / "model.safetensors", names, matrix)
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
        shared = [
            len({*one} & {*two}) / TEN for one, two in zip(answers["gensim"], answers[name], strict=True)
        ]
        contender.same_as_gensim = statistics.mean(shared)
    served = {
        str(askers): over_http(folder / "model.safetensors", names, askers, seconds) for askers in (1, 8, 32)
    }
    return {"contenders": {name: asdict(one) for name, one in contenders.items()}, "over_http": served}


def over_http(path: Path, names: list[str], askers: int, seconds: float) -> dict[str, float]:
    """Return how long a question takes when so many askers ask at a time, and how many are answered a second."""
    took: list[float] = []
    errors: list[int] = []

    def ask_on(asker: int, port: int, until: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        random = np.random.default_rng(asker)
        while time.perf_counter() < until:
            body = json.dumps({"words": [names[random.integers(len(names))]]})
            began = time.perf_counter()
            connection.request("POST", "/neighbours", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200:
                errors.append(answer.status)
        connection.close()

    with server(request_handler(OneModel("made-up", WordVectors.open(path))), 0) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=[0.05])
        thread.start()
        until = time.perf_counter() + seconds
        with ThreadPoolExecutor(askers) as pool:
            for each in [pool.submit(ask_on, asker, listening.server_port, until) for asker in range(askers)]:
                each.result()
        listening.shutdown()
        thread.join()
    return {
        "median": statistics.median(took), "p95": _p95(took), "answers_per_second": len(took) / seconds,
        "errors": len(errors),
    }  # fmt: skip


def show(words: int, dim: int, found: dict) -> None:
    """Print one model's figures."""
    console, contenders = Console(width=100), found["contenders"]
    table = Table(title=f"{words:,} words × {dim}, one core: milliseconds of processor time")
    for column in (
        "",
        "open",
        "first answer",
        "median",
        "p95",
        "× gensim's",
        "64 at once",
        "64 : 1",
        "same ten",
    ):
        table.add_column(column, justify="left" if not column else "right")
    for name, one in contenders.items():
        single, batch = statistics.median(one["single"]), statistics.median(one["batch"])
        theirs = contenders["gensim"]["single"]
        ratio = statistics.median(a / b for a, b in zip(theirs, one["single"], strict=True))
        cells = [one["open_seconds"], one["first_seconds"], single, _p95(one["single"])]
        table.add_row(
            name, *(f"{1000 * value:.1f}" for value in cells), f"{ratio:.1f}",
            f"{1000 * batch:.0f}", f"{batch / single:.1f}", f"{one['same_as_gensim']:.1%}",
        )  # fmt: skip
    console.print(table)
    for askers, one in found["over_http"].items():
        console.print(
            f"{askers} over HTTP: median {1000 * one['median']:.0f} ms, p95 {1000 * one['p95']:.0f} ms, "
            f"{one['answers_per_second']:.0f} answers/s, {one['errors']} errors"
        )


def _gensim(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(matrix.shape[1])
    vectors.add_vectors(names, matrix)
    vectors.fill_norms()
    return lambda words: [[near for near, _ in vectors.most_similar(word, topn=TEN)] for word in words]


def _ours(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    vectors = WordVectors.open(path)
    return lambda words: [[near for near, _ in each] for each in vectors.most_similar_each(words, topn=TEN)]


def _faiss(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    import faiss

    faiss.omp_set_num_threads(1)
    units, place = _units(matrix), {name: number for number, name in enumerate(names)}
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(units)
    return lambda words: _named(
        names, words, index.search(units[[place[word] for word in words]], TEN + 1)[1]
    )


def _usearch(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    from usearch.index import Index

    units, place = _units(matrix), {name: number for number, name in enumerate(names)}
    index = Index(ndim=matrix.shape[1], metric="ip", dtype="f32")
    index.add(np.arange(len(names)), units)

    def ask(words: list[str]) -> list[list[str]]:
        found = index.search(units[[place[word] for word in words]], TEN + 1, threads=1)
        return _named(names, words, np.asarray(found.keys).reshape(len(words), -1))

    return ask


def _named(names: list[str], words: list[str], places: np.ndarray) -> list[list[str]]:
    return [
        [names[place] for place in row if names[place] != word][:TEN]
        for word, row in zip(words, places, strict=True)
    ]


def _units(matrix: np.ndarray) -> np.ndarray:
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    began = time.process_time()
    yield
    into.append(time.process_time() - began)


def _p95(seconds: list[float]) -> float:
    return float(np.quantile(seconds, 0.95))


MAKERS = {"gensim": _gensim, "wordvectors": _ours, "FAISS, flat": _faiss, "usearch, graph": _usearch}


if __name__ == "__main__":
    main()
