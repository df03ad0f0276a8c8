"""Which execution a cleaning belongs to: the one that wrote down its order first."""

from __future__ import annotations

from typing import Any

from wordvectors.aws.bucket import Bucket
from wordvectors.cleaning.order import cleaning_key
from wordvectors.json_text import parse_json

_ORDER = "order.json"


def claim(bucket: Bucket, cleaning: str, ordered: dict[str, Any], execution_arn: str) -> bool:
    """Write down what a cleaning is to do. Return False, and write nothing, if another execution has."""
    written = bucket.write_once(cleaning_key(cleaning, _ORDER), {**ordered, "execution_arn": execution_arn})
    # It may have been this one, whose answer was lost.
    return written or owner_of(bucket, cleaning) == execution_arn


def owner_of(bucket: Bucket, cleaning: str) -> str | None:
    """Return the ARN of the execution that a cleaning belongs to; None if it has not been claimed."""
    return parse_json(bucket.read_small(cleaning_key(cleaning, _ORDER)) or b"{}").get("execution_arn")
