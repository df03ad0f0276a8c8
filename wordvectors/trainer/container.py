"""SageMaker's container contract: folders, configuration, the failure file, and the stop signal.

What SageMaker gives a training container and takes from it: "How Amazon SageMaker AI provides training
information" and "How Amazon SageMaker AI processes training output" in the developer guide.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from wordvectors.blazingtext import log
from wordvectors.blazingtext.channels import CODE, PACKAGES, SET, TRAIN
from wordvectors.blazingtext.hyperparameters import (
    DEFAULT_SEED,
    LARGEST_SEED,
    MOST_THREADS,
    OWN_ENGINE_ONLY,
    Hyperparameters,
    InvalidHyperparameters,
)
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.phases import Phases
from wordvectors.evaluation.early_stopping import EARLY_STOPPING, EVALUATION_SETS
from wordvectors.json_text import parse_json
from wordvectors.threads import processors

if TYPE_CHECKING:
    from wordvectors.engine.checkpoints import Checkpoints

BASE_FOLDER_VARIABLE = "SAGEMAKER_BASE_DIR"
"""Names the container's folder; in SageMaker itself it is /opt/ml. `input/` holds the configuration and the corpus,
`model/` becomes model.tar.gz, of `output/failure` SageMaker shows the first 1024 characters, and `checkpoints/`, if it
is there, is kept for the job if its machine is taken away."""
THREADS_VARIABLE = "WORDVECTORS_THREADS"
"""How many threads train; as many as this process has processors if it is not set."""
SEED_VARIABLE = "WORDVECTORS_SEED"
"""Where random numbers start; `kernel_engine.train` says when the same seed gives the same vectors."""
CHECKPOINT_SECONDS_VARIABLE = "WORDVECTORS_CHECKPOINT_SECONDS"
"""From one checkpoint to the next, at least; `checkpoints.LEAST_SECONDS` if it is not set."""
_LONGEST_NUMBER = 20
"""Digits of a setting; Python refuses to read some thousands."""
_OWN_CHANNELS = frozenset({CODE, PACKAGES})
"""What SageMaker fetches beside the corpus where it runs this package by an entry point."""
_SCORED = (EVALUATION_SETS, EARLY_STOPPING)
"""The hyperparameters that say what is scored on the way."""
STOPPED, INTERRUPTED = 128 + signal.SIGTERM, 128 + signal.SIGINT
SECONDS_TO_NOTICE = 0.5
"""That a stop has; then it is told again."""


class Stopped(BaseException):
    """SIGTERM has arrived; not an `Exception`, so that nothing on the way holds it up."""


def main(arguments: Sequence[str]) -> int:
    """Run the container; return its exit status: 0, 1 (failed) or 2 (wrong usage).

    After SIGTERM the process ends with `STOPPED`, after Ctrl-C with `INTERRUPTED`.
    """
    if list(arguments) != ["train"]:
        print("usage: python -m wordvectors.trainer train", file=sys.stderr)
        return 2
    phases = Phases()
    base = Path(os.environ.get(BASE_FOLDER_VARIABLE) or "/opt/ml")
    signal.signal(signal.SIGTERM, _stop)
    try:
        log.write("Arguments: train")
        return _train(base, phases)
    except Stopped:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _exit_at_once(STOPPED)
    except KeyboardInterrupt:  # of a person who has started it by hand
        _exit_at_once(INTERRUPTED)


def _exit_at_once(status: int) -> NoReturn:
    """Exit without waiting for the threads that train: they are still at work."""
    sys.stdout.flush()
    os._exit(status)


def _train(base: Path, phases: Phases) -> int:
    config, model = base / "input" / "config", base / "model"
    try:
        channels = _read_config(config / "inputdataconfig.json")
        given = _read_config(config / "hyperparameters.json")
        hyperparameters = _hyperparameters(given, channels)
        _check_channels(channels)
        _check_hosts(_read_config(config / "resourceconfig.json"))
        corpus = _find_corpus(base / "input" / "data" / TRAIN)
        threads = hyperparameters.threads or _whole_number(THREADS_VARIABLE, processors(), 1, MOST_THREADS)
        seed = hyperparameters.seed
        if seed is None:
            seed = _whole_number(SEED_VARIABLE, DEFAULT_SEED, 0, LARGEST_SEED)
        model.mkdir(parents=True, exist_ok=True)
        from wordvectors.engine.training import train  # numpy only once it is needed
        from wordvectors.trainer.on_the_way import on_the_way

        checkpoints = _checkpoints(base / "checkpoints")
        train(
            corpus,
            hyperparameters,
            model,
            threads=threads,
            seed=seed,
            phases=phases,
            checkpoints=checkpoints,
            on_the_way=on_the_way(given, base / "input" / "data"),
        )
        return 0
    except TrainingError as fault:
        return _fail(base, str(fault))
    except InvalidHyperparameters as fault:
        return _fail(base, "; ".join(fault.faults))
    except MemoryError as fault:
        return _fail(base, f"not enough memory on this machine: {str(fault) or 'the model does not fit'}")
    except OSError as fault:
        return _fail(base, f"{fault.strerror or fault}: {fault.filename or 'while reading or writing'}")
    except Exception as fault:
        # A SIGTERM that has come, and whose exception was lost on the way, is the cause of this one.
        if signal.getsignal(signal.SIGTERM) is not _stop:
            raise Stopped from fault
        traceback.print_exc()
        return _fail(base, f"the trainer itself failed: {type(fault).__name__}: {fault}")


def _fail(base: Path, reason: str) -> int:
    """Leave the reason where SageMaker looks for it (and puts "AlgorithmError: " before it), and in the log."""
    log.write(f"AlgorithmError: {reason}")
    failure = base / "output" / "failure"
    try:
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(reason, encoding="utf-8")
    except OSError as fault:
        print(f"{failure} can't be written: {fault}", file=sys.stderr)
    return 1


def _read_config(path: Path) -> dict[str, object]:
    try:
        content = parse_json(path.read_bytes())
    except FileNotFoundError:
        raise TrainingError(
            f"input/config/{path.name} is missing; SageMaker gives it to every container"
        ) from None
    except ValueError as fault:
        raise TrainingError(f"input/config/{path.name} can't be read as JSON: {fault}") from None
    if not isinstance(content, dict):
        raise TrainingError(f"input/config/{path.name} must hold an object")
    return content


def _whole_number(variable: str, default: int, least: int, most: int) -> int:
    """Return what an environment variable holds, or the default if it is not set or empty."""
    given = os.environ.get(variable, "").strip() or str(default)
    is_number = given.isascii() and given.isdecimal() and len(given) <= _LONGEST_NUMBER
    if not (is_number and least <= int(given) <= most):
        raise TrainingError(f"{variable} is {given[:40]!r}; it takes a whole number from {least} to {most}")
    return int(given)


def _checkpoints(folder: Path) -> Checkpoints | None:
    """Return the checkpoints of a job whose request asks for them: SageMaker makes their folder, and fills it."""
    from wordvectors.engine.checkpoints import LEAST_SECONDS, Checkpoints

    seconds = _whole_number(CHECKPOINT_SECONDS_VARIABLE, LEAST_SECONDS, 0, 24 * 3600)
    return Checkpoints(folder, seconds) if folder.is_dir() else None


def _hyperparameters(given: Mapping[str, object], channels: Mapping[str, object]) -> Hyperparameters:
    """Read the hyperparameters; in BlazingText's place, refuse those that it does not have."""
    learnt = {name: value for name, value in given.items() if name not in _SCORED}
    hyperparameters = Hyperparameters.read(learnt)
    foreign = [name for name in (*OWN_ENGINE_ONLY, *_SCORED) if name in given]
    if foreign and _OWN_CHANNELS.isdisjoint(channels):
        raise InvalidHyperparameters(
            [f"hyperparameters.{name} is not a BlazingText hyperparameter" for name in foreign]
        )
    return hyperparameters


def _check_channels(channels: Mapping[str, object]) -> None:
    if {name for name in channels if not name.startswith(SET)}.difference(_OWN_CHANNELS) != {TRAIN}:
        given = ", ".join(sorted(channels)) or "none"
        raise TrainingError(f"word2vec takes one input channel, {TRAIN}; given: {given}")
    channel = channels[TRAIN]
    mode = channel.get("TrainingInputMode", "File") if isinstance(channel, dict) else "File"
    if mode not in ("File", "FastFile"):
        raise TrainingError(
            f"the channel {TRAIN} has input mode {mode}; the local trainer reads files: use File"
        )


def _check_hosts(resources: Mapping[str, object]) -> None:
    hosts = resources.get("hosts")
    if isinstance(hosts, list) and len(hosts) > 1:
        log.warning(
            f"The local trainer works on one machine: it does alone what {len(hosts)} hosts would share."
        )


def _find_corpus(folder: Path) -> Path:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if len(files) == 1:
        return files[0]
    if not files:
        raise TrainingError(
            f"there is no file in the channel {TRAIN}: BlazingText trains on one text file. "
            "Check the S3 address of the corpus."
        )
    names = ", ".join(str(path.relative_to(folder)) for path in files[:5]) + (" …" if len(files) > 5 else "")
    raise TrainingError(
        f"there are {len(files)} files in the channel {TRAIN} ({names}): BlazingText trains on one text "
        "file. Concatenate them, or give the address of one."
    )


def _stop(number: int, frame: object) -> None:
    """End the training, by an exception that is raised until it arrives: in a callback of LLVM's it is lost."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal must not interrupt the clearing up
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_TO_NOTICE)
    raise Stopped
