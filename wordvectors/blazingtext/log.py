"""The lines of BlazingText's log, as published job logs show them: written at once, not buffered, and read."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

TRAINING_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_DECIMALS = 15
"""As many as a number of the log may have."""
_SCORE = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"


def score_metric(name: str) -> tuple[str, str]:
    """Return the metric of a set's score, and the regular expression that finds it in the log."""
    return f"train:{name}", f"#{re.escape(name)}: {_SCORE}"


MEAN_RHO_METRIC, MEAN_RHO_REGEX = score_metric("mean_rho")
"""What SageMaker publishes of BlazingText's log by itself, and of other algorithms' where a request says so."""


def write(line: str) -> None:
    """Write a line as it is."""
    print(line, flush=True)


def info(message: str) -> None:
    """Write a line behind the container's own prefix: `[11/28/2020 12:46:55 INFO 140259373856576]`."""
    _prefixed("INFO", message)


def warning(message: str) -> None:
    """Write a warning behind the container's prefix."""
    _prefixed("WARNING", message)


def processing(path: object, size: int) -> None:
    """Say which file is read, and its size in bytes."""
    info(f"Processing {path} . File size: {size / 1024**2} MB")


def words_read(tokens: int) -> None:
    """Say how far the first pass over the corpus is, in whole millions of tokens."""
    write(f"Read {tokens // 1_000_000}M words")


def vocabulary_size(words: int) -> None:
    """Say how many words the vocabulary holds."""
    write(f"Number of words:  {words}")


def progress(alpha: float, fraction: float, words_per_second: float) -> None:
    """Say the learning rate, the share of all epochs that is done (0 to 1), and the speed in tokens/s."""
    speed = words_per_second / 1e6
    write(f"##### Alpha: {alpha:.4f}  Progress: {fraction:.2%}  Million Words/sec: {speed:.2f} #####")


def finished(token_epochs: int, seconds: float) -> None:
    """Say the speed over the whole training: raw tokens × epochs ÷ seconds, dropped tokens included.

    In four digits, if BlazingText's two decimals are fewer: later trainings are reckoned by them.
    """
    write("Training finished!")
    speed = token_epochs / seconds / 1e6
    decimals = 2 if speed == 0 else min(max(3 - math.floor(math.log10(speed)), 2), _DECIMALS)
    write(f"Average throughput in Million words/sec: {speed:.{decimals}f}")
    write(f"Total training time in seconds: {seconds:.2f}")


def evaluation(vectors_txt: object, document: str, mean_rho: object) -> None:
    """Say what the evaluation found; SageMaker takes the metric `train:mean_rho` from the last line."""
    write("Evaluating word embeddings....")
    write(f"Vectors read from: {vectors_txt} ")
    write(document)
    info(f"#mean_rho: {mean_rho}")


def epoch_scores(epoch: int, epochs: int, scores: Mapping[str, float]) -> None:
    """Say the scores after an epoch, by set, as the project's own engine finds them on the way."""
    for name, rho in scores.items():
        write(f"Epoch {epoch} of {epochs}, #{name}: {rho:.6f}")


def ends_early(epoch: int, epochs: int, why: str) -> None:
    """Say that a training ends before its last epoch."""
    info(f"Training ends early, after epoch {epoch} of {epochs}: {why}.")


def _prefixed(level: str, message: str) -> None:
    now = datetime.now(UTC).strftime("%m/%d/%Y %H:%M:%S")
    write(f"[{now} {level} {threading.get_ident()}] {message}")


_NUMBER = rf"(-?\d{{1,15}}(?:\.\d{{1,{_DECIMALS}}})?)(?![\d.])"
"""One that is cut off, or that has more digits than a run's row holds, is none."""
_PROGRESS = re.compile(
    rf"Alpha:\s*{_NUMBER}\s+Progress:\s*{_NUMBER}%\s+Million Words/sec:\s*{_NUMBER}", re.ASCII
)
_VOCABULARY = re.compile(r"Number of words:\s*(\d{1,15})(?!\d)", re.ASCII)
_EPOCH_SCORE = re.compile(rf"Epoch (\d{{1,7}}) of \d{{1,7}}, #(.+): {_SCORE}", re.ASCII)
_ENDS_EARLY = re.compile(r"Training ends early, after epoch (\d{1,7}) of (\d{1,7}):", re.ASCII)
_AVERAGE_SPEED = re.compile(rf"Average throughput in Million words/sec:\s*{_NUMBER}", re.ASCII)
_TRAINING_SECONDS = re.compile(rf"Total training time in seconds:\s*{_NUMBER}", re.ASCII)


@dataclass(frozen=True)
class TrainingLog:
    """What a training log has said so far; `None` for what it has not said.

    Attributes
    ----------
    alpha : float
        Learning rate of the last progress line.
    percent : float
        Progress over all epochs, 0 to 100.
    words_per_second : float
        Raw tokens × epochs ÷ seconds: of the whole training once it has ended, else of the last line.
    vocabulary : int
        Words kept at `min_count`.
    training_seconds : float
        Time spent in training alone, without start-up, evaluation and upload.
    epoch_scores : dict of int to dict of str to float
        After each epoch that was scored, the scores by set.
    ended_early_after : int
        The epoch after which a training was ended before its last one.
    """

    alpha: float | None = None
    percent: float | None = None
    words_per_second: float | None = None
    vocabulary: int | None = None
    training_seconds: float | None = None
    epoch_scores: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    ended_early_after: int | None = None


@dataclass(frozen=True)
class Progress:
    """What one progress line says: learning rate, percent of all epochs, and words/s so far."""

    alpha: float
    percent: float
    words_per_second: float


def read_progress(line: str) -> Progress | None:
    """Read a progress line; None for another line, or one that is cut off in the middle of a number."""
    match = _PROGRESS.search(line)
    if match is None:
        return None
    alpha, percent, speed = map(float, match.groups())
    return Progress(alpha, min(percent, 100.0), speed * 1e6)


def parse_log(lines: Iterable[str]) -> TrainingLog:
    """Read the lines of a BlazingText log, in order; lines of other kinds and broken ones are passed over."""
    log = TrainingLog()
    finished_speed: float | None = None
    whole = 100.0
    epochs: dict[int, dict[str, float]] = {}
    for line in lines:
        if progress := read_progress(line):
            log = replace(log, **vars(progress))
        elif match := _EPOCH_SCORE.fullmatch(line):
            epochs.setdefault(int(match[1]), {})[match[2]] = float(match[3])
        elif match := _ENDS_EARLY.search(line):
            log = replace(log, ended_early_after=int(match[1]))
            whole = 100.0 * min(int(match[1]) / max(int(match[2]), 1), 1.0)
        elif match := _VOCABULARY.search(line):
            log = replace(log, vocabulary=int(match[1]))
        elif match := _AVERAGE_SPEED.search(line):
            finished_speed = float(match[1]) * 1e6
        elif match := _TRAINING_SECONDS.search(line):
            log = replace(log, training_seconds=float(match[1]))
    if finished_speed is not None:
        log = replace(log, words_per_second=finished_speed, percent=whole)
    return replace(log, epoch_scores=epochs)
