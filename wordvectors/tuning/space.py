"""The space of a search: which values each hyperparameter may take, and the plans that they make."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wordvectors.blazingtext.hyperparameters import MEANINGLESS, Hyperparameters, Mode
from wordvectors.figures import plain_value
from wordvectors.lifecycle.plan import InvalidPlan, TrainingPlan, resolve_plan
from wordvectors.plain_text import did_you_mean

_Number = Annotated[int | float, Field(ge=-1e12, le=1e12)]
"""Of an order: what is beyond is no hyperparameter's, nor is what is no number."""
Value = bool | int | float | str
Values = Mapping[str, Value]

_FIXED = ("evaluation", "seed", "threads")
"""What changes no vectors, or is no matter of choice."""
SEARCHABLE = tuple(name for name in Hyperparameters.model_fields if name not in _FIXED)
_NUMBERS = {name for name in SEARCHABLE if Hyperparameters.model_fields[name].annotation in (int, float)}
_WHOLE = {name for name in _NUMBERS if Hyperparameters.model_fields[name].annotation is int}
NEAR_EDGE = 0.05
"""A best value within this share of a range's length from its end is said to lie at the edge."""


class Range(BaseModel):
    """Numbers from `low` to `high`, both included; by their logarithms if `log`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    low: _Number
    high: _Number
    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"reaches from {self.low:g} to {self.high:g}; low must be less than high")
        if self.log and self.low <= 0:
            raise ValueError(f"is logarithmic and begins at {self.low:g}; it must begin above 0")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        """The values whose faults are those of all values between them."""
        return self.low, self.high

    def share(self, value: float) -> float:
        """Return where in the range a value lies: 0 at its low end, 1 at its high end; it may lie outside."""
        if self.log and value <= 0:
            return -math.inf
        low, high, value = (math.log(one) if self.log else one for one in (self.low, self.high, value))
        return (value - low) / (high - low)


class Choices(BaseModel):
    """One of several values."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    choices: Annotated[
        tuple[bool | _Number | Annotated[str, Field(max_length=100)], ...],
        Field(strict=False, min_length=2, max_length=50),
    ]

    @model_validator(mode="after")
    def _differ(self) -> Choices:
        if len({repr(choice) for choice in self.choices}) < len(self.choices):
            raise ValueError("names a choice more than once")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        """All of them: each may have faults of its own."""
        return self.choices


Parameter = Range | Choices
Space = Mapping[str, Parameter]


def default_space(plan: TrainingPlan, tokens: int | None) -> dict[str, Parameter]:
    """Return the space of a corpus whose user names none.

    Around BlazingText's defaults and the ranges that the developer guide recommends ("Tune a BlazingText Model"): a
    small corpus is read more often and given fewer dimensions. What changes which words are learnt, `min_count`, is
    left as it is: a model that knows fewer of the set's words is asked other pairs, and its score says less.

    Parameters
    ----------
    plan
        Whose mode the space is for.
    tokens
        Of the corpus, in words; None if that is not known.
    """
    small = tokens is None or tokens < 10_000_000
    space: dict[str, Parameter] = {
        "learning_rate": Range(low=0.005, high=0.1, log=True),
        "epochs": Range(low=5, high=30) if small else Range(low=3, high=15),
        "vector_dim": Range(low=50, high=200) if small else Range(low=100, high=400),
        "window_size": Range(low=2, high=15),
        "negative_samples": Range(low=3, high=20),
        "sampling_threshold": Range(low=1e-5, high=1e-3, log=True),
    }
    if plan.hyperparameters.subwords:
        space["min_char"] = Range(low=2, high=4)
    return space


def trial_plan(base: TrainingPlan, values: Values, seed: int | None = None) -> TrainingPlan:
    """Return the plan of a trial.

    What a trial's mode has no use for is left out, as where a user's plan meets a deployment's defaults; so are
    subwords, which batch_skipgram does not have, and n-grams that would end before they begin.
    """
    learnt: dict[str, Any] = {**base.hyperparameters.model_dump(mode="json"), **values}
    if learnt["mode"] == Mode.BATCH_SKIPGRAM:
        learnt["subwords"] = False
    if "min_char" in learnt and "max_char" in learnt:
        learnt["max_char"] = max(learnt["max_char"], learnt["min_char"])
    if seed is not None:
        learnt["seed"] = seed
    return base.model_copy(update={"hyperparameters": _meaningful(learnt)})


def _meaningful(learnt: Mapping[str, Any]) -> Hyperparameters:
    try:
        return Hyperparameters.model_validate(learnt)
    except ValidationError as invalid:
        useless = {error["loc"][0] for error in invalid.errors() if error["type"] == MEANINGLESS}
        return Hyperparameters.model_validate({name: learnt[name] for name in learnt if name not in useless})


def values_of(plan: TrainingPlan, space: Space) -> dict[str, Value]:
    """Return a plan's own values of what is searched; those that its mode does not use are left out."""
    learnt = plan.hyperparameters.model_dump(mode="json")
    return {name: learnt[name] for name in space if name in learnt}


def covers(space: Space, values: Values) -> bool:
    """Whether the values are a point of the space."""
    return values.keys() == space.keys() and all(
        parameter.low <= values[name] <= parameter.high  # type: ignore[operator]
        if isinstance(parameter, Range)
        else values[name] in parameter.choices
        for name, parameter in space.items()
    )


def extreme_plans(base: TrainingPlan, space: Space) -> Iterator[TrainingPlan]:
    """Yield the plans at the ends of each hyperparameter, for checks of volume and memory."""
    for name, parameter in space.items():
        for value in parameter.ends:
            yield trial_plan(base, {name: value})


def name_faults(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name of a space that is no hyperparameter, or none that can be searched."""
    return [
        f"space.{name} can't be searched"
        + (did_you_mean(name, SEARCHABLE) or f"; known are {', '.join(SEARCHABLE)}")
        for name in names
        if name not in SEARCHABLE
    ]


def space_faults(space: Space, base: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a space: unknown names, values that the engine refuses.

    Parameters
    ----------
    base
        The plan that the trials complete, as JSON.
    """
    faults = name_faults(space)
    for name, parameter in space.items():
        if name not in SEARCHABLE:
            continue
        if isinstance(parameter, Range) and name not in _NUMBERS:
            faults.append(f"space.{name} is a range, but {name} is not a number; give its choices")
        else:
            faults += _value_faults(name, parameter, space, base)
    return faults


def faults_beside_any_plan(space: Space) -> list[str]:
    """Return what is wrong with a space whatever plan the trials complete, as where that can't be read."""
    modes: dict[str, Parameter] = {
        "mode": Choices(choices=tuple(mode.value for mode in Mode)),
        "subwords": Choices(choices=(True, False)),
    }
    return space_faults({**modes, **space}, {})


def _value_faults(name: str, parameter: Parameter, space: Space, base: Mapping[str, Any]) -> list[str]:
    """Check the ends of a hyperparameter beside the modes that are searched; one in which it is right will do."""
    others = [
        [{key: value} for value in found.choices]
        for key in ("mode", "subwords")
        if key != name and isinstance(found := space.get(key), Choices)
    ]
    fewest: list[str] | None = None
    for beside in product(*others):
        given = {key: value for one in beside for key, value in one.items()}
        faults = [fault for value in parameter.ends for fault in _faults_of({**given, name: value}, base)]
        if fewest is None or len(faults) < len(fewest):
            fewest = faults
    return [
        fault if fault.startswith("hyperparameters.") else f"space.{name}: {fault}"
        for fault in dict.fromkeys(fewest or [])
    ]


def _faults_of(values: Values, base: Mapping[str, Any]) -> tuple[str, ...]:
    own = base.get("hyperparameters", {})
    mode = values.get("mode", own.get("mode", Mode.BATCH_SKIPGRAM))
    unused = (
        {"batch_size"} if mode != Mode.BATCH_SKIPGRAM else {"subwords", "min_char", "max_char", "buckets"}
    )
    kept = {key: value for key, value in own.items() if key not in unused}
    try:
        resolve_plan({**base, "hyperparameters": {**kept, **values}})
    except InvalidPlan as invalid:
        return invalid.faults
    return ()


class Edge(BaseModel):
    """A best value at the end of its range, or outside of it, where the plan without changes may lie.

    Attributes
    ----------
    end : float
        The end that it lies at, or beyond.
    beyond : float
        How far the range should reach instead.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    end: float
    beyond: float

    @property
    def text(self) -> str:
        """Where the value lies, and what follows from it: the end of a sentence that begins with the value."""
        end = plain_value(self.end)
        if (self.value - self.end) * (self.beyond - self.end) > 0:
            return f"outside of its range, which ends at {end}: there was no search around it"
        return f"at the end of its range: it may be better beyond {end}"


def edges(space: Space, values: Values) -> list[Edge]:
    """Return which of the best values lie outside of their range, or at an end beyond which more is allowed."""
    found = []
    for name, parameter in space.items():
        value = values.get(name)
        if not isinstance(parameter, Range) or not isinstance(value, int | float):
            continue
        share = parameter.share(value)
        if NEAR_EDGE < share < 1 - NEAR_EDGE:
            continue
        end = parameter.low if share <= NEAR_EDGE else parameter.high
        beyond = _beyond(name, parameter, value, at_low=share <= NEAR_EDGE)
        if beyond != end:
            found.append(Edge(name=name, value=value, end=end, beyond=beyond))
    return found


def _beyond(name: str, range: Range, value: float, *, at_low: bool) -> float:
    """Return an end half of the range's length beyond its own or, outside of it, the value, within what is allowed."""
    furthest = min(range.low, value) if at_low else max(range.high, value)
    if range.log and furthest <= 0:
        return furthest
    start, low, high = (
        math.log(one) if range.log else float(one) for one in (furthest, range.low, range.high)
    )
    reached = start - (high - low) / 2 if at_low else start + (high - low) / 2
    reached = math.exp(reached) if range.log else reached
    for rule in Hyperparameters.model_fields[name].metadata:
        reached = max(reached, getattr(rule, "ge", reached))
        reached = min(reached, getattr(rule, "le", reached))
        if getattr(rule, "lt", None) is not None:
            reached = min(reached, (furthest + rule.lt) / 2)
    reached = round(reached) if name in _WHOLE else float(f"{reached:.3g}")
    return min(reached, furthest) if at_low else max(reached, furthest)


def wider(space: Space, at_edge: list[Edge]) -> dict[str, Parameter]:
    """Return the space with the ranges lengthened beyond the edges; one that then begins at 0 has no logarithms."""
    longer = dict(space)
    for edge in at_edge:
        found = longer[edge.name]
        assert isinstance(found, Range)
        side = "low" if edge.end == found.low else "high"
        is_log = found.log and edge.beyond > 0
        longer[edge.name] = found.model_copy(update={side: edge.beyond, "log": is_log})
    return longer


def is_whole(name: str) -> bool:
    """Whether a hyperparameter's values are whole numbers."""
    return name in _WHOLE
