"""A value held against its shape in a service's model: what is missing, what is unknown, what is of another type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import Shape

from tests.contract.wire import UNKNOWN

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "character": (str,), "blob": (bytes,), "boolean": (bool,), "integer": (int,), "long": (int,),
    "float": (int, float), "double": (int, float), "timestamp": (int, float), "list": (list,), "map": (dict,),
    "structure": (dict,),
}  # fmt: skip
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")


def faults_in(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield a sentence for each place at which a value is not as its shape has it.

    Parameters
    ----------
    value
        With the model's names, as `wire` reads it: a timestamp is a number, in seconds.
    path : str
        What the value is called in the sentences.
    """
    kind = shape.type_name
    if not _is(kind, value):
        yield f"{path} is no {kind}: {value!r:.80}"
    elif kind == "structure" and not shape.is_document_type:
        yield from _in_structure(shape, value, path)
    elif kind == "list":
        for item in value:
            yield from faults_in(shape.member, item, f"{path}[]")
    elif kind == "map":
        for key, item in value.items():
            if key.startswith(UNKNOWN):
                yield f"{path} has an entry that the model does not have: {key[1:]}"
            else:
                yield from faults_in(shape.value, item, f"{path}{{}}")
    elif kind == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is none of the values in the model: {value!r:.80}"


def _in_structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name} is missing"
    for name, part in value.items():
        if name.startswith(UNKNOWN):
            yield f"{path}.{name[1:]} is not in the model"
        else:
            yield from faults_in(shape.members[name], part, f"{path}.{name}")


def _is(kind: str, value: Any) -> bool:
    if kind in ("float", "double") and value in _NO_NUMBERS:
        return True
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
