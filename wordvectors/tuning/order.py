"""The order of a search: `tunings/NAME.json`, each key but `corpus` optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from wordvectors.blazingtext.eval_json import ALL, REL, SIM
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import ANALOGIES, OWN_TEXT, chosen_faults, set_named
from wordvectors.json_text import FaultyJson, kind_of, read_object
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.keys import CORPORA, CORPUS_SUFFIX, REPORT, is_corpus_key
from wordvectors.plain_text import did_you_mean, in_plain_words, shown
from wordvectors.tuning.space import Parameter, name_faults

TUNINGS, ORDER_SUFFIX = "tunings/", ".json"
MOST_TRIALS, MOST_SIDE_BY_SIDE, MOST_HOURS = 100, 10, 168
_LEAST = 1e-6
"""Of an order's weights, dollars, hours and target: each must fit into the table, which holds no 1e-300."""

OF_WORDSIM = (MEAN_RHO, ALL, REL, SIM)
"""Scores that BlazingText's own evaluation gives."""


class InvalidTuning(ValueError):
    """An order that can't be carried out.

    Attributes
    ----------
    faults : list of str
        One sentence for each.
    readable : TuningOrder or None
        The order without its faulty keys, to look for further faults; None if nothing of it can be read.
    unsound : frozenset of str
        The keys that `readable` lacks.
    """

    def __init__(
        self, faults: list[str], readable: TuningOrder | None = None, unsound: frozenset[str] = frozenset()
    ) -> None:
        super().__init__("; ".join(faults))
        self.faults, self.readable, self.unsound = faults, readable, unsound


class TuningOrder(BaseModel):
    """What is searched, for what, and what it may take.

    Attributes
    ----------
    corpus : str
        Its name, or its key; it lies in the bucket.
    space : dict or None
        By hyperparameter a `Range` or `Choices`; None: one that suits the mode and the corpus's size.
    objective : dict of str to float
        Scores and their weights; in JSON one name will do. `mean_rho`, a built-in set, or one of the user's own.
    with_cost : bool
        Whether what a training takes is a second objective, to be minimised.
    trials, side_by_side : int
        Trainings of the search, the plan without changes among them; and how many at a time.
    max_cost : float or None
        What all of it may cost, in USD, at most. None: as much as a single run may in this deployment.
    max_hours : float
        After so long no training starts any more.
    patience : int or None
        The search ends after so many trials that were no better than the best before them.
    target : float or None
        The search ends when a trial scores this.
    engine : Engine or None
        Over the plan's.
    plan : dict
        What stays fixed, as in a training plan.
    finalists, repeats : int
        How many of the best are trained again, and with them the plan without changes; and how often. No repeats, no
        test.
    from_runs : bool
        Whether earlier runs of the corpus are told to the search.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    corpus: Annotated[str, Field(min_length=1, max_length=1024)]
    space: Annotated[dict[str, Parameter], Field(min_length=1)] | None = None
    objective: Annotated[
        dict[str, Annotated[float, Field(ge=_LEAST, le=1000)]], Field(min_length=1, max_length=8)
    ] = {MEAN_RHO: 1.0}
    with_cost: bool = False
    trials: Annotated[int, Field(ge=2, le=MOST_TRIALS)] = 12
    side_by_side: Annotated[int, Field(ge=1, le=MOST_SIDE_BY_SIDE)] = 2
    max_cost: Annotated[float, Field(ge=_LEAST, le=1e9)] | None = None
    max_hours: Annotated[float, Field(ge=_LEAST, le=MOST_HOURS)] = 24
    patience: Annotated[int, Field(ge=2, le=MOST_TRIALS)] | None = None
    target: Annotated[float, Field(ge=_LEAST, le=1)] | None = None
    engine: Annotated[Engine, Field(strict=False)] | None = None
    plan: dict[str, Any] = {}
    finalists: Annotated[int, Field(ge=1, le=5)] = 3
    repeats: Annotated[int, Field(ge=0, le=10)] = 3
    from_runs: bool = False

    @field_validator("objective", mode="before")
    @classmethod
    def _one_name_will_do(cls, given: object) -> object:
        weights = {given: 1.0} if isinstance(given, str) else given
        if not isinstance(weights, dict) or not all(isinstance(name, str) for name in weights):
            return weights
        named = {set_named(name): weight for name, weight in weights.items()}
        if len(named) < len(weights):
            raise ValueError(f"names one of {', '.join(named)} more than once")
        return named

    @field_validator("objective")
    @classmethod
    def _are_scores(cls, weights: dict[str, float]) -> dict[str, float]:
        if faults := chosen_faults([name for name in weights if name not in OF_WORDSIM]):
            raise ValueError("; ".join(faults))
        return weights

    @property
    def corpus_key(self) -> str:
        """The key of the corpus, named with or without `corpora/` and `.txt`."""
        return f"{CORPORA}{self.corpus.removeprefix(CORPORA).removesuffix(CORPUS_SUFFIX)}{CORPUS_SUFFIX}"

    @property
    def trainings(self) -> int:
        """How many trainings it plans: the trials, and the repeats of the finalists and of the plan without changes."""
        return self.trials + (self.finalists + 1) * self.repeats

    @property
    def sets(self) -> tuple[str, ...]:
        """The evaluation sets that a plan has to name so that the objective is scored.

        Not among them is what every run is scored on that is scored at all: what BlazingText's evaluation gives, and
        the own text.
        """
        return tuple(name for name in self.objective if name not in (*OF_WORDSIM, OWN_TEXT))

    @property
    def pair_set(self) -> str | None:
        """The set of word pairs that weighs most: models are compared on it. None: there is none."""
        pairs = {name: weight for name, weight in self.objective.items() if name not in (ANALOGIES, OWN_TEXT)}
        if not pairs:
            return None
        heaviest = max(pairs, key=lambda name: pairs[name])
        return ALL if heaviest == MEAN_RHO else heaviest

    def to_json(self) -> dict[str, Any]:
        """Return what was given, as an order to be sent again."""
        return self.model_dump(mode="json", exclude_unset=True)


def parse_order(text: bytes) -> TuningOrder:
    """Read an order.

    Raises
    ------
    InvalidTuning
        With every fault that the order shows by itself.
    """
    given = order_object(text)
    try:
        return TuningOrder.model_validate(given)
    except ValidationError as invalid:
        space = given.get("space")
        unknown = name_faults(map(str, space)) if isinstance(space, Mapping) else []
        unsound = frozenset(str(error["loc"][0]) for error in invalid.errors())
        kept = {"corpus": "unnamed"} | {name: value for name, value in given.items() if name not in unsound}
        raise InvalidTuning(
            [*_sentences(invalid.errors()), *unknown], TuningOrder.model_validate(kept), unsound
        ) from None


def order_object(text: bytes) -> dict[str, Any]:
    """Read an order's JSON, and not yet what it says.

    Raises
    ------
    InvalidTuning
        See `wordvectors.json_text.read_object`.
    """
    try:
        return read_object(text, "the order")
    except FaultyJson as unread:
        raise InvalidTuning([str(unread)]) from None


def order_schema() -> dict[str, Any]:
    """Return the JSON Schema of an order, for editors and for `wordvectors tune --schema`."""
    schema = TuningOrder.model_json_schema()
    schema["title"] = "wordvectors tuning"
    objective = schema["properties"]["objective"]
    schema["properties"]["objective"] = {"anyOf": [{"type": "string"}, objective], "default": MEAN_RHO}
    return schema


def _sentences(errors: Sequence[ErrorDetails]) -> list[str]:
    """Return the faults; of a hyperparameter one, though it is read as a range and as choices."""
    said: dict[str, str] = {}
    for error in errors:
        where = ".".join(str(part) for part in error["loc"])
        if error["loc"][0] != "space" or len(error["loc"]) < 2:
            said[where] = _sentence(where, error)
            continue
        name = ".".join(str(part) for part in error["loc"][:2])
        said.setdefault(
            name,
            f'{name} must be a range, {{"low": 1, "high": 9, "log": true}}, or two choices or more, '
            '{"choices": [1, 9]}',
        )
        if error["type"] == "value_error":
            said[name] = f"{name} {error['ctx']['error']}"
        elif error["type"] in ("greater_than_equal", "less_than_equal"):
            said[name] = _sentence(name, error)
    return list(said.values())


def _sentence(where: str, error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return f"{where} is missing; it must name the corpus"
    if error["type"] == "extra_forbidden":
        known = tuple(TuningOrder.model_fields)
        advice = did_you_mean(where, known) or f"; known are {', '.join(known)}"
        return f"{where} is not a key of an order{advice}"
    if error["type"] == "value_error":
        return f"{where} {error['ctx']['error']}"
    if error["type"] == "too_short" and not error["input"]:
        what = "hyperparameter" if where == "space" else "score"
        return f"{where} is empty; name one {what} or more, or leave it out"
    if error["type"] == "too_long":
        return f"{where} has too many entries; at most {error['ctx']['max_length']} are allowed"
    if error["type"] == "dict_type":
        return f"{where} is {kind_of(error['input'])}; it must be an object of names and values"
    return f"{where} is {shown(error['input'])}; {in_plain_words(error['msg'])}"


def tuning_name(key: str) -> str:
    """Return NAME of `tunings/NAME.json`.

    Examples
    --------
    >>> tuning_name("tunings/blogs.json")
    'blogs'
    """
    return key.removeprefix(TUNINGS).removesuffix(ORDER_SUFFIX)


def order_key(name: str) -> str:
    """Return the key of an order."""
    return f"{TUNINGS}{name}{ORDER_SUFFIX}"


def report_key(tuning_id: str) -> str:
    """Return the key of a tuning's page.

    Examples
    --------
    >>> report_key("tuning-blogs-0123456789ab"), is_order_key(report_key("tuning-blogs-0123456789ab"))
    ('tunings/tuning-blogs-0123456789ab/report.html', False)
    """
    return f"{TUNINGS}{tuning_id}/{REPORT}"


def is_order_key(key: str) -> bool:
    """Whether an object with this key is an order: `tunings/NAME.json`, and NAME as a corpus's.

    Examples
    --------
    >>> is_order_key("tunings/blogs.json"), is_order_key("tunings/../models/x.json")
    (True, False)
    """
    is_here = key.startswith(TUNINGS) and key.endswith(ORDER_SUFFIX)
    return is_here and is_corpus_key(f"{CORPORA}{tuning_name(key)}{CORPUS_SUFFIX}")
