"""JSON that others have written."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes, **hooks: Any) -> Any:
    """Parse JSON as `json.loads` does, with its hooks.

    Raises
    ------
    ValueError
        If it is not JSON, or is nested more deeply than Python can follow: some thousand brackets of a stranger
        are a fault of the text, and end no caller that is ready for bad JSON.
    """
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object that a text is; an empty one if it is none."""
    try:
        parsed = parse_json(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
