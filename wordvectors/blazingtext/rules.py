"""The published rules of SageMaker's BlazingText in its word2vec modes.

Hyperparameters with their ranges and defaults, which mode runs on which instances, how large the
training volume must be, the names of the artefacts and the lines of the training log. Standard library
only: the Lambda functions, the command line and the trainer all read the rules here.

Sources
-------
SageMaker developer guide, "BlazingText hyperparameters" and "EC2 instance recommendation for the
BlazingText algorithm"; the `validator.py` of AWS's own examples for the harder limits (vector_dim,
batch_size, sampling_threshold); published job logs for the log lines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wordvectors.plain_text import did_you_mean

BATCH_SKIPGRAM, SKIPGRAM, CBOW = "batch_skipgram", "skipgram", "cbow"
MODES = (BATCH_SKIPGRAM, SKIPGRAM, CBOW)

REPOSITORY = "blazingtext"
"""Name of the image repository in each region's registry; the tag is `IMAGE_TAG`."""
IMAGE_TAG = "1"

EVAL_JSON = "eval.json"
VECTORS_TXT = "vectors.txt"
VECTORS_BIN = "vectors.bin"
MODEL_ARCHIVE = "model.tar.gz"

TRAINING_LOG_GROUP = "/aws/sagemaker/TrainingJobs"

HyperparameterValue = int | float | bool | str
Hyperparameters = dict[str, HyperparameterValue]


class InvalidHyperparameters(ValueError):
    """Hyperparameters that BlazingText would refuse.

    Attributes
    ----------
    faults : tuple of str
        One sentence per fault, each naming the key, the value given and what is allowed.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


# ---------------------------------------------------------------------------------------------------
# Hyperparameters
# ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """What one hyperparameter may be: how it is read, its default, its range in words and as JSON Schema."""

    read: Callable[[object], HyperparameterValue]
    default: HyperparameterValue
    allowed: str
    accepts: Callable[[Any], bool]
    values: Mapping[str, object]

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of a plan's value: one of its own type, or the text of one."""
        said = {"description": self.allowed, "default": self.default}
        if "enum" in self.values:
            return {**said, **self.values}
        return {**said, "anyOf": [dict(self.values), {"type": "string", "pattern": r"\S"}]}


def _integer(value: object) -> int:
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError
        return int(value)
    return int(value) if isinstance(value, int) else int(_text(value), 10)


def _number(value: object) -> float:
    if isinstance(value, bool):
        raise ValueError
    number = float(value) if isinstance(value, int | float) else float(_text(value))
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[_text(value).lower()]


def _mode(value: object) -> str:
    return _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value.strip()


def _whole(default: int, least: int, most: int | None = None) -> Rule:
    allowed = f"a whole number from {least}" + (f" to {most}" if most is not None else " up")
    values: dict[str, object] = {"type": "integer", "minimum": least}
    if most is not None:
        values["maximum"] = most
    return Rule(_integer, default, allowed, lambda n: least <= n <= (most if most is not None else n), values)


def _truth(default: bool) -> Rule:
    return Rule(_boolean, default, "true or false", lambda flag: True, {"type": "boolean"})


RULES: dict[str, Rule] = {
    "mode": Rule(
        _mode, BATCH_SKIPGRAM, "one of " + ", ".join(MODES), lambda mode: mode in MODES, {"enum": list(MODES)}
    ),
    "batch_size": _whole(11, least=1, most=32),
    "buckets": _whole(2_000_000, least=1),
    "epochs": _whole(5, least=1),
    "evaluation": _truth(True),
    "learning_rate": Rule(
        _number,
        0.05,
        "a number greater than 0",
        lambda rate: rate > 0,
        {"type": "number", "exclusiveMinimum": 0},
    ),
    "max_char": _whole(6, least=1),
    "min_char": _whole(3, least=1),
    "min_count": _whole(5, least=0),
    "negative_samples": _whole(5, least=1),
    "sampling_threshold": Rule(
        _number,
        0.0001,
        "a number greater than 0 and less than 1",
        lambda share: 0 < share < 1,
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    ),
    "subwords": _truth(False),
    "vector_dim": _whole(100, least=1, most=2048),
    "window_size": _whole(5, least=1),
}

ONLY_WITH_SUBWORDS = ("buckets", "max_char", "min_char")


def hyperparameters_schema() -> dict[str, object]:
    """Return the JSON Schema of a plan's hyperparameters, with the rules between them that a schema can tell."""

    def excludes(name: str, values: list[object], *others: str) -> dict[str, object]:
        given = {"properties": {name: {"enum": values}}, "required": [name]}
        return {"if": given, "then": {"properties": dict.fromkeys(others, False)}}

    with_subwords = {"properties": {"subwords": {"enum": [True, "true"]}}, "required": ["subwords"]}
    not_batch = {"properties": {"mode": {"not": {"const": BATCH_SKIPGRAM}}}}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: rule.schema() for name, rule in RULES.items()},
        "allOf": [
            excludes("mode", [SKIPGRAM, CBOW], "batch_size"),
            excludes("subwords", [False, "false"], *ONLY_WITH_SUBWORDS),
            {"if": with_subwords, "then": not_batch},
        ],
    }


def resolve_hyperparameters(given: Mapping[str, object]) -> Hyperparameters:
    """Return the given hyperparameters as values, with BlazingText's defaults for the others.

    Parameters
    ----------
    given
        Values, or the strings in which SageMaker carries them. `mode` is required by BlazingText;
        here it defaults to `batch_skipgram`, the mode for CPU instances.

    Returns
    -------
    dict
        The hyperparameters that the mode uses: `batch_size` only with `batch_skipgram`, and `buckets`,
        `min_char`, `max_char` only with `subwords`.

    Raises
    ------
    InvalidHyperparameters
        With every fault: unknown names, values that can't be read, values out of range, and
        combinations that BlazingText does not support.

    Examples
    --------
    >>> resolve_hyperparameters({"mode": "cbow", "vector_dim": "50"})["vector_dim"]
    50
    """
    faults: list[str] = []
    values: Hyperparameters = {}
    for name in sorted(set(given) - set(RULES)):
        faults.append(
            f"hyperparameters.{name} is not a BlazingText hyperparameter{did_you_mean(name, RULES)}; "
            f"known are {', '.join(RULES)}"
        )
    for name, rule in RULES.items():
        if name not in given:
            values[name] = rule.default
            continue
        try:
            value = rule.read(given[name])
        except (ValueError, KeyError, TypeError):
            faults.append(_fault(name, given[name], rule))
            continue
        if rule.accepts(value):
            values[name] = value
        else:
            faults.append(_fault(name, given[name], rule))

    mode, subwords = values.get("mode"), values.get("subwords")
    if mode == BATCH_SKIPGRAM and subwords:
        faults.append(
            "hyperparameters.subwords is true, but batch_skipgram has no subwords; use skipgram or cbow"
        )
    if "batch_size" in given and mode in (SKIPGRAM, CBOW):
        faults.append(f"hyperparameters.batch_size has no meaning with mode {mode}; leave it out")
    if subwords is False:
        for name in ONLY_WITH_SUBWORDS:
            if name in given:
                faults.append(
                    f"hyperparameters.{name} has no meaning without subwords; leave it out or set subwords"
                )
    elif subwords and {"min_char", "max_char"} <= values.keys():
        shortest, longest = int(values["min_char"]), int(values["max_char"])
        if shortest > longest:
            faults.append(f"hyperparameters.min_char is {shortest}, more than max_char {longest}")
    if faults:
        raise InvalidHyperparameters(faults)

    if mode != BATCH_SKIPGRAM:
        del values["batch_size"]
    if not subwords:
        for name in ONLY_WITH_SUBWORDS:
            del values[name]
    return values


def hyperparameter_strings(hyperparameters: Mapping[str, HyperparameterValue]) -> dict[str, str]:
    """Return hyperparameters as the strings that CreateTrainingJob takes (`True` for true, as in the guide)."""
    return {name: str(value) for name, value in hyperparameters.items()}


def _fault(name: str, value: object, rule: Rule) -> str:
    return f"hyperparameters.{name} is {value!r}; allowed is {rule.allowed}"


# ---------------------------------------------------------------------------------------------------
# Instances and volume
# ---------------------------------------------------------------------------------------------------

GPU_FAMILIES = frozenset({"p2", "p3", "p3dn", "g4dn", "g5"})
"""GPU families that the developer guide names for BlazingText (P2, P3, G4dn, G5)."""

_INSTANCE_TYPE = re.compile(r"ml\.(?P<family>[a-z0-9-]+)\.(?:\d*xlarge|large|medium)")
_CPU_FAMILY = re.compile(r"[mcrt]\d[a-z]*(-flex)?")
_GRAVITON_FAMILY = re.compile(r"[mcr]\d+g[a-z]*")


def instance_faults(mode: str, instance_type: str, instance_count: int) -> list[str]:
    """Return why BlazingText could not run this mode on these instances; empty if it can.

    One CPU instance takes every mode; several CPU instances only `batch_skipgram`; one GPU instance
    `skipgram` and `cbow` (developer guide, "EC2 instance recommendation for the BlazingText algorithm").
    """
    match = _INSTANCE_TYPE.fullmatch(instance_type)
    if match is None:
        return [f"resources.instance_type is {instance_type!r}; it must look like ml.c5.xlarge"]
    family = match["family"]
    gpu = family in GPU_FAMILIES
    if not gpu and (not _CPU_FAMILY.fullmatch(family) or _GRAVITON_FAMILY.fullmatch(family)):
        return [
            f"resources.instance_type is {instance_type!r}, and BlazingText is not known to run on that family; "
            f"use an Intel or AMD CPU family (ml.c5, ml.m5, ml.c6i …) or one of {', '.join(sorted(GPU_FAMILIES))}"
        ]
    faults = []
    if gpu and mode == BATCH_SKIPGRAM:
        faults.append(
            f"resources.instance_type is {instance_type!r}, a GPU instance, but batch_skipgram runs on CPUs only; "
            "use a CPU instance, or mode skipgram or cbow"
        )
    if gpu and instance_count > 1:
        faults.append(
            f"resources.instance_count is {instance_count}, but GPU training takes one instance only"
        )
    if not gpu and instance_count > 1 and mode != BATCH_SKIPGRAM:
        faults.append(
            f"resources.instance_count is {instance_count}, but only batch_skipgram trains on several instances; "
            f"use one instance, or mode batch_skipgram instead of {mode}"
        )
    return faults


GIB = 1024**3
_SCRATCH_BYTES = 1 * GIB
_BYTES_PER_TEXT_VALUE = 10
"""A value in vectors.txt takes 9 to 10 bytes; in vectors.bin two float32 matrices take 8."""
_BYTES_PER_RARE_OCCURRENCE = 12
"""A word and its space take some six bytes, and at least half of a text is words that are not rare."""
_LARGEST_VOCABULARY = 3_000_000


def volume_bytes_needed(corpus_bytes: int, hyperparameters: Mapping[str, HyperparameterValue]) -> int:
    """Estimate the bytes a training volume must hold: corpus, model, its archive, and room to work.

    The vocabulary is not known before training: it is bounded by the corpus (a word that is kept occurs
    at least `min_count` times) and by three million words.
    """
    occurrences = max(int(hyperparameters["min_count"]), 1)
    vocabulary = min(_LARGEST_VOCABULARY, corpus_bytes // (_BYTES_PER_RARE_OCCURRENCE * occurrences))
    dim = int(hyperparameters["vector_dim"])
    buckets = int(hyperparameters["buckets"]) if hyperparameters["subwords"] else 0
    model = vocabulary * dim * (_BYTES_PER_TEXT_VALUE + 8) + buckets * dim * 4
    return corpus_bytes + 2 * model + _SCRATCH_BYTES


# ---------------------------------------------------------------------------------------------------
# The training log
# ---------------------------------------------------------------------------------------------------

_PROGRESS = re.compile(
    r"Alpha:\s*(?P<alpha>-?[\d.]+)\s+Progress:\s*(?P<percent>[\d.]+)%\s+Million Words/sec:\s*(?P<speed>[\d.]+)"
)
_SUMMARY = {
    "vocabulary": re.compile(r"Number of words:\s*(\d+)"),
    "average_speed": re.compile(r"Average throughput in Million words/sec:\s*([\d.]+)"),
    "training_seconds": re.compile(r"Total training time in seconds:\s*([\d.]+)"),
}


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
    """

    alpha: float | None = None
    percent: float | None = None
    words_per_second: float | None = None
    vocabulary: int | None = None
    training_seconds: float | None = None


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
    try:
        return Progress(
            float(match["alpha"]), min(float(match["percent"]), 100.0), float(match["speed"]) * 1e6
        )
    except ValueError:
        return None


def parse_log(lines: Iterable[str]) -> TrainingLog:
    """Read the lines of a BlazingText log, in order; lines of other kinds and broken ones are passed over."""
    log = TrainingLog()
    finished_speed: float | None = None
    for line in lines:
        try:
            if progress := read_progress(line):
                log = replace(log, **vars(progress))
            elif match := _SUMMARY["vocabulary"].search(line):
                log = replace(log, vocabulary=int(match[1]))
            elif match := _SUMMARY["average_speed"].search(line):
                finished_speed = float(match[1]) * 1e6
            elif match := _SUMMARY["training_seconds"].search(line):
                log = replace(log, training_seconds=float(match[1]))
        except ValueError:  # a number cut off in the middle of a line
            continue
    if finished_speed is not None:
        log = replace(log, words_per_second=finished_speed, percent=100.0)
    return log
