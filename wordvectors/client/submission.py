"""Send a corpus to the pipeline, knowing beforehand which run it will be.

What talks to AWS is imported where it is needed: a corpus and a plan are judged without it, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wordvectors.cleaning.origin import recipe_of
from wordvectors.cleaning.recipe import METADATA_KEY
from wordvectors.files import fault_text, range_reader
from wordvectors.lifecycle.checks import Content, GivenPlan, Upload, Verdict, judge
from wordvectors.lifecycle.keys import (
    CORPORA,
    CORPUS_SUFFIX,
    PLAN_METADATA,
    fingerprint,
    fixed_plan_key,
    is_corpus_key,
    plan_key,
    run_id,
)
from wordvectors.lifecycle.plan import InvalidPlan, TrainingPlan, parse_plan
from wordvectors.lifecycle.run import Run

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment

PART_BYTES = 8 * 1024**2
"""Size of an upload's parts: it decides the ETag of a larger object."""


_ANY_NAME = "corpus"
"""Stands for the name of a corpus whose own can't be taken."""


class NotTrainable(Exception):
    """A run that can't be trained again; the message says why."""


@dataclass(frozen=True)
class Submission:
    """A plan and, unless a plan is judged alone, a corpus; and what is to be said of them.

    Attributes
    ----------
    path : Path or None
        The corpus.
    key : str or None
        Of the corpus in the bucket.
    plan_text : bytes
        The plan as it was given.
    plan_from : str
        URI of the plan beside the corpus, if that is the plan; else empty.
    verdict : Verdict
        The pipeline's.
    faults : list of str
        The verdict's, and those that the pipeline doesn't come to, since it looks for nothing at a key that is none.
    """

    path: Path | None
    key: str | None
    plan_text: bytes
    plan_from: str
    verdict: Verdict
    faults: list[str]


@dataclass(frozen=True)
class Sendable:
    """A corpus and a plan without a fault, and the run that they make."""

    path: Path
    key: str
    etag: str
    plan: TrainingPlan
    plan_text: bytes
    run_id: str

    @property
    def bytes(self) -> int:
        """Size of the corpus."""
        return self.path.stat().st_size


def corpus_key(path: Path, name: str | None = None) -> str:
    """Return the key that a file's corpus has in the bucket; by the file's own name if none is given."""
    stem = path.name.removesuffix(CORPUS_SUFFIX) if name is None else name
    return f"{CORPORA}{stem}{CORPUS_SUFFIX}"


def look_at(
    deployment: Deployment | None,
    path: Path | None,
    *,
    name: str | None = None,
    plan: GivenPlan | None = None,
    settings: Mapping[str, object] | None = None,
    unreadable: str = "",
) -> Submission:
    """Judge a corpus on this machine, and its plan, just as the pipeline judges what was uploaded.

    Parameters
    ----------
    deployment
        None if none can be reached.
    path
        The corpus; None to judge a plan alone.
    name
        Of the corpus in the bucket; the file's own by default.
    plan
        The user's. None: the plan that lies beside the corpus, if any.
    settings
        Hyperparameters that take the place of the plan's.
    unreadable
        Why the corpus can't be read, if that is known already.
    """
    key = corpus_key(path, name) if path else None
    is_key = key is None or is_corpus_key(key)
    place, beside, others = None, None, list[str]()
    if deployment is not None:
        from wordvectors.aws.uploads import keys_beside, plan_beside

        place = deployment.place
        if key is not None and is_key:  # no other key is made of a faulty one
            others = keys_beside(deployment.bucket, key)
            beside = plan_beside(deployment.bucket, key) if plan is None else None
    plan = _laid_over(plan or beside or GivenPlan(), settings or {})
    with ExitStack() as open_files:
        upload = Upload(
            plan=plan if is_key else None,
            bucket=place.bucket if place else None,
            key=key,
            content=_content(path, open_files, unreadable) if path else None,
            others=others,
        )
        verdict = judge(upload, place)
        faults = verdict.faults
        if not is_key:
            otherwise = replace(upload, plan=plan, key=f"{CORPORA}{_ANY_NAME}{CORPUS_SUFFIX}")
            faults = [*faults, *judge(otherwise, place).faults]
    plan_from = deployment.bucket.uri(plan_key(key)) if deployment and key and beside else ""
    return Submission(path, key, plan.text, plan_from, verdict, faults)


def _laid_over(plan: GivenPlan, settings: Mapping[str, object]) -> GivenPlan:
    """Lay settings over a plan's hyperparameters; a plan that can't be read stays as it is, for its own faults."""
    if plan.unread or not settings:
        return plan
    try:
        given = parse_plan(plan.text)
    except InvalidPlan:
        return plan
    hyperparameters = given.get("hyperparameters", {})
    if not isinstance(hyperparameters, dict):
        return plan
    changed = {**given, "hyperparameters": {**hyperparameters, **settings}}
    return GivenPlan(json.dumps(changed, indent=2).encode())


def _content(path: Path, open_files: ExitStack, unreadable: str) -> Content:
    """Return a corpus, or why it can't be read."""
    if not unreadable:
        try:
            file = open_files.enter_context(path.open("rb"))
            return Content(path.stat().st_size, range_reader(file))
        except OSError as error:
            unreadable = fault_text(error)
    return Content(0, lambda start, length: b"", f"the corpus can't be read: {unreadable}")


def prepare(deployment: Deployment, looked_at: Submission) -> Sendable:
    """Derive the identity of the run that a submission without faults makes, without sending anything."""
    path, key, plan = looked_at.path, looked_at.key, looked_at.verdict.plan
    assert path is not None
    assert key is not None
    assert plan is not None
    etag = etag_of(path)
    return Sendable(path, key, etag, plan, looked_at.plan_text, run_name(deployment, key, etag, plan))


def run_name(deployment: Deployment, key: str, etag: str, plan: TrainingPlan, attempt: int = 1) -> str:
    """Return the id of the run that the pipeline makes of this corpus and this plan."""
    identity = fingerprint(bucket=deployment.bucket.name, key=key, etag=etag, plan_json=plan.canonical_json())
    return run_id(prefix=deployment.job_name_prefix, key=key, fingerprint=identity, attempt=attempt)


def attempts(deployment: Deployment, submission: Sendable) -> tuple[list[Run], int]:
    """Return the runs that were made of this corpus with this plan, in order, and the number of the next attempt."""
    return deployment.runs.attempts(
        lambda number: run_name(deployment, submission.key, submission.etag, submission.plan, number)
    )


def train_again(deployment: Deployment, run: Run) -> None:
    """Start a run of the same corpus with the same plan as another, under the next attempt.

    Raises
    ------
    NotTrainable
        When its corpus is not in the bucket any more, or it had no plan.
    """
    if run.plan is None or run.corpus.etag is None:
        raise NotTrainable(f"{run.run_id} has no plan that could be trained again")
    stored = deployment.bucket.find(run.corpus_key)
    if stored is None or stored.etag != run.corpus.etag:
        raise NotTrainable(
            f"the corpus of {run.run_id} was {'replaced' if stored else 'deleted'} since; upload it with "
            "`wordvectors train FILE --again`"
        )
    deployment.start_again(run.corpus_key, run.corpus.etag, run.plan)


def send(deployment: Deployment, submission: Sendable, progress: Callable[[int], None]) -> str:
    """Upload plan and corpus, in this order; the corpus starts the run. Return its ETag as stored.

    The plan lies under a key that is named after its content, and the corpus's metadata name this key: no later
    plan changes what this upload is trained with.

    Parameters
    ----------
    progress
        Called with the bytes sent since the last call.
    """
    from boto3.s3.transfer import TransferConfig

    plan = fixed_plan_key(submission.plan_text)
    if deployment.bucket.find(plan) is None:
        deployment.bucket.write(plan, submission.plan_text, "application/json")
    metadata = {PLAN_METADATA: plan, **_recipe_metadata(submission.path)}
    with deployment.bucket.etags_told() as etags:
        deployment.s3.upload_file(
            str(submission.path),
            deployment.bucket.name,
            submission.key,
            ExtraArgs={"ContentType": "text/plain; charset=utf-8", "Metadata": metadata},
            Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES),
            Callback=progress,
        )
    return etags[-1]


def _recipe_metadata(path: Path) -> dict[str, str]:
    """Return the recipe that a corpus was cleaned by, if that is known."""
    recipe = recipe_of(path)
    return {METADATA_KEY: recipe.to_json()} if recipe else {}


def etag_of(path: Path) -> str:
    """Return the ETag that S3 gives this file when it is uploaded in parts of `PART_BYTES`.

    The MD5 of a small object; of a larger one the MD5 of its parts' MD5s, and their number (S3 user guide,
    "Checking object integrity"; holds for objects with S3-managed encryption).
    """
    from s3transfer.utils import ChunksizeAdjuster

    size = path.stat().st_size
    part_bytes = ChunksizeAdjuster().adjust_chunksize(PART_BYTES, size)  # S3 takes 10,000 parts at most
    parts = []
    with path.open("rb") as file:
        while part := file.read(part_bytes):
            parts.append(hashlib.md5(part, usedforsecurity=False).digest())
    if size < PART_BYTES:
        return parts[0].hex() if parts else hashlib.md5(b"", usedforsecurity=False).hexdigest()
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"
