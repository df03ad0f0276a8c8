"""PlanCleaning: decide, before any money is spent, whether documents are cleaned, how, and by how many."""

from __future__ import annotations

import itertools
from typing import Any

from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.cleaning_claims import NotReplaceable, claim, replaceable
from wordvectors.aws.clients import client
from wordvectors.aws.daily_starts import DailyStarts
from wordvectors.aws.glue_runs import CLEANING_ARGUMENT, EXECUTION_ARGUMENT
from wordvectors.aws.unreadable import ObjectArchived, UnreadableObject
from wordvectors.cleaning.ending import request_of
from wordvectors.cleaning.order import (
    RAW,
    READY,
    CleaningLimits,
    CleaningOrder,
    InvalidOrder,
    cleaning_id,
    marked_name,
    no_documents,
    parse_order,
)
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.status import Outcome
from wordvectors.plain_text import plain, plain_sentences

MOST_LOOKED_AT = 10_000
"""Of the documents; the job looks at all of them before it cleans the first."""


class Settings(Environment):
    """Settings of this function; of the default recipe those that the deployment sets."""

    bucket_name: str
    default_recipe: Json[dict[str, Any]]
    limits: Json[CleaningLimits]
    table_name: str
    run_limits: Json[Limits]


settings = Settings.read()
limits = settings.limits
bucket = Bucket(client("s3"), settings.bucket_name)
starts = DailyStarts(client("dynamodb"), settings.table_name)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan the cleaning of `event["input"]`: `{"bucket", "key", "sequencer"}` of an uploaded marker."""
    log_about(None, context)
    request = event["input"] if isinstance(event["input"], dict) else {}
    return plan_cleaning(request, event["execution_arn"])


def plan_cleaning(request: dict[str, Any], execution_arn: str) -> dict[str, Any]:
    """Check the order and that there are documents, claim the cleaning by writing down what it is to do, and count it.

    Returns
    -------
    dict
        `outcome` is START, REJECTED (with `reasons`) or DUPLICATE (this upload has been cleaned, or is
        being: a repeated event); `cleaning_id`; and for START what the job is started with, and
        `tries`, of which there was none so far.
    """
    key, sequencer = request_of(request)
    cleaning = cleaning_id(key, sequencer)
    logger.append_keys(cleaning_id=cleaning)
    faults, order = _checked(request.get("bucket"), key)
    if faults or order is None:
        logger.warning("the cleaning is rejected", extra={"reasons": faults})
        return {"outcome": Outcome.REJECTED, "cleaning_id": cleaning, "reasons": plain_sentences(faults)}
    ordered = {"name": marked_name(key), "order": order.model_dump(mode="json")}
    if not claim(bucket, cleaning, ordered, execution_arn):
        logger.info("the cleaning exists already")
        return {"outcome": Outcome.DUPLICATE, "cleaning_id": cleaning, "reasons": []}
    if not starts.admit(cleaning, settings.run_limits.max_runs_per_day):
        logger.warning("the day's cleanings have been started")
        reasons = [settings.run_limits.day_fault]
        return {"outcome": Outcome.REJECTED, "cleaning_id": cleaning, "reasons": reasons}
    workers = order.workers or limits.workers
    logger.info("the cleaning is planned", extra={"key": key, "workers": workers})
    return {
        "outcome": Outcome.START,
        "cleaning_id": cleaning,
        "reasons": [],
        "arguments": {CLEANING_ARGUMENT: cleaning, EXECUTION_ARGUMENT: execution_arn},
        "workers": workers,
        "worker_type": limits.worker_type,
        "minutes": limits.minutes(workers),
        "tries": 0,
    }


def _checked(bucket_name: object, key: str) -> tuple[list[str], CleaningOrder | None]:
    name = marked_name(key)
    if bucket_name != bucket.name:
        return [f"the marker is in bucket {bucket_name!r}; this deployment reads {bucket.name!r} only"], None
    if name is None:
        return [
            f"the marker's key is {plain(key)!r}; it must be {RAW}NAME/{READY}, and NAME without control "
            "characters and without empty parts, the parts . and .., or parts of more than 250 bytes between slashes"
        ], None
    try:
        text = bucket.read_small(key)
    except UnreadableObject as unreadable:
        return [f"the marker {unreadable}"], None
    if text is None:
        return [f"the marker {bucket.uri(key)} was deleted"], None
    faults: list[str] = []
    order = None
    try:
        order = parse_order(text, settings.default_recipe)
    except InvalidOrder as invalid:
        faults += invalid.faults
    if order is not None and (order.workers or 0) > limits.max_workers:
        faults.append(f"workers is {order.workers}; this deployment allows {limits.max_workers}")
    folder = f"{RAW}{name}/"
    try:
        replaceable(bucket, name)
    except NotReplaceable as fault:
        faults.append(str(fault))
    first = itertools.islice(bucket.objects(folder), MOST_LOOKED_AT)
    documents = [stored for stored in first if stored.bytes and stored.key != key]
    if not documents:
        faults.append(no_documents(bucket.uri(folder)))
    archived = [stored for stored in documents if stored.archived]
    if archived:
        faults.append(
            f"{len(archived):,} of the documents can't be read, the first of them: "
            f"{ObjectArchived(bucket.uri(archived[0].key))}"
        )
    return faults, order
