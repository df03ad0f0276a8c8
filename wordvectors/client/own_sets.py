"""The user's own evaluation sets: looked at as the pipeline will, and then put into the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wordvectors.aws.evaluation_sets import stored_sets
from wordvectors.client.deployment import Deployment
from wordvectors.evaluation.sets import (
    MAX_SET_BYTES,
    OWN_SUFFIXES,
    RESERVED,
    name_faults,
    own_file,
    set_named,
)
from wordvectors.evaluation.word_pairs import WordPairsError, WordPairSet, decoded_lines, parse_word_pairs
from wordvectors.lifecycle.keys import EVALUATION

_MOST_FAULTS = 100


class SetRefused(Exception):
    """A set that the pipeline would not take, or that is needed; each fault is an argument."""


@dataclass(frozen=True)
class Checked:
    """A set without a fault, and the key that it gets."""

    pairs: WordPairSet
    key: str
    content: bytes


def name_of(key: str) -> str:
    """Return a set's name: its key without the folder and the ending."""
    return key.removeprefix(EVALUATION).rpartition(".")[0]


def check(path: Path, name: str | None, column: str | None) -> Checked:
    """Look at a file as the pipeline will.

    Parameters
    ----------
    name
        The set's; the file's own without its ending by default.
    column
        The one that holds the scores, where the file does not tell.

    Raises
    ------
    SetRefused
        With all that is wrong.
    OSError
        When the file can't be read.
    """
    name = path.stem if name is None else name
    faults = name_faults(name)
    if path.suffix not in OWN_SUFFIXES:
        faults.append(f"{path.name} ends in none of {', '.join(OWN_SUFFIXES)}")
    size = path.stat().st_size
    if size > MAX_SET_BYTES:
        raise SetRefused(*faults, f"{path} has {size:,} bytes; at most {MAX_SET_BYTES:,} are read")
    content = path.read_bytes()
    try:
        pairs = parse_word_pairs(name, decoded_lines(content, str(path)), str(path), column, _MOST_FAULTS)
    except WordPairsError as fault:
        raise SetRefused(*faults, str(fault)) from fault
    if faults:
        raise SetRefused(*faults)
    return Checked(pairs, f"{EVALUATION}{name}{path.suffix}", content)


def add(deployment: Deployment, checked: Checked, *, replace: bool) -> str:
    """Put a set into the bucket, and return its URI.

    Raises
    ------
    SetRefused
        When there is one of this name, unless that is to be replaced.
    ObjectReplaced
        When somebody else writes it at the same time.
    """
    bucket, name = deployment.bucket, name_of(checked.key)
    there = [stored for stored in stored_sets(bucket) if name_of(stored.key) == name]
    if there and not replace:
        raise SetRefused(f"there is {bucket.uri(there[0].key)}; --replace puts the new one in its place")
    same = next((stored for stored in there if stored.key == checked.key), None)
    with bucket.only_over(same):
        uri = bucket.write(checked.key, checked.content, "text/plain; charset=utf-8")
    bucket.delete([stored.key for stored in there if stored.key != checked.key])
    return uri


def removable(deployment: Deployment, name: str) -> list[str]:
    """Return the keys of a set that nothing needs.

    Raises
    ------
    SetRefused
        When there is none of this name, or every run is scored on it.
    """
    bucket = deployment.bucket
    if set_named(name) in RESERVED:
        raise SetRefused(f"{name} is not a set of your own, and stays")
    keys = [stored.key for stored in stored_sets(bucket) if name_of(stored.key) == name]
    if not keys:
        raise SetRefused(f"there is no {bucket.uri(EVALUATION + name)}{', '.join(OWN_SUFFIXES)}")
    wanted = deployment.default_plan.get("evaluation", {}).get("sets", [])
    if name in [own_file(each)[0] for each in wanted]:
        raise SetRefused(
            "the deployment's default plan names it, so that no corpus could be trained without it"
        )
    return keys
