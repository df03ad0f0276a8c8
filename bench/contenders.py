"""Who is measured, and one measurement."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.settings import Settings
from bench.terminal import run
from bench.worker import TRAINERS

OURS, REFERENCE = "wordvectors", "gensim"


class ContenderFailed(Exception):
    """A contender's process failed; the message holds the end of its output."""


@dataclass(frozen=True)
class Measurement:
    """One training.

    Attributes
    ----------
    mode : str
        One of `settings.MODES`.
    contender : str
    threads, round : int
    seconds : float
        Training alone, without reading the vocabulary and writing the vectors.
    job_seconds : float
        The whole process: text in, vectors.txt out.
    cpu_seconds : float
        Processor time, of the training if the contender runs in Python, else of the whole process.
    words_per_second : float
        Raw tokens × epochs ÷ `seconds`, BlazingText's convention.
    peak_bytes : int
        Most memory held, resident, mapped files included.
    shared_negatives : int
        Of our engine: negatives that a block shares; 0 for others.
    """

    mode: str
    contender: str
    threads: int
    round: int
    seconds: float
    job_seconds: float
    cpu_seconds: float
    words_per_second: float
    peak_bytes: int
    shared_negatives: int = 0

    def as_dict(self) -> dict[str, float | str]:
        """Return the figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class Contender:
    """A name, and the binary that speaks word2vec's command line; none: one of `bench.worker`."""

    name: str
    binary: str | None = None

    def command(
        self,
        corpus: Path,
        threads: int,
        seed: int,
        settings: Settings,
        vectors: Path,
        unknown: Path | None = None,
    ) -> list[str]:
        """Return the command that trains and writes vectors as text."""
        if self.binary is None:
            given = json.dumps(settings.as_dict())
            return [
                sys.executable, "-m", "bench.worker",
                self.name, str(corpus), str(threads), str(seed), given, str(vectors),
                *([] if unknown is None else [str(unknown)]),
            ]  # fmt: skip
        options = {
            "train": corpus, "output": vectors, "size": settings.vector_dim, "window": settings.window_size,
            "negative": settings.negative_samples, "hs": 0, "cbow": int(settings.cbow), "binary": 0,
            "sample": settings.sampling_threshold, "alpha": settings.learning_rate, "iter": settings.epochs,
            "min-count": settings.min_count, "threads": threads,
        }  # fmt: skip
        return [self.binary, *(str(part) for name, value in options.items() for part in (f"-{name}", value))]

    def measure(
        self,
        corpus: Path,
        tokens: int,
        threads: int,
        round_number: int,
        settings: Settings,
        vectors: Path,
        unknown: Path | None = None,
    ) -> Measurement:
        """Train once.

        Parameters
        ----------
        unknown
            A file of words, one a line, whose vectors by their n-grams are wanted too.

        Raises
        ------
        ContenderFailed
            If the process ends with another status than 0, or leaves no vectors.
        """
        vectors.unlink(missing_ok=True)
        finished = run(self.command(corpus, threads, round_number + 1, settings, vectors, unknown))
        if finished.status != 0 or not vectors.is_file():
            raise ContenderFailed(
                f"{self.name} ended with status {finished.status}:\n{finished.output[-2000:]}"
            )
        told = json.loads(finished.output.rstrip().splitlines()[-1]) if self.binary is None else {}
        seconds = told.get("seconds", finished.training)
        return Measurement(
            mode=settings.title,
            contender=self.name,
            threads=threads,
            round=round_number,
            seconds=seconds,
            job_seconds=finished.wall,
            cpu_seconds=told.get("cpu_seconds", finished.cpu),
            words_per_second=tokens * settings.epochs / seconds,
            peak_bytes=told.get("peak_bytes", finished.peak_bytes),
            shared_negatives=told.get("shared_negatives", 0),
        )


def contenders(also: dict[str, str]) -> list[Contender]:
    """Return the contenders of the bench, and those that were given by name and binary."""
    return [*(Contender(name) for name in TRAINERS), *(Contender(*given) for given in also.items())]
