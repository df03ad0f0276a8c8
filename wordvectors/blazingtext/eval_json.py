"""The eval.json that BlazingText writes beside its vectors: written and read.

Standard library only. The shape, as published job logs show it: keys sorted, indented by four, the three
WordSim-353 sets each with `not_found`, `spearmans_rho` and `total_pairs`, and `mean_rho`, the mean of the
three `spearmans_rho`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from wordvectors.json_text import parse_json

EVAL_JSON = "eval.json"

ALL, REL, SIM = "WS-353", "WS-353-REL", "WS-353-SIM"
SETS = (ALL, REL, SIM)
"""The sets of BlazingText's own evaluation, in the order in which they enter the mean."""
FILE_NAMES = {ALL: "EN-WS-353-ALL.txt", REL: "EN-WS-353-REL.txt", SIM: "EN-WS-353-SIM.txt"}
"""What eval.json calls them; no one else does."""
_NAMES = {file: name for name, file in FILE_NAMES.items()}

MEAN_RHO = "mean_rho"
_RHO, _NOT_FOUND, _TOTAL = "spearmans_rho", "not_found", "total_pairs"
_ROUNDING = 1e-9
MAX_SETS, MAX_NAME_CHARACTERS = 100, 255
"""A run's row holds a set in some 150 bytes and its name, and DynamoDB a row of 400 KB."""
MAX_COUNT, LEAST_RHO = 10**12, 1e-100
"""DynamoDB holds 38 digits and nothing but 0 below 1e-130."""


def set_of(file_name: str) -> str:
    """Return the name of the set that eval.json calls so; another name as it is."""
    return _NAMES.get(file_name, file_name)


class EvalJsonError(ValueError):
    """An eval.json that is not what BlazingText writes; the message names the place and the fault."""


@dataclass(frozen=True)
class SetScore:
    """The score of one word-pair set, with what it rests on.

    Attributes
    ----------
    spearmans_rho : float or None
        Spearman's rank correlation between human scores and cosines, -1 to 1. `None` means *no score*:
        fewer than two pairs had both words in the vocabulary, or all of one side are equal.
        (BlazingText writes 0.0 there, which is not a bad score but none at all.)
    not_found : int
        Pairs with a word outside the vocabulary; they are skipped.
    total_pairs : int
        Lines of the set.
    """

    spearmans_rho: float | None
    not_found: int
    total_pairs: int

    @property
    def found(self) -> int:
        """Number of pairs that were scored."""
        return self.total_pairs - self.not_found

    @property
    def coverage(self) -> float:
        """Share of the pairs that were scored, 0 to 1."""
        return self.found / self.total_pairs if self.total_pairs else 0.0


@dataclass(frozen=True)
class Evaluation:
    """What an eval.json says.

    Attributes
    ----------
    mean_rho : float or None
        Mean of the sets' rho as BlazingText computed it; a set without pairs counts as 0 in it.
        `None` (no score) when no set has a score.
    sets : dict of str to SetScore
        By the set's name.
    """

    mean_rho: float | None
    sets: dict[str, SetScore]


def evaluation_document(scores: Mapping[str, SetScore]) -> dict[str, object]:
    """Return the document that BlazingText would write for these scores; no score becomes its 0.0."""
    rhos = {name: score.spearmans_rho or 0.0 for name, score in scores.items()}
    document: dict[str, object] = {
        FILE_NAMES.get(name, name): {_RHO: rhos[name], _NOT_FOUND: score.not_found, _TOTAL: score.total_pairs}
        for name, score in scores.items()
    }
    document[MEAN_RHO] = _mean(list(rhos.values()))
    return document


def eval_json(document: Mapping[str, object]) -> str:
    """Return an evaluation document as the text of eval.json: keys sorted, indented by four.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON cannot carry.
    """
    return json.dumps(document, indent=4, sort_keys=True, allow_nan=False)


def read_eval_json(content: bytes | str) -> Evaluation:
    """Read an eval.json.

    Parameters
    ----------
    content
        The file's content. BlazingText's three sets must be there; further sets of the same shape may be.

    Returns
    -------
    Evaluation
        A set of which fewer than two pairs were found has no score (`None`), never 0; and when that is so
        for every set, `mean_rho` is `None` too.

    Raises
    ------
    EvalJsonError
        Naming the place: not JSON, NaN or infinity, a missing key, a value of the wrong type or range.
    """
    try:
        document = parse_json(content, parse_constant=_refuse_constant)
    except EvalJsonError:
        raise
    except ValueError as fault:
        raise EvalJsonError(f"eval.json is not JSON: {fault}") from None
    if not isinstance(document, dict):
        raise EvalJsonError(f"eval.json must hold an object, not {_kind(document)}")
    missing = [name for name in (*FILE_NAMES.values(), MEAN_RHO) if name not in document]
    if missing:
        raise EvalJsonError(f"eval.json lacks {', '.join(missing)}")
    if len(document) - 1 > MAX_SETS:
        raise EvalJsonError(f"eval.json holds {len(document) - 1:,} sets; at most {MAX_SETS} are read")
    for name in document:
        if not name:
            raise EvalJsonError("eval.json: a set has no name")
        if len(name) > MAX_NAME_CHARACTERS:
            raise EvalJsonError(
                f"eval.json: the name {name[:40]!r}… has {len(name):,} characters; "
                f"at most {MAX_NAME_CHARACTERS} are read"
            )
    sets = {set_of(name): _set_score(name, entry) for name, entry in document.items() if name != MEAN_RHO}
    mean_rho = _rho(MEAN_RHO, document[MEAN_RHO])
    scored = any(score.spearmans_rho is not None for score in sets.values())
    return Evaluation(mean_rho if scored else None, sets)


def _mean(rhos: list[float]) -> float:
    """Return the mean, added up from left to right; Python 3.12's `sum` compensates, and differs."""
    total = 0.0
    for rho in rhos:
        total += rho
    return total / len(rhos)


def _set_score(name: str, entry: object) -> SetScore:
    if not isinstance(entry, dict):
        raise EvalJsonError(f"eval.json: {name} must be an object, not {_kind(entry)}")
    missing = [key for key in (_RHO, _NOT_FOUND, _TOTAL) if key not in entry]
    if missing:
        raise EvalJsonError(f"eval.json: {name} lacks {', '.join(missing)}")
    rho = _rho(f"{name}.{_RHO}", entry[_RHO])
    not_found = _count(f"{name}.{_NOT_FOUND}", entry[_NOT_FOUND])
    total = _count(f"{name}.{_TOTAL}", entry[_TOTAL])
    if not_found > total:
        raise EvalJsonError(f"eval.json: {name}.{_NOT_FOUND} is {not_found}, more than {_TOTAL} {total}")
    return SetScore(rho if total - not_found > 1 else None, not_found, total)


def _rho(place: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvalJsonError(f"eval.json: {place} must be a number, not {_kind(value)}")
    if not -1 - _ROUNDING <= value <= 1 + _ROUNDING:
        raise EvalJsonError(f"eval.json: {place} is {value!r:.30}; a correlation lies between -1 and 1")
    if 0 < abs(value) < LEAST_RHO:
        raise EvalJsonError(f"eval.json: {place} is {value!r}; what is not 0 is at least {LEAST_RHO}")
    return float(value)


def _count(place: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise EvalJsonError(f"eval.json: {place} must be a whole number, not {_kind(value)}")
    if value < 0:
        raise EvalJsonError(f"eval.json: {place} is {value}; a number of pairs is not negative")
    if value > MAX_COUNT:
        raise EvalJsonError(f"eval.json: {place} has {len(str(value))} digits; at most {MAX_COUNT:,} is read")
    return value


def _refuse_constant(name: str) -> float:
    raise EvalJsonError(
        f"eval.json holds {name}, which is not a number: the training diverged or the file is damaged"
    )


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), f"the number {value!r:.20}")
