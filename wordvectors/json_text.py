"""JSON that others have written."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

MOST_BYTES = 100_000
"""Of a text that a person writes, such as a plan: as much as the pipeline reads of it."""


_TOO_LONG_A_NUMBER = "integer string conversion: value has "
"""What Python says of a whole number of more than 4,300 digits, before it says how many it has."""


class FaultyJson(ValueError):
    """A text that is no JSON object, or names a key twice; the message says so of the text as a person calls it."""


def parse_json(text: str | bytes, **hooks: Any) -> Any:
    """Parse JSON as `json.loads` does, with its hooks.

    Raises
    ------
    ValueError
        If it is not JSON, or beyond what Python can follow, by brackets or digits: some thousand of a stranger's are a
        fault of the text, and end no caller that is ready for bad JSON.
    """
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as fault:
        _, too_long, digits = str(fault).partition(_TOO_LONG_A_NUMBER)
        if too_long:
            raise ValueError(f"a number in it has {int(digits.split()[0]):,} digits") from None
        raise


def size_fault(what: str, size: int) -> str:
    """Say that a text has more than `MOST_BYTES`."""
    return f"{what} has {size:,} bytes; at most {MOST_BYTES:,} are allowed"


def read_object(text: str | bytes, what: str) -> dict[str, Any]:
    """Read a JSON object that a person has written.

    Parameters
    ----------
    what
        How a message calls it, such as `the plan`.

    Raises
    ------
    FaultyJson
        When the text has more than `MOST_BYTES`, is not UTF-8, not JSON (with line and column), names a key twice,
        or is no object.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="replace"))
    if size > MOST_BYTES:
        raise FaultyJson(size_fault(what, size))

    def no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        doubled = sorted(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        if doubled:
            raise FaultyJson(f"{what} names {', '.join(doubled)} more than once")
        return dict(pairs)

    try:
        # json would take UTF-16 and UTF-32 from bytes, which no other reader of the text does.
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if "\0" in decoded:
            raise FaultyJson(
                f"{what} is not UTF-8 text: it holds NUL bytes, as UTF-16 does; save it as UTF-8"
            )
        found = parse_json(decoded, object_pairs_hook=no_doubles)
    except json.JSONDecodeError as error:
        raise FaultyJson(
            f"{what} is not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from None
    except UnicodeDecodeError as error:
        raise FaultyJson(f"{what} is not UTF-8 text: byte {error.start}; save it as UTF-8") from None
    except FaultyJson:
        raise
    except ValueError as error:  # a number of thousands of digits, or brackets without end
        raise FaultyJson(f"{what} can't be read: {error}") from None
    if not isinstance(found, dict):
        raise FaultyJson(no_object(what, found))
    return found


def no_object(what: str, found: object) -> str:
    """Say that a value of JSON is no object, and what it is."""
    return f"{what} is {kind_of(found)}; it must be a JSON object"


AT_END = r"$(?!\n)"
"""How a pattern in a JSON Schema ends: where Python matches it, `$` alone would let a line break follow."""


def any_case(word: str) -> str:
    """Return a pattern for a word in capitals or not: a pattern in a JSON Schema has no flags.

    Examples
    --------
    >>> any_case("aws:")
    '[aA][wW][sS]:'
    """
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in word)


def kind_of(value: object) -> str:
    """Return what a value of JSON is, in words."""
    names = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object that a text is; an empty one if it is none."""
    try:
        parsed = parse_json(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
