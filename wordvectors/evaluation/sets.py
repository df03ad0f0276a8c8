"""The sets that a model is scored on: BlazingText's own, those that come with gensim, and the users' own.

Each has one name, which plans, rows, commands, pages and JSON have alike. Other spellings are understood.

Standard library only: plans name these sets, and the functions check plans.
"""

from __future__ import annotations

import re
from typing import Any

from wordvectors.blazingtext.eval_json import ALL, FILE_NAMES, MEAN_RHO, REL, SIM
from wordvectors.json_text import AT_END, any_case

WORDSIM, SIMLEX, ANALOGIES = ALL, "SimLex-999", "Google-analogies"
WORDSIM_PARTS = (REL, SIM)
"""WordSim-353's related and its similar pairs; they are scored with the whole."""
PAIR_SETS = {SIMLEX: "simlex999.txt"}
"""The sets of word pairs that the pipeline scores, and the file of each among gensim's data."""

BUILT_IN = (WORDSIM, *PAIR_SETS, ANALOGIES)
"""WordSim-353 is scored by BlazingText itself; SimLex-999 (Hill et al. 2015, "SimLex-999: evaluating semantic
models with (genuine) similarity estimation") and the Google analogies (Mikolov et al. 2013, "Efficient
estimation of word representations in vector space") by the pipeline."""

ANALOGIES_FILE = "questions-words.txt"
"""Among gensim's data."""

OWN_TEXT = "own-text"
"""Questions made of the very text that a run was trained on: every run that is scored at all is scored on them, whether
its plan names them or not. See `wordvectors.evaluation.own_text`."""
CHOICES = (*BUILT_IN, OWN_TEXT)
"""What a plan may name beside the user's own sets."""
RESERVED = (*CHOICES, *WORDSIM_PARTS)
"""No set of the user's own has such a name."""

TIME, COST = "time", "cost"
"""What runs are put in order by, beside their scores."""
_NO_SETS = (MEAN_RHO, TIME, COST)

OWN_SUFFIXES = (".csv", ".tsv", ".txt")
MAX_OWN_SETS = 5
MAX_SET_BYTES = 200_000
"""Some 8,000 pairs. With `MAX_OWN_SETS` this bounds the words whose vectors are kept while a model is scored."""

_SPELLINGS = {
    **{file: name for name, file in FILE_NAMES.items()},  # as rows of earlier versions have them
    **{name: name for name in RESERVED},
    **{name.replace("WS", written): name for name in FILE_NAMES for written in ("WordSim", "WordSimilarity")},
}
_OWN = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(:[^:]{1,64})?"


_NAME = "1 to 64 letters, digits, dots, hyphens and underscores"


def set_named(text: str) -> str:
    """Return the name of the set that a person, or an earlier version, means; any other text as it is.

    Capitals, blanks, hyphens, dots and underscores are of no account.

    Examples
    --------
    >>> [set_named(text) for text in ("ws353", "WordSim-353", "EN-WS-353-REL.txt", "simlex_999", "animals", "mean_rho")]
    ['WS-353', 'WS-353', 'WS-353-REL', 'SimLex-999', 'animals', 'mean_rho']
    """
    return _CALLED.get(_letters(text), text)


def _letters(text: str) -> str:
    return re.sub(r"[ ._-]", "", text.lower())


_CALLED = {_letters(spelling): name for spelling, name in _SPELLINGS.items()}


_ORDER = (WORDSIM, *WORDSIM_PARTS, *PAIR_SETS, ANALOGIES, OWN_TEXT)


def place_of(name: str) -> tuple[int, str]:
    """Return what sets are sorted by wherever they are listed: those of the project, then a user's own by name."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def chosen_faults(names: list[str]) -> list[str]:
    """Return what is wrong with the sets that a plan names, as far as their names tell."""
    faults = [
        f"names {name!r}; a set is one of {', '.join(CHOICES)}, or NAME or NAME:COLUMN for a file of the bucket's "
        f"evaluation/, where NAME is {_NAME}"
        for name in names
        if not re.fullmatch(_OWN, name)
    ]
    faults += [f"names {name!r}, which is scored with {WORDSIM}" for name in names if name in WORDSIM_PARTS]
    faults += [f"names {name!r}, which is no set" for name in names if own_file(name)[0].lower() in _NO_SETS]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        faults.append(f"names {', '.join(doubled)} more than once")
    if len(own_sets(names)) > MAX_OWN_SETS:
        faults.append(f"names {len(own_sets(names))} sets of your own; at most {MAX_OWN_SETS} are allowed")
    return faults


def name_faults(name: str) -> list[str]:
    """Return what is wrong with the name of a new set of the user's own."""
    if set_named(name) in RESERVED:
        return [f"{name} is a name of a set that is there already; choose another with --name"]
    if name.lower() in _NO_SETS:
        return [f"{name} is what runs are put in order by, which is no set; choose another with --name"]
    if ":" in name:
        return [f"the name {name!r} holds a colon, which divides a set's name from its column"]
    return [] if re.fullmatch(_OWN, name) else [f"{name!r:.100} can't be a set's name; it is {_NAME}"]


def sets_schema() -> dict[str, Any]:
    """Return what a JSON Schema can tell of the sets that a plan names: not which spelling means which set."""
    return {
        "maxItems": len(CHOICES) + MAX_OWN_SETS,
        "uniqueItems": True,
        "items": {"type": "string", **_set_schema(*WORDSIM_PARTS, *_NO_SETS)},
    }


def pair_set_schema() -> dict[str, Any]:
    """Return the same of `mean_rho` or a set of word pairs that the pipeline scores."""
    scored = (MEAN_RHO, *sets_of_pairs(CHOICES))
    return _set_schema(*(name for name in (*RESERVED, *_NO_SETS) if name not in scored))


def _set_schema(*others: str) -> dict[str, Any]:
    spelling = r"[A-Za-z0-9_. -]* [A-Za-z0-9_. -]*"
    no_sets = "|".join(any_case(name) for name in _NO_SETS if name in others)
    refused = [{"enum": list(others)}, {"pattern": f"^({no_sets})(:|{AT_END})"}]
    return {"pattern": f"^({_OWN}|{spelling}){AT_END}", "not": {"anyOf": refused}}


def own_sets(names: list[str] | tuple[str, ...]) -> list[str]:
    """Return those of a plan's sets that are the user's own."""
    return [name for name in names if name not in CHOICES]


def sets_of_pairs(names: list[str] | tuple[str, ...]) -> list[str]:
    """Return those of a plan's sets that the pipeline scores and that are of word pairs."""
    return [name for name in names if name not in (WORDSIM, ANALOGIES, OWN_TEXT)]


def own_file(name: str) -> tuple[str, str | None]:
    """Return the file's name, without its ending, and the score's column, if named.

    Examples
    --------
    >>> own_file("products:rating"), own_file("products")
    (('products', 'rating'), ('products', None))
    """
    file, _, column = name.partition(":")
    return file, column or None
