"""Which execution a cleaning belongs to: the one that wrote down its order first. And which corpora are cleanings'."""

from __future__ import annotations

import re
from typing import Any

from wordvectors.aws.bucket import Bucket, StoredObject
from wordvectors.aws.unreadable import UnreadableObject
from wordvectors.cleaning.order import RAW, READY, cleaning_key, corpus_key
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.keys import CORPUS_SUFFIX, is_run_id

CLEANING_METADATA = "cleaning"
"""The entry of a corpus's metadata that names the cleaning which made it."""
_ORDER = "order.json"


class NotReplaceable(ValueError):
    """A cleaning would take the place of what no cleaning of its name has made, or be read with it."""


def claim(bucket: Bucket, cleaning: str, ordered: dict[str, Any], execution_arn: str) -> bool:
    """Write down what a cleaning is to do. Return False, and write nothing, if another execution has."""
    written = bucket.write_once(cleaning_key(cleaning, _ORDER), {**ordered, "execution_arn": execution_arn})
    # It may have been this one, whose answer was lost.
    return written or owner_of(bucket, cleaning) == execution_arn


def owner_of(bucket: Bucket, cleaning: str) -> str | None:
    """Return the ARN of the execution that a cleaning belongs to; None if it has not been claimed."""
    return _ordered(bucket, cleaning).get("execution_arn")


def replaceable(bucket: Bucket, name: str) -> StoredObject | None:
    """Return the corpus that a cleaning of documents of this name may replace; None if there is none.

    Who may write documents may not, with that, write over what others have uploaded as a corpus. The corpus's
    metadata name the cleaning that made it, and the order of that cleaning its documents: neither can be written by
    who writes documents only.

    Raises
    ------
    NotReplaceable
        When the corpus was made otherwise; and when SageMaker would read the new one along with another, whose key
        the new one's begins with.
    """
    key = corpus_key(name)
    for end in re.finditer(re.escape(CORPUS_SUFFIX), key[:-1]):
        beside = key[: end.end()]
        if bucket.find(beside):
            raise NotReplaceable(
                f"{bucket.uri(key)} would be trained along with {bucket.uri(beside)}, since its key begins with that "
                f"one's; upload the documents under another name"
            )
    stored = bucket.find(key)
    if stored is None or _cleaned_name(bucket, stored) == name:
        return stored
    raise NotReplaceable(
        f"{bucket.uri(key)} was not made by a cleaning of {bucket.uri(RAW + name)}/, and is not replaced: delete or "
        f"rename it, or upload the documents under another name; then write {READY} again"
    )


def maker_of(bucket: Bucket, stored: StoredObject) -> str | None:
    """Return the cleaning that a corpus says has made it; None if it names none."""
    try:
        cleaning = bucket.reader(stored).metadata.get(CLEANING_METADATA, "")
    except UnreadableObject:
        return None
    return cleaning if is_run_id(cleaning) else None


def _cleaned_name(bucket: Bucket, stored: StoredObject) -> str | None:
    """Return the name of the documents that a corpus was cleaned from; None if no cleaning has made it."""
    cleaning = maker_of(bucket, stored)
    return _ordered(bucket, cleaning).get("name") if cleaning else None


def _ordered(bucket: Bucket, cleaning: str) -> dict[str, Any]:
    return parse_json(bucket.read_small(cleaning_key(cleaning, _ORDER)) or b"{}")
