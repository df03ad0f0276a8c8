"""What a deployment's bucket holds beside runs: corpora, and what the cleanings have written of themselves."""

from __future__ import annotations

from pydantic import ValidationError

from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.unreadable import UnreadableObject
from wordvectors.cleaning.ending import CleaningReport
from wordvectors.cleaning.order import CLEANING, cleaning_key
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.keys import CORPORA, corpus_name, is_corpus_key
from wordvectors.lifecycle.run import Run
from wordvectors.pages.texts import HeldCorpus

MOST_CORPORA, MOST_CLEANINGS = 1_000, 30
NO_REPORT = "no report yet"


def corpora(deployment: Deployment, runs: list[Run]) -> list[HeldCorpus]:
    """Return the corpora in the bucket, by name, each with its runs.

    Parameters
    ----------
    runs
        The newest first.
    """
    return [
        HeldCorpus(
            corpus_name(stored.key),
            stored.bytes,
            [run for run in runs if run.corpus_key == stored.key],
            next((run.corpus for run in runs if run.corpus_key == stored.key and run.corpus.etag == stored.etag), None),
        )
        for stored in deployment.bucket.first(CORPORA, MOST_CORPORA)
        if is_corpus_key(stored.key)
    ]  # fmt: skip


def cleanings(deployment: Deployment) -> list[CleaningReport]:
    """Return the reports of the newest cleanings, the newest first; one without a report has `NO_REPORT` as status."""
    with transient_errors_named():
        pages = deployment.s3.get_paginator("list_objects_v2").paginate(
            Bucket=deployment.bucket.name, Prefix=CLEANING
        )
        entries = [entry for page in pages for entry in page.get("Contents", [])]
    entries.sort(key=lambda entry: entry["LastModified"], reverse=True)
    ids = dict.fromkeys(entry["Key"].removeprefix(CLEANING).partition("/")[0] for entry in entries)
    return [_report(deployment, cleaning) for cleaning in [*ids][:MOST_CLEANINGS]]


def _report(deployment: Deployment, cleaning: str) -> CleaningReport:
    try:
        text = deployment.bucket.read_small(cleaning_key(cleaning, "report.json"))
        report = CleaningReport.model_validate_json(text or b"{}")
    except (UnreadableObject, ValidationError):
        report = CleaningReport(reason="its report can't be read")
    return report.model_copy(update={"cleaning_id": cleaning, "status": report.status or NO_REPORT})
