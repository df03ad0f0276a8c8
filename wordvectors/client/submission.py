"""Send a corpus to the pipeline, knowing beforehand which run it will be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from wordvectors.aws.bucket import ObjectTooLarge
from wordvectors.cleaning.origin import recipe_of
from wordvectors.cleaning.recipe import METADATA_KEY
from wordvectors.client.deployment import Deployment
from wordvectors.runs.keys import CORPORA, CORPUS_SUFFIX, fingerprint, plan_key, run_id
from wordvectors.runs.plan import InvalidPlan, TrainingPlan, parse_plan, resolve_plan
from wordvectors.runs.run import Run

PART_BYTES = 8 * 1024**2
"""Size of an upload's parts: it decides the ETag of a larger object."""


@dataclass(frozen=True)
class Submission:
    """A corpus, its plan, and the run they make.

    Attributes
    ----------
    plan_text : str or None
        The user's own plan, to be uploaded beside the corpus; None leaves what lies there.
    """

    path: Path
    key: str
    etag: str
    plan: TrainingPlan
    plan_text: str | None
    run_id: str

    @property
    def bytes(self) -> int:
        """Size of the corpus."""
        return self.path.stat().st_size


def prepare(
    deployment: Deployment,
    path: Path,
    *,
    name: str | None,
    given: dict[str, Any] | None,
    plan_text: str | None,
) -> Submission:
    """Resolve the plan and derive the run's identity, without sending anything.

    Parameters
    ----------
    name
        Of the corpus in the bucket; the file's own by default.
    given, plan_text
        The user's plan as an object and as text. None: the plan that lies beside the corpus, if any.

    Raises
    ------
    InvalidPlan
        With every fault.
    """
    key = f"{CORPORA}{name or path.name.removesuffix(CORPUS_SUFFIX)}{CORPUS_SUFFIX}"
    if given is None:
        try:
            uploaded = deployment.bucket.read_small(plan_key(key))
        except ObjectTooLarge as large:
            raise InvalidPlan([f"the plan {large}"]) from large
        given = parse_plan(uploaded) if uploaded is not None else {}
    plan = resolve_plan(given, deployment.default_plan, deployment.limits)
    etag = etag_of(path)
    return Submission(path, key, etag, plan, plan_text, run_name(deployment, key, etag, plan))


def run_name(deployment: Deployment, key: str, etag: str, plan: TrainingPlan, attempt: int = 1) -> str:
    """Return the id of the run that the pipeline makes of this corpus and this plan."""
    identity = fingerprint(bucket=deployment.bucket.name, key=key, etag=etag, plan_json=plan.canonical_json())
    return run_id(prefix=deployment.job_name_prefix, key=key, fingerprint=identity, attempt=attempt)


def attempts(deployment: Deployment, submission: Submission) -> list[Run]:
    """Return the runs that were made of this corpus with this plan, in order."""
    found: list[Run] = []
    while True:
        name = run_name(deployment, submission.key, submission.etag, submission.plan, len(found) + 1)
        run = deployment.runs.get(name)
        if run is None:
            return found
        found.append(run)


def send(deployment: Deployment, submission: Submission, progress: Callable[[int], None]) -> str:
    """Upload plan and corpus, in this order; the corpus starts the run. Return its ETag as stored.

    Parameters
    ----------
    progress
        Called with the bytes sent since the last call.
    """
    if submission.plan_text is not None:
        deployment.bucket.write(plan_key(submission.key), submission.plan_text.encode(), "application/json")
    deployment.s3.upload_file(
        str(submission.path),
        deployment.bucket.name,
        submission.key,
        ExtraArgs={"ContentType": "text/plain; charset=utf-8", "Metadata": _metadata(submission.path)},
        Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES),
        Callback=progress,
    )
    stored = deployment.bucket.find(submission.key)
    return stored.etag if stored else submission.etag


def _metadata(path: Path) -> dict[str, str]:
    """Return what goes with a corpus: the recipe that it was cleaned by, if that is known."""
    recipe = recipe_of(path)
    return {METADATA_KEY: recipe.to_json()} if recipe else {}


def etag_of(path: Path) -> str:
    """Return the ETag that S3 gives this file when it is uploaded in parts of `PART_BYTES`.

    The MD5 of a small object; of a larger one the MD5 of its parts' MD5s, and their number (S3 user guide,
    "Checking object integrity"; holds for objects with S3-managed encryption).
    """
    parts = []
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            parts.append(hashlib.md5(part, usedforsecurity=False).digest())
    if path.stat().st_size < PART_BYTES:
        return parts[0].hex() if parts else hashlib.md5(b"", usedforsecurity=False).hexdigest()
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"
