"""The lines of BlazingText's log, as published job logs show them; written at once, not buffered."""

from __future__ import annotations

import threading
from datetime import UTC, datetime


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
    """Say the speed over the whole training: raw tokens × epochs ÷ seconds, dropped tokens included."""
    write("Training finished!")
    write(f"Average throughput in Million words/sec: {token_epochs / seconds / 1e6:.2f}")
    write(f"Total training time in seconds: {seconds:.2f}")


def evaluation(vectors_txt: object, document: str, mean_rho: object) -> None:
    """Say what the evaluation found; SageMaker takes the metric `train:mean_rho` from the last line."""
    write("Evaluating word embeddings....")
    write(f"Vectors read from: {vectors_txt} ")
    write(document)
    info(f"#mean_rho: {mean_rho}")


def _prefixed(level: str, message: str) -> None:
    now = datetime.now(UTC).strftime("%m/%d/%Y %H:%M:%S")
    write(f"[{now} {level} {threading.get_ident()}] {message}")
