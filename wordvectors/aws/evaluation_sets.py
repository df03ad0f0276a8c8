"""The users' own evaluation sets, as they lie in the bucket: `evaluation/NAME.csv`, `.tsv` or `.txt`."""

from __future__ import annotations

from collections.abc import Sequence

from wordvectors.aws.bucket import Bucket, StoredObject
from wordvectors.aws.unreadable import ObjectReplaced, UnreadableObject
from wordvectors.evaluation.sets import CHOICES, MAX_SET_BYTES, OWN_SUFFIXES, own_file, own_sets
from wordvectors.evaluation.word_pairs import (
    WordPairsError,
    WordPairSet,
    decoded_lines,
    no_pair_in,
    parse_word_pairs,
)
from wordvectors.lifecycle.keys import EVALUATION
from wordvectors.plain_text import plain

_MOST_FILES = 1_000
_NAMES_SHOWN = 20


def set_prefix(name: str) -> str:
    """Return the prefix in the bucket that the file of a set of the user's own has, named `NAME` or `NAME:COLUMN`."""
    return f"{EVALUATION}{own_file(name)[0]}."


def set_keys(name: str) -> list[str]:
    """Return the keys that the file of such a set may have; see `set_prefix`."""
    return [f"{EVALUATION}{own_file(name)[0]}{suffix}" for suffix in OWN_SUFFIXES]


def read_own_sets(bucket: Bucket, chosen: Sequence[str]) -> tuple[dict[str, WordPairSet], dict[str, str]]:
    """Read those of a plan's sets that are the user's own; nothing is asked if there are none.

    Returns
    -------
    (dict, dict)
        The sets by name, and for each that can't be read a sentence: it does not exist (and what does), is
        too large, or has faulty lines, by their numbers.
    """
    names = own_sets(tuple(chosen))
    if not names:
        return {}, {}
    keys = [stored.key for stored in bucket.first(EVALUATION, limit=_MOST_FILES)]
    sets: dict[str, WordPairSet] = {}
    faults: dict[str, str] = {}
    for name in names:
        try:
            sets[name] = _read(bucket, keys, name)
        except WordPairsError as fault:
            faults[name] = plain(fault)
    return sets, faults


def stored_sets(bucket: Bucket) -> list[StoredObject]:
    """Return the files of the user's own sets."""
    return [stored for stored in bucket.first(EVALUATION, limit=_MOST_FILES) if _is_set(stored.key)]


def read_own_set(bucket: Bucket, name: str) -> WordPairSet:
    """Return one set, named `NAME` or `NAME:COLUMN`.

    Raises
    ------
    WordPairsError
        When there is none of this name, or it can't be read.
    """
    return _read(bucket, [stored.key for stored in stored_sets(bucket)], name)


def _read(bucket: Bucket, keys: list[str], name: str) -> WordPairSet:
    file, column = own_file(name)
    possible = set_keys(name)
    found = [key for key in keys if key in possible]
    if not found:
        known = sorted({key.removeprefix(EVALUATION).rpartition(".")[0] for key in keys if _is_set(key)})
        shown = ", ".join([*CHOICES, *known[:_NAMES_SHOWN]])
        raise WordPairsError(
            f"there is no set {name!r}: no {bucket.uri(EVALUATION + file)}{', '.join(OWN_SUFFIXES)}; known are {shown}"
        )
    if len(found) > 1:
        raise WordPairsError(f"the set {name!r} is both {' and '.join(found)}")
    (key,) = found
    stored = bucket.find(key)
    if stored is None or stored.bytes == 0:
        raise no_pair_in(bucket.uri(key))
    if stored.bytes > MAX_SET_BYTES:
        raise WordPairsError(
            f"{bucket.uri(key)} has {stored.bytes:,} bytes; at most {MAX_SET_BYTES:,} are read"
        )
    try:
        content = bucket.reader(stored).read(0, stored.bytes)
    except (ObjectReplaced, UnreadableObject) as unread:
        raise WordPairsError(str(unread)) from unread
    return parse_word_pairs(name, decoded_lines(content, bucket.uri(key)), bucket.uri(key), column)


def _is_set(key: str) -> bool:
    return key.endswith(OWN_SUFFIXES)
