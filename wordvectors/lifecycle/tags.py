"""The rules for tags: SageMaker's, and those of IAM, which ignores case in names and reserves values as well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from wordvectors.json_text import AT_END, any_case

RESERVED_TAG_PREFIX = "wordvectors:"
_AWS_PREFIX = "aws:"
MOST_TAGS = 30
"""Of a plan: SageMaker takes 50, and the deployment adds its own."""
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_TAG_SIGNS = "_ .:/=+@-"
_TAG_TEXT = re.compile(rf"[\w{_TAG_SIGNS}]*")
"""Of the white space that SageMaker lets a tag hold, the space alone; it takes no tabs and line breaks."""
_TAG_CHARACTERS = "letters, digits, spaces or . : / = + - @ _"


def tag_faults(tags: Mapping[str, object], taken: Collection[str] = ()) -> list[str]:
    """Return what is wrong with tags, one sentence for each fault.

    Parameters
    ----------
    taken
        Names that stand for something else.
    """
    faults = []
    times = Counter(str(key).lower() for key in tags)
    for key, value in tags.items():
        if not isinstance(key, str) or not isinstance(value, str):
            faults.append(f"value of {key!r} is {value!r}; it must be text")
            continue
        if key.lower() in taken:
            faults.append(f"has {key!r}, which is a setting of its own")
        if times[key.lower()] > 1:
            faults.append(f"has {key!r} more than once: AWS compares the names of tags without case")
        if not 1 <= len(key) <= _LONGEST_KEY or not _TAG_TEXT.fullmatch(key):
            faults.append(f"key {key!r} must be 1 to {_LONGEST_KEY} {_TAG_CHARACTERS}")
        elif key.lower().startswith((_AWS_PREFIX, RESERVED_TAG_PREFIX)):
            faults.append(f"key {key!r} begins with a reserved prefix ({_AWS_PREFIX}, {RESERVED_TAG_PREFIX})")
        if fault := value_fault(value):
            faults.append(f"value of {key!r} {fault}")
    return faults


def tags_schema() -> dict[str, Any]:
    """Return what a JSON Schema can tell of tags: not which signs beyond ASCII are letters, nor which names are one."""
    text = {"type": "string", "pattern": rf"^([A-Za-z0-9{_TAG_SIGNS}]|[^\x00-\x7f])*{AT_END}"}
    aws, own = (f"^{any_case(prefix)}" for prefix in (_AWS_PREFIX, RESERVED_TAG_PREFIX))
    return {
        "maxProperties": MOST_TAGS,
        "propertyNames": text
        | {"minLength": 1, "maxLength": _LONGEST_KEY, "not": {"pattern": f"{aws}|{own}"}},
        "additionalProperties": text | {"maxLength": _LONGEST_VALUE, "not": {"pattern": aws}},
    }


def value_fault(value: str) -> str:
    """Return what is wrong with the value of a tag; nothing if it is well.

    Source: IAM user guide, "Tags for AWS Identity and Access Management resources".
    """
    if len(value) > _LONGEST_VALUE or not _TAG_TEXT.fullmatch(value):
        return f"is {value!r}; it must be at most {_LONGEST_VALUE} {_TAG_CHARACTERS}"
    if value.lower().startswith(_AWS_PREFIX):
        return f"is {value!r}; it must not begin with {_AWS_PREFIX}, which AWS reserves for itself"
    return ""


def job_tags(wanted: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a training job: the plan's, but for those that the deployment has under the same name."""
    taken = {key.lower() for key in own}
    return {**{key: value for key, value in wanted.items() if key.lower() not in taken}, **own}
