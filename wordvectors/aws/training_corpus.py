"""What a training job reads: every object whose key begins with the corpus's, as it is when the job fetches it."""

from __future__ import annotations

from wordvectors.aws.bucket import Bucket
from wordvectors.runs.errors import CorpusChanged


def second_object_fault(bucket: Bucket, key: str) -> str | None:
    """Say which other object SageMaker would read with the corpus at this key; None if there is none."""
    others = [stored.key for stored in bucket.first(key, limit=2) if stored.key != key]
    return _second_object_fault(bucket, others[0]) if others else None


def require_unchanged(bucket: Bucket, key: str, etag: str) -> None:
    """Look at a corpus once more, by a single call.

    Raises
    ------
    CorpusChanged
        When it was replaced or deleted since it was checked, or another object would be read with it.
    """
    found = bucket.first(key, limit=2)
    if not found or found[0].key != key:
        raise CorpusChanged(
            "the corpus was deleted after it was checked; to train it: wordvectors train FILE --again"
        )
    if found[0].etag != etag:
        raise CorpusChanged(
            "the corpus was replaced after it was checked; the new content has a run of its own"
        )
    if len(found) > 1:
        fault = _second_object_fault(bucket, found[1].key)
        raise CorpusChanged(f"{fault}, then: wordvectors train FILE --again")


def _second_object_fault(bucket: Bucket, other: str) -> str:
    return (
        f"{bucket.uri(other)} begins with this corpus's key, and SageMaker would train on both; "
        "delete or rename one of them"
    )
