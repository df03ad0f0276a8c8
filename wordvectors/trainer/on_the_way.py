"""What a job is scored on after each epoch, read from its hyperparameters and its channels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from wordvectors.blazingtext.channels import SET
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.training import OnTheWay
from wordvectors.evaluation.early_stopping import EARLY_STOPPING, EVALUATION_SETS, EarlyStopping
from wordvectors.evaluation.sets import OWN_SUFFIXES, chosen_faults, own_file, own_sets, sets_of_pairs
from wordvectors.evaluation.word_pairs import (
    WordPairsError,
    WordPairSet,
    decoded_lines,
    parse_word_pairs,
    read_pair_sets,
)
from wordvectors.plain_text import in_plain_words, shown

Kind = TypeVar("Kind")
_NAMES = TypeAdapter(tuple[str, ...])
_STOPPING = TypeAdapter(EarlyStopping)


def on_the_way(given: Mapping[str, object], data: Path) -> OnTheWay | None:
    """Read what is scored on the way; None for a job that says nothing of it.

    Parameters
    ----------
    given
        The job's hyperparameters; those that speak of it are JSON.
    data
        The folder of the channels; the n-th of the user's own sets is in the channel `set-n`.

    Raises
    ------
    TrainingError
        If a hyperparameter or a set can't be read.
    """
    if EVALUATION_SETS not in given:
        if EARLY_STOPPING in given:
            raise TrainingError(
                f"{EARLY_STOPPING} is given, but not {EVALUATION_SETS}: nothing is scored on the way"
            )
        return None
    names = _read(_NAMES, EVALUATION_SETS, given)
    faults = chosen_faults(list(names))
    faults += [
        f"names {name}, which is not scored on the way" for name in names if name not in sets_of_pairs(names)
    ]
    if faults:
        raise TrainingError("; ".join(f"{EVALUATION_SETS} {fault}" for fault in faults))
    early_stopping = _read(_STOPPING, EARLY_STOPPING, given) if EARLY_STOPPING in given else None
    own = {
        name: _read_set(name, data / f"{SET}{number}") for number, name in enumerate(own_sets(names), start=1)
    }
    return OnTheWay(read_pair_sets(names) | own, early_stopping)


def _read(kind: TypeAdapter[Kind], name: str, given: Mapping[str, object]) -> Kind:
    """Read a hyperparameter that is JSON."""
    text = str(given[name])
    try:
        return kind.validate_json(text)
    except ValidationError as invalid:
        said = (
            f"{'.'.join(map(str, (name, *fault['loc'])))}: {in_plain_words(fault['msg'])}"
            for fault in invalid.errors()
        )
        raise TrainingError(f"{name} is {shown(text)}, which can't be read: {'; '.join(said)}") from None


def _read_set(name: str, folder: Path) -> WordPairSet:
    file, column = own_file(name)
    found = [path for suffix in OWN_SUFFIXES if (path := folder / f"{file}{suffix}").is_file()]
    if len(found) != 1:
        raise TrainingError(
            f"the evaluation set {name} must be one of the files {', '.join(file + suffix for suffix in OWN_SUFFIXES)} "
            f"of the bucket's evaluation/; {len(found)} are there"
        )
    try:
        return parse_word_pairs(
            name, decoded_lines(found[0].read_bytes(), found[0].name), found[0].name, column
        )
    except WordPairsError as fault:
        raise TrainingError(f"the evaluation set {name} can't be read: {fault}") from None
