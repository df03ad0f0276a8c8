"""BlazingText's hyperparameters in its word2vec modes: types, ranges, defaults, and the rules between them.

Sources
-------
SageMaker developer guide, "BlazingText hyperparameters"; the `validator.py` of AWS's own examples for the
bounds of vector_dim, batch_size and sampling_threshold. Where neither has a bound, it is one that no training
needs to pass, so that every number fits into vectors.bin and into a run's row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from wordvectors.json_text import any_case
from wordvectors.plain_text import did_you_mean, shown

MEANINGLESS = "meaningless"
"""Type of the error that a hyperparameter is given which the mode has no use for."""
HALF_CHARACTER = "string_unicode"
"""Pydantic's type of the error that a text holds half a character."""


class Mode(StrEnum):
    """How vectors are learnt."""

    BATCH_SKIPGRAM = "batch_skipgram"
    SKIPGRAM = "skipgram"
    CBOW = "cbow"


class InvalidHyperparameters(ValueError):
    """Hyperparameters that BlazingText would refuse.

    Attributes
    ----------
    faults : tuple of str
        One sentence per fault, each naming the key, the value given and what is allowed.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


def _number(given: object) -> object:
    if given is None or isinstance(given, bool):  # which pydantic would count as 0 or 1
        raise ValueError
    return given


def _truth(given: object) -> object:
    said = given.strip().lower() if isinstance(given, str) else given
    return said == "true" if said in ("true", "false") else given


_Whole = Annotated[int, BeforeValidator(_number)]
_WholeOrNone = Annotated[int | None, BeforeValidator(_number)]
_Real = Annotated[float, BeforeValidator(_number)]
_Truth = Annotated[StrictBool, BeforeValidator(_truth)]


def whole_number(default: int, least: int, most: int) -> Any:
    """Return a pydantic field of a whole number, which says in words what is allowed."""
    return Field(default, ge=least, le=most, description=f"a whole number from {least} to {most:,}")


def _real(default: float, least: float, most: float) -> Any:
    return Field(default, ge=least, le=most, description=f"a number from {least:g} to {most:g}")


def _own(least: int, most: int) -> Any:
    said = f"a whole number from {least} to {most:,}, with the project's own engine alone"
    return Field(None, ge=least, le=most, description=said)


def _flag(default: bool) -> Any:
    return Field(default, description="true or false")


UNBATCHED = {"enum": [mode.value for mode in Mode if mode is not Mode.BATCH_SKIPGRAM]}
"""Schema of the modes without batches, which train on one machine."""


def _flag_texts(*flags: bool) -> dict[str, Any]:
    """Return the schema of flags as text, as `_truth` reads them."""
    return {
        "type": "string",
        "pattern": rf"^\s*({'|'.join(any_case(str(flag).lower()) for flag in flags)})\s*$",
    }


def flag_schema(flag: bool) -> dict[str, Any]:
    """Return the schema of just this value of a flag."""
    return {"anyOf": [{"const": flag}, _flag_texts(flag)]}


_TEXTS = {
    "integer": {"type": "string", "pattern": r"^\s*[+-]?[0-9]+(_[0-9]+)*(\.0+)?\s*$"},
    "number": {
        "type": "string",
        "pattern": r"^(?!.*__)(?!.*_\s*$)\s*([+-]_?)?([0-9][0-9_]*\.?[0-9_]*|\._?[0-9][0-9_]*)"
        r"([eE][+-]?_?[0-9][0-9_]*)?\s*$",
    },
    "boolean": _flag_texts(True, False),
}
"""Schemas of the texts that pydantic reads as a value of a type."""


def _schema(schema: dict[str, Any]) -> None:
    """Let each value be text as well, and tell the rules between fields that a schema can tell."""
    for name, rule in schema["properties"].items():
        said = {key: rule.pop(key) for key in ("default", "description", "title") if key in rule}
        if name in OWN_ENGINE_ONLY:
            rule = next(one for one in rule["anyOf"] if one["type"] != "null")
        either = rule if "$ref" in rule else {"anyOf": [rule, _TEXTS[rule["type"]]]}
        schema["properties"][name] = {**said, **either}

    def given(name: str, rule: dict[str, Any]) -> dict[str, Any]:
        return {"properties": {name: rule}, "required": [name]}

    without = {"properties": dict.fromkeys(_ONLY_WITH_SUBWORDS, False)}
    schema["allOf"] = [
        {
            "if": given("mode", UNBATCHED),
            "then": {"properties": {"batch_size": False}},
        },
        {"if": given("subwords", flag_schema(False)), "then": without},
        {"if": given("subwords", flag_schema(True)), "then": {"properties": {"mode": UNBATCHED}}},
    ]


_ONLY_WITH_SUBWORDS = ("buckets", "min_char", "max_char")
OWN_ENGINE_ONLY = ("seed", "threads")
"""What BlazingText has no such hyperparameter for; the project's own engine does."""
DEFAULT_SEED, LARGEST_SEED, MOST_THREADS = 1, 2**31 - 1, 1024


class Hyperparameters(BaseModel):
    """Hyperparameters of a training, with BlazingText's defaults for those that are not given.

    Read from values, from text, or from the strings in which SageMaker carries them. `mode` is required by
    BlazingText; here it defaults to the mode for CPU instances. Written out are those that the mode uses:
    `batch_size` with `batch_skipgram`, and `buckets`, `min_char` and `max_char` with `subwords`.

    Attributes
    ----------
    seed, threads
        Where random numbers start, and how many threads train, in the project's own engine; BlazingText has neither,
        and is never given them. None: `DEFAULT_SEED`, and as many threads as the instance has processors.

    Examples
    --------
    >>> Hyperparameters.read({"mode": "cbow", "vector_dim": "50"}).vector_dim
    50
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_schema)

    # A validator sees the fields before its own: those on which others depend come first.
    mode: Mode = Field(default=Mode.BATCH_SKIPGRAM, description=f"one of {', '.join(Mode)}")
    subwords: _Truth = _flag(False)
    batch_size: _Whole = whole_number(11, 1, 32)
    buckets: _Whole = whole_number(2_000_000, 1, 1_000_000_000)
    min_char: _Whole = whole_number(3, 1, 100)
    max_char: _Whole = whole_number(6, 1, 100)
    epochs: _Whole = whole_number(5, 1, 1_000_000)
    evaluation: _Truth = _flag(True)
    learning_rate: _Real = _real(0.05, 1e-6, 100)
    min_count: _Whole = whole_number(5, 0, 1_000_000_000)
    negative_samples: _Whole = whole_number(5, 1, 1000)
    sampling_threshold: _Real = Field(
        default=0.0001, ge=1e-9, lt=1, description="a number from 1e-09 to less than 1"
    )
    vector_dim: _Whole = whole_number(100, 1, 2048)
    window_size: _Whole = whole_number(5, 1, 1000)
    seed: _WholeOrNone = _own(0, LARGEST_SEED)
    threads: _WholeOrNone = _own(1, MOST_THREADS)

    @field_validator("subwords")
    @classmethod
    def _fits_the_mode(cls, subwords: bool, known: ValidationInfo) -> bool:
        if subwords and known.data.get("mode") is Mode.BATCH_SKIPGRAM:
            raise ValueError("is true, but batch_skipgram has no subwords; use skipgram or cbow")
        return subwords

    @field_validator("batch_size")
    @classmethod
    def _only_in_batches(cls, size: int, known: ValidationInfo) -> int:
        mode = known.data.get("mode", Mode.BATCH_SKIPGRAM)
        if mode is not Mode.BATCH_SKIPGRAM:
            raise PydanticCustomError(
                MEANINGLESS, "has no meaning with mode {mode}; leave it out", {"mode": mode}
            )
        return size

    @field_validator(*_ONLY_WITH_SUBWORDS)
    @classmethod
    def _only_with_subwords(cls, value: int, known: ValidationInfo) -> int:
        if known.data.get("subwords") is False:
            raise PydanticCustomError(
                MEANINGLESS, "has no meaning without subwords; leave it out or set subwords"
            )
        return value

    @model_validator(mode="after")
    def _lengths_in_order(self) -> Self:
        if self.min_char > self.max_char:
            raise ValueError(f"min_char is {self.min_char}, more than max_char {self.max_char}")
        return self

    @model_serializer(mode="wrap")
    def _used(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unused = () if self.mode is Mode.BATCH_SKIPGRAM else ("batch_size",)
        if not self.subwords:
            unused = (*unused, *_ONLY_WITH_SUBWORDS)
        unused = (*unused, *(name for name in OWN_ENGINE_ONLY if getattr(self, name) is None))
        return {name: value for name, value in dump(self).items() if name not in unused}

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Self:
        """Read hyperparameters by name.

        Raises
        ------
        InvalidHyperparameters
            With every fault: unknown names, values that can't be read or are out of range, and combinations
            that BlazingText does not support.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as invalid:
            told = [hyperparameter_fault(error) for error in invalid.errors()]
            raise InvalidHyperparameters(told + hidden_faults(given, told)) from None

    def strings(self) -> dict[str, str]:
        """Return the strings that CreateTrainingJob takes (`True` for true, as in the guide)."""
        return {name: str(value) for name, value in self.model_dump(mode="json").items()}


def hidden_faults(given: Mapping[str, object], told: Collection[str]) -> list[str]:
    """Return the faults between two hyperparameters, at which pydantic does not look where another one has a fault.

    Parameters
    ----------
    told
        The faults that it has named.
    """
    lengths = {name: given[name] for name in ("min_char", "max_char") if name in given}
    if any(fault.startswith(f"hyperparameters.{name} ") for name in lengths for fault in told):
        return []
    try:
        Hyperparameters.model_validate({"mode": Mode.SKIPGRAM, "subwords": True, **lengths})
    except ValidationError as invalid:
        between = [hyperparameter_fault(error) for error in invalid.errors() if not error["loc"]]
        return [fault for fault in between if fault not in told]
    return []


def half_character_fault(where: str, error: ErrorDetails) -> str:
    """Return pydantic's error about a name or a value that holds half a character, as JSON's \\ud800 does."""
    return f"{where} holds {shown(error['input'])}, which is no text"


def hyperparameter_fault(error: ErrorDetails) -> str:
    """Return pydantic's error about a hyperparameter, or about two, as a sentence."""
    known = Hyperparameters.model_fields
    name = str(error["loc"][-1]) if error["loc"] else ""  # none: a rule between two
    said = f"hyperparameters.{name:.100}"
    if error["type"] == HALF_CHARACTER:
        return half_character_fault("hyperparameters", error)
    if error["type"] == "extra_forbidden":
        common = ", ".join(one for one in known if one not in OWN_ENGINE_ONLY)
        return (
            f"{said} is not a hyperparameter{did_you_mean(name, known)}; known are {common}, and with the project's "
            f"own engine {', '.join(OWN_ENGINE_ONLY)}"
        )
    if error["type"] == MEANINGLESS:
        return f"{said} {error['msg']}"
    if name not in known:
        return f"hyperparameters.{error['ctx']['error']}"
    if error["type"] == "value_error" and str(error["ctx"]["error"]):
        return f"{said} {error['ctx']['error']}"
    return f"{said} is {shown(error['input'])}; allowed is {known[name].description}"
