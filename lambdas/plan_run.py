"""PlanRun: decide, before any money is spent, whether an upload becomes a run, and claim it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client, price_list_client
from wordvectors.aws.daily_starts import DailyStarts
from wordvectors.aws.pricing import PriceList
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.unreadable import ObjectReplaced, UnreadableObject
from wordvectors.aws.uploads import keys_beside, place_of, plan_of_upload
from wordvectors.cleaning.recipe import InvalidRecipe, recipe_in
from wordvectors.lifecycle.checks import Content, GivenPlan, Upload, judge
from wordvectors.lifecycle.cost import UnknownCost
from wordvectors.lifecycle.keys import (
    corpus_name,
    fingerprint,
    is_corpus_key,
    run_id,
    run_key,
    stored_key,
)
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.run import Corpus, Run, Sample, as_trial
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.plain_text import plain, plain_sentences


class Settings(Environment):
    """Settings of this function; the default plan is one as a person would write it."""

    bucket_name: str
    table_name: str
    job_name_prefix: str
    default_plan: Json[dict[str, Any]]
    limits: Json[Limits]


settings = Settings.read()
bucket = Bucket(client("s3"), settings.bucket_name)
region = client("s3").meta.region_name
price_list = PriceList(price_list_client(region), bucket, region)
run_table = RunTable(client("dynamodb"), settings.table_name)
place = place_of(
    bucket,
    settings.default_plan,
    settings.limits,
    price_list,
    run_table,
    price_must_be_known=True,
)
starts = DailyStarts(client("dynamodb"), settings.table_name)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan the run of `event["input"]`: `{"bucket", "key", "etag"?, "version-id"?, "sequencer"?, "plan"?, "again"?,
    "tuning"?}`.
    """
    log_about(None, context)
    request = event["input"] if isinstance(event["input"], dict) else {}
    return plan_run(request, event["execution_arn"])


def plan_run(request: dict[str, Any], execution_arn: str) -> dict[str, Any]:
    """Check corpus and plan, derive the run's identity, and claim it in the table.

    Returns
    -------
    dict
        `outcome` is START, REJECTED (for `reasons`), DUPLICATE (the run exists: the
        same corpus with the same plan, or a repeated event) or SUPERSEDED (the object was replaced or
        deleted since the event; what replaced it has an event of its own). And `run_id`.
    """
    try:
        return _plan_run(request, execution_arn)
    except ObjectReplaced as replaced:
        logger.info("the corpus was replaced or deleted since its event", extra={"why": str(replaced)})
        return {"outcome": Outcome.SUPERSEDED, "run_id": "", "reasons": []}


def _plan_run(request: dict[str, Any], execution_arn: str) -> dict[str, Any]:
    """Do what `plan_run` says; raises ObjectReplaced when the corpus is no longer the one of the event."""
    key = request["key"] if isinstance(request.get("key"), str) else ""
    is_here = is_corpus_key(key) and request.get("bucket") == bucket.name
    corpus = bucket.find(key) if is_here else None
    wanted_etag = str(request.get("etag") or "").strip('"')
    if is_here and wanted_etag and (corpus is None or corpus.etag != wanted_etag):
        raise ObjectReplaced(f"{bucket.uri(key)} no longer has the ETag {plain(wanted_etag)}")

    # The same content may lie there with another upload's metadata by now, which name another plan.
    reader = bucket.reader(corpus, str(request.get("version-id") or "")) if corpus else None
    metadata, unreadable = dict[str, str](), ""
    try:
        metadata = reader.metadata if reader else {}
    except UnreadableObject as why:
        unreadable = str(why)
    verdict = judge(
        Upload(
            plan=_plan(request, key, metadata),
            bucket=request.get("bucket"),
            key=key,
            content=Content(corpus.bytes, reader.read, unreadable) if corpus and reader else None,
            others=keys_beside(bucket, key) if corpus else (),
        ),
        place,
    )
    if isinstance(verdict.cost, UnknownCost):
        logger.warning("the price is unknown", extra={"why": verdict.cost.reason})
    plan, faults = verdict.plan, verdict.faults
    recipe, recipe_warnings = _recipe(metadata)

    identity = fingerprint(
        bucket=bucket.name,
        key=key,
        etag=corpus.etag if corpus else "",
        plan_json=verdict.plan_json,
    )
    wanted = Run(
        run_id="",
        status=RunStatus.PLANNED,
        fingerprint=identity,
        execution_arn=execution_arn,
        sequencer=plain(request.get("sequencer") or ""),
        corpus_key=stored_key(key),
        corpus=Corpus(
            bucket=plain(request.get("bucket")),
            key=stored_key(key),
            name=corpus_name(stored_key(key)),
            etag=corpus.etag if corpus else None,
            bytes=corpus.bytes if corpus else None,
            recipe=recipe,
            sample=Sample(**verdict.facts),
        ),
        plan=plan,
        cost=verdict.cost,
        forecast=verdict.forecast,
        warnings=(*verdict.warnings, *recipe_warnings),
        reasons=tuple(faults),
    )
    wanted = as_trial(wanted, request)
    claimed, name = _claim(wanted, identity, again=request.get("again") is True)
    logger.append_keys(run_id=name)
    if not claimed:
        logger.info("the run exists already", extra={"key": key})
        return {"outcome": Outcome.DUPLICATE, "run_id": name, "reasons": []}
    if faults:
        logger.warning("the plan is rejected", extra={"reasons": faults})
        return {"outcome": Outcome.REJECTED, "run_id": name, "reasons": faults}
    assert plan is not None
    if not starts.admit(name, settings.limits.max_runs_per_day):
        logger.warning("the day's runs have been started")
        return {"outcome": Outcome.REJECTED, "run_id": name, "reasons": [settings.limits.day_fault]}
    bucket.write_json(run_key(name, "plan.json"), plan.model_dump(mode="json"))
    logger.info("the run is planned", extra={"key": key, "plan": plan.model_dump(mode="json")})
    return {"outcome": Outcome.START, "run_id": name, "reasons": []}


def _plan(request: dict[str, Any], key: str, metadata: dict[str, str]) -> GivenPlan | None:
    """Return the request's own plan, else the one that the corpus was uploaded with; None if it can't have any."""
    if request.get("plan") is not None:
        return GivenPlan(json.dumps(request["plan"], sort_keys=True).encode())
    return plan_of_upload(bucket, key, metadata) if is_corpus_key(key) else None


def _recipe(metadata: dict[str, str]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the recipe that the corpus was cleaned by, if it says; and a warning if that can't be read."""
    try:
        recipe = recipe_in(metadata)
    except InvalidRecipe as invalid:
        return None, plain_sentences([f"the corpus's cleaning recipe can't be read: {invalid}"])
    return (recipe.model_dump(mode="json") if recipe else None), []


def _claim(wanted: Run, identity: str, *, again: bool) -> tuple[bool, str]:
    """Write the run's row under the first free attempt; return whether the run is this execution's.

    A REJECTED run does not stand in the way of another upload: what was wrong may lie outside of plan and
    content, and be repaired. Nor does a run that was removed, nor one whose fingerprint only begins like this one's:
    an id holds 48 bits of it.
    """
    attempt = 1
    while True:
        name = run_id(
            prefix=settings.job_name_prefix, key=wanted.corpus_key, fingerprint=identity, attempt=attempt
        )
        if run_table.claim(wanted.model_copy(update={"run_id": name, "attempt": attempt})):
            return True, name
        existing = run_table.get(name)
        if existing is not None:
            if existing.execution_arn == wanted.execution_arn:
                return True, name  # this step was carried out before, and its answer was lost
            is_another_upload = wanted.sequencer not in ("", existing.sequencer)
            was_rejected = existing.status is RunStatus.REJECTED
            is_same = existing.fingerprint in ("", identity)
            if is_same and not again and not (was_rejected and is_another_upload):
                return False, name
        attempt += 1
