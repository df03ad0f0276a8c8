"""PlanRun: decide, before any money is spent, whether an upload becomes a run, and claim it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket, ObjectTooLarge, StoredObject
from wordvectors.aws.clients import client, price_list_client
from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.pricing import PriceList
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_corpus import second_object_fault
from wordvectors.blazingtext import rules as blazingtext
from wordvectors.cleaning.recipe import InvalidRecipe, recipe_in
from wordvectors.corpus.check import CorpusCheck, check_corpus
from wordvectors.plain_text import plain, plain_sentences
from wordvectors.runs.cost import Cost, PriceUnknown, UnknownCost, planned_cost
from wordvectors.runs.keys import (
    corpus_name,
    fingerprint,
    is_corpus_key,
    plan_key,
    run_id,
    run_key,
    stored_key,
)
from wordvectors.runs.limits import Limits
from wordvectors.runs.plan import InvalidPlan, TrainingPlan, parse_plan, resolve_plan
from wordvectors.runs.run import Corpus, Run, Sample
from wordvectors.runs.status import Outcome, RunStatus


class Settings(Environment):
    """Settings of this function; the default plan is one as a person would write it."""

    bucket_name: str
    table_name: str
    job_name_prefix: str
    default_plan: Json[dict[str, Any]]
    limits: Json[Limits]


settings = Settings.read()
limits = settings.limits
bucket = Bucket(client("s3"), settings.bucket_name)
region = client("s3").meta.region_name
price_list = PriceList(price_list_client(region), bucket, region)
run_table = RunTable(client("dynamodb"), settings.table_name)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan the run of `event["input"]`: `{"bucket", "key", "etag"?, "sequencer"?, "plan"?, "again"?}`."""
    log_about(None, context)
    request = event["input"] if isinstance(event["input"], dict) else {}
    return plan_run(request, event["execution_arn"])


def plan_run(request: dict[str, Any], execution_arn: str) -> dict[str, Any]:
    """Check corpus and plan, derive the run's identity, and claim it in the table.

    Returns
    -------
    dict
        `outcome` is START, REJECTED (the run's row holds the `reasons`), DUPLICATE (the run exists: the
        same corpus with the same plan, or a repeated event) or SUPERSEDED (the object was replaced or
        deleted since the event; what replaced it has an event of its own). And `run_id`.
    """
    key = request["key"] if isinstance(request.get("key"), str) else ""
    is_here = is_corpus_key(key) and request.get("bucket") == bucket.name
    corpus = bucket.find(key) if is_here else None
    wanted_etag = str(request.get("etag") or "").strip('"')
    if is_here and wanted_etag and (corpus is None or corpus.etag != wanted_etag):
        logger.info(
            "the object was replaced or deleted since its event", extra={"key": key, "etag": wanted_etag}
        )
        return {"outcome": Outcome.SUPERSEDED, "run_id": "", "reasons": []}

    plan_text, unread = _plan_text(request, key)
    faults = _place_faults(request.get("bucket"), key, corpus)
    plan, cost = None, None
    try:
        if unread:
            raise InvalidPlan([unread])
        plan = resolve_plan(parse_plan(plan_text), settings.default_plan, limits)
    except InvalidPlan as invalid:
        faults += invalid.faults
    else:
        cost = _planned_cost(plan)
        faults += limits.cost_faults(cost)
        faults += read_own_sets(bucket, plan.evaluation.sets)[1].values()
    check, metadata = CorpusCheck(()), dict[str, str]()
    if corpus is not None:
        check, metadata = _check(corpus, plan)
        faults += check.faults
    recipe, recipe_warnings = _recipe(metadata)

    faults = plain_sentences(faults)
    identity = fingerprint(
        bucket=bucket.name,
        key=key,
        etag=corpus.etag if corpus else "",
        plan_json=plan.canonical_json() if plan else plan_text,
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
            sample=Sample(**check.facts),
        ),
        plan=plan,
        cost=cost,
        warnings=(*check.warnings, *recipe_warnings),
        reasons=tuple(faults),
    )
    claimed, name = _claim(wanted, identity, again=request.get("again") is True)
    logger.append_keys(run_id=name)
    if not claimed:
        logger.info("the run exists already", extra={"key": key})
        return {"outcome": Outcome.DUPLICATE, "run_id": name, "reasons": []}
    if faults:
        logger.warning("the plan is rejected", extra={"reasons": faults})
        return {"outcome": Outcome.REJECTED, "run_id": name, "reasons": faults}
    assert plan is not None
    bucket.write_json(run_key(name, "plan.json"), plan.model_dump(mode="json"))
    logger.info("the run is planned", extra={"key": key, "plan": plan.model_dump(mode="json")})
    return {"outcome": Outcome.START, "run_id": name, "reasons": []}


def _plan_text(request: dict[str, Any], key: str) -> tuple[str, str]:
    """Return the plan as JSON text: the request's own, else the one uploaded beside the corpus, else `{}`.

    Of one that is too large to be read its ETag, by which it is told from others, and the reason.
    """
    if request.get("plan") is not None:
        return json.dumps(request["plan"], sort_keys=True), ""
    try:
        uploaded = bucket.read_small(plan_key(key)) if is_corpus_key(key) else None
    except ObjectTooLarge as large:
        return large.etag, f"the plan {large}"
    return (uploaded.decode("utf-8", "replace") if uploaded is not None else "{}"), ""


def _place_faults(named_bucket: object, key: str, corpus: StoredObject | None) -> list[str]:
    if named_bucket != bucket.name:
        return [f"the corpus is in bucket {named_bucket!r}; this pipeline reads from {bucket.name!r} only"]
    if not is_corpus_key(key):
        return [
            f"the corpus's key is {key!r}; it must be corpora/NAME.txt, and NAME without control characters "
            "and without empty parts, the parts . and .., or parts of more than 255 bytes between slashes"
        ]
    if corpus is None:
        return [f"there is no object {bucket.uri(key)}"]
    if len(bucket.uri(key)) > 1024:
        return [f"the corpus's URI has {len(bucket.uri(key))} characters; SageMaker takes 1,024"]
    second = second_object_fault(bucket, key)
    return [second] if second else []


def _planned_cost(plan: TrainingPlan) -> Cost:
    """Price a plan; a price that can't be had is said, and is no fault unless there is a ceiling."""
    resources = plan.resources
    try:
        price = price_list.price_of(resources.instance_type)
    except PriceUnknown as unknown:
        logger.warning("the price is unknown", extra={"why": str(unknown)})
        return UnknownCost(reason=str(unknown))
    return planned_cost(
        price, instances=resources.instance_count, max_runtime_seconds=resources.max_runtime_seconds
    )


def _check(corpus: StoredObject, plan: TrainingPlan | None) -> tuple[CorpusCheck, dict[str, str]]:
    """Check the corpus itself, and that it and the model fit on the training volume; return its metadata, too."""
    hyperparameters = plan.hyperparameters if plan else blazingtext.resolve_hyperparameters({})
    reader = bucket.reader(corpus)
    check = check_corpus(
        reader.read,
        corpus.bytes,
        min_count=int(hyperparameters["min_count"]) if plan else 0,
        vector_dim=int(hyperparameters["vector_dim"]) if plan else 0,
    )
    if plan is None:
        return check, reader.metadata
    needed = -(-blazingtext.volume_bytes_needed(corpus.bytes, hyperparameters) // blazingtext.GIB)
    if plan.resources.volume_gb >= needed:
        return check, reader.metadata
    fault = (
        f"resources.volume_gb is {plan.resources.volume_gb}, but a corpus of {corpus.bytes / blazingtext.GIB:.1f} GiB "
        f"and its model may need {needed}; "
    )
    if needed <= limits.max_volume_gb:
        fault += f"set resources.volume_gb to {needed} or more"
    else:
        fault += (
            f"this deployment allows at most {limits.max_volume_gb}: train on a smaller corpus, or raise "
            f"max_volume_gb in cdk.json to {needed} and deploy"
        )
    return CorpusCheck((*check.faults, fault), check.warnings, check.facts), reader.metadata


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
    content, and be repaired.
    """
    attempt = 1
    while True:
        name = run_id(
            prefix=settings.job_name_prefix, key=wanted.corpus_key, fingerprint=identity, attempt=attempt
        )
        if run_table.claim(wanted.model_copy(update={"run_id": name, "attempt": attempt})):
            return True, name
        existing = run_table.get(name)
        if existing is not None and existing.execution_arn == wanted.execution_arn:
            return True, name  # this step was carried out before, and its answer was lost
        is_another_upload = wanted.sequencer not in ("", existing and existing.sequencer)
        was_rejected = existing is not None and existing.status is RunStatus.REJECTED
        if not again and not (was_rejected and is_another_upload):
            return False, name
        attempt += 1
