"""What people write on runs: a note and tags. They are no cost-allocation tags, which a plan has."""

from __future__ import annotations

import re
from collections.abc import Collection

from wordvectors.plain_text import plain

MOST_TAGS = 20
MOST_TAG, MOST_NOTE = 64, 1_000
"""Characters."""
_TAG = re.compile(rf"[^\W_][\w.:/=+-]{{0,{MOST_TAG - 1}}}")


def label_faults(tags: Collection[str], note: str | None = None) -> list[str]:
    """Return what is wrong with tags and a note, one sentence for each fault.

    Examples
    --------
    >>> label_faults(["good", "for=search"], "trained on the cleaned text")
    []
    """
    faults = [
        f"{tag!r} is no tag: it is 1 to {MOST_TAG} letters, digits or . : / = + - _, and begins with one of the first"
        for tag in tags
        if not _TAG.fullmatch(tag)
    ]
    if note is not None and len(note) > MOST_NOTE:
        faults.append(f"the note has {len(note):,} characters; at most {MOST_NOTE:,} are allowed")
    elif note is not None and plain(note, MOST_NOTE) != note:
        faults.append("the note holds a line break or another character that can't be shown in a line")
    return faults
