"""Rows as DynamoDB holds them.

It has one type of number. A float travels as the shortest decimal that reads back as the same float.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel, ValidationError

from wordvectors.lifecycle.errors import NotStorable, UnreadableRow
from wordvectors.plain_text import plain

Model = TypeVar("Model", bound=BaseModel)
MOST_FIELD_BYTES = 120_000
"""Of a row's attribute, as JSON; the largest ones together stay below DynamoDB's 400 KB. A tuning's trials alone are
more: see `wordvectors.tuning.room`."""
_SERIALIZER = TypeSerializer()


def to_item(attributes: Mapping[str, Any], most_bytes: int = MOST_FIELD_BYTES) -> dict[str, Any]:
    """Return a row's fields, or the values of an expression (`:name`), as DynamoDB takes them; raises NotStorable."""
    return {name: _field(value, name.removeprefix(":"), most_bytes) for name, value in attributes.items()}


def _field(value: Any, name: str, most_bytes: int) -> Any:
    """Return a row's field as DynamoDB takes it.

    Raises
    ------
    NotStorable
        Naming the field that DynamoDB can't hold.
    """
    try:
        size = len(json.dumps(value, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise NotStorable(f"the run's {name} holds half a character, which DynamoDB can't hold") from None
    except TypeError:
        raise NotStorable(f"the run's {name} is {value!r:.60}, which DynamoDB can't hold") from None
    if size > most_bytes:
        raise NotStorable(f"the run's {name} takes {size:,} bytes; its row holds {most_bytes:,}")
    return _storable(value, name)


def _storable(value: Any, field: str) -> Any:
    try:
        if isinstance(value, Mapping):
            known = {key: inner for key, inner in value.items() if inner is not None}
            return {"M": {key: _storable(inner, f"{field}.{key}") for key, inner in known.items()}}
        if isinstance(value, list | tuple):
            return {"L": [_storable(inner, f"{field}.{place}") for place, inner in enumerate(value)]}
        return _SERIALIZER.serialize(Decimal(repr(value)) if isinstance(value, float) else value)
    except (ArithmeticError, TypeError):
        raise NotStorable(f"the run's {field} is {value!r:.60}, which DynamoDB can't hold") from None


def read_item(item: Mapping[str, Any], of_row: Callable[[Mapping[str, Any]], Model]) -> Model:
    """Return what an item of the table holds, as its model reads it.

    Raises
    ------
    UnreadableRow
    """
    row = plain_row(item)
    try:
        return of_row(row)
    except ValidationError as invalid:
        wrong = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in invalid.errors()]
        raise UnreadableRow(
            f"the row of {plain(row.get('run_id'), 100)} can't be read ({plain('; '.join(wrong))})"
        ) from None


def plain_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an item of the table holds, in Python's own types."""
    deserializer = TypeDeserializer()
    return {name: _plain(deserializer.deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
