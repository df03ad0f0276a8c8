"""A training plan: what to train, on what, how to evaluate it, how to tag it.

A plan is written by a person as JSON, each key optional. `TrainingPlan` is the same with every default
filled in and every rule checked; it is what a run is identified by and what the functions work from.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
)
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails

from wordvectors.blazingtext.hyperparameters import (
    HALF_CHARACTER,
    MEANINGLESS,
    OWN_ENGINE_ONLY,
    Hyperparameters,
    Mode,
    half_character_fault,
    hidden_faults,
    hyperparameter_fault,
    whole_number,
)
from wordvectors.blazingtext.instances import INSTANCE_TYPE
from wordvectors.evaluation.early_stopping import EARLY_STOPPING, EVALUATION_SETS, EarlyStopping
from wordvectors.evaluation.sets import BUILT_IN, chosen_faults, set_named, sets_of_pairs, sets_schema
from wordvectors.json_text import AT_END, FaultyJson, kind_of, no_object, read_object
from wordvectors.lifecycle.engines import (
    SPOT_WAIT_SECONDS,
    Engine,
    early_stopping_faults,
    hyperparameter_faults,
    machine_faults,
    scores_on_the_way,
    writes_checkpoints,
)
from wordvectors.lifecycle.limits import LARGEST_VOLUME_GB, Limits
from wordvectors.lifecycle.plan_schema import tell_rules_between_sections
from wordvectors.lifecycle.tags import MOST_TAGS, tag_faults, tags_schema
from wordvectors.plain_text import UNFIT, did_you_mean, in_plain_words, plain, shown

MIN_RUNTIME_SECONDS = 60
MAX_RUNTIME_SECONDS = 28 * 24 * 3600
"""SageMaker's longest training job."""
SPOT_PATIENCE_SECONDS = 24 * 3600
"""With checkpoints, how long a training may wait for spot capacity beside the time that it may train."""

MAX_PROBE_WORDS, MAX_WORD = 50, 100
LEARNING = frozenset({"engine", "hyperparameters", "resources"})
"""The keys of a plan that say what is learnt, and on what."""


class InvalidPlan(ValueError):
    """A plan that can't be carried out.

    Attributes
    ----------
    faults : tuple of str
        One sentence per fault: the key, what it is, what is allowed.
    readable : TrainingPlan or None
        The plan without what is faulty in it, to look for further faults; None if nothing of it can be read.
    unsound : frozenset of str
        The plan's keys that `readable` can't be relied on for.
    """

    def __init__(
        self, faults: list[str], readable: TrainingPlan | None = None, unsound: frozenset[str] = frozenset()
    ) -> None:
        self.faults, self.readable, self.unsound = tuple(faults), readable, unsound
        super().__init__("; ".join(faults))


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Resources(_Section):
    """The machines of a training job, and how long it may use them."""

    instance_type: Annotated[str, Field(json_schema_extra={"pattern": f"^{INSTANCE_TYPE}{AT_END}"})] = (
        "ml.c5.xlarge"
    )
    instance_count: int = whole_number(1, 1, 20)
    volume_gb: int = whole_number(30, 2, LARGEST_VOLUME_GB)
    max_runtime_seconds: int = whole_number(24 * 3600, MIN_RUNTIME_SECONDS, MAX_RUNTIME_SECONDS)
    spot: bool = False


_BLANKS = rf"[^\S{UNFIT}]*"
_PROBE_WORDS: JsonDict = {
    "maxItems": MAX_PROBE_WORDS,
    "items": {
        "type": "string",
        "maxLength": MAX_WORD,
        "pattern": rf"^{_BLANKS}[^\s{UNFIT}]+{_BLANKS}{AT_END}",
    },
}


class EvaluationChoice(_Section):
    """What a model is scored on, and the words whose neighbours its report shows.

    Attributes
    ----------
    sets : tuple of str
        Built-in ones, and files of the bucket's `evaluation/` by their names.
    probe_words : tuple of str
        None: the report chooses some that the model has.
    """

    sets: Annotated[tuple[str, ...], Field(json_schema_extra=sets_schema())] = BUILT_IN
    probe_words: Annotated[tuple[str, ...], Field(json_schema_extra=_PROBE_WORDS)] = ()

    @field_validator("sets", mode="before")
    @classmethod
    def _known(cls, sets: object) -> tuple[str, ...]:
        if not isinstance(sets, list | tuple) or not all(isinstance(name, str) for name in sets):
            raise ValueError("must be a list of names")
        named = tuple(map(set_named, sets))
        if faults := chosen_faults(list(named)):
            raise ValueError("; ".join(faults))
        return named

    @field_validator("probe_words", mode="before")
    @classmethod
    def _words(cls, words: object) -> tuple[str, ...]:
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
            raise ValueError("must be a list of words")
        if len(words) > MAX_PROBE_WORDS:
            raise ValueError(f"has {len(words)} words; at most {MAX_PROBE_WORDS} are allowed")
        faulty = [
            word for word in words if len(word.split()) != 1 or len(word) > MAX_WORD or plain(word) != word
        ]
        if faulty:
            raise ValueError(
                f"has {', '.join(map(shown, faulty))}; each must be one word of at most {MAX_WORD} characters"
            )
        return tuple(words)


class TrainingPlan(_Section):
    """A plan with every default filled in and every rule checked.

    Attributes
    ----------
    engine : Engine
        What trains. BlazingText is left out where a plan is written, as in the plans of versions that knew no other.
    hyperparameters, resources, evaluation, early_stopping
        See the classes.
    tags : dict of str to str
        Tags of the training job, for cost allocation; the deployment adds its own.
    """

    model_config = ConfigDict(json_schema_extra=tell_rules_between_sections)

    engine: Annotated[Engine, Field(strict=False)] = Engine.BLAZINGTEXT
    hyperparameters: Hyperparameters = Hyperparameters()
    resources: Resources = Field(default_factory=Resources)
    evaluation: EvaluationChoice = Field(default_factory=EvaluationChoice)
    early_stopping: EarlyStopping | None = None
    tags: Annotated[dict[str, str], Field(json_schema_extra=tags_schema())] = Field(default_factory=dict)

    @field_validator("tags", mode="before")
    @classmethod
    def _taggable(cls, tags: object) -> object:
        if not isinstance(tags, dict):
            raise ValueError("must be an object of names and texts")
        faults = tag_faults(tags)
        if len(tags) > MOST_TAGS:
            faults.insert(0, f"has {len(tags)} entries; at most {MOST_TAGS} are allowed")
        if faults:
            raise ValueError("; ".join(faults))
        return tags

    @model_serializer(mode="wrap")
    def _without_what_it_lacks(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = dump(self)
        if self.engine is Engine.BLAZINGTEXT:
            del values["engine"]
        if self.early_stopping is None:
            del values["early_stopping"]
        return values

    @property
    def scored_on_the_way(self) -> tuple[str, ...]:
        """The sets of word pairs that the engine scores after each epoch, beside `mean_rho`."""
        if not scores_on_the_way(self.engine) or not self.hyperparameters.evaluation:
            return ()
        return tuple(sets_of_pairs(self.evaluation.sets))

    def job_hyperparameters(self) -> dict[str, str]:
        """Return the strings that its training job is given."""
        strings = self.hyperparameters.strings()
        if not scores_on_the_way(self.engine) or not self.hyperparameters.evaluation:
            return strings
        strings[EVALUATION_SETS] = json.dumps(self.scored_on_the_way)
        if self.early_stopping is not None:
            strings[EARLY_STOPPING] = self.early_stopping.model_dump_json()
        return strings

    @property
    def longest_seconds(self) -> int:
        """How long its training job may take: training, and on spot capacity waiting too."""
        if not self.resources.spot:
            return self.resources.max_runtime_seconds
        if not writes_checkpoints(self.engine):
            return SPOT_WAIT_SECONDS
        return min(self.resources.max_runtime_seconds + SPOT_PATIENCE_SECONDS, MAX_RUNTIME_SECONDS)

    def canonical_json(self) -> str:
        """Return the plan as JSON with sorted keys and no blanks: equal plans give equal text."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True
        )


def resolve_plan(
    given: Mapping[str, Any], defaults: Mapping[str, Any] | None = None, limits: Limits | None = None
) -> TrainingPlan:
    """Return the plan a person gave, completed by the deployment's defaults and checked.

    Parameters
    ----------
    given
        The plan as read from JSON. `{}` is a valid plan.
    defaults
        The deployment's own defaults, a plan like any other; a key in `given` wins over it.
    limits
        The deployment's limits on instances and volumes; none without a deployment.

    Raises
    ------
    InvalidPlan
        With every fault at once: unknown keys, wrong types, values out of range, hyperparameters that
        the engine refuses, combinations of mode and instances that it does not run on, and instances
        or volumes that the deployment does not allow.

    Examples
    --------
    >>> plan = resolve_plan({"hyperparameters": {"vector_dim": 50}})
    >>> plan.hyperparameters.vector_dim, plan.resources.instance_type
    (50, 'ml.c5.xlarge')
    """
    if not isinstance(given, Mapping):
        raise InvalidPlan([no_object("the plan", given)])
    merged = _merge(defaults or {}, given)
    unsound: frozenset[str] = frozenset()
    readable: TrainingPlan | None
    try:
        readable = plan = TrainingPlan.model_validate(merged)
        mode: Mode | None = plan.hyperparameters.mode
        machines, faults = plan.resources, []
    except ValidationError as invalid:
        faults = [_sentence(error) for error in invalid.errors()]
        learning = merged.get("hyperparameters")
        faults += hidden_faults(learning, faults) if isinstance(learning, Mapping) else []
        faulty = {error["loc"][:2] for error in invalid.errors()}
        mode, machines = _readable_mode(merged, faulty), _readable_resources(merged, faulty)
        readable, unsound = _sound_part(merged)
    names = _names(merged.get("hyperparameters"))
    engines = list(Engine) if "engine" in unsound else [_readable_engine(merged)]
    combined = common_faults(
        [*_combination_faults(engine, mode, machines), *hyperparameter_faults(engine, names)]
        for engine in engines
    )
    if readable is not None and "evaluation" not in unsound:
        evaluated = readable.hyperparameters.evaluation
        faults += common_faults(
            early_stopping_faults(
                engine, readable.early_stopping, readable.evaluation.sets, evaluation=evaluated
            )
            for engine in engines
        )
    if limits is not None:
        combined += limits.resource_faults(
            machines.instance_type, machines.instance_count, machines.volume_gb
        )
    if faults or combined:
        raise InvalidPlan([*faults, *combined], readable, unsound | LEARNING if combined else unsound)
    return plan


def common_faults(by_engine: Iterable[Sequence[str]]) -> list[str]:
    """Return the faults that hold for each engine that a plan may mean, given those of each."""
    first, *others = by_engine
    return [fault for fault in first if all(fault in other for other in others)]


def parse_plan(text: str | bytes) -> dict[str, Any]:
    """Read a plan file's JSON.

    Raises
    ------
    InvalidPlan
        See `wordvectors.json_text.read_object`.
    """
    try:
        return read_object(text, "the plan")
    except FaultyJson as unread:
        raise InvalidPlan([str(unread)]) from None


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan file, for editors and for `wordvectors validate --schema`."""
    schema = TrainingPlan.model_json_schema()
    schema["title"] = "wordvectors training plan"
    return schema


def _merge(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `given` over `defaults`, section by section."""
    merged = dict(defaults)
    for key, value in given.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = {**below, **value}
        else:
            merged[key] = value
    own, resolved = given.get("hyperparameters", {}), merged.get("hyperparameters")
    if isinstance(own, Mapping) and isinstance(resolved, Mapping):
        merged["hyperparameters"] = _without_meaningless_defaults(resolved, own, _readable_engine(merged))
    if "early_stopping" not in given and not scores_on_the_way(_readable_engine(merged)):
        merged.pop("early_stopping", None)
    return merged


def _without_meaningless_defaults(
    merged: Mapping[str, Any], given: Mapping[str, Any], engine: Engine
) -> Mapping[str, Any]:
    """Drop a deployment's default that the mode or the engine a person chose has no use for."""
    foreign = OWN_ENGINE_ONLY if engine is Engine.BLAZINGTEXT else ()
    merged = {name: value for name, value in merged.items() if name in given or name not in foreign}
    try:
        Hyperparameters.model_validate(merged)
    except ValidationError as invalid:
        useless = {error["loc"][0] for error in invalid.errors() if error["type"] == MEANINGLESS}
        return {name: value for name, value in merged.items() if name in given or name not in useless}
    return merged


# A plan that has faults is read as far as it can be: whoever wrote it wants to hear of all of them at once.


def _readable_engine(merged: Mapping[str, Any]) -> Engine:
    given = merged.get("engine")
    return Engine(given) if given in list(Engine) else Engine.BLAZINGTEXT


def _readable_mode(merged: Mapping[str, Any], faulty: set[tuple[int | str, ...]]) -> Mode | None:
    given = merged.get("hyperparameters", {})
    if not isinstance(given, Mapping) or ("hyperparameters", "mode") in faulty:
        return None
    return Hyperparameters.model_validate({name: given[name] for name in given if name == "mode"}).mode


def _readable_resources(merged: Mapping[str, Any], faulty: set[tuple[int | str, ...]]) -> Resources:
    given = merged.get("resources", {})
    known = Resources.model_fields.keys() & given.keys() if isinstance(given, Mapping) else ()
    return Resources.model_construct(
        **{name: given[name] for name in known if ("resources", name) not in faulty}
    )


def _sound_part(merged: Mapping[str, Any]) -> tuple[TrainingPlan | None, frozenset[str]]:
    """Return a plan without what is faulty in it, and its keys of which something was left out."""
    kept, unsound = dict(merged), set[str]()
    while True:
        try:
            return TrainingPlan.model_validate(kept), frozenset(unsound)
        except ValidationError as invalid:
            places = [error["loc"] for error in invalid.errors()]
        if not all(places):
            return None, frozenset()
        for place in places:
            key, section = str(place[0]), kept.get(str(place[0]))
            unsound.add(key)
            if len(place) > 1 and isinstance(section, Mapping) and place[1] in section:
                kept[key] = {name: value for name, value in section.items() if name != place[1]}
            else:
                kept.pop(key, None)


def _names(section: object) -> set[str]:
    return set(section) if isinstance(section, Mapping) else set()


def _combination_faults(engine: Engine, mode: Mode | None, machines: Resources) -> list[str]:
    """Check engine and mode against instances, and spot against time."""
    faults = machine_faults(engine, mode, machines.instance_type, machines.instance_count)
    is_bounded = machines.spot and not writes_checkpoints(engine)
    if is_bounded and machines.max_runtime_seconds > SPOT_WAIT_SECONDS:
        faults.append(
            f"resources.spot is true and max_runtime_seconds is {machines.max_runtime_seconds}; engine {engine} "
            f"writes no checkpoints, so on spot capacity at most {SPOT_WAIT_SECONDS} seconds are allowed"
        )
    return faults


_KEYS = {
    "resources": tuple(Resources.model_fields),
    "evaluation": tuple(EvaluationChoice.model_fields),
    "early_stopping": tuple(EarlyStopping.model_fields),
}


def _sentence(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == HALF_CHARACTER:
        return half_character_fault(where or "the plan", error)
    if error["type"] == "model_type":
        return f"{where} is {kind_of(error['input'])}; it must be an object of names and values"
    if error["loc"][0] == "hyperparameters":
        if error["type"] == "extra_forbidden" and error["loc"][-1] in TrainingPlan.model_fields:
            return f"{where} is a key of the plan, not a hyperparameter: write it beside hyperparameters"
        return hyperparameter_fault(error)
    if error["type"] == "extra_forbidden":
        keys = _KEYS.get(str(error["loc"][0]), tuple(TrainingPlan.model_fields))
        return f"{where} is not a key of a plan{did_you_mean(str(error['loc'][-1]), keys)}"
    if error["type"] == "value_error":
        return f"{where} {error['ctx']['error']}"
    should = in_plain_words(error["msg"])
    if error["loc"][0] == "resources" and (said := Resources.model_fields[str(error["loc"][-1])].description):
        should = f"it should be {said}"
        if isinstance(error["input"], float) and math.isfinite(error["input"]):
            should += ", written without a point"
    return f"{where} is {shown(error['input'])}; {should}"
