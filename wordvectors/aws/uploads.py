"""What the bucket shows of an upload, for `wordvectors.lifecycle.checks` to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.pricing import PriceList
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.unreadable import ObjectTooLarge, UnreadableObject
from wordvectors.json_text import size_fault
from wordvectors.lifecycle.checks import Content, GivenPlan, Place
from wordvectors.lifecycle.forecast import LOOK_BACK
from wordvectors.lifecycle.keys import PLAN_METADATA, is_corpus_key, is_fixed_plan_key, plan_key
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.run import Run


def place_of(
    bucket: Bucket,
    default_plan: Mapping[str, Any],
    limits: Limits,
    price_list: PriceList,
    run_table: RunTable,
    *,
    price_must_be_known: bool,
) -> Place:
    """Return a deployment as an upload to it is judged by."""
    return Place(
        bucket=bucket.name,
        default_plan=default_plan,
        limits=limits,
        price_of=price_list.price_of,
        earlier_runs=lambda: _earlier(run_table),
        own_sets=lambda sets: _own_sets(bucket, sets),
        price_must_be_known=price_must_be_known,
    )


def _own_sets(bucket: Bucket, chosen: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    sets, faults = read_own_sets(bucket, chosen)
    return {name: len(one.pairs) for name, one in sets.items()}, list(faults.values())


def _earlier(run_table: RunTable) -> Iterator[Run]:
    """Yield the newest runs; none where they can't be read, since no run depends on them."""
    with suppress(ClientError, TransientServiceError):
        yield from islice(run_table.newest(page_rows=LOOK_BACK), LOOK_BACK)


def corpus_in(bucket: Bucket, key: str) -> tuple[Content | None, list[str]]:
    """Return the corpus at a key, None if there is none, and the keys that begin with this key beside it."""
    stored = bucket.find(key) if is_corpus_key(key) else None
    if stored is None:
        return None, []
    reader = bucket.reader(stored)
    try:
        _ = reader.metadata
    except UnreadableObject as why:
        return Content(stored.bytes, reader.read, str(why)), keys_beside(bucket, key)
    return Content(stored.bytes, reader.read), keys_beside(bucket, key)


def keys_beside(bucket: Bucket, key: str) -> list[str]:
    """Return the first keys that begin with a corpus's key, except that key itself."""
    return [stored.key for stored in bucket.first(key, limit=2) if stored.key != key]


def plan_beside(bucket: Bucket, key: str) -> GivenPlan | None:
    """Return the plan that a person put beside a corpus, `plans/NAME.json`; None if there is none."""
    return _plan_at(bucket, plan_key(key))


def plan_of_upload(bucket: Bucket, key: str, metadata: Mapping[str, str]) -> GivenPlan:
    """Return the plan of a corpus that was uploaded: the one its metadata name, else the one beside it, else `{}`."""
    named = metadata.get(PLAN_METADATA)
    if named is None:
        return plan_beside(bucket, key) or GivenPlan()
    if not is_fixed_plan_key(named):
        return GivenPlan(
            named.encode(), f"the corpus's metadata name {named!r} as its plan; that is no plan's key"
        )
    missing = f"the corpus's metadata name the plan {bucket.uri(named)}, and there is none"
    return _plan_at(bucket, named) or GivenPlan(named.encode(), missing)


def _plan_at(bucket: Bucket, key: str) -> GivenPlan | None:
    """Return a plan; of one that can't be read its ETag, which distinguishes it from others."""
    try:
        text = bucket.read_small(key)
    except UnreadableObject as unreadable:
        stored = bucket.find(key)
        why = f"the plan {unreadable}"
        if isinstance(unreadable, ObjectTooLarge):
            why = size_fault("the plan", unreadable.size)  # as whoever sends it hears before
        return GivenPlan(stored.etag.encode() if stored else b"", why)
    return None if text is None else GivenPlan(text)
