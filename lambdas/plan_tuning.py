"""PlanTuning: decide, before any money is spent, whether an order becomes a tuning, and claim it."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import Any

from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client, price_list_client
from wordvectors.aws.pricing import PriceList
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.aws.unreadable import ObjectReplaced, UnreadableObject
from wordvectors.aws.uploads import corpus_in, place_of
from wordvectors.lifecycle.keys import corpus_name
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.run import Corpus
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.plain_text import plain, plain_sentences
from wordvectors.tuning.checks import Judged, judge_order, known_runs
from wordvectors.tuning.order import is_order_key, tuning_name
from wordvectors.tuning.room import MOST_KNOWN
from wordvectors.tuning.steps import first_trials
from wordvectors.tuning.tuning import Tuning, TuningStatus, tuning_fingerprint, tuning_id

MOST_LOOKED_AT = 1_000
"""Of a corpus's completed runs: the newest, of which the search is told the best."""


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str
    default_plan: Json[dict[str, Any]]
    limits: Json[Limits]


settings = Settings.read()
bucket = Bucket(client("s3"), settings.bucket_name)
region = client("s3").meta.region_name
run_table = RunTable(client("dynamodb"), settings.table_name)
tuning_table = TuningTable(client("dynamodb"), settings.table_name)
place = place_of(
    bucket,
    settings.default_plan,
    settings.limits,
    PriceList(price_list_client(region), bucket, region),
    run_table,
    price_must_be_known=True,
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan the tuning of `event["input"]`: `{"bucket", "key", "etag"?, "sequencer"?}` of an uploaded order."""
    log_about(None, context)
    request = event["input"] if isinstance(event["input"], dict) else {}
    return plan_tuning(request, event["execution_arn"])


def plan_tuning(request: dict[str, Any], execution_arn: str) -> dict[str, Any]:
    """Check the order, reckon what it takes, and claim the tuning in the table.

    Returns
    -------
    dict
        `outcome` is START, REJECTED (with `reasons`), DUPLICATE (the same order for the same corpus: a repeated
        event) or SUPERSEDED (the order was replaced since its event); and `tuning_id`.
    """
    key = request["key"] if isinstance(request.get("key"), str) else ""
    try:
        text = _order(request, key)
    except ObjectReplaced as replaced:
        logger.info("the order was replaced or deleted since its event", extra={"why": str(replaced)})
        return {"outcome": Outcome.SUPERSEDED, "tuning_id": "", "reasons": []}
    except (UnreadableObject, ValueError) as why:
        judged, text = Judged(None, faults=plain_sentences([why])), b""
    else:
        judged = judge_order(text, place, lambda corpus: corpus_in(bucket, corpus))
    wanted = _tuning(
        judged, key, hashlib.md5(text, usedforsecurity=False).hexdigest(), request, execution_arn
    )
    claimed, name = _claim(wanted, key)
    logger.append_keys(tuning_id=name)
    if not claimed:
        logger.info("the tuning exists already")
        return {"outcome": Outcome.DUPLICATE, "tuning_id": name, "reasons": []}
    if judged.faults:
        logger.warning("the order is rejected", extra={"reasons": judged.faults})
        return {"outcome": Outcome.REJECTED, "tuning_id": name, "reasons": judged.faults}
    logger.info("the tuning is planned", extra={"order": wanted.to_json()["order"]})
    return {"outcome": Outcome.START, "tuning_id": name, "reasons": []}


def _order(request: dict[str, Any], key: str) -> bytes:
    """Return the order of a request, as it was when it was uploaded."""
    if request.get("bucket") != bucket.name or not is_order_key(key):
        raise ValueError(
            f"the order is {plain(request.get('bucket'))}/{plain(key)!r}; it must be tunings/NAME.json in "
            f"{bucket.name}, and NAME as a corpus's"
        )
    stored = bucket.find(key)
    etag = str(request.get("etag") or "").strip('"')
    if stored is None or (etag and stored.etag != etag):
        raise ObjectReplaced(f"{bucket.uri(key)} no longer has the ETag {plain(etag)}")
    return bucket.read_small(key) or b""


def _tuning(judged: Judged, key: str, order_etag: str, request: dict[str, Any], execution_arn: str) -> Tuning:
    """Return the tuning as it is first written; of an order without faults with its first trial."""
    corpus = bucket.find(judged.order.corpus_key) if judged.order else None
    etag = corpus.etag if corpus else ""
    tuning = Tuning(
        tuning_id="",
        status=TuningStatus.SEARCHING,
        name=plain(tuning_name(key), 400),
        fingerprint=tuning_fingerprint(bucket=bucket.name, key=key, order_etag=order_etag, corpus_etag=etag),
        sequencer=plain(request.get("sequencer") or ""),
        execution_arn=execution_arn,
        reasons=tuple(judged.faults),
        warnings=tuple(judged.warnings),
    )
    if judged.order is None:
        return tuning
    corpus_key = judged.order.corpus_key
    tuning = tuning.but(
        corpus=Corpus(
            bucket=bucket.name,
            key=plain(corpus_key, 1024),
            name=plain(corpus_name(corpus_key), 1024),
            etag=etag,
            bytes=corpus.bytes if corpus else None,
        ),
    )
    if judged.faults or judged.plan is None:
        return tuning  # what is wrong with the order may be that the table can't hold it
    tuning = tuning.but(
        order=judged.order, space=judged.space, plan=judged.plan, arithmetic=judged.arithmetic
    )
    if judged.order.from_runs:
        completed = run_table.newest(corpus_key=corpus_key, statuses=[RunStatus.COMPLETED])
        earlier = islice(completed, MOST_LOOKED_AT)
        tuning = tuning.but(
            known=tuple(known_runs(earlier, judged.plan, judged.space, judged.order, etag)[:MOST_KNOWN])
        )
    return first_trials(tuning)


def _claim(wanted: Tuning, key: str) -> tuple[bool, str]:
    """Write the tuning's row under the first free attempt; return whether it is this execution's.

    A tuning that came to nothing does not stand in the way of another upload of its order: what was trained for it
    counts in the next.
    """
    attempt = 1
    while True:
        name = tuning_id(key, wanted.fingerprint, attempt)
        if tuning_table.claim(wanted.but(tuning_id=name, attempt=attempt)):
            return True, name
        existing = tuning_table.require(name)
        if existing.execution_arn == wanted.execution_arn:
            return True, name  # this step was carried out before, and its answer was lost
        came_to_nothing = existing.status.is_final and existing.status is not TuningStatus.COMPLETED
        if not came_to_nothing or wanted.sequencer in ("", existing.sequencer):
            return False, name
        attempt += 1
